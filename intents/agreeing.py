"""A message that says the same twice: every clause asks for one and the same, or for nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from intents.clauses import clauses, inert
from intents.result import Parsed, Request

if TYPE_CHECKING:
    from collections.abc import Callable

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
    for start, end in asking:
        one = read(heard, heard.grid(grid.tokens[start:end]))
        if one is None or one.status != "ok" or len(one.requests) != 1:
            return None
        found.append(one)
    requests = [one.requests[0] for one in found]
    if not all(one.same(requests[0]) for one in requests) or _grave(requests[0], heard):
        return None
    return replace(found[0], requests=(replace(requests[0], confidence=requests[0].confidence * BESIDE),))


def _grave(request: Request, heard: Hearing) -> bool:
    return heard.language.contract[request.intent].harm in GRAVE
