"""The same words read as two intents: which of them is meant, and which pairs are always asked back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Overlaps:
    """`above` has, for each intent that yields, those that keep the words; `asked` are pairs that are asked back."""

    above: Mapping[str, frozenset[str]]
    asked: frozenset[frozenset[str]]

    def meant(self, intents: Iterable[str]) -> frozenset[str]:
        """The intents that are left when each has yielded to those above it."""
        said = frozenset(intents)
        return said if len(said) < 2 else frozenset(one for one in said if not said & self.above.get(one, frozenset()))

    def settled(self, intents: Iterable[str]) -> bool:
        """Whether no two intents are left but such as are asked back on purpose."""
        return all(frozenset(pair) in self.asked for pair in combinations(sorted(self.meant(intents)), 2))


def read_overlaps(raw: Mapping[str, Any]) -> Overlaps:
    """The overlaps from their file: `meant`, an intent with those that yield to it, and `asked`, pairs."""
    above: dict[str, set[str]] = {}
    for winner, yielding in raw["meant"].items():
        for loser in yielding:
            above.setdefault(loser, set()).add(winner)
    return Overlaps(
        {loser: frozenset(winners) for loser, winners in above.items()},
        frozenset(frozenset(pair) for pair in raw["asked"]),
    )
