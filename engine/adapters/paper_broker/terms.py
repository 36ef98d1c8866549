"""The terms of trading on paper: what a share costs beyond the price shown, what is charged, how much a price fills."""

from typing import Final, NamedTuple

from engine.core.rules.rounding import part_up
from engine.core.units import Money
from engine.core.words import OrderType, Side

ALL_KINDS: Final = frozenset(OrderType)


class Terms(NamedTuple):
    """Rates are fractions (0.0001 = one basis point), money is in ten-thousandths of a dollar.

    Half the `spread` and all of the `slippage` are added to the price shown for a buy, and taken from it for a sell.
    Each order is charged `fee_per_order`, `fee_per_share` for each share, and `fee_rate` of its value, `fee_minimum` at
    the least. One shown price fills `fill_share` of an order, at least one share. A limit may be at most `collar` away
    from the last price shown (None: anywhere). `kinds` are the kinds of orders that are taken.
    """

    spread: float = 0.0
    slippage: float = 0.0
    fee_per_order: Money = 0
    fee_per_share: Money = 0
    fee_rate: float = 0.0
    fee_minimum: Money = 0
    fill_share: float = 1.0
    collar: float | None = None
    kinds: frozenset[OrderType] = ALL_KINDS

    def traded_at(self, side: Side, shown: Money) -> Money:
        """What a share is traded at when this price is shown, rounded against the order; at least a ten-thousandth."""
        away = part_up(shown, self.spread / 2 + self.slippage)
        return shown + away if side is Side.BUY else max(1, shown - away)

    def fee_due(self, shares: int, value: Money) -> Money:
        """What is charged in all for an order of which so many shares, worth so much, are filled; rounded up."""
        if not shares:
            return 0
        return self.fee_per_order + shares * self.fee_per_share + max(self.fee_minimum, part_up(value, self.fee_rate))

    def filled_at_once(self, shares: int) -> int:
        """How many shares of an order of so many one shown price fills."""
        return max(1, part_up(shares, self.fill_share))

    def is_collared(self, limit: Money, shown: Money) -> bool:
        """Whether a limit is too far from the last price shown."""
        return self.collar is not None and abs(limit - shown) > shown * self.collar


EXACT: Final = Terms()
"""The price shown, no cost, all at once."""
