"""Judging the broker's word: what became of an order, and what each fill changes."""

from dataclasses import replace
from datetime import datetime

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.plans import ended, ended_with, plan_of
from engine.core.nouns import Breaker, ClosedTrade, Fill, LedgerRow, Order, Position
from engine.core.refusals import Refusal, Refused
from engine.core.rules import breakers, pools, stops
from engine.core.timing import sessions_later
from engine.core.words import BreakerKind, OrderStatus, Origin, Side, Skip


def record_order(command: c.RecordOrder, ground: Ground) -> Verdict:
    """Note how an order stands; one that ends with part of a sell done still closes that trade.

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
    return (updated, *finished_sell(ground, now, position, ground.scene.at))


def record_fill(command: c.RecordFill, ground: Ground) -> Verdict:
    """Book one execution: order, position, cash and, where it finishes a sell, the trade and its siphon."""
    fill = command.fill
    order = ground.state.orders.get(fill.client_order_id)
    if order is None:
        return Refused(Refusal.NOT_KNOWN, {"id": fill.client_order_id})
    return bought(ground, fill, order) if fill.side is Side.BUY else sold(ground, fill, order)


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
    plan = plan_of(ground.state, order.decision_id)
    if plan is None or plan.left or now.status.is_open:
        return (filled,)
    return (filled, *ended([plan], plan.cut))


def entered(ground: Ground, fill: Fill, order: Order) -> Position:
    """The position after a buy. Levels follow the price really paid; adding keeps the higher stop and take."""
    limits, atr = ground.limits, order.atr or 0
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
    )


def sold(ground: Ground, fill: Fill, order: Order) -> Verdict:
    held = ground.state.positions.get(fill.ticker)
    if held is None or held.shares < fill.shares:
        return Refused(Refusal.NOT_HELD, {"ticker": fill.ticker})
    cost_out = held.cost * fill.shares // held.shares
    left = held.shares - fill.shares
    position = replace(held, shares=left, cost=held.cost - cost_out) if left else None
    now = replace(booked(order, fill), cost_out=order.cost_out + cost_out)
    filled = e.Filled(fill=fill, order=now, position=position)
    if now.status.is_open:
        return (filled,)
    return (filled, *finished_sell(ground, now, held, fill.at))


def finished_sell(ground: Ground, order: Order, held: Position, at: datetime) -> tuple[e.Event, ...]:
    """The trade that a finished sell closes, the share of its profit that is set aside, and a stop filled too low."""
    trade = closed(order, held, at)
    return (e.TradeClosed(trade=trade), *siphoned(ground, trade), *gapped(ground, order, trade))


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
    if order.origin is not Origin.STOP or key in ground.state.breakers:
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
