"""What is put around an order may turn it into a statement, a story or a joke: then it is none any more."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import pytest

from intents.load import load_language
from intents.parser import parse
from intents.rows import context_of
from tests.intents.conftest import intents_with_rows, rows_of, scene_of_rows

if TYPE_CHECKING:
    from intents.result import Parsed

LANGUAGE = load_language()
SCENE = context_of(scene_of_rows())
SAMPLE: Final = 60
AROUND: Final = (
    *("{} worries me", "{} is too much", "{} is bad for me", "{} is a mistake", "{} would be stupid", "{} scares me"),
    *("{} is too high", "{} feels wrong", "{} failed", "{} ruined me", "it is too late to {}", "only a fool would {}"),
    *("let's say {}", "say {}", "you would {}", "what if I {}", "I'm afraid to {}", "remember when I said {}"),
    *("my friend wants me to {}", "they want me to {}", "my wife wants me to {}", "he says {}", "I was told to {}"),
    *("{}, over my dead body", "{}, my mistake", "{} lol", "{} haha", "{}, nein", "{}, no wait", "{}? no"),
    *("I hate it when you {}", "the news says {}"),
)
MEANT: Final = {"undo"}  # whatever it is, it was a mistake
SPOKEN: Final = {"set_language", "accept_broker", "approve", "reject"}  # say yes to it; what the broker says


def acting(intent: str) -> bool:
    return LANGUAGE.contract[intent].harm not in {"look", "dialogue"}


def acts(parsed: Parsed) -> list[str]:
    return [one.intent for one in parsed.requests if acting(one.intent) and one.intent not in MEANT]


def plain(text: str) -> bool:
    """Whether a text is one clause that asks, and tells nothing of whoever asks."""
    return not {*text.lower().replace("'", " ").split()} & {"i", "my", "you", "your", "and", "is", "if"} and not {
        *text
    } & {*",;:?!"}


ORDERS: Final = [
    row["t"].rstrip(".")
    for intent in intents_with_rows()
    if acting(intent) and intent not in MEANT
    for row in rows_of(intent)
    if "t" in row and "i" in row and plain(row["t"].rstrip("."))
]


@pytest.mark.parametrize("around", AROUND)
def test_an_order_inside_of_something_else_is_none(around: str) -> None:
    orders, said = random.Random(around).sample(ORDERS, SAMPLE), SPOKEN if "say" in around else set()
    assert [one for one in orders if {*acts(parse(around.format(one), SCENE, LANGUAGE))} - said] == []


@pytest.mark.parametrize(
    "text",
    [
        *("incorrect", "unconfirmed", "unapproved", "go away", "yeah right", "right?", "right now", "good bye", "hm"),
        *("maybe", "not sure", "i doubt it", "yes?", "good grief", "great scott", "ok but why", "sure about that?"),
    ],
)
def test_what_is_no_yes_confirms_nothing(text: str) -> None:
    parsed = parse(text, SCENE, LANGUAGE)
    assert not {one.intent for one in parsed.requests} & {"confirm", "approve"}


@pytest.mark.parametrize("text", ["yes", "Yes.", "yep", "sure", "ok", "do it", "go ahead", "yes please", "of course"])
def test_a_plain_yes_confirms(text: str) -> None:
    assert [one.intent for one in parse(text, SCENE, LANGUAGE).requests] == ["confirm"]


@pytest.mark.parametrize(
    "text", ["buy 10 apple but sell 10 apple", "watch tesla and unwatch tesla", "exclude visa and include visa"]
)
def test_opposites_of_one_company_are_asked_back(text: str) -> None:
    assert parse(text, SCENE, LANGUAGE).status == "clarify"


@pytest.mark.parametrize(
    "text",
    [
        *("risk is too high", "my risk is way too high", "risk is too low"),
        *("I excluded apple", "apple sell off", "nothing new", "nothing new today", "undo your mistake"),
        *("the undo button is great", "quiet hours are nice", "I may move to tokyo", "orlando is here"),
        *("buy up to 10 apple", "take me out of the market completely, nein", "swing trading is too slow"),
        *("long term is better", "day trading is bad for me", "speak german is hard", "summary at 5pm is too late"),
        *("add apple to the list of my worries", "wake me up at 6:45"),
        *("will you buy apple?", "when will you tell me about trades?", "buy a birthday present for my niece"),
    ],
)
def test_what_only_sounds_like_an_order_is_none(text: str) -> None:
    assert acts(parse(text, SCENE, LANGUAGE)) == []
