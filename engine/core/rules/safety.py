"""What no order may be, whoever means it (docs/engine.md, Safety of orders). Money in ten-thousandths of a dollar."""

from typing import Final

from engine.core.rules.rounding import part

MINUTE_S: Final = 60
LOOK_BACK_S: Final = 300
"""How far back orders are remembered, in seconds; nothing looks back further."""
REMEMBERED: Final = 2_000
"""How many orders are remembered at most."""


def is_far(price: int, last_close: int, band: float) -> bool:
    """Whether a price is further from the last close than the fraction `band` of it, up or down.

    Where no close is known (0), no price is far.
    """
    return last_close > 0 and abs(price - last_close) > part(last_close, band)


def is_over(amount: int, most: int) -> bool:
    """Whether money or shares are more than the most; exactly the most is not."""
    return amount > most


def is_lately(market_s: float, wall_s: float, within_s: int) -> bool:
    """Whether two orders were meant less than so many seconds apart, in market time and in people's time alike.

    The sign does not matter, so that a clock that was put back does not make orders lately for hours. 0 is never.
    """
    return abs(market_s) < within_s and abs(wall_s) < within_s


def is_rush(meant: int, most: int) -> bool:
    """Whether one more order is too many where so many were meant within a minute already."""
    return meant + 1 > most


def is_unpaid(cost: int, power: int) -> bool:
    """Whether an order costs more than buying power is left."""
    return cost > power
