"""What kind of order an entry goes out as, at which prices, and the cash that it holds until it is done."""

from collections.abc import Collection
from typing import Final, NamedTuple

from engine.core.policy import Policy
from engine.core.rules.rounding import part_up, tick_down, tick_up
from engine.core.units import Money
from engine.core.words import OrderType

PREFERRED: Final = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.STOP)
"""An entry goes as the first of these that its owner allows."""


class Way(NamedTuple):
    """How an entry goes out; a price is None where its kind has none."""

    kind: OrderType
    limit: Money | None = None
    stop_at: Money | None = None


def way_in(allowed: Collection[OrderType], price: Money, policy: Policy) -> Way:
    """The way of an entry decided at this price: its limit lies the house's collar above it, its stop at it.

    A limit is rounded up to the tick, a stop down, so that the price decided at is good enough for both.
    """
    kind = next((one for one in PREFERRED if one in allowed), OrderType.MARKET)
    limit, stop_at = tick_up(price + part_up(price, policy.limit_collar)), max(1, tick_down(price))
    match kind:
        case OrderType.MARKET:
            return Way(kind)
        case OrderType.LIMIT:
            return Way(kind, limit)
        case OrderType.STOP:
            return Way(kind, stop_at=stop_at)
        case OrderType.STOP_LIMIT:
            return Way(kind, limit, stop_at)


def held_for(shares: int, price: Money, way: Way, policy: Policy) -> Money:
    """Cash for so many shares at the limit, or the price where there is none, with what trading them costs."""
    value = shares * (way.limit or price)
    return value + part_up(value, policy.cost_rate) + shares * policy.cost_a_share + policy.cost_an_order


def spendable(power: Money, price: Money, way: Way, policy: Policy) -> Money:
    """What of buying power is left for shares at this price: so many, and no more, can be held cash for."""
    one = held_for(1, price, way, policy) - policy.cost_an_order
    return power if one <= price and not policy.cost_an_order else max(0, power - policy.cost_an_order) * price // one
