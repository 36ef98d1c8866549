"""Numbers, times, periods and companies, in words and digits."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from intents.entities import company_at
from intents.normalise import normalise
from intents.numbers import Quantity, quantity_at
from intents.periods import period_at
from intents.times import clock, instant_at

if TYPE_CHECKING:
    from intents.context import Context
    from intents.load import Language


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("2%", 2, "percent"),
        ("2.5 percent", 2.5, "percent"),
        ("two and a half percent", 2.5, "percent"),
        ("half a percent", 0.5, "percent"),
        ("one and a quarter percent", 1.25, "percent"),
        ("two point five percent", 2.5, "percent"),
        ("one hundred and twenty percent", 120, "percent"),
        ("twenty two percent", 22, "percent"),
        ("$1,200.50", 1200.5, "dollars"),
        ("5k", 5000, "dollars"),
        ("four grand", 4000, "dollars"),
        ("twelve hundred dollars", 1200, "dollars"),
        ("seventy five hundred dollars", 7500, "dollars"),
        ("one hundred thousand dollars", 100000, "dollars"),
        ("a dozen", 12, None),
        ("fifteen", 15, None),
        ("fifty", 50, None),
        ("zero point seven five", 0.75, None),
        ("a tenth", 0.1, "part"),
        ("half", 0.5, "part"),
        ("half a dozen", 6, None),
        ("half a million dollars", 500000, "dollars"),
    ],
)
def test_amounts(text: str, value: float, unit: str | None, language: Language) -> None:
    tokens = normalise(text, language.lists.spell).tokens
    assert quantity_at(tokens, 0, language.lists.numbers) == (len(tokens), Quantity(value, unit))


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("1,5%", "ambiguous_number"),
        ("-5%", "negative_number"),
        ("2-3%", "range"),
        ("2 to 3 percent", "range"),
        ("between two and three percent", "range"),
        ("2\u2030", "wrong_unit"),
        ("2 \u00b0", "wrong_unit"),
        ("2\u20ac", "wrong_unit"),
        ("\u00a35,000", "wrong_unit"),
    ],
)
def test_odd_amounts_are_marked(text: str, odd: str, language: Language) -> None:
    found = quantity_at(normalise(text, language.lists.spell).tokens, 0, language.lists.numbers)
    assert found is not None
    assert found[1].odd == odd


@pytest.mark.parametrize("text", ["five six", "nobody", "a", "no one"])
def test_what_is_no_amount(text: str, language: Language) -> None:
    tokens = normalise(text, language.lists.spell).tokens
    found = quantity_at(tokens, 0, language.lists.numbers)
    assert found is None or found[0] < len(tokens)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("tomorrow 9am", "2026-03-12T09:00:00-04:00"),
        ("tomorrow at ten thirty p m", "2026-03-12T22:30:00-04:00"),
        ("11 tomorrow morning", "2026-03-12T11:00:00-04:00"),
        ("monday at 9:30am", "2026-03-16T09:30:00-04:00"),
        ("next wednesday", "2026-03-18T00:00:00-04:00"),
        ("wednesday", "2026-03-18T00:00:00-04:00"),
        ("march 20th at 10am", "2026-03-20T10:00:00-04:00"),
        ("the close", "2026-03-11T16:00:00-04:00"),
        ("the open", "2026-03-12T09:30:00-04:00"),
        ("quarter to six in the evening", "2026-03-11T17:45:00-04:00"),
        ("9am", "2026-03-12T09:00:00-04:00"),
        ("2026-04-01", "2026-04-01T00:00:00-04:00"),
        ("the end of the week", "2026-03-13T16:00:00-04:00"),
        ("november 2", "2026-11-02T00:00:00-05:00"),
        ("3", "?ambiguous_time"),
        ("today at 9am", "?past_time"),
    ],
)
def test_instants(text: str, instant: str, language: Language, scene: Context) -> None:
    tokens = normalise(text, language.lists.spell).tokens
    found = instant_at(tokens, 0, language.lists.times, clock(scene.now, scene.tz))
    assert found == (len(tokens), instant)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("today", "today"),
        ("this week so far", "this_week"),
        ("over the past two weeks", "last_14_days"),
        ("for the last ninety days", "last_90_days"),
        ("since february 2nd", "since:2026-02-02"),
        ("since monday", "since:2026-03-09"),
        ("since the start of the month", "this_month"),
        ("year to date", "this_year"),
        ("in january", "2026-01-01..2026-01-31"),
        ("in 2024", "2024-01-01..2024-12-31"),
        ("from january 5th to january 9th", "2026-01-05..2026-01-09"),
        ("all time", "all"),
    ],
)
def test_periods(text: str, period: str, language: Language) -> None:
    tokens = normalise(text, language.lists.spell).tokens
    found = period_at(tokens, 0, language.lists.times, language.lists.periods, date(2026, 3, 11))
    assert found == (len(tokens), period)


@pytest.mark.parametrize(
    ("text", "tickers"),
    [
        ("NVDA", ("NVDA",)),
        ("nvda", ("NVDA",)),
        ("$ON", ("ON",)),
        ("buy ON", ("ON",)),
        ("Bank of America", ("BAC",)),
        ("Berkshire B", ("BRK.B",)),
        ("BRK.B", ("BRK.B",)),
        ("Coca-Cola", ("KO",)),
        ("coke", ("KO",)),
        ("AT&T", ("T",)),
        ("Micorsoft", ("MSFT",)),
        ("General", ("GE", "GIS", "GM")),
    ],
)
def test_companies(text: str, tickers: tuple[str, ...], language: Language) -> None:
    tokens = normalise(text, language.lists.spell).tokens
    at = 1 if text.startswith("buy ") else 0
    found = company_at(tokens, at, language.companies, language.vocabulary, frozenset())
    ends = {one.tickers for end, one in found if end == len(tokens)}
    assert any(set(tickers) <= set(one) if len(tickers) > 1 else one == tickers for one in ends)


@pytest.mark.parametrize("text", ["on", "it", "all", "now", "are", "so", "for", "a", "al", "joke", "ON AND OFF WE GO"])
def test_words_stay_words(text: str, language: Language) -> None:
    tokens = normalise(text, language.lists.spell).tokens
    assert company_at(tokens, 0, language.companies, language.vocabulary, frozenset()) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * 601, "too_long"),
        ("<b>pause</b>", "markup"),
        ("pause\u202e", "hidden_characters"),
        ("s\u0000top", "hidden_characters"),
        ("stоp", "other_script"),  # noqa: RUF001 - a Cyrillic letter is the point
    ],
)
def test_what_is_not_read_at_all(text: str, code: str, language: Language) -> None:
    assert normalise(text, language.lists.spell).refusal == code


def test_tokens_know_their_place(language: Language) -> None:
    text = "don't  pause, Nvidia’s fine"  # noqa: RUF001 - a printed apostrophe
    spans = [text[token.start : token.end] for token in normalise(text, language.lists.spell).tokens]
    assert spans == ["don't", "don't", "pause", "Nvidia’s", "fine"]  # noqa: RUF001
