"""Judging the broker's word: what became of an order, and what each fill changes."""

from dataclasses import replace
from datetime import datetime

from engine.core import commands as c
from engine.core import events as e
from engine.core.appliers.switches import waiver
from engine.core.judge import lots
from engine.core.judge.expiry import expires_at
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.plans import ended, ended_with, plan_of
from engine.core.nouns import Breaker, ClosedTrade, Fill, LedgerRow, Order, Position
from engine.core.refusals import Refusal, Refused
from engine.core.rules import breakers, pools, stops
from engine.core.rules.lots import is_large
from engine.core.timing import sessions_later
from engine.core.units import Money
from engine.core.words import BreakerKind, OrderStatus, Origin, Side, Skip, StopReason


def record_order(command: c.RecordOrder, ground: Ground) -> Verdict:
    """Note how an order stands; one that ends with part of a sell done still closes that trade, and its losses count.

    A part of an entry that comes to nothing ends the rest of it.
    What is being cancelled stays so until it ends, and only fills end an order as filled.
    """
    order = ground.state.orders.get(command.client_order_id)
    if order is None:
        return Refused(Refusal.NOT_KNOWN, {"id": command.client_order_id})
    goes_on = order.status is OrderStatus.CANCELLING and command.status.is_open
    if goes_on or order.status is command.status or command.status is OrderStatus.FILLED:
        return Refused(Refusal.NOTHING_CHANGED, {"id": command.client_order_id})
    now = replace(order, status=command.status, why=command.why or order.why)
    updated = e.OrderUpdated(order=now, old=order.status)
    if now.status.is_open:
        return (updated,)
    position = ground.state.positions.get(order.ticker)
    if not now.filled_shares or now.side is Side.BUY or position is None:
        return (updated, *ended_with(ground.state, now, Skip.TRANCHE_STOPPED))
    washes = lots.put_off(ground.state, now)
    return (updated, *washes, *finished_sell(ground, now, position, ground.scene.at))


def record_fill(command: c.RecordFill, ground: Ground) -> Verdict:
    """Book one execution: order, position, lots, cash and, where it finishes a sell, the trade and its siphon."""
    fill = command.fill
    order = ground.state.orders.get(fill.client_order_id) or command.order
    if order is None:
        return Refused(Refusal.NOT_KNOWN, {"id": fill.client_order_id})
    if not belongs(fill, order):
        return Refused(Refusal.FILL_MISFITS, {"ticker": fill.ticker})
    return bought(ground, fill, order) if fill.side is Side.BUY else sold(ground, fill, order)


def belongs(fill: Fill, order: Order) -> bool:
    """Whether an order can have been filled so: of its ticker and side, and no more than is left of it."""
    same = (fill.client_order_id, fill.ticker, fill.side) == (order.client_order_id, order.ticker, order.side)
    return same and 0 < fill.shares <= order.shares - order.filled_shares


def booked(order: Order, fill: Fill) -> Order:
    """The order after a fill; the cash it holds shrinks with what is left to buy."""
    done = order.filled_shares + fill.shares
    left = order.shares - done
    return replace(
        order,
        filled_shares=done,
        status=OrderStatus.FILLED if left <= 0 else order.status,
        reserved=order.reserved * left // (left + fill.shares) if left > 0 else 0,
        proceeds=order.proceeds + fill.shares * fill.price,
        fees=order.fees + fill.fee,
    )


def bought(ground: Ground, fill: Fill, order: Order) -> Verdict:
    """The fill of the last part ends an entry in parts."""
    position, now = entered(ground, fill, order), booked(order, fill)
    filled = e.Filled(fill=fill, order=now, position=position)
    booked_now = (*lots.begun(ground.state, fill.ticker), filled, *lots.opened(ground.state, fill))
    plan = plan_of(ground.state, order.decision_id)
    if plan is None or plan.left or now.status.is_open:
        return booked_now
    return (*booked_now, *ended([plan], plan.cut))


def entered(ground: Ground, fill: Fill, order: Order) -> Position:
    """The position after a buy. Levels follow the price really paid; adding keeps the higher stop and take."""
    limits, atr = ground.limits_of(micro=order.micro), order.atr or 0
    held = ground.state.positions.get(fill.ticker)
    stop = stops.initial_stop(fill.price, atr, limits.stop_multiplier, limits.stop_loss) or order.stop or 1
    take = stops.initial_take(fill.price, stop, limits.reward_risk, limits.take_profit)
    if held is None:
        return Position(
            ticker=fill.ticker,
            shares=fill.shares,
            cost=fill.shares * fill.price,
            stop=stop,
            initial_stop=stop,
            take=take,
            high=fill.price,
            atr=atr,
            confidence=order.confidence,
            sector=order.sector,
            opened_at=fill.at,
            decision_id=order.decision_id,
            source=order.source,
            micro=order.micro,
            expires_at=expires_at(ground, fill.at) if order.micro else None,
        )
    return replace(
        held,
        shares=held.shares + fill.shares,
        cost=held.cost + fill.shares * fill.price,
        stop=max(held.stop, stop),
        take=max(held.take, take),
        high=max(held.high, fill.price),
        atr=atr,
        confidence=order.confidence,
        sector=held.sector or order.sector,
        stop_why=StopReason.AVERAGED if stop > held.stop else held.stop_why,
    )


def sold(ground: Ground, fill: Fill, order: Order) -> Verdict:
    """Shares leave the oldest lots first, with what those had cost."""
    held = ground.state.positions.get(fill.ticker)
    if held is None or held.shares < fill.shares:
        return Refused(Refusal.NOT_HELD, {"ticker": fill.ticker})
    now = booked(order, fill)
    out = lots.sold(ground.state, fill, now)
    now = replace(now, cost_out=order.cost_out + out.cost)
    filled = e.Filled(
        fill=fill,
        order=now,
        position=rest_of(held, fill.shares, out.cost),
        settles_on=lots.settles_on(ground.scene, fill),
        day_trade=lots.is_day_trade(ground, fill, order.filled_shares),
        session=lots.day_of(ground.scene, fill).date,
    )
    events = (*lots.begun(ground.state, fill.ticker), filled, *out.events)
    if now.status.is_open:
        return events
    if fill.client_order_id not in ground.state.orders and order.filled_shares:
        now = late_part(fill, now, out.cost)
    return (*events, *finished_sell(ground, now, held, fill.at))


def late_part(fill: Fill, order: Order, cost: Money) -> Order:
    """The late fill of a sell whose trade was closed without it, as an order of its own: it closes another trade."""
    return replace(
        order,
        client_order_id=f"{order.client_order_id}/{fill.execution_id}",
        filled_shares=fill.shares,
        proceeds=fill.shares * fill.price,
        cost_out=cost,
        fees=fill.fee,
    )


def rest_of(held: Position, shares: int, cost: Money) -> Position | None:
    """What stays of a position without these shares and their cost; None where nothing does."""
    left = held.shares - shares
    return replace(held, shares=left, cost=held.cost - cost) if left else None


def finished_sell(ground: Ground, order: Order, held: Position, at: datetime) -> tuple[e.Event, ...]:
    """The trade that a finished sell closes, the share of its profit that is set aside, and a stop filled too low."""
    trade = closed(order, held, at)
    large = is_large(trade.realised, ground.worth.tradable, ground.policy.large_trade)
    return (e.TradeClosed(trade=trade, large=large), *siphoned(ground, trade), *gapped(ground, order, trade))


def closed(order: Order, held: Position, at: datetime) -> ClosedTrade:
    return ClosedTrade(
        client_order_id=order.client_order_id,
        decision_id=order.decision_id,
        ticker=order.ticker,
        shares=order.filled_shares,
        entry=order.cost_out // order.filled_shares,
        exit=order.proceeds // order.filled_shares,
        realised=order.proceeds - order.cost_out - order.fees,
        origin=order.origin,
        opened_at=held.opened_at,
        closed_at=at,
        source=held.source,
        micro=held.micro,
    )


def siphoned(ground: Ground, trade: ClosedTrade) -> tuple[e.Event, ...]:
    amount = pools.siphon(trade.realised, ground.limits.reserve_share)
    if not amount:
        return ()
    balance = ground.state.reserve + amount
    row = LedgerRow(
        kind="profit_siphon",
        amount=amount,
        balance_after=balance,
        at=trade.closed_at,
        reference=trade.client_order_id,
    )
    return (e.ReserveMoved(row=row),)


def gapped(ground: Ground, order: Order, trade: ClosedTrade) -> tuple[e.Event, ...]:
    """A stop that was filled beyond the single-position limit trips that breaker too."""
    key = (BreakerKind.SINGLE_POSITION, order.ticker)
    limit = ground.limits.single_position_loss
    if order.origin is not Origin.STOP or key in ground.state.breakers or waiver(*key) in ground.state.tally.waived:
        return ()
    if not breakers.position_loss_trips(order.proceeds, order.cost_out, limit):
        return ()
    return (
        e.BreakerTripped(
            breaker=Breaker(
                kind=BreakerKind.SINGLE_POSITION,
                ticker=order.ticker,
                tripped_at=trade.closed_at,
                threshold=limit,
                actual=breakers.position_loss(order.proceeds, order.cost_out),
                until=sessions_later(ground.scene, ground.policy.single_position_cooldown_sessions),
            )
        ),
    )
