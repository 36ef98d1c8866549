"""What somebody tells of himself beside an order weighs nothing; what takes the order back does."""

from __future__ import annotations

import pytest

from intents.load import load_language
from intents.parser import parse
from intents.rows import context_of
from tests.intents.conftest import scene_of_rows

LANGUAGE = load_language()
SCENE = context_of(scene_of_rows())


@pytest.mark.parametrize(
    "told",
    [
        *(
            "I don't trust those bankers",
            "I never look at the screen",
            "my knees hurt",
            "since I can't read small print",
        ),
        *("because we had a flood in the cellar", "I forgot where we put the kettle", "the toaster died"),
        *(
            "my grandson keeps shouting",
            "I've got a funny feeling in my bones",
            "I want a nap",
            "it only clogs my inbox",
        ),
    ],
)
def test_what_somebody_tells_of_himself_stands_beside_an_order(told: str) -> None:
    requests = parse(f"mute the notifications, {told}", SCENE, LANGUAGE).requests
    assert [one.intent for one in requests] == ["mute"]


@pytest.mark.parametrize(
    "told",
    [
        *("I don't mean it", "I never wanted that", "I was joking", "I would never", "I don't", "I was only thinking"),
        *("I am not serious", "I'm not sure", "my wife thinks", "I don't know", "I changed my mind", "it was a joke"),
        *(
            "I'd like to sell Apple",
            "I want to buy some gold first",
            "my broker says",
            "I was told",
            "I never said that",
        ),
        *(
            "I can't decide",
            "I wouldn't do that",
            "we never agreed to it",
            "I don't want it",
            "I dare not",
            "I regret it",
        ),
        *("I need you to wait", "I had a wrong button", "I'm afraid of it", "it is a mistake", "the doctor stopped it"),
    ],
)
def test_what_takes_an_order_back_is_no_remark(told: str) -> None:
    assert parse(f"mute the notifications, {told}", SCENE, LANGUAGE).requests == ()


def test_what_is_grave_is_only_offered_beside_a_remark() -> None:
    parsed = parse("put everything into cash, my kettle whistles like mad", SCENE, LANGUAGE)
    assert parsed.requests == ()
