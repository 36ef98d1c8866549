"""Entries in parts that end before their last part, together with what ended them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from engine.core import events as e
from engine.core import oldest
from engine.core.judge.withdraw import cancelled, cancelled_entries, open_entries
from engine.core.nouns import Order, Tranches
from engine.core.state import State
from engine.core.units import Ticker
from engine.core.words import BreakerKind, Side, Skip

TRIPPED: Final[Mapping[BreakerKind, Skip]] = MappingProxyType(
    {BreakerKind.SINGLE_POSITION: Skip.TICKER_COOLDOWN, BreakerKind.MAX_DRAWDOWN: Skip.MAX_DRAWDOWN}
)
"""The reason that a breaker gives; the others' is `breaker`."""


def plan_of(state: State, decision_id: str) -> Tranches | None:
    """The entry in parts that a decision began, while it goes on."""
    return next((plan for plan in state.tranches if plan.decision_id == decision_id), None)


def buying(state: State, plan: Tranches) -> list[Order]:
    """Orders for parts of it that are still open."""
    return [one for one in oldest.orders(state) if one.decision_id == plan.decision_id and one.side is Side.BUY]


def ended(plans: Iterable[Tranches], reason: Skip) -> tuple[e.Event, ...]:
    return tuple(e.TranchesEnded(tranches=plan, outcome=reason) for plan in plans)


def ended_with(state: State, order: Order, reason: Skip) -> tuple[e.Event, ...]:
    """The end of the entry whose part this order was to buy, if it is one; what it brought till then is kept."""
    plan = plan_of(state, order.decision_id) if order.side is Side.BUY else None
    if plan is None:
        return ()
    last = plan.bought[-1] if order.status.is_open else order.filled_shares
    return ended([replace(plan, bought=(*plan.bought[:-1], last))], reason)


def ended_by_sale(state: State, ticker: Ticker) -> tuple[e.Event, ...]:
    """What is sold is not bought any further: its entries in parts end, and every open buy of it is cancelled."""
    return (*ended(planned(state, ticker), Skip.TRANCHE_STOPPED), *given_up(state, ticker, Skip.TRANCHE_STOPPED))


def planned(state: State, ticker: Ticker | None) -> list[Tranches]:
    """Entries in parts of this ticker, or all of them."""
    return [plan for plan in state.tranches if ticker in (None, plan.recommendation.ticker)]


def given_up(state: State, ticker: Ticker, reason: Skip) -> tuple[e.Event, ...]:
    """Every open buy of this ticker is to be cancelled."""
    return tuple(cancelled(order, reason) for order in open_entries(state) if order.ticker == ticker)


def ended_by_breaker(state: State, kind: BreakerKind, ticker: Ticker | None) -> tuple[e.Event, ...]:
    """A breaker ends the entries in parts that it stops: all of them, or those in its ticker.

    The owner's own cancels every open entry besides, and that of a ticker the open entries in it.
    """
    reason = TRIPPED.get(kind, Skip.BREAKER)
    if kind is BreakerKind.MANUAL:
        return cancelled_entries(state, reason)
    orders = given_up(state, ticker, reason) if ticker is not None else ()
    return (*ended(planned(state, ticker), reason), *orders)
