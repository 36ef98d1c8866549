"""A yes or no to "it" is one to the company that was named before it: I like AMD, approve it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from intents.result import Parsed, Request
from intents.slots import Gap, fill
from intents.verdict import asked

if TYPE_CHECKING:
    from intents.entities import Company
    from intents.hearing import Hearing
    from intents.match import Lattice

PROPOSED: Final = frozenset({"approve", "reject"})
NAMES: Final = "tickers"


def narrowed(heard: Hearing, grid: Lattice, parsed: Parsed) -> Parsed:
    """The reading with what is approved or rejected by a mere "it" narrowed to the companies that the message names."""
    named = _named(grid)
    if (
        not named
        or not any(_open(one) for one in parsed.requests)
        or any(NAMES in one.slots for one in parsed.requests)
    ):
        return parsed
    if heard.language.lists.pointers.isdisjoint(grid.texts):
        return parsed
    made = [fill(one.intent, {NAMES: named}, heard.language) if _open(one) else one for one in parsed.requests]
    gap = next((one for one in made if isinstance(one, Gap)), None)
    if gap is not None:
        return asked(heard, gap)
    return replace(parsed, requests=tuple(one for one in made if isinstance(one, Request)))


def _open(request: Request) -> bool:
    return request.intent in PROPOSED and not request.slots


def _named(grid: Lattice) -> tuple[Company, ...]:
    """The companies that the message names, each by its longest name."""
    found = (
        (end, value)
        for edges in grid.values.values()
        for end, kind, value in sorted(edges, key=lambda one: -one[0])
        if kind == NAMES and isinstance(value, tuple)
    )
    by_end: dict[int, tuple[Company, ...]] = {}
    for end, value in found:
        by_end.setdefault(end, value)
    return tuple(company for value in by_end.values() for company in value)
