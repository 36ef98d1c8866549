"""How a large position is bought in parts (docs/engine.md, Gradual entry). Money in ten-thousandths of a dollar."""

from typing import Final

from engine.core.rules.rounding import part

MOST_PARTS: Final = 3
SHARE: Final = 0.05


def threshold(most: int, tradable: int) -> int:
    """The money above which a position is bought in parts: `most`, or 5 % of tradable money where that is less."""
    return min(most, part(tradable, SHARE))


def split(shares: int, dollars: int, threshold: int) -> tuple[int, ...]:
    """The shares of each part: one part up to the threshold, else as many as there are shares, at most 3.

    Parts differ by one share at most, the larger ones come first; none is zero, and together they are all shares.
    """
    if dollars <= threshold:
        return (shares,)
    if shares < MOST_PARTS:
        return (1,) * shares
    each, over = shares // MOST_PARTS, shares % MOST_PARTS
    return (each + min(over, 1), each + over // 2, each)
