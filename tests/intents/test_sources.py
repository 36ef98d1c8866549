"""Strategies that come from elsewhere are known by the account's own names for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from intents.parser import parse

if TYPE_CHECKING:
    from intents.context import Context
    from intents.load import Language

NAMES = ("alpha_hunter", "momentum", "night-owl")


@pytest.mark.parametrize(
    ("text", "name", "on"),
    [
        ("pause the alpha hunter strategy", "alpha_hunter", False),
        ("turn Night Owl back on", "night-owl", True),
        ("stop using momentum", "momentum", False),
    ],
)
def test_a_strategy_is_known_by_its_name(text: str, name: str, on: bool, scene: Context, language: Language) -> None:  # noqa: FBT001
    parsed = parse(text, replace(scene, strategies=NAMES), language)
    assert [(one.intent, dict(one.slots)) for one in parsed.requests] == [
        ("set_strategy", {"strategy": name, "on": on})
    ]


@pytest.mark.parametrize("text", ["pause the alpha hunter strategy", "turn night owl back on"])
def test_a_name_that_the_account_does_not_know_is_asked_back(text: str, scene: Context, language: Language) -> None:
    assert parse(text, scene, language).status != "ok"


def test_a_name_changes_nothing_of_what_is_said_of_other_things(scene: Context, language: Language) -> None:
    odd = replace(scene, strategies=("apple", "everything", ""))
    for text in ("pause everything", "buy 2 apple", "stop everything", "show my positions"):
        assert parse(text, odd, language).requests in (parse(text, scene, language).requests, ())
