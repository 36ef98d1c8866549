"""The German sentences say what the English ones say, and nothing else."""

import re
from datetime import timedelta

import pytest

from bot.locales import locale_of
from bot.phrases import FILE, Phrases, check, facts_of
from bot.render import Reader
from engine.core.words import Tier

ENGLISH = Phrases.load(FILE)
GERMAN = ENGLISH.translated("de")
FACT = re.compile(r"\{(\w+)(?::(\w+))?[^{}]*\}")
OWN = [key for key in GERMAN if key in GERMAN]


def pieces(phrases: Phrases, key: str) -> set[tuple[str, str]]:
    """The facts that a phrase has, each with its unit."""
    entry = phrases.phrase(key).entry
    return {pair for part in entry.values() for pair in FACT.findall(part)}


def test_there_are_german_sentences() -> None:
    assert len(OWN) > 200
    assert check(GERMAN) == []


@pytest.mark.parametrize("key", OWN)
def test_a_german_sentence_has_facts_and_units_of_the_english_one(key: str) -> None:
    assert key in ENGLISH
    assert pieces(GERMAN, key) <= pieces(ENGLISH, key)
    assert ("row" in GERMAN.phrase(key).entry) <= ("row" in ENGLISH.phrase(key).entry)
    assert facts_of(GERMAN, key) <= facts_of(ENGLISH, key)


def test_what_is_not_there_is_said_in_english_with_english_numbers() -> None:
    assert "access.stranger" not in OWN
    assert GERMAN.say("access.stranger") == ENGLISH.say("access.stranger")
    facts = {"asked": 12_345_600, "possible": 10_000}
    assert GERMAN.say("refused.too_much_cash", facts) == ENGLISH.say("refused.too_much_cash", facts)


@pytest.mark.parametrize(
    ("unit", "value", "written", "spoken"),
    [
        ("money", 12_345_600, "1.234,56 $", "1.234,56 Dollar"),
        ("signed", -12_345_600, "−1.234,56 $", "minus 1.234,56 Dollar"),
        ("signed", 5_000_000, "+500,00 $", "+500,00 Dollar"),
        ("pct", 0.025, "2,5 %", "2,5 Prozent"),
        ("percent", 2.5, "2,5 %", "2,5 Prozent"),
        ("signed_pct", -0.1234, "−12,34 %", "minus 12,34 Prozent"),
        ("number", 1234.5, "1.234,5", "1.234,5"),
        ("shares", 1, "1 Aktie", "1 Aktie"),
        ("shares", 1200, "1.200 Aktien", "1.200 Aktien"),
        ("time", "2026-03-20T10:30:00-04:00", "Fr 20. März 10:30", "Fr 20. März 10:30"),
        ("day", "2026-03-20", "Fr 20. März 2026", "Fr 20. März 2026"),
        ("clock", "2026-03-20T10:30:00-04:00", "10:30", "10:30"),
        ("duration", timedelta(days=2, hours=3), "2 Tage 3 Std.", "2 Tage 3 Std."),
        ("word", Tier.AGGRESSIVE, "aggressiv", "aggressiv"),
        ("field", "risk.daily_loss_limit_pct", "Tagesverlustlimit", "Tagesverlustlimit"),
        ("setting", {"value": 2.5, "unit": "percent"}, "2,5 %", "2,5 Prozent"),
        ("setting", {"value": 1200, "unit": "dollars"}, "1.200,00 $", "1.200,00 Dollar"),
        ("setting", None, "keine", "keine"),
        ("list", ["AAPL", "KO"], "AAPL und KO", "AAPL und KO"),
        ("", 1200, "1.200", "1.200"),
        ("ticker", "KO", "KO", "K O"),
    ],
)
def test_values_are_written_with_german_marks_and_words(unit: str, value: object, written: str, spoken: str) -> None:
    phrases = Phrases({"x": f"{{x:{unit}}}"}, Reader(locale=locale_of("de")))
    assert phrases.say("x", {"x": value}) == (written, spoken)
