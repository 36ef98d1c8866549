"""Strategies by the names that the account knows them by, besides those that are built in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.match import Lattice

KIND: Final = "strategy"


def named(grid: Lattice, strategies: Sequence[str]) -> Lattice:
    """The same message, in which these names are strategies, too; `alpha_hunter` is said as alpha hunter."""
    texts = [token.text for token in grid.tokens]
    values = dict(grid.values)
    for name in strategies:
        words = name.lower().replace("_", " ").replace("-", " ").split()
        for at in range(len(texts) - len(words) + 1):
            if words and texts[at : at + len(words)] == words:
                values[at] = [*values.get(at, ()), (at + len(words), KIND, name)]
    return replace(grid, values=values)
