"""The language files hold together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from intents.check import check
from intents.check_frames import check_frames
from intents.frame import Frame
from intents.grammar import Automaton, Template, TemplateError, read_template
from tests.intents.conftest import intents_with_rows, rows_of

if TYPE_CHECKING:
    from intents.load import Language


def test_no_template_is_dead_or_shared(language: Language) -> None:
    assert check(language, {intent: rows_of(intent) for intent in intents_with_rows()}) == []


def only(language: Language, *intents: str) -> Language:
    """The language with the contract, the sentences and the frames of a few intents."""
    kept = [at for at, one in enumerate(language.templates) if one.intent in intents]
    trees = tuple(language.trees[at] for at in kept)
    return replace(
        language,
        contract={intent: language.contract[intent] for intent in intents},
        templates=tuple(language.templates[at] for at in kept),
        trees=trees,
        automaton=Automaton(trees),
        lists=replace(language.lists, frames=tuple(one for one in language.lists.frames if one.intent in intents)),
    )


def test_a_template_that_takes_anothers_sentence_is_found(language: Language) -> None:
    templates = (Template("pause", "show positions"), Template("show_positions", "show positions"))
    trees = tuple(read_template(one.text, {}, {}) for one in templates)
    broken = replace(language, templates=templates, trees=trees, automaton=Automaton(trees))
    amiss = check(broken, {"show_positions": [{"t": "show my positions", "i": "show_positions"}]})
    assert "pause: matches a row of show_positions: show my positions" in amiss
    assert "pause and show_positions both own: show positions" in amiss
    assert "pause: 0 rows, at least 12 wanted" in amiss


def a_frame(intent: str = "set_preference", **changes: Any) -> Frame:
    """A frame that the language can meet."""
    usual: dict[str, Any] = {
        "needs": (frozenset({"lose"}), frozenset({"day"})),
        "also": frozenset(),
        "unit": "percent",
        "fixed": {"field": "risk.daily_loss_limit_pct"},
        "takes": {},
        "holds": {},
        "polarity": "upright",
        "allows": frozenset(),
    }
    return Frame(intent=intent, **{**usual, **changes})


def found_in(language: Language, *frames: Frame) -> list[str]:
    return list(check_frames(replace(language, lists=replace(language.lists, frames=frames))))


def test_a_sound_frame_is_not_complained_of(language: Language) -> None:
    assert found_in(language, a_frame()) == []
    several = (a_frame(), a_frame("adjust_preference", unit=None, fixed={"field": "x", "direction": "up"}))
    assert found_in(language, *several) == [], "the same words with and without an amount"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"needs": (frozenset({"don't"}),)}, "none of don't is ever left as a word of a message"),
        ({"needs": (frozenset(),)}, "none of its words is ever left"),
        ({"needs": (frozenset({"if", "unless"}),)}, "if, unless would have to be allowed"),
        ({"polarity": "more"}, "its words never come to be more"),
        ({"needs": (frozenset({"more"}),), "polarity": "turned"}, "its words never come to be turned"),
        ({"needs": (frozenset({"never"}),), "polarity": "more"}, "its words never come to be more"),
        ({"polarity": "sideways"}, "its words never come to be sideways"),
        ({"fixed": {"flavour": "sweet"}}, "its intent has no slot flavour"),
        ({"holds": {"tickers": "tickers"}}, "its intent has no slot tickers"),
        ({"unit": "bananas"}, "bananas is no unit of an amount"),
        ({"intent": "fly"}, "there is no such intent"),
    ],
)
def test_a_frame_that_can_never_be_met_is_found(changes: dict[str, Any], wrong: str, language: Language) -> None:
    (found,) = found_in(language, a_frame(**changes))
    assert wrong in found


def test_two_frames_that_ask_for_the_same_are_found(language: Language) -> None:
    one, other = a_frame(), a_frame("toggle_preference", needs=(frozenset({"day"}), frozenset({"lose"})))
    assert found_in(language, one, other) == [
        "set_preference and toggle_preference have frames with the same needs: frame [lose, day] with percent"
    ]


def test_without_rows_nothing_is_said_of_them(language: Language) -> None:
    small = only(language, "show_positions")
    assert check(small, None) == []
    assert check(small, {"fly": []}) == [
        "show_positions: 0 rows, at least 12 wanted",
        "fly: rows of an intent that is not there",
    ]


@pytest.mark.parametrize("text", ["(a|b", "a]", "[a", "a <nowhere>"])
def test_a_bad_template_is_named(text: str) -> None:
    with pytest.raises(TemplateError, match="template"):
        read_template(text, {}, {})
