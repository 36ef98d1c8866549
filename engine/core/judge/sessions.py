"""Judging what the calendar brings, and what happens to the engine itself."""

from datetime import datetime, timedelta

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.plans import ended_by_breaker
from engine.core.nouns import Breaker, Snapshot
from engine.core.refusals import Refusal, Refused
from engine.core.summary import day_facts, todays
from engine.core.timing import next_window, sessions_later
from engine.core.valuation import reference
from engine.core.words import AccountKind, BreakerKind

DAY_S = 86_400


def open_account(command: c.OpenAccount, ground: Ground) -> Verdict:
    """Begin a paper account, once."""
    if ground.state.opened_at is not None:
        return Refused(Refusal.ALREADY_DONE, {"id": ground.state.account})
    return (e.AccountOpened(kind=AccountKind.PAPER, cash=command.cash, at=ground.scene.at),)


def begin_session(_command: c.BeginSession, ground: Ground) -> Verdict:
    day = ground.scene.day.date
    if ground.state.tally.session == day:
        return Refused(Refusal.ALREADY_DONE, {"session": day.isoformat()})
    return (e.SessionBegan(session=day),)


def trip_breaker(command: c.TripBreaker, ground: Ground) -> Verdict:
    """Let a breaker stand until its cooldown is over; one that stands already is not tripped again.

    But of the owner's own becomes that of books that differ, so that the difference is told.
    """
    standing = ground.state.breakers.get((command.kind, command.ticker))
    if standing is not None and not (is_own(standing) and not is_own(command)):
        return Refused(Refusal.ALREADY_DONE, {"kind": command.kind.value})
    breaker = Breaker(
        kind=command.kind,
        ticker=command.ticker,
        tripped_at=ground.scene.at,
        threshold=command.threshold,
        actual=command.actual,
        until=cooldown_end(command.kind, ground),
    )
    return (e.BreakerTripped(breaker=breaker), *ended_by_breaker(ground.state, command.kind, command.ticker))


def is_own(one: Breaker | c.TripBreaker) -> bool:
    """Whether the owner himself tripped it: then no figures stand against each other."""
    return one.kind is BreakerKind.MANUAL and one.threshold == one.actual


def cooldown_end(kind: BreakerKind, ground: Ground) -> datetime | None:
    """When a breaker of this kind, tripped now, ends by itself; None when only the owner can end it."""
    scene, policy = ground.scene, ground.policy
    match kind:
        case BreakerKind.DAILY_LOSS:
            return next_window(scene, policy)
        case BreakerKind.SINGLE_POSITION:
            return sessions_later(scene, policy.single_position_cooldown_sessions)
        case BreakerKind.VOLATILITY if scene.interval_s >= DAY_S:
            return sessions_later(scene, 1)
        case BreakerKind.VOLATILITY:
            return scene.at + timedelta(minutes=policy.volatility_cooldown_min)
        case BreakerKind.MANUAL | BreakerKind.MAX_DRAWDOWN:
            return None


def resolve_breaker(command: c.ResolveBreaker, ground: Ground) -> Verdict:
    """End a breaker whose time is over."""
    standing = ground.state.breakers.get((command.kind, command.ticker))
    if standing is None or standing.until is None or ground.scene.at < standing.until:
        return Refused(Refusal.NOT_KNOWN, {"kind": command.kind.value})
    return (e.BreakerResolved(kind=command.kind, ticker=command.ticker),)


def take_snapshot(_command: c.TakeSnapshot, ground: Ground) -> Verdict:
    """The end-of-session record, once a session."""
    state, scene = ground.state, ground.scene
    began_since = state.reset_at is not None and state.reset_at >= scene.day.closes_at
    if began_since or (state.last is not None and state.last.session >= scene.day.date):
        return Refused(Refusal.ALREADY_DONE, {"session": scene.day.date.isoformat()})
    worth, seen = ground.worth, todays(state, scene)
    snapshot = Snapshot(
        session=scene.day.date,
        at=scene.at,
        equity=worth.equity,
        cash=state.cash,
        reserve=state.reserve,
        day_pnl=worth.equity - reference(state),
        realised_day=seen.realised,
        peak=max(state.peak, worth.equity),
        exposure=worth.exposure,
        open_positions=len(state.positions),
        entries=seen.entries,
        exits=seen.exits,
        benchmark=scene.benchmark,
        benchmark_ticker=state.preferences.performance.benchmark,
        contributed=state.contributed,
    )
    return (e.SnapshotTaken(snapshot=snapshot),)


def summarise(_command: c.Summarise, ground: Ground) -> Verdict:
    """Tell how the session went, once, from its snapshot."""
    state = ground.state
    if state.last is None or state.tally.summarised or state.last.session != state.tally.session:
        return Refused(Refusal.ALREADY_DONE, {"session": ground.scene.day.date.isoformat()})
    return (e.DaySummarised(session=state.last.session, facts=day_facts(state, ground.scene, ground.worth)),)


def note(command: c.Note, _ground: Ground) -> Verdict:
    return (e.Noted(topic=command.topic, facts=command.facts),)
