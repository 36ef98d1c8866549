"""Whether the frames of free wordings hold together: each can be met, and no two ask for the same."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final

from intents.compose import ANY, BEYOND, NEGATIONS
from intents.content import AMOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intents.frame import Frame
    from intents.language import Language

LOOKING = "free are the frames of intents that only show something"

ASKED_BACK: Final = frozenset({"field", "until"})
"""Slots that every frame may take: what its intent cannot keep of them is asked back."""


def check_frames(language: Language) -> Iterator[str]:
    """What is wrong with the frames, a line for each."""
    for frame in language.lists.frames:
        yield from (f"{frame.intent}: {said(frame)}: {wrong}" for wrong in _slots(frame, language))
        yield from (f"{frame.intent}: {said(frame)} can never be met: {why}" for why in _unmet(frame, language))
    for one, other in combinations(language.lists.frames, 2):
        if one.intent != other.intent and _asks(one) == _asks(other):
            yield f"{one.intent} and {other.intent} have frames with the same needs: {said(one)}"


def said(frame: Frame) -> str:
    """A frame by what it needs, a word of each group, in order."""
    words = ", ".join("|".join(sorted(group)[:3]) for group in frame.needs)
    values = ", ".join((*((frame.unit,) if frame.unit else ()), *(f"{{{name}}}" for name in frame.holds)))
    return f"frame [{words}]{' with ' if values else ''}{values}"


def _asks(frame: Frame) -> tuple[object, ...]:
    """All that decides whether a message meets a frame, but for words that it only explains."""
    return frozenset(frame.needs), frame.unit, frozenset(frame.holds.values()), frame.polarity


def _slots(frame: Frame, language: Language) -> Iterator[str]:
    """Slots that its intent does not have, and amounts of no unit."""
    spec = language.contract.get(frame.intent)
    if spec is None:
        yield "there is no such intent"
        return
    if frame.free != (spec.harm == "look"):
        yield f"{said(frame)} must {'' if spec.harm == 'look' else 'not '}be free: {LOOKING}"
    own = {*frame.fixed, *frame.holds, *frame.takes}
    named = {"ticker" if name == "tickers" and "ticker" in spec.slots else name for name in own}
    yield from (f"its intent has no slot {name}" for name in sorted(named - spec.slots.keys() - ASKED_BACK))
    if frame.unit is not None and frame.unit not in AMOUNTS | {ANY}:
        yield f"{frame.unit} is no unit of an amount: {', '.join(sorted(AMOUNTS))}"


def _unmet(frame: Frame, language: Language) -> Iterator[str]:
    for group in frame.needs:
        if not any(_is_a_word(word, language) for word in group):
            yield f"none of {', '.join(sorted(group)) or 'its words'} is ever left as a word of a message"
        elif not frame.free and group <= language.lists.guards.keys() - NEGATIONS - frame.allows:
            yield f"{', '.join(sorted(group))} would have to be allowed"
    if not frame.free and not _stands(frame, language):
        yield f"its words never come to be {frame.polarity}"


def _is_a_word(word: str, language: Language) -> bool:
    """Whether a word stays as it is when a message is taken apart."""
    written = language.lists.spell.get(word, (word,))
    return " " not in word and "'" not in word and written == (word,)


def _stands(frame: Frame, language: Language) -> bool:
    """Whether some choice of its words has its polarity."""
    own = frozenset().union(*frame.needs, frame.also, frame.allows, language.lists.explained)
    may_negate, may_exceed = bool(own & NEGATIONS), bool(own & BEYOND)
    must_negate = any(group and group <= NEGATIONS for group in frame.needs)
    must_exceed = any(group and group <= BEYOND for group in frame.needs)
    possible = {
        "upright": (not must_negate or may_exceed) and (not must_exceed or may_negate),
        "turned": may_negate and not must_exceed,
        "more": may_exceed and not must_negate,
        "unturned": not must_negate,
        "either": True,
    }
    return possible.get(frame.polarity, False)
