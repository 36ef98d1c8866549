"""What a fill does to tax lots: a buy opens one, a sell closes the oldest, a loss that was bought again is put off."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from engine.core import events as e
from engine.core.judge.ground import Ground
from engine.core.lots import Lot
from engine.core.nouns import Fill, Order
from engine.core.scene import Scene
from engine.core.session import Session
from engine.core.state import State
from engine.core.taxes import Parting, Wash, kept, lots_of, parted, washed
from engine.core.units import Money, Ticker
from engine.core.words import Side


class Parted(NamedTuple):
    """What the shares that were sold had cost, and the events that follow on the fill."""

    cost: Money
    events: tuple[e.Event, ...]


def begun(state: State, ticker: Ticker) -> tuple[e.Event, ...]:
    """The lot of a position from before lots were kept, which comes before the fill that touches it."""
    return () if state.lots.get(ticker) else tuple(e.LotOpened(lot=lot) for lot in lots_of(state, ticker))


def opened(state: State, fill: Fill) -> tuple[e.Event, ...]:
    """The lot of a buy, and the losses of the last 30 days that it puts off."""
    cost = fill.shares * fill.price
    lot = Lot(
        id=fill.execution_id,
        ticker=fill.ticker,
        shares=fill.shares,
        bought=fill.shares,
        cost=cost,
        tax_basis=cost,
        opened_at=fill.at,
    )
    losses = (sale for sale in state.losses if sale.ticker == fill.ticker)
    return (e.LotOpened(lot=lot), *found(washed(losses, [lot])))


def sold(state: State, fill: Fill, order: Order) -> Parted:
    """The lots that a sell takes, oldest first, and where that ends its order, the losses that what is left puts off.

    `order` is the sell as it is after the fill.
    """
    lots = lots_of(state, fill.ticker)
    parts = parted(lots, fill)
    taken = tuple(e.LotSold(sale=part.sale, left=part.left) for part in parts)
    washes = () if order.status.is_open else put_off(state, order, parts)
    return Parted(sum(part.sale.cost for part in parts), (*taken, *washes))


def put_off(state: State, order: Order, parts: Sequence[Parting] = ()) -> tuple[e.Event, ...]:
    """The losses that what is left of a ticker puts off once a sell has ended, those of its last fill included.

    None while another sell of the ticker is half done: its end matches them all.
    """
    others = (one for key, one in state.orders.items() if key != order.client_order_id)
    if any(one.side is Side.SELL and one.ticker == order.ticker and one.filled_shares for one in others):
        return ()
    losses = (sale for sale in state.losses if sale.ticker == order.ticker)
    return found(washed((*losses, *(part.sale for part in parts)), kept(lots_of(state, order.ticker), parts)))


def found(washes: Iterable[Wash]) -> tuple[e.Event, ...]:
    return tuple(
        e.WashSaleFound(sale=wash.sale, lot=wash.lot, shares=wash.shares, amount=wash.amount) for wash in washes
    )


def settles_on(scene: Scene, fill: Fill) -> date:
    """The date of the session after the one in which a fill happened."""
    return next(one.date for one in sessions(scene) if one.opens_at > fill.at)


def day_of(scene: Scene, fill: Fill) -> Session:
    """The session in which a fill happened, or after which."""
    begun_by_then = [one for one in sessions(scene) if one.opens_at <= fill.at]
    return begun_by_then[-1] if begun_by_then else sessions(scene)[0]


def sessions(scene: Scene) -> tuple[Session, ...]:
    """All that are on hand, oldest first."""
    return (*scene.recent, scene.day, *scene.upcoming)


def is_day_trade(ground: Ground, fill: Fill, filled_before: int) -> bool:
    """Whether a sell order's first fill sells a ticker of which shares were bought in the same session.

    The fills of one order make one day trade; shares held overnight do not help once more were bought.
    """
    opens_at = day_of(ground.scene, fill).opens_at
    bought = any(lot.opened_at >= opens_at for lot in lots_of(ground.state, fill.ticker))
    return bought and not filled_before
