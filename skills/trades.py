"""What was bought and sold: fills and closed trades of a period, newest first."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from engine.core.nouns import ClosedTrade, Fill
from engine.core.units import Ticker
from engine.core.words import Side
from engine.view import View
from skills.periods import period_words, span
from skills.skill import Say, Skill, SlotModel

One = TypeVar("One", ClosedTrade, Fill)
SHOWN = 10
HEARD = 3
"""So many are spoken."""


class Trades(SlotModel):
    """`show_trades`: the newest, of a period of market time or of some companies where named."""

    period: str | None = None
    tickers: tuple[Ticker, ...] = ()
    count: int | None = None


class Dealt(NamedTuple):
    """A purchase or a sale, told; `at` is when it was last filled, `number` its place among those of that instant."""

    at: datetime
    number: int
    said: Say


def show_trades(slots: Trades, view: View) -> Say:
    first, last = span(slots.period or "all", view.scene.day.date)
    closed = named(view.trades_between(first, last), slots.tickers)
    fills = named(view.fills_between(first, last), slots.tickers)
    facts = {
        "account": view.state.kind.value,
        "period": Say(*period_words(slots.period or "all")),
        "tickers": list(slots.tickers) or None,
    }
    dealt = all_dealt(closed, fills, view)
    if not dealt:
        autonomy = Say(f"autonomy.{view.state.preferences.trading.autonomy.value}")
        return Say("trades.none", {**facts, "autonomy": autonomy}, ("status",))
    shown = dealt[: slots.count or SHOWN]
    rows = [{"at": one.at, "said": one.said} for one in shown]
    more = (len(dealt) - len(shown) or None) if slots.count is None else None
    heard = {
        "heard": Say("trades.heard", {"rows": rows[:HEARD]}),
        "unheard": max(0, len(shown) + (more or 0) - HEARD) or None,
    }
    return Say("trades", {**facts, **summed(closed, fills), **heard, "rows": rows, "more": more}, ("why", "pnl"))


def named(several: Iterable[One], tickers: Sequence[Ticker]) -> list[One]:
    """Those of these companies; all where none is named."""
    return [one for one in several if one.ticker in (tickers or (one.ticker,))]


def all_dealt(closed: Sequence[ClosedTrade], fills: Sequence[Fill], view: View) -> list[Dealt]:
    """Purchases, finished sales and those under way, newest first."""
    finished = {trade.client_order_id for trade in closed}
    orders = [tuple(group) for _, group in groupby(sorted(fills, key=by_order), by_order)]
    filled = [order for order in orders if order[0].client_order_id not in finished]
    told = [(trade.closed_at, sale(trade)) for trade in closed] + [
        (order[-1].at, part(order, view)) for order in filled
    ]
    dealt = [Dealt(at, number, said) for number, (at, said) in enumerate(told)]
    return sorted(dealt, key=lambda one: (one.at, one.number), reverse=True)


def by_order(fill: Fill) -> str:
    return fill.client_order_id


def sale(trade: ClosedTrade) -> Say:
    """A finished sale: from what was paid to what it brought, and why it was made."""
    cost = trade.entry * trade.shares
    facts = {
        "ticker": trade.ticker,
        "shares": trade.shares,
        "entry": trade.entry,
        "exit": trade.exit,
        "realised": trade.realised,
        "frac": trade.realised / cost if cost else 0.0,
        "why": Say(f"trades.why.{trade.origin.value}"),
        "opened": trade.opened_at,
    }
    return Say("trades.sold", facts)


def part(order: Sequence[Fill], view: View) -> Say:
    """What was filled of one order: a purchase, or a sale that is not finished."""
    shares, dollars = sum(fill.shares for fill in order), sum(fill.shares * fill.price for fill in order)
    facts: dict[str, Any] = {
        "ticker": order[0].ticker,
        "shares": shares,
        "price": dollars // shares,
        "dollars": dollars,
    }
    if order[0].side is Side.SELL:
        return Say("trades.selling", facts)
    position = view.position(order[0].ticker)
    held = position is not None and position.opened_at <= order[-1].at
    return Say("trades.bought", {**facts, "held": "still held" if held else None})


def summed(closed: Sequence[ClosedTrade], fills: Sequence[Fill]) -> dict[str, Any]:
    """How much was bought, and what the finished sales brought; None where there was none."""
    buys = [fill for fill in fills if fill.side is Side.BUY]
    return {
        "buys": len({fill.client_order_id for fill in buys}) or None,
        "spent": sum(fill.shares * fill.price for fill in buys),
        "sales": len(closed) or None,
        "realised": sum(trade.realised for trade in closed),
        "wins": sum(1 for trade in closed if trade.realised > 0),
    }


SKILLS = (Skill("show_trades", Trades, show_trades, "look"),)
