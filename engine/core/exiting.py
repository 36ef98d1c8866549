"""Which positions are due to be sold now: because of a loss, a level, an hour, or a price that is missing."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from engine.core import commands as c
from engine.core.appliers.switches import waiver
from engine.core.judge.expiry import has_expired
from engine.core.judge.ground import Ground
from engine.core.nouns import Position
from engine.core.rules import breakers, stops
from engine.core.state import State
from engine.core.timing import feed_is_silent, has_no_price
from engine.core.units import Ticker
from engine.core.words import BreakerKind, Origin, Side

CROSSED: Final[Mapping[int, Origin]] = {stops.STOP: Origin.STOP, stops.TAKE: Origin.TAKE}
SPARE: Final = 1.0 + 1e-9
"""What the quick look allows for the rounding of fractions, so that it never passes over a loss."""


def exits(ground: Ground) -> Iterator[c.Command]:
    """One sell for each position whose loss, level, hour or missing price says so; none while the feed is silent."""
    if feed_is_silent(ground.scene):
        return
    sold = being_sold(ground.state)
    for position in sorted(suspects(ground), key=lambda held: held.ticker):
        if position.shares > sold.get(position.ticker, 0):
            yield from exit_of(ground, position)


def being_sold(state: State) -> Mapping[Ticker, int]:
    """Shares in open sells, by ticker."""
    sold: dict[Ticker, int] = {}
    for order in state.orders.values():
        if order.side is Side.SELL:
            sold[order.ticker] = sold.get(order.ticker, 0) + order.shares - order.filled_shares
    return sold


def suspects(ground: Ground) -> Iterator[Position]:
    """Positions that may have to be sold: a quick look, so that ten thousand cost little; it never misses one."""
    scene = ground.scene
    quotes, least = scene.quotes, (1.0 - ground.limits.single_position_loss) * SPARE
    fresh = scene.at - timedelta(seconds=max(scene.stale_s, scene.interval_s))
    for ticker, held in ground.state.positions.items():
        quote = quotes.get(ticker)
        if (
            quote is None
            or not held.stop < quote.price < held.take
            or quote.price * held.shares <= held.cost * least
            or quote.at < fresh
            or held.expires_at is not None
        ):
            yield held


def exit_of(ground: Ground, position: Position) -> Iterator[c.Command]:
    ticker, price = position.ticker, ground.scene.price(position.ticker)
    if has_no_price(ground.scene, ticker):
        yield c.ExitPosition(ticker=ticker, origin=Origin.PRICE_UNAVAILABLE, trigger=position.stop)
        return
    if price is None:
        return
    limit, worth = ground.limits.single_position_loss, position.shares * price
    if breakers.position_loss_trips(worth, position.cost, limit):
        loss = breakers.position_loss(worth, position.cost)
        yield from tripped(ground, BreakerKind.SINGLE_POSITION, limit, loss, ticker)
        yield c.ExitPosition(ticker=ticker, origin=Origin.SINGLE_POSITION, trigger=position.stop)
        return
    crossed = stops.crossing(price, position.stop, position.take)
    if crossed:
        trigger = position.stop if crossed == stops.STOP else position.take
        yield c.ExitPosition(ticker=ticker, origin=CROSSED[crossed], trigger=trigger)
    elif has_expired(position, ground.scene.at):
        yield c.ExitPosition(ticker=ticker, origin=Origin.MICRO_EXPIRY, trigger=price)


def tripped(
    ground: Ground, kind: BreakerKind, threshold: float, actual: float, ticker: Ticker | None = None
) -> Iterator[c.Command]:
    """Unless it stands already, or the owner reset it in this session."""
    state = ground.state
    if (kind, ticker) not in state.breakers and waiver(kind, ticker) not in state.tally.waived:
        yield c.TripBreaker(kind=kind, ticker=ticker, threshold=threshold, actual=actual)
