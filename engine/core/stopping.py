"""Which stops are due to be raised now, by how much and why; the rules themselves are in rules/stops.py."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from engine.core import commands as c
from engine.core import events as e
from engine.core.happenings import MarketEvent
from engine.core.limits import Limits, for_micro
from engine.core.nouns import Position, Recommendation
from engine.core.policy import Policy
from engine.core.rules import stops
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import Money, Ticker
from engine.core.valuation import sector_of, value
from engine.core.words import EventScope, Severity, Side, StopReason

NO_DATE = -1


class Watch(NamedTuple):
    """An account under the limits in force, the outside as it is looked at, and the house's numbers."""

    state: State
    scene: Scene
    limits: Limits
    policy: Policy


class Raise(NamedTuple):
    """Where a rule would put a stop, and the rule."""

    stop: Money
    reason: StopReason


def raised_stops(watch: Watch) -> Iterator[c.RaiseStop]:
    """Stops that a rule moves nearer now; those of positions being sold or not traded are left alone.

    Heat is looked at once the others stand still: what they raise takes heat away too.
    """
    moved = [*raised_by_price(watch)]
    yield from moved or cooled(watch)


def raised_by_price(watch: Watch) -> Iterator[c.RaiseStop]:
    """What trailing, a changed ATR, a rapid move, earnings and events ask for, by ticker."""
    for ticker, position in sorted(restless(watch)):
        price = movable(watch, position)
        why = StopReason.RAPID_MOVE if ticker in watch.scene.rapid else None
        moved = raised(watch, position, price, why) if price is not None else None
        if moved is not None:
            yield moved


def restless(watch: Watch) -> Iterator[tuple[Ticker, Position]]:
    """Positions whose stop a rule may move, by a quick look."""
    scene = watch.scene
    for ticker, position in watch.state.positions.items():
        price = scene.price(ticker)
        if price is not None and (ticker in scene.rapid or not stands(watch, position, price)):
            yield ticker, position


def stands(watch: Watch, position: Position, price: Money) -> bool:
    """Whether no rule can move this stop: a quick look, so that ten thousand cost little; never where one could."""
    scene, ticker = watch.scene, position.ticker
    return (
        price <= position.high
        and not stops.past_half_way(price, position.entry, position.take)
        and not stops.atr_moved(position.atr, scene.atr.get(ticker) or 0)
        and not watch.state.market_events
        and stops.tightening(scene.earnings.get(ticker, NO_DATE), 0) >= 1.0
    )


def movable(watch: Watch, position: Position) -> Money | None:
    """The price by which a stop may move now; None where it must not: sold, crossed, halted or without a price."""
    price = watch.scene.price(position.ticker)
    if price is None or position.ticker in watch.scene.halted or watch.state.selling(position.ticker):
        return None
    return None if stops.crossing(price, position.stop, position.take) else price


def raised(watch: Watch, position: Position, price: Money, why: StopReason | None) -> c.RaiseStop | None:
    """The nearest stop that any rule asks for, and a new high since entry; None where nothing moves.

    A high is kept before the stop trails, too: the take may be moved nearer later, and then the stop trails from it.
    With a reason `why` today's ATR counts however little it moved.
    """
    atr, high = kept_atr(watch.scene, position, why), max(position.high, price)
    measured = measure(watch, position, price, atr, why)
    found = [trail(watch, position, price, atr), measured, tighten(watch, position, price, atr)]
    best = max(found, key=lambda one: one.stop)
    if best.stop <= position.stop and atr == position.atr and high == position.high:
        return None
    reason = measured.reason if best.stop <= position.stop and atr != position.atr else best.reason
    return c.RaiseStop(ticker=position.ticker, stop=best.stop, high=high, atr=atr, reason=reason)


def kept_atr(scene: Scene, position: Position, why: StopReason | None) -> Money:
    """The ATR to go by from now on: today's where there is reason to look anew, else the one that the stop has."""
    today = scene.atr.get(position.ticker) or 0
    looks_anew = stops.atr_moved(position.atr, today) or (why is not None and today > 0)
    return today if looks_anew else position.atr


def trail(watch: Watch, position: Position, price: Money, atr: Money) -> Raise:
    old, high = position.stop, max(position.high, price)
    wide = limits_of(watch, position).stop_multiplier
    trailed = stops.trailing_stop(old, position.entry, position.take, high, atr, wide, price)
    return Raise(stops.below_price(old, trailed, price), StopReason.TRAILING)


def measure(watch: Watch, position: Position, price: Money, atr: Money, why: StopReason | None) -> Raise:
    """Where a first stop would stand now, if there is reason to look anew; else where it stands."""
    reason = why or StopReason.ATR_MOVED
    if why is None and atr == position.atr:
        return Raise(position.stop, reason)
    limits = limits_of(watch, position)
    wide, loss = limits.stop_multiplier, limits.stop_loss
    return Raise(stops.measured_stop(position.stop, position.entry, atr, wide, loss, price), reason)


def tighten(watch: Watch, position: Position, price: Money, atr: Money) -> Raise:
    """What earnings soon, or an event of high severity, ask for."""
    severe = len(touching(watch.state, watch.scene, position))
    factor = stops.tightening(watch.scene.earnings.get(position.ticker, NO_DATE), severe)
    limits, high = limits_of(watch, position), max(position.high, price)
    wide, loss, levels = limits.stop_multiplier, limits.stop_loss, (position.stop, position.entry, position.take)
    stop = stops.tightened_stop(*levels, high, atr, wide, loss, factor, price)
    return Raise(stop, StopReason.EVENT if severe else StopReason.EARNINGS)


def limits_of(watch: Watch, position: Position) -> Limits:
    """The limits in force for a position of this kind."""
    return for_micro(watch.limits, watch.policy) if position.micro else watch.limits


def touching(state: State, scene: Scene, position: Position) -> tuple[MarketEvent, ...]:
    """The events of high severity in force now that touch a position."""
    sector = sector_of(state, scene, position.ticker) if state.market_events else None
    return tuple(
        event
        for event in state.market_events
        if event.severity is Severity.HIGH and is_on(event, scene.at) and touches(event, position.ticker, sector)
    )


def is_on(event: MarketEvent, at: datetime) -> bool:
    """Whether an event has begun and is not over; at the instant of its end it is."""
    return event.starts_at <= at < event.ends_at


def touches(event: MarketEvent, ticker: Ticker, sector: str | None) -> bool:
    """Whether an event is about this ticker: about the whole market, its sector or itself."""
    if event.scope is EventScope.MARKET:
        return True
    return event.target == (sector if event.scope is EventScope.SECTOR else ticker)


def resignalled(watch: Watch, wanted: Recommendation) -> tuple[e.StopMoved, ...]:
    """The stop of a held ticker, looked at anew because a recommendation says something else than its position.

    Nothing where ticker, action and confidence are the position's, or where nothing moves.
    """
    position = watch.state.positions.get(wanted.ticker)
    if position is None or (wanted.action is Side.BUY and wanted.confidence == position.confidence):
        return ()
    price = movable(watch, position)
    moved = None if price is None else raised(watch, position, price, StopReason.SIGNAL)
    return () if moved is None else (stop_moved(position, moved),)


def stop_moved(position: Position, moved: c.RaiseStop) -> e.StopMoved:
    """What comes of raising a stop: nothing of it is ever lower than before."""
    return e.StopMoved(
        ticker=position.ticker,
        old=position.stop,
        new=max(position.stop, moved.stop),
        high=max(position.high, moved.high),
        atr=moved.atr,
        reason=moved.reason,
    )


def cooled(watch: Watch) -> Iterator[c.RaiseStop]:
    """Over the heat that makes stops move: raise those of the lowest confidence first, just enough."""
    state, scene, limits, policy = watch
    worth = value(state, scene, limits)
    excess = stops.heat_excess(worth.heat, worth.tradable, limits.max_heat, policy.heat_tighten_share)
    for held in sorted(state.positions.values(), key=lambda position: (position.confidence, position.ticker)):
        price, own = scene.price(held.ticker), held.shares * max(0, held.entry - held.stop)
        if excess <= 0:
            return
        if price is None or not own or held.ticker in scene.halted or state.selling(held.ticker):
            continue
        stop = stops.tightened_for_heat(held.stop, price, held.atr, min(excess, own), held.shares)
        if stop > held.stop:
            excess -= own - held.shares * max(0, held.entry - stop)
            yield c.RaiseStop(ticker=held.ticker, stop=stop, high=held.high, atr=held.atr, reason=StopReason.HEAT)
