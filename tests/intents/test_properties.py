"""What holds for every message, whatever its words."""

from __future__ import annotations

import random
import string
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.context import Question, follow
from intents.evaluate import changes, hear
from intents.load import load_language
from intents.parser import parse
from intents.result import Request, as_json
from intents.rows import context_of
from intents.sample import sentence
from tests.intents.conftest import intents_with_rows, rows_of, scene_of_rows

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGE = load_language()
SCENE = context_of(scene_of_rows())
quick = settings(max_examples=60, deadline=None, derandomize=True)
SAID = [
    row["t"]
    for intent in intents_with_rows()
    for row in rows_of(intent)
    if "t" in row and "i" in row and " " not in row.get("s", {}).get("person", "")
]
"""But for names of two words, which are names by their capitals."""
ACTIONS = [
    row["t"]
    for intent in intents_with_rows()
    if changes(intent)
    for row in rows_of(intent)
    if "t" in row and "i" in row
]
GUARDS = ["not", "never", "don't", "if", "unless", "except", "did you", "should I", "why"]


def plain(requests: tuple[Request, ...]) -> list[tuple[str, dict[str, Any]]]:
    return [(one.intent, {name: folded(name, value) for name, value in one.slots.items()}) for one in requests]


def folded(name: str, value: Any) -> Any:
    """Names of persons keep the letters they were written with."""
    return value.casefold() if name == "person" else value


@quick
@given(seed=st.integers(0, 10**6))
def test_a_sentence_drawn_from_a_template_means_its_intent(seed: int) -> None:
    draw = random.Random(seed)
    number = draw.randrange(len(LANGUAGE.templates))
    template = LANGUAGE.templates[number]
    parsed = parse(sentence(number, LANGUAGE, draw), SCENE, LANGUAGE)
    if template.intent[0] != "_" and parsed.status == "ok":
        assert template.intent in [one.intent for one in parsed.requests]
    if template.intent == "_other":
        assert not [one for one in parsed.requests if changes(one.intent)]


@quick
@given(text=st.sampled_from(SAID), case=st.sampled_from([str, str.capitalize]), gap=st.sampled_from(["  ", "   "]))
def test_case_and_spacing_change_nothing(text: str, case: Callable[[str], str], gap: str) -> None:
    told = parse(text, SCENE, LANGUAGE)
    other = parse(case(text).replace(" ", gap), SCENE, LANGUAGE)
    named = any("person" in one.slots for one in told.requests)  # a person's capital letter says that it is one
    if not named and not any(word.isupper() and len(word) > 1 for word in text.split()):
        assert plain(other.requests) == plain(told.requests)


@quick
@given(
    text=st.sampled_from(ACTIONS),
    frame=st.sampled_from(["please {}", "hey, could you {}", "{}, thanks", "um {} please"]),
)
def test_politeness_changes_nothing(text: str, frame: str) -> None:
    told, polite = parse(text, SCENE, LANGUAGE), parse(frame.format(text.rstrip(".!?")), SCENE, LANGUAGE)
    assert polite.status != "ok" or plain(polite.requests) == plain(told.requests)


@quick
@given(text=st.sampled_from(ACTIONS), guard=st.sampled_from(GUARDS), place=st.floats(0, 1))
def test_a_guard_word_never_leaves_the_same_action(text: str, guard: str, place: float) -> None:
    words = text.split()
    at = round(place * len(words))
    told = plain(parse(text, SCENE, LANGUAGE).requests)
    if guard.split(maxsplit=1)[0] in text.lower() or told[0][0] in {"deny", "confirm", "cancel", "repeat"}:
        return
    guarded = parse(" ".join([*words[:at], guard, *words[at:]]), SCENE, LANGUAGE)
    assert guarded.status != "ok" or plain(guarded.requests) != told


@quick
@given(value=st.integers(1, 49), other=st.integers(50, 99))
def test_changing_a_number_changes_exactly_that_slot(value: int, other: int) -> None:
    one = parse(f"set my max drawdown to {value}%", SCENE, LANGUAGE).requests[0]
    two = parse(f"set my max drawdown to {other}%", SCENE, LANGUAGE).requests[0]
    assert dict(one.slots) == {"field": "risk.max_drawdown_pct", "value": value, "unit": "percent"}
    assert {**one.slots, "value": other} == dict(two.slots)


@quick
@given(text=st.sampled_from(ACTIONS), seed=st.integers(0, 10**6))
def test_one_typo_never_gives_another_action(text: str, seed: int) -> None:
    """Company names and digits are left alone: another name or number is another order, and is read back."""
    draw = random.Random(seed)
    words = text.split()
    places = [at for at, word in enumerate(words) if word.isalpha() and word.islower() and len(word) > 3]
    if not places:
        return
    at = draw.choice(places)
    words[at] = slipped(words[at], draw)
    told, typed = parse(text, SCENE, LANGUAGE), parse(" ".join(words), SCENE, LANGUAGE)
    if typed.status == "ok" and any(changes(one.intent) for one in typed.requests):
        assert plain(typed.requests) == plain(told.requests)


def slipped(word: str, draw: random.Random) -> str:
    at = draw.randrange(len(word) - 1)
    swap = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return draw.choice([swap, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]])


@quick
@given(text=st.text(max_size=80))
def test_random_text_never_acts(text: str) -> None:
    parsed = parse(text, SCENE, LANGUAGE)
    assert not {LANGUAGE.contract[one.intent].harm for one in parsed.requests} & {"riskier", "grave", "by_direction"}
    assert as_json(parsed)["text"] == text


@quick
@given(words=st.lists(st.text(string.ascii_lowercase, min_size=4, max_size=9), max_size=8))
def test_random_words_never_act(words: list[str]) -> None:
    assert not [one for one in parse(" ".join(words), SCENE, LANGUAGE).requests if changes(one.intent)]


@quick
@given(text=st.sampled_from(SAID))
def test_a_full_command_beats_a_pending_question(text: str) -> None:
    told = parse(text, SCENE, LANGUAGE)
    asked = Question(("value",), (Request("set_preference", {"field": "risk.max_drawdown_pct"}),))
    waiting = follow(SCENE, parse("set my max drawdown", SCENE, LANGUAGE), LANGUAGE)
    assert waiting.question == asked
    if told.requests[0].intent not in {"confirm", "pick"}:
        assert plain(parse(text, waiting, LANGUAGE).requests) == plain(told.requests)


@pytest.mark.parametrize(
    "text", ["buy " * 2_500, "a" * 10_000, "(" * 10_000, "set risk to moderate and " * 400, "1," * 5_000]
)
def test_long_texts_are_refused_quickly(text: str) -> None:
    start = time.perf_counter()
    assert parse(text, SCENE, LANGUAGE).status == "unknown"
    assert time.perf_counter() - start < 0.05


def test_the_longest_text_that_is_read_is_read_quickly() -> None:
    start = time.perf_counter()
    assert hear({"t": "pause and show apple and tesla, " * 18}, SCENE, LANGUAGE).status != "ok"
    assert time.perf_counter() - start < 1
