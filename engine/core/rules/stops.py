"""Where a position is left: stop-loss and take-profit levels, and how they may move (docs/engine.md, Stops).

Prices in ten-thousandths of a dollar, at most 10^10, multipliers at most 100: products stay within 10^12. Stops and
takes stand on the tick and are rounded up to it. No rule here ever returns a stop lower than the one it was given, and
none but trailing one at or over the last price that was not there before.
"""

from collections.abc import Sequence
from typing import Final

from engine.core.rules.rounding import part, part_up, tick, tick_above, tick_below, tick_down, tick_up

__all__ = [
    "NONE",
    "STOP",
    "TAKE",
    "atr_moved",
    "below_price",
    "crossing",
    "heat_excess",
    "initial_stop",
    "initial_take",
    "measured_stop",
    "next_weakest",
    "past_half_way",
    "tick",
    "tightened_for_heat",
    "tightened_stop",
    "tightening",
    "trailing_stop",
]

NONE: Final = 0
STOP: Final = 1
TAKE: Final = 2

EARNINGS_SESSIONS: Final = 3
"""So many sessions before earnings, and on their day, stops stand nearer."""

EARNINGS_FACTOR: Final = 0.7
EVENT_FACTOR: Final = 0.5


def initial_stop(entry: int, atr: int, multiplier: float, stop_loss: float) -> int:
    """The first stop: ATR × multiplier under the entry, nearer where the fraction `stop_loss` (0 none) is nearer.

    At most one tick under the entry; 0 when ATR × multiplier reaches the entry itself, which leaves no stop to set.
    """
    distance = part(atr, multiplier)
    if distance >= entry:
        return 0
    if stop_loss > 0.0:
        distance = min(distance, part(entry, stop_loss))
    return min(tick_up(entry - distance), tick_below(entry))


def initial_take(entry: int, stop: int, reward_risk: float, take_profit: float) -> int:
    """The take: `reward_risk` times the stop's distance over the entry, nearer where `take_profit` (0 none) is nearer.

    At least one tick over the entry.
    """
    distance = part_up(max(entry - stop, 0), reward_risk)
    if take_profit > 0.0:
        distance = min(distance, part_up(entry, take_profit))
    return max(tick_up(entry + distance), tick_above(entry))


def past_half_way(price: int, entry: int, take: int) -> bool:
    """Whether a price is more than half way from entry to take."""
    return 2 * (price - entry) > take - entry


def trailing_stop(  # noqa: PLR0913, PLR0917  # levels of one position, flat for the kernel
    stop: int, entry: int, take: int, high: int, atr: int, multiplier: float, price: int
) -> int:
    """The stop once past half way: at least breakeven and ATR × multiplier under the high, never lower than before.

    `high` is the highest price since entry. When the price has already fallen that far from its high this is at or over
    `price`: `below_price` keeps it from selling at the very price by which it was raised.
    """
    if not past_half_way(price, entry, take):
        return stop
    return max(stop, tick_up(max(entry, high - part(atr, multiplier))))


def atr_moved(atr_old: int, atr_new: int) -> bool:
    """Whether ATR is known and more than 10 % away from the one that a stop was made from."""
    return atr_new > 0 and 10 * abs(atr_new - atr_old) > atr_old


def below_price(stop: int, wanted: int, price: int) -> int:
    """The stop raised to `wanted`, but to one tick under `price` at most; one that stands nearer already is left.

    So what a price raises is not crossed by that price: the levels used within a bar are those known before it.
    """
    return max(stop, min(wanted, tick_below(price)))


def measured_stop(  # noqa: PLR0913, PLR0917  # levels of one position, flat for the kernel
    stop: int, entry: int, atr: int, multiplier: float, stop_loss: float, price: int
) -> int:
    """The stop where a first stop would now stand by this ATR, if that is nearer, at most one tick under `price`.

    Asked when `atr_moved`, and when there is reason to look anew at once.
    """
    return below_price(stop, initial_stop(entry, atr, multiplier, stop_loss), price)


def tightening(earnings_sessions: int, severe_events: int) -> float:
    """The share of its distance that a stop keeps: half in a high-severity event, 0.7 near earnings, else all of it.

    `earnings_sessions` counts sessions to the next date, 0 on the day itself, −1 where no date is on record;
    `severe_events` those that touch the ticker now. Where both hold, the smaller factor counts, not the product.
    """
    if severe_events > 0:
        return EVENT_FACTOR
    return EARNINGS_FACTOR if 0 <= earnings_sessions <= EARNINGS_SESSIONS else 1.0


def tightened_stop(  # noqa: PLR0913, PLR0917  # levels of one position, flat for the kernel
    stop: int,
    entry: int,
    take: int,
    high: int,
    atr: int,
    multiplier: float,
    stop_loss: float,
    factor: float,
    price: int,
) -> int:
    """The stop while risk is high: first and trailing distance are `factor` (0 < factor ≤ 1) of what they were.

    The first distance is the smaller of ATR × multiplier and the fraction `stop_loss` (0 none) of the entry.
    At most one tick under `price`; a factor of 1 changes nothing. The same factor again changes nothing more.
    """
    if factor >= 1.0:
        return stop
    first = initial_stop(entry, atr, multiplier * factor, stop_loss * factor)
    trailed = trailing_stop(stop, entry, take, high, atr, multiplier * factor, price)
    return below_price(stop, max(first, trailed), price)


def crossing(price: int, stop: int, take: int) -> int:
    """Which level a price has reached: STOP at or under the stop, TAKE at or over the take, else NONE; stop first."""
    if price <= stop:
        return STOP
    return TAKE if price >= take else NONE


def heat_excess(heat: int, tradable: int, max_heat: float, share: float) -> int:
    """Money by which heat is over `share` (0.8) of its limit; the limit's money is rounded down. 0 if it is not."""
    return max(0, heat - part(tradable, max_heat * share))


def tightened_for_heat(stop: int, price: int, atr: int, excess_money: int, shares: int) -> int:
    """The stop raised just enough to take `excess_money` of heat away, no nearer than half an ATR under the price.

    At least one tick under the price. The raise of one share is rounded up. A stop over the entry takes no more heat
    away: pass at most the position's own heat as `excess_money`. `shares` is positive.
    """
    if excess_money <= 0:
        return stop
    enough = tick_up(stop + (excess_money + shares - 1) // shares)
    nearest = min(tick_down(max(price - (atr + 1) // 2, 0)), tick_below(price))
    return max(stop, min(enough, nearest))


def comes_before(confidences: Sequence[float], one: int, other: int) -> bool:
    """Whether position `one` is tightened before `other`: lower confidence first, ties by place."""
    if confidences[one] == confidences[other]:
        return one < other
    return confidences[one] < confidences[other]


def next_weakest(confidences: Sequence[float], after: int) -> int:
    """Place of the position to tighten after place `after` (−1 to begin); −1 when all had their turn.

    Lowest confidence first, ties by place: with tickers in alphabetical order, ties by ticker. Needs no sorted copy.
    """
    best = -1
    for place in range(len(confidences)):
        is_left = after < 0 or comes_before(confidences, after, place)
        if is_left and (best < 0 or comes_before(confidences, place, best)):
            best = place
    return best
