"""What an account is worth at the marks, and how much of it is at work."""

from collections.abc import Mapping
from typing import NamedTuple

from engine.core.latest import latest
from engine.core.limits import Limits
from engine.core.rules.exposure import heat
from engine.core.rules.pools import tradable
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import Money, Ticker
from engine.core.words import Side

UNKNOWN_SECTOR = ""


class Valuation(NamedTuple):
    """All money in ten-thousandths of a dollar, positions at the last price; open buys count as held.

    `heat` is what is lost if every stop is hit; `power` is buying power, `coming` what settling will add to it. `marks`
    are the positions alone; `sectors` has one bucket of its own, "", for unknown sectors.
    """

    equity: Money
    tradable: Money
    exposure: Money
    heat: Money
    power: Money
    coming: Money
    marks: Mapping[Ticker, Money]
    held: Mapping[Ticker, Money]
    sectors: Mapping[str, Money]


def equity(state: State, scene: Scene) -> Money:
    """Cash and positions at the last price, at cost where no price is known."""
    return state.cash + sum(
        position.shares * (scene.price(ticker) or position.entry) for ticker, position in state.positions.items()
    )


def reference(state: State) -> Money:
    """What today's result is counted from: equity at the last snapshot and what was put in or taken out since.

    Before the first snapshot it is all that was put in.
    """
    if state.last is None:
        return state.contributed
    return state.last.equity + state.contributed - state.last.contributed


@latest
def value(state: State, scene: Scene, limits: Limits) -> Valuation:
    """The account at this instant's marks."""
    quotes = scene.quotes
    marks = {
        ticker: position.shares * (quotes[ticker].price if ticker in quotes else position.entry)
        for ticker, position in state.positions.items()
    }
    total = state.cash + sum(marks.values())
    held, power = with_open_buys(state, marks) if state.orders else marks, state.buying_power
    return Valuation(
        equity=total,
        tradable=tradable(total, state.reserve, limits.capital_limit),
        exposure=sum(held.values()),
        heat=heat_of(state),
        power=power,
        coming=max(0, state.free_cash - state.reserved) - power if state.unsettled else 0,
        marks=marks,
        held=held,
        sectors=by_sector(state, scene, held),
    )


def with_open_buys(state: State, marks: Mapping[Ticker, Money]) -> Mapping[Ticker, Money]:
    """What is held of each ticker, and the cash that open buys of it hold."""
    held = dict(marks)
    for order in state.orders.values():
        if order.side is Side.BUY:
            held[order.ticker] = held.get(order.ticker, 0) + order.reserved
    return held


def by_sector(state: State, scene: Scene, held: Mapping[Ticker, Money]) -> Mapping[str, Money]:
    sectors: dict[str, Money] = {}
    known = scene.instruments
    for ticker, amount in held.items():
        sector = (known[ticker].sector if ticker in known else None) or said(state, ticker) or UNKNOWN_SECTOR
        sectors[sector] = sectors.get(sector, 0) + amount
    return sectors


def sector_of(state: State, scene: Scene, ticker: Ticker, word: str | None = None) -> str | None:
    """A ticker's sector by the tables; else as what is held of it has it, or is being bought as; else by this word."""
    return scene.sector(ticker) or said(state, ticker) or word


def said(state: State, ticker: Ticker) -> str | None:
    """The sector that a position or, where it has none, an open buy was given by its recommendation."""
    position = state.positions.get(ticker)
    if position is not None and position.sector:
        return position.sector
    words = [order.sector for order in state.orders.values() if order.ticker == ticker and order.side is Side.BUY]
    return min(filter(None, words), default=None)


def heat_of(state: State) -> Money:
    """Money lost if every stop is hit, open buys included."""
    positions = state.positions.values()
    at_work = heat([p.shares for p in positions], [p.cost // p.shares for p in positions], [p.stop for p in positions])
    if not state.orders:
        return at_work
    coming = 0
    for order in state.orders.values():
        if order.side is Side.BUY and order.stop is not None:
            left = order.shares - order.filled_shares
            coming += max(0, order.reserved - left * order.stop)
    return at_work + coming
