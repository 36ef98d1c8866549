"""A message that says the same twice is read once; one that says two things is not."""

from __future__ import annotations

from datetime import datetime

import pytest

from intents.context import Context
from intents.load import load_language
from intents.parser import parse

SCENE = Context(now=datetime.fromisoformat("2026-03-11T14:30:00-04:00"), tz="America/New_York")


def asked_for(text: str) -> list[tuple[str, dict[str, object]]]:
    parsed = parse(text, SCENE, load_language())
    return [(one.intent, dict(one.slots)) for one in parsed.requests]


def test_the_same_said_twice_is_asked_once() -> None:
    told = asked_for("I don't want you easing into trades in steps anymore, no more gradual entries")
    assert told == [("toggle_preference", {"field": "trading.gradual_entry", "on": False})]


def test_a_wish_that_is_taken_back_in_the_next_clause_is_not_carried_out() -> None:
    assert asked_for("I'd love micro trading, but no more micro trading") == []


@pytest.mark.parametrize("guard", ["don't", "never", "should I", "if it rains"])
def test_a_guard_before_a_free_wording_never_makes_the_same_change(guard: str) -> None:
    wording = "give micro trading a rest"
    assert asked_for(f"{guard} {wording}") != asked_for(wording)


def test_what_a_message_nearly_fills_is_offered() -> None:
    parsed = parse("ditch the weekly digest for my postman", SCENE, load_language())
    assert [one.slots for one in parsed.candidates] == [{"field": "notifications.weekly_digest", "on": False}]


def test_the_negated_action_is_never_offered() -> None:
    parsed = parse("don't stop the weekly digest", SCENE, load_language())
    assert all(one.slots.get("on") is not False for one in parsed.candidates)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("we have moved to Lisbon, adjust the time zone", ("set_timezone", {"timezone": "Europe/Lisbon"})),
        ("I would rather speak French, change the language", ("set_language", {"language": "fr"})),
        ("swing trading is more my thing, switch over to that style", ("set_style", {"style": "swing"})),
    ],
)
def test_what_there_is_only_one_of_need_not_be_named_twice(text: str, wanted: tuple[str, dict[str, object]]) -> None:
    assert asked_for(text) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "we have moved to Lisbon, don't adjust the time zone",
        "we have moved to Lisbon, should I adjust the time zone?",
        "switch to swing trading and change the language",
        "buy 10 shares of Apple, buy some more",
    ],
)
def test_what_the_second_clause_leaves_open_or_denies_is_asked(text: str) -> None:
    assert asked_for(text) == []
