"""A message that says the same twice: every clause asks for one and the same, for a part of it, or for nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from intents.clauses import clauses, inert
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
    begun: list[Request] = []
    for start, end in asking:
        clause = heard.grid(grid.tokens[start:end])
        one = read(heard, clause)
        if one is not None and one.status == "ok" and len(one.requests) == 1:
            found.append(one)
        elif (half := _begun(heard, clause)) is not None:
            begun.append(half)
        else:
            return None
    requests = [one.requests[0] for one in found]
    if not requests or _grave(requests[0], heard) or not _one(requests, begun):
        return None
    return replace(found[0], requests=(replace(requests[0], confidence=requests[0].confidence * BESIDE),))


def _begun(heard: Hearing, clause: Lattice) -> Request | None:
    """What a clause asks for without saying all of it: change my time zone."""
    one = plain(heard, clause)
    if one is None or one.why != "missing" or len(one.candidates) != 1:
        return None
    return one.candidates[0]


def _one(requests: Sequence[Request], begun: Sequence[Request]) -> bool:
    """Whether all ask for the same, and what is only begun asks for a part of it."""
    first = requests[0]
    same = all(one.same(first) for one in requests)
    return same and all(one.intent == first.intent and one.slots.items() <= first.slots.items() for one in begun)


def _grave(request: Request, heard: Hearing) -> bool:
    return heard.language.contract[request.intent].harm in GRAVE
