"""How a large position is bought in parts (docs/engine.md, Gradual entry). Money in ten-thousandths of a dollar."""

from typing import Final

from engine.core.rules.rounding import part

SHARE: Final = 0.05


def threshold(most: int, tradable: int) -> int:
    """The money above which a position is bought in parts: `most`, or 5 % of tradable money where that is less."""
    return min(most, part(tradable, SHARE))


def parts(shares: int, dollars: int, threshold: int, most: int) -> int:
    """How many parts: one up to the threshold, else `most`, or as many as there are shares where those are fewer."""
    return 1 if dollars <= threshold else min(most, shares)


def part_size(shares: int, parts: int, place: int) -> int:
    """The shares of the part at this place, counted from 0; parts differ by one share at most, larger ones first."""
    return shares // parts + (1 if place < shares % parts else 0)
