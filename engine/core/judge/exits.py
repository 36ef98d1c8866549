"""Judging sells: levels crossed, the owner's closing, and stops that rules move up."""

from dataclasses import replace
from typing import Final

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.plans import ended_by_sale
from engine.core.nouns import Decision, Order, Position, TraceLine
from engine.core.ordering import client_order_id
from engine.core.refusals import Refusal, Refused
from engine.core.rules.rounding import part_up
from engine.core.state import State
from engine.core.stopping import stop_moved
from engine.core.units import Ticker
from engine.core.valuation import sector_of
from engine.core.words import OrderStatus, Origin, Side, Skip

CROSSED: Final = "crossed"
"""What a line of the trace says of a level that was reached."""


def exit_position(command: c.ExitPosition, ground: Ground) -> Verdict:
    """Sell a whole position now, whatever breaker, pause or window is in force."""
    return sold(ground, command.ticker, command.origin, cause(command, ground))


def cause(command: c.ExitPosition, ground: Ground) -> TraceLine:
    """What ended it: a price and the level that it crossed, or the hour to which a micro-trade was made."""
    held = ground.state.positions.get(command.ticker)
    if command.origin is Origin.MICRO_EXPIRY and held is not None and held.expires_at is not None:
        return TraceLine(command.origin.value, ground.scene.at.isoformat(), held.expires_at.isoformat(), "crossed")
    return TraceLine(command.origin.value, ground.scene.price(command.ticker), command.trigger, CROSSED)


def close_position(command: c.ClosePosition, ground: Ground) -> Verdict:
    """Sell what is held of each ticker, or a fraction of it rounded up to a share; all of them or none."""
    if not 0 < command.fraction <= 1:
        allowed = "a part of the position, more than 0 and at most 1"
        return Refused(Refusal.BAD_VALUE, {"field": "fraction", "asked": str(command.fraction), "allowed": allowed})
    if not command.tickers:
        return Refused(Refusal.NOT_KNOWN)
    events: tuple[e.Event, ...] = ()
    for ticker in dict.fromkeys(command.tickers):
        line = TraceLine("owner", command.fraction, 1.0)
        verdict = sold(ground, ticker, Origin.OWNER, line, command.fraction)
        if isinstance(verdict, Refused):
            return verdict
        ground = ground._replace(state=replace(ground.state, seq=ground.state.seq + len(verdict)))
        events += verdict
    return events


def sold(ground: Ground, ticker: Ticker, origin: Origin, line: TraceLine, fraction: float = 1.0) -> Verdict:
    """The decision and the order that sell a fraction, rounded up to a share, of what is not already being sold."""
    position = ground.state.positions.get(ticker)
    if position is None:
        return Refused(Refusal.NOT_HELD, {"ticker": ticker})
    free = ground.state.sellable(ticker)
    if free <= 0:
        return nothing_to_sell(ground.state, position)
    return ordered(ground, position, min(free, part_up(position.shares, fraction)), origin, line)


def nothing_to_sell(state: State, position: Position) -> Refused:
    """All is being sold, or the broker does not have what is left."""
    ticker, left = position.ticker, position.shares - state.selling(position.ticker)
    return Refused(Refusal.SHARES_LACKING if left > 0 else Refusal.ALREADY_SELLING, {"ticker": ticker, "shares": left})


def ordered(ground: Ground, position: Position, shares: int, origin: Origin, line: TraceLine) -> tuple[e.Event, ...]:
    """The decision and the order that sell so many shares of a position, and the end of what was being bought of it."""
    ticker = position.ticker
    decision = Decision(
        id=f"d{ground.next_seq}",
        at=ground.scene.at,
        session=ground.scene.day.date,
        ticker=ticker,
        side=Side.SELL,
        origin=origin,
        reason=Skip.NONE,
        shares=shares,
        price=ground.scene.price(ticker),
        stop=position.stop,
        take=position.take,
        confidence=position.confidence,
        trace=(line,),
        micro=position.micro,
    )
    trigger = line.limit if line.outcome == CROSSED and isinstance(line.limit, int) else None
    order = e.OrderIntended(order=sell_order(ground, decision, trigger))
    return (e.Decided(decision=decision), order, *ended_by_sale(ground.state, ticker))


def sell_order(ground: Ground, decision: Decision, trigger: int | None = None) -> Order:
    """The market sell that carries a decision out; its strategy is that which the position came from."""
    held = ground.state.positions.get(decision.ticker)
    return Order(
        client_order_id=order_id(ground, decision),
        decision_id=decision.id,
        ticker=decision.ticker,
        side=Side.SELL,
        shares=decision.shares,
        origin=decision.origin,
        status=OrderStatus.INTENDED,
        intended_at=decision.at,
        trigger=trigger,
        sector=sector_of(ground.state, ground.scene, decision.ticker),
        why=decision.thesis,
        micro=decision.micro,
        source=held.source if held else "",
    )


def order_id(ground: Ground, decision: Decision, tranche: int = 1) -> str:
    """The client order id: made from account, decision and tranche alone, so that asking twice is asking once."""
    return client_order_id(ground.state.account, decision.id, tranche, ground.state.restored)


def raise_stop(command: c.RaiseStop, ground: Ground) -> Verdict:
    """Move a stop nearer by a rule; one that is not nearer is not moved, whatever the rule says."""
    position = ground.state.positions.get(command.ticker)
    if position is None:
        return Refused(Refusal.NOT_HELD, {"ticker": command.ticker})
    moved = stop_moved(position, command)
    if (moved.new, moved.high, moved.atr) == (position.stop, position.high, position.atr):
        return Refused(Refusal.NOTHING_CHANGED, {"ticker": command.ticker})
    return (moved,)
