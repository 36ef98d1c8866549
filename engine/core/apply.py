"""State × event → state: the only place where an account becomes different. Nothing here can refuse."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, TypeVar

from engine.core import events as e
from engine.core.appliers import cash, people, settings, tranches
from engine.core.appliers.settings import acted
from engine.core.nouns import Order
from engine.core.state import State, Tally
from engine.core.undo import PAUSE
from engine.core.units import Money
from engine.core.words import BreakerKind, Origin, Side, Topic

K = TypeVar("K")
V = TypeVar("V")

DECIDED_KEPT: Final = 5_000
DECIDED_MOST: Final = 6_000
"""Beyond this the oldest leave together, because leaving copies all that stay."""
OWNER_HELD: Final = (BreakerKind.MANUAL, BreakerKind.MAX_DRAWDOWN)


def _put(mapping: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    return {**mapping, key: value}


def _drop(mapping: Mapping[K, V], *keys: K) -> dict[K, V]:
    return {key: value for key, value in mapping.items() if key not in keys}


def account_opened(state: State, event: e.AccountOpened) -> State:
    return replace(
        state,
        kind=event.kind,
        opened_at=event.at,
        cash=event.cash,
        contributed=event.cash,
        opening=event.cash,
        peak=event.cash,
    )


def entries_paused(state: State, event: e.EntriesPaused) -> State:
    return replace(acted(state, event.change, event.undoes), pause=event.pause)


def entries_resumed(state: State, event: e.EntriesResumed) -> State:
    state = replace(acted(state, event.change, event.undoes), pause=None)
    if event.change is None and not event.undoes:  # ended for good: no earlier pause is there to be put back
        changes = tuple(change for change in state.changes if any(path != PAUSE for path, _, _ in change.fields))
        state = replace(state, changes=changes)
    if not event.lifts_all:
        return state
    return replace(
        state,
        killed_at=None,
        peak=state.peak if event.peak is None else event.peak,
        breakers={key: value for key, value in state.breakers.items() if key[0] not in OWNER_HELD},
    )


def engine_killed(state: State, event: e.EngineKilled) -> State:
    return replace(state, killed_at=event.at)


def session_began(state: State, event: e.SessionBegan) -> State:
    return replace(state, tally=Tally(session=event.session))


def recommendation_received(state: State, event: e.RecommendationReceived) -> State:
    return replace(state, pending=_put(state.pending, event.recommendation.id, event.recommendation))


def decided(state: State, event: e.Decided) -> State:
    decision = event.decision
    if decision.recommendation_id is None:
        return replace(state, tally=tallied(state.tally, event))
    settled = _put(state.decided, decision.recommendation_id, None)
    return replace(
        state,
        pending=_drop(state.pending, decision.recommendation_id),
        decided=newest(settled) if len(settled) > DECIDED_MOST else settled,
        tally=tallied(state.tally, event),
    )


def newest(settled: Mapping[str, None]) -> dict[str, None]:
    """Those decided last, in their order."""
    return dict(islice(settled.items(), len(settled) - DECIDED_KEPT, None))


def tallied(tally: Tally, event: e.Decided) -> Tally:
    decision = event.decision
    if not decision.acts:
        skips = dict(tally.skips)
        skips[decision.reason.code] = skips.get(decision.reason.code, 0) + 1
        return replace(tally, skips=tuple(skips.items()))
    if decision.side is Side.BUY:
        return replace(tally, entries=tally.entries + 1)
    crossed = decision.stop is not None and decision.price is not None and decision.price <= decision.stop
    hits = (*tally.stop_hits, decision.at) if crossed and decision.origin in STOPPED else tally.stop_hits
    return replace(tally, stop_hits=hits)


STOPPED: Final = (Origin.STOP, Origin.SINGLE_POSITION)


def proposed(state: State, event: e.Proposed) -> State:
    wanted = event.proposal.recommendation.id
    return replace(
        state,
        proposals=_put(state.proposals, event.proposal.decision.id, event.proposal),
        pending=_drop(state.pending, wanted),
        decided=_put(state.decided, wanted, None),
    )


def proposal_closed(state: State, event: e.ProposalClosed) -> State:
    return replace(state, proposals=_drop(state.proposals, event.decision_id))


def _with_order(state: State, order: Order) -> Mapping[str, Order]:
    if order.status.is_open:
        return _put(state.orders, order.client_order_id, order)
    return _drop(state.orders, order.client_order_id)


def order_intended(state: State, event: e.OrderIntended) -> State:
    return replace(state, orders=_with_order(state, event.order))


def order_updated(state: State, event: e.OrderUpdated) -> State:
    return replace(state, orders=_with_order(state, event.order))


def filled(state: State, event: e.Filled) -> State:
    fill, ticker = event.fill, event.fill.ticker
    amount: Money = fill.shares * fill.price
    positions = (
        _drop(state.positions, ticker) if event.position is None else _put(state.positions, ticker, event.position)
    )
    if fill.side is Side.BUY:
        cash, realised = state.cash - amount - fill.fee, state.realised
    else:
        left = event.position.cost if event.position else 0
        cash = state.cash + amount - fill.fee
        realised = state.realised + amount - (state.positions[ticker].cost - left)
    orders = _with_order(state, event.order)
    return replace(state, cash=cash, realised=realised, fees=state.fees + fill.fee, positions=positions, orders=orders)


def trade_closed(state: State, event: e.TradeClosed) -> State:
    tally = state.tally
    return replace(state, tally=replace(tally, exits=tally.exits + 1, realised=tally.realised + event.trade.realised))


def reserve_moved(state: State, event: e.ReserveMoved) -> State:
    return replace(state, reserve=event.row.balance_after)


def stop_moved(state: State, event: e.StopMoved) -> State:
    position = replace(state.positions[event.ticker], stop=event.new, high=event.high, atr=event.atr)
    return replace(state, positions=_put(state.positions, event.ticker, position))


def breaker_tripped(state: State, event: e.BreakerTripped) -> State:
    breaker = event.breaker
    # a tripped volatility breaker starts its count anew, or it would trip again the moment it resolves
    counted = () if breaker.kind is BreakerKind.VOLATILITY else state.tally.stop_hits
    return replace(
        state,
        breakers=_put(state.breakers, (breaker.kind, breaker.ticker), breaker),
        tally=replace(state.tally, stop_hits=counted),
    )


def breaker_resolved(state: State, event: e.BreakerResolved) -> State:
    return replace(state, breakers=_drop(state.breakers, (event.kind, event.ticker)))


def snapshot_taken(state: State, event: e.SnapshotTaken) -> State:
    return replace(state, last=event.snapshot, peak=event.snapshot.peak)


def day_summarised(state: State, event: e.DaySummarised) -> State:  # noqa: ARG001  # all appliers take both
    return replace(state, tally=replace(state.tally, summarised=True))


def ticker_frozen(state: State, event: e.TickerFrozen) -> State:
    return replace(state, frozen=state.frozen | {event.ticker})


def alert_raised(state: State, event: e.AlertRaised) -> State:
    return replace(state, tally=replace(state.tally, alerts=(*state.tally.alerts, event.alert.value)))


def witnessed(state: State, event: e.Witnessed) -> State:
    """Of all that is only witnessed, the configuration's digest is remembered."""
    return replace(state, config=event.facts["digest"]) if event.topic is Topic.ENGINE_CONFIG else state


def noted(state: State, event: e.Noted) -> State:  # noqa: ARG001  # a note changes nothing
    return state


Applier = Callable[[State, Any], State]

APPLIERS: Final[Mapping[type[e.Event], Applier]] = MappingProxyType(
    {
        e.AccountOpened: account_opened,
        e.PreferencesChanged: settings.preferences_changed,
        e.TermDropped: settings.term_dropped,
        e.CashMoved: cash.cash_moved,
        e.TransferBooked: cash.transfer_booked,
        e.AccountReset: cash.account_reset,
        e.TranchesPlanned: tranches.tranches_planned,
        e.TranchesEnded: tranches.tranches_ended,
        e.AlertRaised: alert_raised,
        e.Invited: people.invited,
        e.Admitted: people.admitted,
        e.RoleSet: people.role_set,
        e.Witnessed: witnessed,
        e.EntriesPaused: entries_paused,
        e.EntriesResumed: entries_resumed,
        e.EngineKilled: engine_killed,
        e.SessionBegan: session_began,
        e.RecommendationReceived: recommendation_received,
        e.Decided: decided,
        e.Proposed: proposed,
        e.ProposalClosed: proposal_closed,
        e.OrderIntended: order_intended,
        e.OrderUpdated: order_updated,
        e.Filled: filled,
        e.TradeClosed: trade_closed,
        e.ReserveMoved: reserve_moved,
        e.StopMoved: stop_moved,
        e.BreakerTripped: breaker_tripped,
        e.BreakerResolved: breaker_resolved,
        e.SnapshotTaken: snapshot_taken,
        e.DaySummarised: day_summarised,
        e.TickerFrozen: ticker_frozen,
        e.Noted: noted,
    }
)


def apply(state: State, event: e.Event) -> State:
    """The account after one event."""
    return APPLIERS[type(event)](state, event)


def applied(state: State, events: tuple[e.Event, ...]) -> State:
    """The account after all of them, in order."""
    for event in events:
        state = apply(state, event)
    return state
