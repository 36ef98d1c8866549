"""Ten thousand texts of every sort: each gets an answer, none an exception, and none acts that asks for nothing."""

from __future__ import annotations

import json
import random
import string
import time
from typing import TYPE_CHECKING, Final

import pytest

from intents.load import load_language
from intents.parser import parse
from intents.result import as_json
from intents.rows import context_of
from intents.sample import sentence
from tests.intents.conftest import intents_with_rows, rows_of, scene_of_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from intents.result import Parsed

LANGUAGE = load_language()
SCENE = context_of(scene_of_rows())
STATUSES: Final = {"ok", "clarify", "unknown"}
IN_THE_SUITE: Final = 10_000
AT_NIGHT: Final = 1_000_000
SAID: Final = [row["t"] for intent in intents_with_rows() for row in rows_of(intent) if "t" in row]
WORDS: Final = sorted(LANGUAGE.vocabulary)
ODD: Final = "éßñ中Ωא☃🚀\u200b\u202e\x00\x07\u2018\u2019“”—…½²ﬁＡ%$€£#@!?.,;:'\"()[]{}<>|\\/&*+=~^_-–"  # look-alikes


def noise(draw: Random) -> str:
    """Characters of every kind."""
    letters = string.printable + ODD
    return "".join(draw.choice(letters) for _ in range(draw.randrange(80)))


def gibberish(draw: Random) -> str:
    """Words that are nobody's, with consonants alone: no slip of the finger makes them one of ours."""
    return " ".join("".join(draw.choice("bcdfghjklmnpqrstvwxz") for _ in range(9)) for _ in range(draw.randrange(1, 9)))


def salad(draw: Random) -> str:
    """Words of ours in no order."""
    return " ".join(draw.choice(WORDS) for _ in range(draw.randrange(1, 14)))


def drawn(draw: Random) -> str:
    """A sentence of some template."""
    return sentence(draw.randrange(len(LANGUAGE.templates)), LANGUAGE, draw)


def mangled(draw: Random) -> str:
    """What somebody said, with characters lost, doubled, swapped or put in."""
    text = list(draw.choice(SAID))
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(text) + 1)
        text[at : at + draw.randrange(3)] = draw.choice([[], [draw.choice(ODD)], [draw.choice(string.ascii_letters)]])
    return "".join(text)


def glued(draw: Random) -> str:
    """Pieces of several things that were said."""
    pieces = [draw.choice(SAID).split() for _ in range(draw.randrange(2, 5))]
    return " ".join(word for one in pieces for word in one[draw.randrange(len(one)) :])


SORTS: Final[tuple[Callable[[Random], str], ...]] = (noise, gibberish, salad, drawn, mangled, glued)


def answered(text: str) -> Parsed:
    """The reading of a text, which must be one that everybody can rely on."""
    parsed = parse(text, SCENE, LANGUAGE)
    assert parsed.status in STATUSES, text
    assert bool(parsed.requests) == (parsed.status == "ok"), text
    assert all(one.intent in LANGUAGE.contract for one in (*parsed.requests, *parsed.candidates)), text
    assert json.loads(json.dumps(as_json(parsed)))["text"] == text
    return parsed


def acts(parsed: Parsed) -> bool:
    return any(LANGUAGE.contract[one.intent].harm not in {"look", "dialogue"} for one in parsed.requests)


def fuzz(count: int, seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(count):
        sort = draw.choice(SORTS)
        text = sort(draw)
        parsed = answered(text)
        if sort in {noise, gibberish}:
            assert not acts(parsed), text


def test_whatever_is_said_is_answered() -> None:
    fuzz(IN_THE_SUITE, 20_261_121)


@pytest.mark.slow
def test_whatever_is_said_is_answered_a_million_times() -> None:
    fuzz(AT_NIGHT, 7)


def test_ten_thousand_characters_are_answered_in_no_time() -> None:
    """Twenty milliseconds are asked for; a busy machine may need more, but never for the length of the text."""
    draw = random.Random(3)
    for sort in SORTS:
        text = (sort(draw) + " ") * 10_000
        begun = time.perf_counter()
        assert answered(text[:10_000]).status == "unknown"
        assert time.perf_counter() - begun < 0.2
