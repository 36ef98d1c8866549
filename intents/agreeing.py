"""A message that says the same twice: every clause asks for one and the same, for a part of it, or for nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from intents.clauses import clauses, inert
from intents.parts import begun
from intents.plain import plain
from intents.result import Parsed, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from intents.hearing import Hearing
    from intents.match import Lattice

BESIDE: Final = 0.85  # confidence where something else was said beside
GRAVE: Final = frozenset({"grave", "dialogue"})


def agreed(heard: Hearing, grid: Lattice, read: Callable[[Hearing, Lattice], Parsed | None]) -> Parsed | None:
    """What all clauses that ask for something ask for; None where two differ, or one is not understood."""
    several = clauses(grid, heard.language)
    asking = [one for one in several if not inert(grid, one, heard.language)]
    if len(several) < 2 or len(asking) < 2:
        return None
    found: list[Parsed] = []
    halves: list[str] = []
    for start, end in asking:
        clause = heard.grid(grid.tokens[start:end])
        one = read(heard, clause)
        if one is not None and one.status == "ok" and len(one.requests) == 1:
            found.append(one)
        elif half := _begun(heard, clause):
            halves.append(half)
        else:
            return None
    requests = [one.requests[0] for one in found]
    if not requests or _grave(requests[0], heard) or not _one(requests, halves):
        return None
    return replace(found[0], requests=(replace(requests[0], confidence=requests[0].confidence * BESIDE),))


def _begun(heard: Hearing, clause: Lattice) -> str:
    """The intent of a clause that says nothing of what it asks for: change my time zone; empty for any other."""
    one = plain(heard, clause)
    return "" if one is None else begun(one.why, one.candidates)


def _one(requests: Sequence[Request], halves: Sequence[str]) -> bool:
    """Whether all ask for the same, and what is only begun is that."""
    first = requests[0]
    return all(one.same(first) for one in requests) and all(half == first.intent for half in halves)


def _grave(request: Request, heard: Hearing) -> bool:
    return heard.language.contract[request.intent].harm in GRAVE
