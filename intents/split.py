"""Several requests in one message: cut where a comma, a stop or a joining word stands, every part understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from intents.match import closest, readings
from intents.slots import settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.load import Language
    from intents.match import Lattice, Reading
    from intents.slots import Outcome

MOST: Final = 5  # parts of one message
JOINING: Final = frozenset({"and", "then", "but", "plus", "also", "afterwards", "so"})
AFTER: Final = frozenset({("after", "that"), ("after", "this"), ("once", "done"), ("when", "done")})
SPLITTING: Final = frozenset(",;:.!?—–-…")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message from `start` to `end` with what it asks for; None for a remark."""

    start: int
    end: int
    outcome: Outcome | None
    intent: str


@dataclass(slots=True)
class Splitter:
    """Cuts one message; keeps what each piece was found to mean."""

    grid: Lattice
    language: Language
    antecedent: tuple[str, ...]
    waiting: bool = True  # whether a bare word of dialogue would answer something
    known: dict[tuple[int, int], list[Reading]] = field(default_factory=dict)

    def parts(self) -> list[Part]:
        """The pieces in order, all understood; empty if some piece is not."""
        whole = not _cuts(self.grid) and _begin(self.grid, 0) == 0  # a message without cuts was read before
        return [] if whole else self._from(0, self.antecedent, 0) or []

    def understood(self) -> list[Part]:
        """The pieces between neighbouring cuts that mean something by themselves, wherever they stand."""
        inner = _cuts(self.grid)
        cuts = [0, *inner, len(self.grid.tokens)] if inner else []
        pairs = [(_begin(self.grid, start), end) for start, end in pairwise(cuts)]
        return [part for start, end in pairs for part in self._piece(start, end, self.antecedent)]

    def _from(self, start: int, antecedent: tuple[str, ...], depth: int) -> list[Part] | None:
        total = len(self.grid.tokens)
        start = _begin(self.grid, start)
        if start >= total:
            return [] if depth else None
        if depth >= MOST:
            return None
        for end in [total, *reversed([cut for cut in _cuts(self.grid) if cut > start])]:
            for part in self._piece(start, end, antecedent):
                rest = self._from(end, _named(part, self.known[start, end]) or antecedent, depth + 1)
                if rest is not None:
                    return [part, *rest]
        return None

    def _piece(self, start: int, end: int, antecedent: tuple[str, ...]) -> list[Part]:
        if (start, end) not in self.known:
            self.known[start, end] = readings(self.grid, self.language, start, end)
        found = self.known[start, end]
        served = [one for one in found if one.template.intent[0] != "_"]
        if served and not self._tells(found):
            best = closest(served, self.language)
            outcomes = [settle(one, self.language, antecedent) for one in best]
            return [Part(start, end, one, best[0].template.intent) for one in _distinct(outcomes)]
        others = {one.template.intent for one in found} & {"_remark", "_other", "_only"}
        return [Part(start, end, None, min(others))] if others else []

    def _tells(self, found: Sequence[Reading]) -> bool:
        """Whether a piece of a longer message only says why, where nothing is open that it could answer."""
        intents = {one.template.intent for one in found}
        return not self.waiting and "_remark" in intents and intents <= {"_remark", "deny", "cancel", "confirm"}


def _distinct(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Complete requests before gaps; a piece with two requests is left to the caller as none."""
    from intents.result import Request  # noqa: PLC0415

    requests: list[Request] = []
    for one in outcomes:
        if isinstance(one, Request) and not any(one.same(other) for other in requests):
            requests.append(one)
    if len(requests) > 1:
        return []
    return [requests[0]] if requests else [outcomes[0]]


def _named(part: Part, found: Sequence[Reading]) -> tuple[str, ...]:
    """The companies a piece names, for an `it` in the next one."""
    for reading in found:
        for name, value in reading.values:
            if (
                name in {"tickers", "ticker"}
                and isinstance(value, tuple)
                and all(len(one.tickers) == 1 for one in value)
            ):
                return tuple(sorted({one.tickers[0] for one in value}))
    slots = getattr(part.outcome, "slots", {})
    return tuple(slots.get("tickers", ()))


def _cuts(grid: Lattice) -> list[int]:
    tokens = grid.tokens
    return [
        at
        for at in range(1, len(tokens))
        if tokens[at].text in JOINING or (tokens[at].before and tokens[at].before[0] in SPLITTING)
    ]


def _begin(grid: Lattice, start: int) -> int:
    while start < len(grid.tokens) and grid.tokens[start].text in JOINING:
        start += 1
        if tuple(token.text for token in grid.tokens[start : start + 2]) in AFTER:
            start += 2
    return start
