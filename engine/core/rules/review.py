"""How a strategy did, and whether it lags too far behind (docs/engine.md, Strategies).

Money in ten-thousandths of a dollar: `won` is what closed trades brought and open positions would bring, `cost` what
was paid for both, without fees.
"""

from typing import Final

from engine.core.rules.rounding import part

FEWEST: Final = 5
"""Trades and open positions, together, that it takes to judge a strategy."""


def result(won: int, cost: int) -> float:
    """What was won (+) or lost (−), as a fraction of what was put to work; 0 where nothing was."""
    return won / cost if cost > 0 else 0.0


def enough(trades: int, held: int) -> bool:
    """Whether so many closed trades and open positions are enough to judge a strategy by."""
    return trades + held >= FEWEST


def underperforms(won: int, cost: int, share: float) -> bool:
    """Whether more than this share of what was put to work is lost; a loss of just as much is not too much."""
    return cost > 0 and -won > part(cost, share)
