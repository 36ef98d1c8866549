"""Events → what the owner is told of them: one small function an event, in one table."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from engine.core import events as e
from engine.core import oldest
from engine.core.announcement import Announcement, Moment, Told, id_of
from engine.core.announcers import (
    actions,
    alerts,
    cash,
    differences,
    happenings,
    orders,
    people,
    pools,
    settings,
    strategies,
    switches,
    taxes,
    tranches,
    trimming,
)
from engine.core.judge.sessions import is_own
from engine.core.nouns import ClosedTrade, Order
from engine.core.rules.breakers import position_loss
from engine.core.state import State
from engine.core.words import BreakerKind, OrderStatus, Origin, Priority, Side, Skip, StopReason


def filled(event: e.Filled, moment: Moment) -> Told | None:
    """An entry is told when its order is finished; sells are told as closed trades."""
    order, position = event.order, event.position
    if order.side is Side.SELL or order.status.is_open or position is None:
        return None
    if tranches.told_at_its_end(order, moment):
        return None
    price = order.proceeds // order.filled_shares
    at_risk = order.filled_shares * max(0, price - position.stop)
    facts = {
        "account": moment.new.kind.value,
        "ticker": order.ticker,
        "shares": order.filled_shares,
        "price": price,
        "dollars": order.proceeds,
        "share_frac": moment.share(order.proceeds),
        "stop": position.stop,
        "take": position.take,
        "at_risk": at_risk,
        "risk_frac": moment.share(at_risk),
        "confidence": order.confidence,
        "expires_at": position.expires_at,
        "why": order.why or None,
        "late": event.fill.shares if order.client_order_id not in moment.old.orders else None,
        **tranches.progress(order, moment),
    }
    return Told("trade_opened", Priority.MEDIUM, facts)


CLOSED_BY: Final = MappingProxyType({Origin.STOP: "stop_hit", Origin.TAKE: "take_profit_hit"})


def trade_closed(event: e.TradeClosed, moment: Moment) -> Told:
    trade = event.trade
    facts = {**trade_facts(trade), "account": moment.new.kind.value}
    facts["share_frac"] = moment.share(trade.shares * trade.exit)
    facts["pnl_share_frac"] = moment.share(abs(trade.realised))
    facts["large_frac"] = facts["pnl_share_frac"] if event.large else None
    facts["left"] = moment.new.positions[trade.ticker].shares if trade.ticker in moment.new.positions else None
    order = moment.old.orders.get(trade.client_order_id)
    facts["why"] = order.why or None if order else None
    facts["siphoned"] = moment.new.reserve - moment.old.reserve or None
    event_type = CLOSED_BY.get(trade.origin, "trade_closed")
    grave = event.large or trade.origin in (Origin.SINGLE_POSITION, Origin.PRICE_UNAVAILABLE)
    priority = Priority.HIGH if grave else Priority.MEDIUM
    return Told(event_type, priority, facts, f"trade_closed.{trade.origin.value}")


def trade_facts(trade: ClosedTrade) -> dict[str, Any]:
    """A closed trade's own numbers."""
    return {
        "ticker": trade.ticker,
        "shares": trade.shares,
        "price": trade.exit,
        "dollars": trade.shares * trade.exit,
        "entry": trade.entry,
        "realised": trade.realised,
        "realised_frac": trade.realised / (trade.shares * trade.entry) if trade.entry else 0.0,
        "origin": trade.origin.value,
    }


def order_updated(event: e.OrderUpdated, moment: Moment) -> Told | None:
    order = event.order
    if order.status not in (OrderStatus.REJECTED, OrderStatus.CANCELLED):
        return None
    facts = order_facts(order, moment)
    if order.status is OrderStatus.REJECTED:
        return Told("order_rejected", Priority.HIGH, facts)
    key = {Skip.ORDER_TIMEOUT.code: "order_timed_out", Skip.DAY_OVER.code: "order_day_over"}.get(
        order.why, "order_cancelled"
    )
    return Told("order_rejected", Priority.MEDIUM, facts | {"filled": order.filled_shares or None}, key)


def order_facts(order: Order, moment: Moment) -> dict[str, Any]:
    return {
        "account": moment.new.kind.value,
        "ticker": order.ticker,
        "side": order.side.value,
        "shares": order.shares - order.filled_shares,
        "reason": order.why or None,
    }


def proposed(event: e.Proposed, moment: Moment) -> Told:
    decision = event.proposal.decision
    price, stop = decision.price or 0, decision.stop
    facts = {
        "account": moment.new.kind.value,
        "side": decision.side.value,
        "ticker": decision.ticker,
        "shares": decision.shares,
        "price": price,
        "dollars": decision.shares * price,
        "share_frac": moment.share(decision.shares * price),
        "stop": stop,
        "take": decision.take,
        "at_risk": decision.shares * (price - stop) if stop else None,
        "kind": "micro-trade" if decision.micro and decision.side is Side.BUY else None,
        "why": decision.thesis or None,
        "wait": (event.proposal.lapses_at - event.proposal.asked_at).total_seconds(),
    }
    return Told("trade_proposed", Priority.HIGH, facts)


def proposal_closed(event: e.ProposalClosed, moment: Moment) -> Told | None:
    """Silence and a gate that closed meanwhile are told; the owner's own yes or no has its answer already."""
    if event.outcome in (Skip.NONE, Skip.DECLINED):
        return None
    facts = {"account": moment.new.kind.value, "ticker": event.ticker, "reason": event.outcome.code}
    return Told("trade_proposed", Priority.MEDIUM, facts, "proposal_closed")


BREAKER_PRIORITY: Final = MappingProxyType({BreakerKind.SINGLE_POSITION: Priority.HIGH})


def breaker_tripped(event: e.BreakerTripped, moment: Moment) -> Told:
    breaker = event.breaker
    facts = {
        "account": moment.new.kind.value,
        "kind": breaker.kind.value,
        "ticker": breaker.ticker,
        "actual": breaker.actual,
        "threshold": breaker.threshold,
        "until": breaker.until,
    }
    if is_own(breaker):
        return Told("breaker_tripped", Priority.HIGH, facts, "breaker_tripped.own")
    priority = BREAKER_PRIORITY.get(breaker.kind, Priority.CRITICAL)
    return Told("breaker_tripped", priority, facts, f"breaker_tripped.{breaker.kind.value}")


def breaker_resolved(event: e.BreakerResolved, moment: Moment) -> Told:
    facts = {"account": moment.new.kind.value, "kind": event.kind.value, "ticker": event.ticker}
    return Told("breaker_resolved", Priority.MEDIUM, facts | entries_held(moment.new))


def entries_resumed(event: e.EntriesResumed, moment: Moment) -> Told | None:
    """Only a pause that ran out by itself is news."""
    if event.lifts_all or event.undoes:
        return None
    facts = {"account": moment.new.kind.value} | entries_held(moment.new)
    return Told("breaker_resolved", Priority.MEDIUM, facts, "pause_over")


def entries_held(state: State) -> dict[str, Any]:
    """What still keeps entries back (`held`), or that nothing does (`free`): one of the two is None."""
    standing = next((one.kind.value for one in oldest.breakers(state) if one.ticker is None), None)
    held = "kill_switch" if state.killed_at else "pause" if state.pause else f"{standing} breaker" if standing else None
    held = held or ("cash difference" if state.difference(None) else None)
    return {"held": held, "free": "entries are possible again" if held is None else None}


def stop_moved(event: e.StopMoved, moment: Moment) -> Told | None:
    if event.new <= event.old or event.reason is StopReason.OWNER:
        return None
    position = moment.new.positions[event.ticker]
    at_risk = position.shares * max(0, position.entry - event.new)
    price = moment.scene.price(event.ticker) or position.entry
    facts = {
        "account": moment.new.kind.value,
        "ticker": event.ticker,
        "old": event.old,
        "new": event.new,
        "reason": event.reason.value,
        "at_risk": at_risk or None,
        "locked": position.shares * (event.new - position.entry) if event.new > position.entry else None,
        "below_frac": position_loss(event.new, price),
    }
    return Told("stop_moved", Priority.LOW, facts)


def day_summarised(event: e.DaySummarised, moment: Moment) -> Told:
    return Told("daily_summary", Priority.MEDIUM, {**event.facts, "account": moment.new.kind.value})


NOTE_PRIORITY: Final = MappingProxyType(
    {
        "engine_degraded": Priority.CRITICAL,
        "account_fenced": Priority.CRITICAL,
        "engine_recovered": Priority.HIGH,
        "engine_stopped": Priority.HIGH,
        "protection_hangs": Priority.CRITICAL,
        "loop_hangs": Priority.HIGH,
        "loop_goes_on": Priority.HIGH,
        "loop_error": Priority.HIGH,
        "loop_missed": Priority.HIGH,
        "loop_blocked": Priority.HIGH,
        "clock_jumped": Priority.HIGH,
    }
)


def noted(event: e.Noted, moment: Moment) -> Told:
    priority = NOTE_PRIORITY.get(event.topic, Priority.LOW)
    unsold = event.topic == "engine_degraded" and "unsold" in event.facts
    key = f"{event.topic}.unsold" if unsold else None
    return Told(event.topic, priority, {**event.facts, "account": moment.new.kind.value}, key)


Announcer = Callable[[Any, Moment], Told | None]

ANNOUNCERS: Final[Mapping[type[e.Event], Announcer]] = MappingProxyType(
    {
        e.Filled: filled,
        e.TradeClosed: trade_closed,
        e.WashSaleFound: taxes.wash_sale_found,
        e.OrderIntended: orders.order_intended,
        e.OrderUpdated: order_updated,
        e.ExitWaited: orders.exit_waited,
        e.Proposed: proposed,
        e.ProposalClosed: proposal_closed,
        e.BreakerTripped: breaker_tripped,
        e.BreakerResolved: breaker_resolved,
        e.EntriesResumed: entries_resumed,
        e.EngineKilled: switches.engine_killed,
        e.StopMoved: stop_moved,
        e.PreferencesChanged: settings.preferences_changed,
        e.TermDropped: settings.term_dropped,
        e.DaySummarised: day_summarised,
        e.TickerFrozen: differences.ticker_frozen,
        e.TickerThawed: differences.ticker_thawed,
        e.DifferenceNoted: differences.difference_noted,
        e.SplitApplied: actions.split_applied,
        e.DividendPaid: actions.dividend_paid,
        e.TranchesEnded: tranches.tranches_ended,
        e.Noted: noted,
        e.RebalanceProposed: trimming.rebalance_proposed,
        e.Rebalanced: trimming.rebalanced,
        e.AlertRaised: alerts.alert_raised,
        e.EventMarked: happenings.event_marked,
        e.EventEnded: happenings.event_ended,
        e.AccountReset: cash.account_reset,
        e.EmergencyDeclared: pools.emergency_declared,
        e.ReserveMarked: pools.reserve_marked,
        e.TierChanged: pools.tier_changed,
        e.Admitted: people.admitted,
        e.StrategySet: strategies.strategy_set,
        e.RoleSet: people.role_set,
    }
)
"""Events that are told. The others speak through what follows from them."""


def announced(events: tuple[e.Event, ...], moment: Moment) -> tuple[Announcement, ...]:
    """The announcements that belong to these events, in order; an id names the journal row it tells of."""
    found: list[Announcement] = []
    for seq, event in enumerate(events, moment.old.seq + 1):
        announcer = ANNOUNCERS.get(type(event))
        told = announcer(event, moment) if announcer else None
        if told is not None:
            found.append(announcement(told, seq, moment.scene.at))
    return tuple(found)


def announcement(told: Told, seq: int, at: datetime) -> Announcement:
    return Announcement(
        id=id_of(seq),
        event_type=told.event_type,
        key=f"push.{told.key or told.event_type}",
        priority=told.priority,
        at=at,
        facts=told.facts,
    )
