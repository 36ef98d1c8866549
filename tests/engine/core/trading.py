"""Buys and sells as their fills come in, each under an order of its own: a test names shares, price and instant."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from engine.core import commands as c
from engine.core.apply import applied
from engine.core.events import Event
from engine.core.nouns import Order
from engine.core.state import State
from engine.core.words import Origin, Side
from tests.builders import NOON, a_fill, an_order
from tests.engine.scenes import a_scene, an_account, judged

T = TypeVar("T")

OLD = NOON - timedelta(days=100)
"""Long before anything that a test does at noon."""


def ordered(state: State, order: Order) -> State:
    return replace(state, orders={**state.orders, order.client_order_id: order})


def bought(
    state: State, shares: int, price: str, at: datetime = NOON, *, ticker: str = "KO", key: str | None = None
) -> tuple[State, tuple[Event, ...]]:
    """The account after a buy, and what came of it; `key` is the execution's id, and so the lot's."""
    key = key or f"b{state.seq}"
    order = an_order("0", client_order_id=f"o-{key}", shares=shares, ticker=ticker, intended_at=at)
    fill = a_fill(
        price, client_order_id=f"o-{key}", execution_id=key, shares=shares, ticker=ticker, side=Side.BUY, at=at
    )
    return booked(ordered(state, order), c.RecordFill(fill=fill), at)


def sold(
    state: State, shares: int, price: str, at: datetime = NOON, *, ticker: str = "KO", fee: str = "0"
) -> tuple[State, tuple[Event, ...]]:
    """The account after a sell of so many shares in one fill, and what came of it."""
    key = f"s{state.seq}"
    order = an_order(
        "0",
        client_order_id=f"o-{key}",
        shares=shares,
        ticker=ticker,
        side=Side.SELL,
        stop=None,
        intended_at=at,
        origin=Origin.OWNER,
    )
    fill = a_fill(
        price, fee, client_order_id=f"o-{key}", execution_id=key, shares=shares, ticker=ticker, side=Side.SELL, at=at
    )
    return booked(ordered(state, order), c.RecordFill(fill=fill), at)


def booked(state: State, command: c.Command, at: datetime) -> tuple[State, tuple[Event, ...]]:
    events = judged(command, state, a_scene(at))
    return replace(applied(state, events), seq=state.seq + len(events)), events


def of_kind(events: tuple[Event, ...], kind: type[T]) -> list[T]:
    return [event for event in events if isinstance(event, kind)]


def with_buys(*buys: tuple[int, str, datetime], cash: str = "1000000") -> State:
    """An account after these buys of KO, whose lots are b0, b1 and so on."""
    state = an_account(cash)
    for number, (shares, price, at) in enumerate(buys):
        state, _ = bought(state, shares, price, at, key=f"b{number}")
    return state
