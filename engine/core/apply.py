"""State × event → state: the only place where an account becomes different. Nothing here can refuse."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import dropwhile, islice
from types import MappingProxyType
from typing import Any, Final, TypeVar

from engine.core import events as e
from engine.core.appliers import cash, differences, lots, outside, people, reserve, sent, settings, switches, tranches
from engine.core.copying import replace
from engine.core.lots import Unsettled
from engine.core.nouns import ClosedTrade, Order
from engine.core.state import State, Tally
from engine.core.units import Money, Ticker
from engine.core.words import Origin, Side, Topic

K = TypeVar("K")
V = TypeVar("V")

DECIDED_KEPT: Final = 5_000
DECIDED_MOST: Final = 6_000
"""Beyond this the oldest leave together, because leaving copies all that stay."""
TRADES_KEPT: Final = timedelta(days=366)
DAY_TRADES_KEPT: Final = 20


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


def session_began(state: State, event: e.SessionBegan) -> State:
    """Its tally starts at nought, and what settles by then is settled."""
    waiting = tuple(one for one in state.unsettled if one.on > event.session)
    return replace(state, tally=Tally(session=event.session), unsettled=waiting)


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
        return replace(tally, entries=tally.entries + 1, micro=tally.micro + decision.micro)
    crossed = decision.stop is not None and decision.price is not None and decision.price <= decision.stop
    if not crossed or decision.origin not in STOPPED or decision.ticker in tally.stopped:
        return tally
    return replace(tally, stop_hits=(*tally.stop_hits, decision.at), stopped=(*tally.stopped, decision.ticker))


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
    return replace(state, orders=_with_order(state, event.order), sent=sent.remembered(state.sent, event))


def order_updated(state: State, event: e.OrderUpdated) -> State:
    return replace(state, orders=_with_order(state, event.order), sent=sent.ended(state.sent, event.order))


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
    return replace(
        state,
        cash=cash,
        realised=realised,
        tally=state.tally if event.position else no_longer_held(state.tally, ticker),
        fees=state.fees + fill.fee,
        positions=positions,
        orders=orders,
        unsettled=unsettled(state, event),
        day_trades=day_trades(state, event),
    )


def no_longer_held(tally: Tally, ticker: Ticker) -> Tally:
    """The stop of what is bought of it again can be hit anew."""
    if ticker not in tally.stopped:
        return tally
    return replace(tally, stopped=tuple(one for one in tally.stopped if one != ticker))


def unsettled(state: State, event: e.Filled) -> tuple[Unsettled, ...]:
    """Proceeds net of fees, unless they are there already: an execution may be learned of late."""
    amount = event.fill.shares * event.fill.price - event.fill.fee
    session = state.tally.session
    if event.settles_on is None or amount <= 0 or (session is not None and event.settles_on <= session):
        return state.unsettled
    return (*state.unsettled, Unsettled(amount, event.settles_on))


def day_trades(state: State, event: e.Filled) -> tuple[date, ...]:
    if not event.day_trade or event.session is None:
        return state.day_trades
    return (*state.day_trades[1 - DAY_TRADES_KEPT :], event.session)


def trade_closed(state: State, event: e.TradeClosed) -> State:
    tally, trade = state.tally, event.trade
    return replace(
        state,
        tally=replace(tally, exits=tally.exits + 1, realised=tally.realised + trade.realised),
        trades=lately_closed(state.trades, trade),
    )


def lately_closed(trades: tuple[ClosedTrade, ...], newest: ClosedTrade) -> tuple[ClosedTrade, ...]:
    """Those of the year before the newest, and itself; the oldest leave first."""
    if trades and newest.closed_at - trades[0].closed_at > TRADES_KEPT:
        trades = tuple(dropwhile(lambda one: newest.closed_at - one.closed_at > TRADES_KEPT, trades))
    return (*trades, newest)


def stop_moved(state: State, event: e.StopMoved) -> State:
    position = replace(state.positions[event.ticker], stop=event.new, high=event.high, atr=event.atr)
    if event.new != event.old:
        position = replace(position, stop_why=event.reason)
    return replace(state, positions=_put(state.positions, event.ticker, position))


def take_moved(state: State, event: e.TakeMoved) -> State:
    position = replace(state.positions[event.ticker], take=event.new)
    return replace(state, positions=_put(state.positions, event.ticker, position))


def snapshot_taken(state: State, event: e.SnapshotTaken) -> State:
    return replace(state, last=event.snapshot, peak=event.snapshot.peak)


def day_summarised(state: State, event: e.DaySummarised) -> State:  # noqa: ARG001  # all appliers take both
    return replace(state, tally=replace(state.tally, summarised=True))


def alert_raised(state: State, event: e.AlertRaised) -> State:
    return replace(state, tally=replace(state.tally, alerts=(*state.tally.alerts, event.alert.value)))


def exit_waited(state: State, event: e.ExitWaited) -> State:
    """The session remembers that it was told."""
    told = f"exit_waits:{event.order.client_order_id}"
    return replace(state, tally=replace(state.tally, alerts=(*state.tally.alerts, told)))


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
        e.ExitWaited: exit_waited,
        e.Invited: people.invited,
        e.Admitted: people.admitted,
        e.RoleSet: people.role_set,
        e.Witnessed: witnessed,
        e.EntriesPaused: switches.entries_paused,
        e.EntriesResumed: switches.entries_resumed,
        e.EngineKilled: switches.engine_killed,
        e.FlattenBegan: switches.flatten_began,
        e.SessionBegan: session_began,
        e.RecommendationReceived: recommendation_received,
        e.Decided: decided,
        e.Proposed: proposed,
        e.ProposalClosed: proposal_closed,
        e.OrderIntended: order_intended,
        e.OrderUpdated: order_updated,
        e.Filled: filled,
        e.TradeClosed: trade_closed,
        e.LotOpened: lots.lot_opened,
        e.LotSold: lots.lot_sold,
        e.WashSaleFound: lots.wash_sale_found,
        e.SplitApplied: lots.split_applied,
        e.DividendPaid: lots.dividend_paid,
        e.ReserveMoved: reserve.reserve_moved,
        e.ReserveMarked: reserve.reserve_marked,
        e.EmergencyDeclared: reserve.emergency_declared,
        e.EmergencyOver: reserve.emergency_over,
        e.TierChanged: reserve.tier_changed,
        e.StopMoved: stop_moved,
        e.TakeMoved: take_moved,
        e.StrategySet: outside.strategy_set,
        e.EventMarked: outside.event_marked,
        e.EventEnded: outside.event_ended,
        e.EarningsImported: outside.earnings_imported,
        e.RebalanceProposed: outside.rebalance_proposed,
        e.Rebalanced: outside.rebalanced,
        e.BreakerTripped: switches.breaker_tripped,
        e.BreakerResolved: switches.breaker_resolved,
        e.SnapshotTaken: snapshot_taken,
        e.DaySummarised: day_summarised,
        e.TickerFrozen: differences.ticker_frozen,
        e.TickerThawed: differences.ticker_thawed,
        e.DifferenceNoted: differences.difference_noted,
        e.BrokerAccepted: differences.broker_accepted,
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
