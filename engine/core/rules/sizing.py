"""How large a buy may be: one allocation, cut by every limit in turn (docs/engine.md, Sizing).

Money in ten-thousandths of a dollar, at most 10^16; confidence and limits as fractions. A limit's share of tradable
is rounded down, shares are whole and rounded down: a buy is never above a limit.
"""

from typing import NamedTuple

from engine.core.rules.codes import (
    ABSOLUTE_CAP,
    ACTIVE_POOL_MINIMUM,
    BELOW_ONE_SHARE,
    BUYING_POWER,
    CORRELATED,
    EARNINGS_IMMINENT,
    EXPOSURE,
    HEAT,
    LOW_CONFIDENCE,
    NONE,
    POSITION_FULL,
    PRICE_TOO_LOW,
    SECTOR_FULL,
)
from engine.core.rules.rounding import part


class Ask(NamedTuple):
    """All that the size of a buy depends on.

    `price` is positive and `stop` the initial stop for it. `held_value` is the market value of what is held of the
    ticker with its open buys, `sector_value` the same for all of its sector, this ticker included, `exposure_value`
    for all positions. `heat` is what is lost now if every stop is hit. `earnings_sessions` counts to the next date
    (0 today), −1 without one on record. `correlation` is the mean with the other positions, 0 without any.
    `new_sector`: the ticker's sector is known and not held. `absolute_cap` 0 is none.
    """

    confidence: float
    min_confidence: float
    base: float
    max_position: float
    max_sector: float
    max_exposure: float
    max_heat: float
    tradable: int
    tradable_minimum: int
    min_price: int
    buying_power: int
    absolute_cap: int
    price: int
    stop: int
    held_value: int
    sector_value: int
    exposure_value: int
    heat: int
    earnings_sessions: int
    correlation: float
    sectors_held: int
    new_sector: bool
    min_sectors: int


class Sizing(NamedTuple):
    """What a buy may be, and what each step left of it; steps that were not reached hold 0.

    `reason` is 0 or the code of the step that rejected, and then `shares` and `dollars` are 0. `raw` is the fraction
    of tradable before any clamp; the five `left` are money after each clamp; `heat_after` is a fraction of tradable,
    with this buy (also with the one that heat rejected).
    """

    reason: int
    shares: int
    dollars: int
    earnings_factor: float
    correlation_factor: float
    diversification_factor: float
    raw: float
    position_left: int
    sector_left: int
    exposure_left: int
    cap_left: int
    cash_left: int
    heat_after: float


class Wish(NamedTuple):
    """An allocation before the clamps: its factors, its money, and the least that every clamp must have room for."""

    earnings: float
    correlation: float
    diversification: float
    raw: float
    dollars: int
    least: int


class Room(NamedTuple):
    """Money that each limit still has room for; negative where a limit is exceeded already."""

    position: int
    sector: int
    exposure: int
    cap: int
    cash: int


def earnings_factor(sessions: int) -> float:
    """Share of the allocation left before earnings: none within 1 session, half within 3, else all; −1 is no date."""
    if sessions < 0 or sessions > 3:
        return 1.0
    return 0.5 if sessions > 1 else 0.0


def correlation_factor(average: float) -> float:
    """Share of the allocation left at this mean correlation: all up to 0.5, falling evenly to none at 0.8."""
    return min(1.0, max(0.0, (0.8 - average) / 0.3))


def diversification_factor(sectors_held: int, new_sector: bool, min_sectors: int) -> float:  # noqa: FBT001  # a fact
    """A fifth more for a ticker of a known sector not held, while fewer than `min_sectors` are held."""
    return 1.2 if new_sector and sectors_held < min_sectors else 1.0


def obstacle(ask: Ask, confidence: float) -> int:
    """What rules out any buy of the ticker, whatever its size: the code of the first such step, or 0."""
    if confidence < ask.min_confidence:
        return LOW_CONFIDENCE
    if ask.tradable < ask.tradable_minimum:
        return ACTIVE_POOL_MINIMUM
    if ask.price < ask.min_price:
        return PRICE_TOO_LOW
    if earnings_factor(ask.earnings_sessions) == 0.0:
        return EARNINGS_IMMINENT
    return CORRELATED if ask.correlation > 0.8 else NONE


def rejected(reason: int, earnings: float) -> Sizing:
    """A buy that a step before the clamps rejected; `earnings` is that step's factor, 0 if it was not passed."""
    return Sizing(reason, 0, 0, earnings, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0.0)


def rooms(ask: Ask) -> Room:
    """Money that each limit still has room for; the absolute cap, like the position limit, counts what is held."""
    return Room(
        part(ask.tradable, ask.max_position) - ask.held_value,
        part(ask.tradable, ask.max_sector) - ask.sector_value,
        part(ask.tradable, ask.max_exposure) - ask.exposure_value,
        ask.absolute_cap - ask.held_value if ask.absolute_cap > 0 else ask.tradable,
        ask.buying_power,
    )


def first_full(room: Room, least: int) -> int:
    """The code of the first limit without room for `least`, or 0."""
    if room.position < least:
        return POSITION_FULL
    if room.sector < least:
        return SECTOR_FULL
    if room.exposure < least:
        return EXPOSURE
    if room.cap < least:
        return ABSOLUTE_CAP
    return BUYING_POWER if room.cash < least else NONE


def last_reason(ask: Ask, shares: int, heat: int) -> int:
    """What stands against a buy that fits all money limits: too much heat with it, or no whole share; else 0."""
    if heat > part(ask.tradable, ask.max_heat):
        return HEAT
    return BELOW_ONE_SHARE if shares < 1 else NONE


def clamped(ask: Ask, wish: Wish) -> Sizing:
    """The wish cut to what every limit has room for, in whole shares.

    Heat is that of the whole shares that would be bought, shares × (price − stop): nothing else is ever at risk.
    shares × price is at most the wish's money, so every product stays within 10^16.
    """
    room = rooms(ask)
    position = max(0, min(wish.dollars, room.position))
    sector = max(0, min(position, room.sector))
    exposure = max(0, min(sector, room.exposure))
    cap = max(0, min(exposure, room.cap))
    cash = max(0, min(cap, room.cash))
    full = first_full(room, wish.least)
    shares = cash // ask.price
    heat = ask.heat + shares * max(ask.price - ask.stop, 0) if full == NONE else 0
    reason = last_reason(ask, shares, heat) if full == NONE else full
    bought = shares if reason == NONE else 0
    return Sizing(
        reason,
        bought,
        bought * ask.price,
        wish.earnings,
        wish.correlation,
        wish.diversification,
        wish.raw,
        position,
        sector,
        exposure,
        cap,
        cash,
        heat / max(1, ask.tradable),
    )


def size(ask: Ask) -> Sizing:
    """The size of a buy: base × confidence / least confidence × factors, of tradable money, within every limit.

    A limit with no room at all rejects, one with some room reduces. Of two confidences the lower never gets more
    shares; only heat, which rejects and does not reduce, may turn the larger buy away and let the smaller one pass.
    """
    reason = obstacle(ask, ask.confidence)
    earnings = earnings_factor(ask.earnings_sessions)
    if reason != NONE:
        return rejected(reason, earnings if reason == CORRELATED else 0.0)
    correlation = correlation_factor(ask.correlation)
    diversification = diversification_factor(ask.sectors_held, ask.new_sector, ask.min_sectors)
    raw = ask.base * (ask.confidence / ask.min_confidence) * earnings * correlation * diversification
    dollars = part(ask.tradable, min(raw, ask.max_position))
    return clamped(ask, Wish(earnings, correlation, diversification, raw, dollars, 1))


def most(ask: Ask) -> int:
    """The most shares that `fixed` would let pass now; 0 where nothing at all would."""
    if obstacle(ask, ask.min_confidence) != NONE:
        return 0
    room = rooms(ask)
    shares = min(room.position, room.sector, room.exposure, room.cap, room.cash) // ask.price
    risk = max(ask.price - ask.stop, 0)
    if risk > 0:
        shares = min(shares, (part(ask.tradable, ask.max_heat) - ask.heat) // risk)
    elif ask.heat > part(ask.tradable, ask.max_heat):
        return 0
    return max(0, shares)


def fixed(ask: Ask, shares: int) -> Sizing:
    """The size of a buy whose shares the owner named: all of them, or a reason why not.

    The same steps reject, with confidence counting as the least that is acted on; factors change nothing (they scale
    the base allocation, which the owner's number replaces) and stand as 1. Every clamp is walked even after one was
    too small: `cash_left` // price are the shares that money would allow. More shares than tradable money buys count
    as one too many, which keeps shares × price within 10^16 + 10^10.
    """
    reason = obstacle(ask, ask.min_confidence)
    if reason != NONE:
        return rejected(reason, 1.0 if reason == CORRELATED else 0.0)
    if shares < 1:
        return rejected(BELOW_ONE_SHARE, 1.0)
    dollars = min(shares, ask.tradable // ask.price + 1) * ask.price
    return clamped(ask, Wish(1.0, 1.0, 1.0, dollars / max(1, ask.tradable), dollars, dollars))
