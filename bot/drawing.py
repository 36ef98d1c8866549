"""Numbers drawn with characters: a line of blocks for a series, a bar for a part of a whole."""

from collections.abc import Sequence
from typing import Final

BLOCKS: Final = "▁▂▃▄▅▆▇█"
WIDEST: Final = 40
"""Characters of a line at most: it has to fit beside others on a telephone."""

BAR: Final = 20
"""Characters of a bar that stands for a whole."""


def sparkline(points: Sequence[float]) -> str:
    """The points from left to right, each as high as it is between the lowest and the highest; a level line in between.

    Of more points than fit, the first, the last and those evenly between them are drawn.
    """
    low, high = min(points), max(points)
    if low == high:
        return BLOCKS[len(BLOCKS) // 2 - 1] * min(len(points), WIDEST)
    top = len(BLOCKS) - 1
    return "".join(BLOCKS[round((point - low) / (high - low) * top)] for point in fitting(points))


def fitting(points: Sequence[float]) -> list[float]:
    """As many of them as fit into a line."""
    if len(points) <= WIDEST:
        return [*points]
    return [points[round(place * (len(points) - 1) / (WIDEST - 1))] for place in range(WIDEST)]


def bar(fraction: float) -> str:
    """A part of a whole; at least one character, so that what is there is seen."""
    return "█" * min(BAR, max(1, round(fraction * BAR)))
