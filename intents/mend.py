"""A message with its spelling repaired: every version that means something must mean the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from intents.normalise import rejoined
from intents.result import Parsed
from intents.spelling import guarded, repaired, surely
from intents.verdict import changes, doubted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from intents.hearing import Hearing
    from intents.match import Lattice

REPAIRED: Final = 0.9  # confidence after repairing spelling


Read: TypeAlias = "Callable[[Hearing, Lattice], Parsed | None]"


def mended(heard: Hearing, grid: Lattice, read: Read) -> Parsed | None:
    """What `read` makes of the message with its spelling repaired; None where nothing has to be repaired."""
    if any(guarded(token.text, heard.language) for token in grid.tokens if token.kind == "word"):
        return None
    named = grid.named()
    kept = dict.fromkeys((named, named | grid.people()))  # names of persons are repaired, unless that leads nowhere
    return next((made for places in kept if (made := _repaired(heard, grid, places, read)) is not None), None)


def _repaired(heard: Hearing, grid: Lattice, kept: frozenset[int], read: Read) -> Parsed | None:
    results: list[Parsed] = []
    for version in grid.once(("versions", kept), lambda: _versions(heard, grid, kept)):
        result = read(heard, version)
        if result is not None and not any(result.alike(other) for other in results):
            results.append(result)
    if any(one.why == "not_served" for one in results):
        return Parsed(heard.text, "clarify", why="not_served")
    chosen_one = _chosen(heard, results)
    if chosen_one is None or surely(grid.tokens, kept, heard.language):
        return chosen_one
    return _unless_doubted(heard, chosen_one)


def _versions(heard: Hearing, grid: Lattice, kept: frozenset[int]) -> list[Lattice]:
    language = heard.language
    return [heard.grid(rejoined(one, language.lists.joined)) for one in repaired(grid.tokens, kept, language)]


def _unless_doubted(heard: Hearing, parsed: Parsed) -> Parsed:
    """A reading whose words were repaired with some doubt: asked back where it would act at once."""
    if any(doubted(one, heard.language) for one in parsed.requests):
        return Parsed(heard.text, "clarify", candidates=parsed.requests[:3], why="doubtful")
    return parsed


def _chosen(heard: Hearing, results: Sequence[Parsed]) -> Parsed | None:
    """The one repaired reading; of several the likeliest, if none changes anything."""
    clear = [one for one in results if one.status == "ok"]
    if not clear:
        return results[0] if results else None
    if len(clear) > 1 and any(changes(request, heard.language) for one in clear for request in one.requests):
        return Parsed(heard.text, "clarify", candidates=tuple(one.requests[0] for one in clear)[:3], why="two_readings")
    requests = tuple(replace(one, confidence=one.confidence * REPAIRED) for one in clear[0].requests)
    return Parsed(heard.text, "ok", requests=requests)
