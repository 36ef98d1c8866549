"""How alike two tickers move (docs/engine.md, Sizing)."""

import math
from collections.abc import Sequence
from typing import Final

STILL: Final = 1e-10
"""A standard deviation of returns under this is none: it is the error of the logarithms."""


def all_positive(closes: Sequence[int]) -> bool:
    """Whether every close is a price."""
    for place in range(len(closes)):  # noqa: SIM110  # the kernel has no generators
        if closes[place] <= 0:
            return False
    return True


def pearson(count: int, sums: tuple[float, float], squares: tuple[float, float], products: float) -> float:
    """Pearson's correlation from sums over `count` pairs; 0 when either side stands still."""
    spread_a = count * squares[0] - sums[0] * sums[0]
    spread_b = count * squares[1] - sums[1] * sums[1]
    least = (count * STILL) * (count * STILL)
    if spread_a <= least or spread_b <= least:
        return 0.0
    together = count * products - sums[0] * sums[1]
    return max(-1.0, min(1.0, together / math.sqrt(spread_a) / math.sqrt(spread_b)))


def correlation(closes_a: Sequence[int], closes_b: Sequence[int]) -> float:
    """Pearson's correlation of the log returns of two series of closes of the same sessions, oldest first.

    0 when undefined: fewer than three closes, a close that is no price, a series that stands still. Sums run over
    the differences from the first return, which keeps steady growth from drowning in rounding.
    """
    if len(closes_a) < 3 or not all_positive(closes_a) or not all_positive(closes_b):
        return 0.0
    first_a, first_b = math.log(closes_a[1] / closes_a[0]), math.log(closes_b[1] / closes_b[0])
    sum_a, sum_b, square_a, square_b, products = 0.0, 0.0, 0.0, 0.0, 0.0
    for place in range(2, len(closes_a)):
        a = math.log(closes_a[place] / closes_a[place - 1]) - first_a
        b = math.log(closes_b[place] / closes_b[place - 1]) - first_b
        sum_a, sum_b = sum_a + a, sum_b + b
        square_a, square_b, products = square_a + a * a, square_b + b * b, products + a * b
    return pearson(len(closes_a) - 1, (sum_a, sum_b), (square_a, square_b), products)
