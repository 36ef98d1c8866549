"""How far a ticker moves in a session (docs/engine.md, Time and prices)."""

from collections.abc import Sequence
from typing import Final

PERIOD: Final = 14


def true_range(previous: int, close: int) -> float:
    """A session's range where highs and lows are unknown: 1.6 × the move from close to close.

    An approximation: for a random walk seen from close to close the mean range is about 1.6 × the mean move.
    """
    return 1.6 * abs(close - previous)


def wilder_atr(closes: Sequence[int]) -> int:
    """ATR14 over the closes of completed sessions, oldest first, in their unit, rounded half up; 0 for under 15.

    Wilder, New Concepts in Technical Trading Systems (1978): the mean of the first 14 ranges, then each session
    13/14 of the last ATR and 1/14 of the new range. A price that never moved gives 0 too.
    """
    if len(closes) <= PERIOD:
        return 0
    atr = 0.0
    for place in range(1, PERIOD + 1):
        atr += true_range(closes[place - 1], closes[place])
    atr /= PERIOD
    for place in range(PERIOD + 1, len(closes)):
        atr = (atr * (PERIOD - 1) + true_range(closes[place - 1], closes[place])) / PERIOD
    return int(atr + 0.5)
