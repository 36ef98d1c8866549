"""A statement with an order that points back to it, and wishes in the past tense, mean what they would order."""

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


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "weekly digests bore me, switch them off",
            ("toggle_preference", {"field": "notifications.weekly_digest", "on": False}),
        ),
        ("drawdown alerts keep waking me up, mute them", ("mute", {"events": ["drawdown_alert"]})),
        ("utilities aren't my thing, exclude them", ("exclude", {"sectors": ["utilities"]})),
    ],
)
def test_an_order_means_the_thing_that_the_statement_before_it_names(
    text: str, wanted: tuple[str, dict[str, object]]
) -> None:
    assert asked_for(text) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        "if weekly digests bore me, switch them off",
        "maybe weekly digests are dull, switch them off",
        "my neighbour said weekly digests are dull, switch them off",
        "weekly digests were dull last week, switch them off",
        "are weekly digests dull, switch them off?",
        "weekly digests bore me, don't switch them off",
        "weekly digests of news alerts bore me, switch them off",
    ],
)
def test_a_statement_that_is_supposed_reported_or_past_gives_no_order(text: str) -> None:
    assert asked_for(text) != [("toggle_preference", {"field": "notifications.weekly_digest", "on": False})]


def test_what_is_grave_is_only_offered_for_a_pronoun() -> None:
    parsed = parse("Maria only needs to look on, so make her an owner", SCENE, load_language())
    assert parsed.status == "clarify"
    assert [(one.intent, one.slots) for one in parsed.candidates] == [
        ("set_role", {"person": "Maria", "role": "owner"})
    ]


@pytest.mark.parametrize(
    ("wish", "order"),
    [
        ("I'd rather you paused trading", "pause trading"),
        ("it's about time you switched the weekly digest off", "switch the weekly digest off"),
        ("I'd sleep better if we never had more than 7 positions open", "never have more than 7 positions open"),
        ("I'd sooner you didn't buy Tesla", "don't buy Tesla"),
    ],
)
def test_a_wish_in_the_past_tense_is_what_it_would_order(wish: str, order: str) -> None:
    assert asked_for(wish) == asked_for(order) != []


def test_a_past_that_is_no_wish_stays_past() -> None:
    assert asked_for("you switched the weekly digest off") == []
