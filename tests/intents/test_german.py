"""What people say in German: every row means exactly what it should, and what is turned around is never done."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.check import check
from intents.context import Context
from intents.evaluate import hear, judge
from intents.load import load_language
from intents.normalise import normalise
from intents.numbers import quantity_at
from intents.parser import parse
from intents.rows import context_of, rows_in, rows_of
from intents.tongues import parse_in
from tests.intents.conftest import scene_of_rows

ROWS = Path(__file__).parent / "de"
GERMAN, ENGLISH = load_language(tongue="de"), load_language()
SCENE: Context = context_of(scene_of_rows())
COMMANDS = (
    "kaufe 10 Aktien von Apple",
    "verkaufe 5 Aktien von Apple",
    "schließe Apple",
    "setze den Handel fort",
    "setze das Risiko auf hoch",
    "pausiere",
    "stoppe alles",
    "handle für mich",
)
GUARDS = ("nicht", "nie", "niemals", "keinesfalls", "wenn", "falls", "außer", "ohne", "vielleicht")


@pytest.mark.parametrize("intent", sorted(path.stem for path in ROWS.glob("[!_]*.yaml")))
def test_every_row_is_understood_exactly(intent: str) -> None:
    amiss = []
    for row in rows_of(ROWS / f"{intent}.yaml"):
        parsed = hear(row, SCENE, GERMAN)
        score = judge(row, parsed)
        if score != "exact":
            amiss.append((score, row.get("t") or row["turns"], parsed.status, parsed.requests, parsed.why))
    assert not amiss


def test_the_language_holds_together() -> None:
    assert check(GERMAN, rows_in(ROWS)) == []


@given(st.sampled_from(COMMANDS), st.sampled_from(GUARDS), st.data())
def test_a_guard_word_anywhere_never_leaves_the_same_order(command: str, guard: str, data: st.DataObject) -> None:
    words = command.split()
    at = data.draw(st.integers(0, len(words)))
    plain, turned = (
        parse_in(" ".join(one), SCENE, (GERMAN, ENGLISH)) for one in (words, [*words[:at], guard, *words[at:]])
    )
    assert plain.status == "ok"
    assert turned.requests != plain.requests


@given(st.sampled_from(COMMANDS))
def test_a_question_is_never_an_order(command: str) -> None:
    assert parse(f"soll ich {command}?", SCENE, GERMAN).status != "ok"
    assert parse(f"{command}?", SCENE, GERMAN).status != "ok"


@given(st.integers(1, 999_999), st.integers(1, 99))
def test_a_decimal_comma_and_points_of_thousands_are_read(whole: int, cents: int) -> None:
    text = f"{whole:,}".replace(",", ".") + f",{cents:02}"
    found = quantity_at(normalise(f"{text} $", GERMAN.lists.spell).tokens, 0, GERMAN.lists.numbers)
    assert found is not None
    assert (found[1].unit, found[1].odd) == ("dollars", None)
    assert found[1].value == float(f"{whole}.{cents:02}")


@pytest.mark.parametrize(
    ("text", "value", "odd"),
    [
        ("zweiundzwanzig", 22, None),
        ("zweieinhalb", 2.5, None),
        ("anderthalb", 1.5, None),
        ("ein Dutzend", 12, None),
        ("zwei Komma fünf", 2.5, None),
        ("fünfhundert", 500, None),
        ("zwölftausend", 12_000, None),
        ("1.200", 1_200, None),
        ("1.200,50", 1_200.5, None),
        ("2,5", 2.5, None),
        ("2.5", 0, "ambiguous_number"),
        ("1,250", 0, "ambiguous_number"),
        ("1.2.3", 0, "ambiguous_number"),
        ("2 bis 3", 3, "range"),
        ("-5", 5, "negative_number"),
    ],
)
def test_german_numbers(text: str, value: float, odd: str | None) -> None:
    found = quantity_at(normalise(text, GERMAN.lists.spell).tokens, 0, GERMAN.lists.numbers)
    assert found is not None
    assert (found[1].value, found[1].odd) == (value, odd)


@given(st.sampled_from(sorted({row["t"] for rows in rows_in(ROWS).values() for row in rows if "t" in row})))
def test_letters_may_be_written_out_and_in_any_case(text: str) -> None:
    plain = text
    for letter, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        plain = plain.replace(letter, written)
    assert parse(plain, SCENE, GERMAN).requests == parse(text, SCENE, GERMAN).requests


@pytest.mark.parametrize(
    ("text", "intent"),
    [("set my risk to moderate", "set_risk_tolerance"), ("show my open orders", "show_orders"), ("undo", "undo")],
)
def test_english_is_understood_where_german_is_not(text: str, intent: str) -> None:
    parsed = parse_in(text, SCENE, (GERMAN, ENGLISH))
    assert [one.intent for one in parsed.requests] == [intent]


@pytest.mark.parametrize("text", ["buy 10 shares of Apple nicht", "set my rsk to modrate", "show me the weather"])
def test_english_that_is_not_sure_is_not_taken(text: str) -> None:
    assert parse_in(text, SCENE, (GERMAN, ENGLISH)).status != "ok"
