"""A message as it stands: one request, several, or one that leans on what was said before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from intents.dialogue import follow_up
from intents.match import closest, readings
from intents.only import alone
from intents.parts import parts_of
from intents.result import Request
from intents.slots import Gap, settle
from intents.verdict import judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.hearing import Hearing
    from intents.load import Language
    from intents.match import Lattice, Reading
    from intents.result import Parsed
    from intents.slots import Outcome

FOLLOWING: Final = frozenset({"_answer", "_correct", "_also", "_take"})


def plain(heard: Hearing, grid: Lattice) -> Parsed | None:
    """The message as it stands: one request, several, or a follow-up."""
    return grid.once("plain", lambda: _plain(heard, grid))


def _plain(heard: Hearing, grid: Lattice) -> Parsed | None:
    outcomes = _outcomes(heard, grid)
    return judged(heard, grid, outcomes) if outcomes else parts_of(heard, grid)


def _outcomes(heard: Hearing, grid: Lattice) -> list[Outcome]:
    found = readings(grid, heard.language)
    served = [one for one in found if one.template.intent[0] != "_"]
    if (lone := alone(found, served, heard.language)) is not None:
        return [lone]
    if _unserved(found, served) and not _looks(served, heard.language):
        return [Gap("not_served")]
    leaning = follow_up([one for one in found if one.template.intent in FOLLOWING], heard.context, heard.language)
    complete = any(isinstance(one, Request) for one in leaning)
    if complete and (not _commands(served, heard.language) or _answers(served, heard)):
        return leaning
    settled = _settled(served, heard)
    return leaning if complete and not any(isinstance(one, Request) for one in settled) else settled or leaning


def _unserved(found: Sequence[Reading], served: Sequence[Reading]) -> bool:
    """Whether the message is a thing we do not do, unless something served explains more of its words literally."""
    others = [one.skipped for one in found if one.template.intent == "_other"]
    return bool(others) and not any(one.skipped < min(others) for one in served)


def _settled(served: Sequence[Reading], heard: Hearing) -> list[Outcome]:
    """What readings ask for; complete ones before gaps, and of those the ones that explain most words literally."""
    pairs = [(one, settle(one, heard.language, heard.meant_by(one))) for one in served]
    pairs = [pair for pair in pairs if isinstance(pair[1], Request)] or pairs
    best = closest([one for one, _ in pairs], heard.language)
    return [outcome for one, outcome in pairs if one in best]


def _looks(found: Sequence[Reading], language: Language) -> bool:
    return bool(found) and all(language.contract[one.template.intent].harm == "look" for one in found)


def _answers(served: Sequence[Reading], heard: Hearing) -> bool:
    """Whether something was asked for, and what stands there would otherwise only show something."""
    question = heard.context.question
    return question is not None and bool(question.missing) and _looks(served, heard.language)


def _commands(found: Sequence[Reading], language: Language) -> bool:
    """Whether a full command stands there, not only a word of dialogue."""
    return any(language.contract[one.template.intent].harm != "dialogue" for one in found)
