"""How well an account did."""

import math
from collections.abc import Sequence
from typing import Final

from engine.core.rules.breakers import drawdown

SESSIONS_A_YEAR: Final = 252


def win_rate(wins: int, losses: int, flat: int) -> float:
    """Winning trades among all closed ones, as a fraction; one at zero is neither, but counts. 0 without trades."""
    trades = wins + losses + flat
    return wins / trades if trades > 0 else 0.0


def profit_factor(gains: int, losses: int) -> float:
    """Money won for each unit of money lost, both given as sums of size; infinite without losses."""
    return gains / losses if losses > 0 else math.inf


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean of at least one value, added in their order."""
    total = 0.0
    for place in range(len(values)):
        total += values[place]
    return total / len(values)


def sharpe(returns: Sequence[float]) -> float:
    """Mean daily return over its standard deviation (of a sample, ddof 1), a year's worth: × √252, no risk-free rate.

    NaN stands for none: fewer than two returns, or no deviation (under 10^-12 of the mean, which is rounding).
    Sharpe, The Sharpe Ratio (1994).
    """
    if len(returns) < 2:
        return math.nan
    average, squares = mean(returns), 0.0
    for place in range(len(returns)):
        squares += (returns[place] - average) * (returns[place] - average)
    deviation = math.sqrt(squares / (len(returns) - 1))
    if deviation <= abs(average) * 1e-12:
        return math.nan
    return average / deviation * math.sqrt(SESSIONS_A_YEAR)


def max_drawdown(equities: Sequence[int]) -> float:
    """The deepest fall from a peak to a later value, as a fraction of that peak; 0 for a series that never falls."""
    peak, deepest = 0, 0.0
    for place in range(len(equities)):
        peak = max(peak, equities[place])
        deepest = max(deepest, drawdown(equities[place], peak))
    return deepest
