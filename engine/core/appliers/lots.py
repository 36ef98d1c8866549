"""What buys, sells and splits make of the tax lots."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from engine.core import events as e
from engine.core.happenings import CorporateAction
from engine.core.lots import Lot, LotSale
from engine.core.nouns import Recommendation
from engine.core.rules import lots as rule
from engine.core.rules.splits import split_price
from engine.core.state import State
from engine.core.taxes import day_number

V = TypeVar("V")

ACTIONS_KEPT: Final = 200


def lot_opened(state: State, event: e.LotOpened) -> State:
    held = state.lots.get(event.lot.ticker, ())
    return replace(state, lots={**state.lots, event.lot.ticker: (*held, event.lot)})


def lot_sold(state: State, event: e.LotSold) -> State:
    """A loss is remembered as long as a purchase can still make it a wash sale."""
    after = with_lot(state, event.sale.ticker, event.sale.lot_id, event.left)
    lately = tuple(one for one in after.losses if recent(one, event.sale.closed_at))
    lost = event.sale.loss > 0 and event.sale.replaced < event.sale.shares
    return replace(after, losses=(*lately, event.sale) if lost else lately)


def recent(sale: LotSale, at: datetime) -> bool:
    return rule.near(day_number(at), day_number(sale.closed_at))


def wash_sale_found(state: State, event: e.WashSaleFound) -> State:
    after = with_lot(state, event.lot.ticker, event.lot.id, event.lot)
    losses = (event.sale if one.id == event.sale.id else one for one in after.losses)
    tally = replace(after.tally, washed=after.tally.washed + event.amount)
    return replace(after, losses=tuple(one for one in losses if one.replaced < one.shares), tally=tally)


def with_lot(state: State, ticker: str, lot_id: str, lot: Lot | None) -> State:
    """The state with this lot as it is now; None: gone."""
    kept = tuple(lot if one.id == lot_id else one for one in state.lots.get(ticker, ()))
    left = tuple(one for one in kept if one is not None)
    return replace(state, lots=in_place(state.lots, ticker, left or None))


def split_applied(state: State, event: e.SplitApplied) -> State:
    ticker = event.action.ticker
    orders = {**state.orders, **{order.client_order_id: order for order in event.orders}}
    return replace(
        state,
        cash=state.cash + event.cash,
        realised=state.realised + event.cash - event.cost_out,
        positions=in_place(state.positions, ticker, event.position),
        lots=in_place(state.lots, ticker, event.lots or None),
        orders={key: order for key, order in orders.items() if order.status.is_open},
        losses=tuple(split_loss(one, event.action) for one in state.losses),
        pending={key: split_idea(one, event.action) for key, one in state.pending.items()},
        actions=booked(state, event.action.id),
    )


def in_place(known: Mapping[str, V], name: str, now: V | None) -> Mapping[str, V]:
    """The same with this one as it is now, where it stood; without it where that is None."""
    if now is None:
        return {key: value for key, value in known.items() if key != name}
    return {**known, name: now}


def split_idea(wanted: Recommendation, action: CorporateAction) -> Recommendation:
    """A recommendation of before it with its own ATR in new shares."""
    if wanted.atr is None or not is_older(wanted, action):
        return wanted
    return replace(wanted, atr=split_price(wanted.atr, action.new, action.old))


def is_older(wanted: Recommendation, action: CorporateAction) -> bool:
    """Whether it was made of the ticker before its session, and says an ATR in old shares."""
    return wanted.ticker == action.ticker and wanted.generated_at < action.opens_at and wanted.atr is not None


def split_loss(sale: LotSale, action: CorporateAction) -> LotSale:
    """A sale at a loss in new shares, rounded up, so that no purchase puts more of it off than it replaces."""
    if sale.ticker != action.ticker or sale.closed_at >= action.opens_at:
        return sale
    new, old = action.new, action.old
    return replace(sale, shares=-(-sale.shares * new // old), replaced=sale.replaced * new // old)


def dividend_paid(state: State, event: e.DividendPaid) -> State:
    return replace(
        state,
        cash=state.cash + event.amount,
        dividends=state.dividends + event.amount,
        actions=booked(state, event.action.id),
    )


def booked(state: State, action_id: str) -> tuple[str, ...]:
    return (*state.actions[1 - ACTIONS_KEPT :], action_id)
