"""What becomes of the account: every event has its applier, every command its judge, and nothing else moves."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import ANNOUNCERS
from engine.core.apply import APPLIERS, DECIDED_KEPT, DECIDED_MOST, applied, apply
from engine.core.judge import JUDGES
from engine.core.lots import Unsettled
from engine.core.nouns import Difference, Pause, Term, Transfer
from engine.core.people import Invitation, Person
from engine.core.preferences import Preferences, patched
from engine.core.standing import Rebalance
from engine.core.state import State, Tally
from engine.core.units import money
from engine.core.words import (
    AccountKind,
    ActionKind,
    Alert,
    BreakerKind,
    OrderStatus,
    Origin,
    Role,
    Side,
    Skip,
    StopReason,
    Tier,
    TierSource,
    Topic,
)
from tests.builders import (
    DAY,
    NOON,
    a_breaker,
    a_change,
    a_decision,
    a_fill,
    a_ledger_row,
    a_lot,
    a_lot_sale,
    a_market_event,
    a_plan,
    a_position,
    a_proposal,
    a_recommendation,
    a_snapshot,
    a_strategy,
    a_tier_change,
    a_trade,
    an_action,
    an_order,
)
from tests.engine.scenes import an_account


def of(module: object, kind: type) -> set[type]:
    """Every class of a kind that a module defines."""
    found = {value for value in vars(module).values() if isinstance(value, type) and issubclass(value, kind)}
    return found - {kind}


def test_every_command_has_a_judge_and_every_event_an_applier() -> None:
    assert set(JUDGES) == of(c, c.Command)
    assert set(APPLIERS) == of(e, e.Event)
    assert set(ANNOUNCERS) <= of(e, e.Event)


POSITION = a_position()
BUY = an_order()
OPEN = Transfer(id="paper-t1", amount=5, at=NOON)
MOVED = Transfer(id="paper-t2", amount=7, at=NOON)
TERM = Term(path="risk.reserve_pct", until=NOON + timedelta(1), back=20.0, seq=1)
LONGER = replace(TERM, until=NOON + timedelta(2))
RESERVE = a_change(fields=(("risk.reserve_pct", 30.0, 40.0),), before=(TERM,))
STATE = an_account(
    positions={"KO": POSITION},
    orders={"paper-d1-1": BUY},
    breakers={(BreakerKind.DAILY_LOSS, None): a_breaker()},
    proposals={"d1": a_proposal()},
    pending={"r": a_recommendation(id="r")},
    tally=Tally(session=DAY, stop_hits=(NOON,)),
    pause=Pause(since=NOON, until=None),
    transfers=(OPEN,),
    terms=(TERM,),
    tranches=(a_plan(),),
    unsettled=(Unsettled(money("100"), DAY + timedelta(1)),),
    lots={"KO": (a_lot(),), "T": (a_lot(id="x9", ticker="T"),)},
    losses=(a_lot_sale(id="x8/x7", ticker="T"),),
    earnings={"KO": (DAY,), "T": (DAY,)},
    market_events=(a_market_event(),),
    strategies={"momentum": a_strategy()},
    rebalance=Rebalance(id="b1", trims=(), asked_at=NOON, lapses_at=NOON),
    frozen=frozenset({"PEP"}),
)
DIVIDEND = an_action(id="dividend-KO", kind=ActionKind.DIVIDEND, new=1, per_share=money("0.50"))
SALE = a_lot_sale(shares=4, proceeds="232", cost="240")
ANNA = Person(id="chat:7", role=Role.VIEWER, since=NOON, name="Anna")
INVITATION = Invitation(code="5e", role=Role.VIEWER, lapses_at=NOON)

MOVES: list[tuple[e.Event, set[str]]] = [
    (
        e.AccountOpened(kind=AccountKind.PAPER, cash=7, at=NOON + timedelta(1)),
        {"opened_at", "cash", "contributed", "opening", "peak"},
    ),
    (
        e.PreferencesChanged(change=a_change(), preferences=Preferences(), loosened=False),
        {"preferences", "version", "changes", "acted_at"},
    ),
    (
        e.PreferencesChanged(change=RESERVE, preferences=Preferences(), loosened=False, terms=(LONGER,)),
        {"preferences", "version", "changes", "acted_at", "terms"},
    ),
    (
        e.PreferencesChanged(change=RESERVE, preferences=Preferences(), loosened=False, ended=True),
        {"preferences", "version", "terms"},
    ),
    (e.TermDropped(path="risk.reserve_pct", back=20.0, why="not_here", facts={}), {"terms"}),
    (e.EntriesPaused(pause=Pause(since=NOON, until=NOON), change=a_change()), {"pause", "changes", "acted_at"}),
    (e.EntriesResumed(change=None, lifts_all=False), {"pause"}),
    (e.EntriesResumed(change=None, lifts_all=True, peak=3), {"pause", "peak"}),
    (e.EngineKilled(at=NOON), {"killed_at"}),
    (e.SessionBegan(session=DAY + timedelta(1)), {"tally", "unsettled"}),
    (e.RecommendationReceived(recommendation=a_recommendation(id="new")), {"pending"}),
    (e.Decided(decision=a_decision(recommendation_id="r")), {"pending", "decided", "tally"}),
    (e.Decided(decision=a_decision(recommendation_id=None, side=Side.SELL)), set()),
    (e.Proposed(proposal=a_proposal(recommendation=a_recommendation(id="r"))), {"pending", "decided", "proposals"}),
    (e.ProposalClosed(decision_id="d1", ticker="KO", outcome=Skip.LAPSED), {"proposals"}),
    (e.OrderIntended(order=an_order(client_order_id="new")), {"orders"}),
    (e.OrderUpdated(order=replace(BUY, status=OrderStatus.ACCEPTED), old=OrderStatus.INTENDED), {"orders"}),
    (
        e.Filled(fill=a_fill(fee="1"), order=replace(BUY, status=OrderStatus.FILLED), position=a_position(shares=20)),
        {"cash", "fees", "positions", "orders"},
    ),
    (
        e.Filled(
            fill=a_fill("61", side=Side.SELL),
            order=an_order(client_order_id="s", side=Side.SELL, status=OrderStatus.FILLED),
            position=None,
        ),
        {"cash", "realised", "positions"},
    ),
    (e.TranchesPlanned(tranches=a_plan(left=(10,), bought=(10, 10))), {"tranches"}),
    (e.TranchesPlanned(tranches=a_plan(decision_id="d9")), {"tranches"}),
    (e.TranchesEnded(tranches=a_plan(), outcome=Skip.PAUSED), {"tranches"}),
    (
        e.Filled(
            fill=a_fill("61", side=Side.SELL),
            order=an_order(client_order_id="s", side=Side.SELL, status=OrderStatus.FILLED),
            position=None,
            settles_on=DAY + timedelta(3),
            day_trade=True,
            session=DAY,
        ),
        {"cash", "realised", "positions", "unsettled", "day_trades"},
    ),
    (e.TradeClosed(trade=a_trade()), {"tally", "trades"}),
    (e.LotOpened(lot=a_lot(id="x3")), {"lots"}),
    (e.LotSold(sale=SALE, left=a_lot(shares=6, cost="360")), {"lots", "losses"}),
    (e.LotSold(sale=a_lot_sale("620"), left=None), {"lots"}),
    (e.WashSaleFound(sale=replace(SALE, id="x8/x7", replaced=4), lot=a_lot(replaces=4)), {"lots", "losses"}),
    (
        e.SplitApplied(
            action=an_action(),
            position=a_position("30", shares=20),
            lots=(a_lot(shares=20),),
            orders=(replace(BUY, shares=20),),
        ),
        {"positions", "lots", "orders", "actions", "pending"},
    ),
    (
        e.SplitApplied(action=an_action(), position=None, lots=(), orders=(), cash=money("20"), cost_out=money("600")),
        {"cash", "realised", "positions", "lots", "actions", "pending"},
    ),
    (e.DividendPaid(action=DIVIDEND, shares=10, amount=money("5")), {"cash", "dividends", "actions"}),
    (e.ReserveMarked(above=True, share=0.31), {"high_water"}),
    (e.EmergencyDeclared(fall=0.26), {"emergency", "ceiling"}),
    (e.EmergencyOver(), set()),
    (e.TierChanged(change=a_tier_change()), {"tier_move"}),
    (e.FlattenBegan(at=NOON), {"flatten_at"}),
    (e.StrategySet(strategy=a_strategy(on=True, why="owner")), {"strategies"}),
    (e.EventMarked(event=a_market_event(id="e2")), {"market_events"}),
    (e.EventMarked(event=a_market_event(title="it is worse")), {"market_events"}),
    (e.EventEnded(event=a_market_event(), called_off=True), {"market_events"}),
    (e.EarningsImported(dates={"KO": (), "GE": (DAY,)}, source="csv"), {"earnings"}),
    (e.RebalanceProposed(rebalance=Rebalance(id="b2", trims=(), asked_at=NOON, lapses_at=NOON)), {"rebalance"}),
    (e.Rebalanced(session=DAY, trims=(), outcome=Skip.NONE), {"rebalance", "rebalanced"}),
    (e.TakeMoved(ticker="KO", old=1, new=2), {"positions"}),
    (e.ReserveMoved(row=a_ledger_row()), {"reserve"}),
    (
        e.StopMoved(ticker="KO", old=1, new=2, high=3, atr=4, reason=StopReason.HEAT),
        {"positions"},
    ),
    (e.BreakerTripped(breaker=a_breaker(kind=BreakerKind.MANUAL)), {"breakers"}),
    (e.BreakerTripped(breaker=a_breaker(kind=BreakerKind.VOLATILITY)), {"breakers", "tally"}),
    (e.BreakerResolved(kind=BreakerKind.DAILY_LOSS, ticker=None), {"breakers"}),
    (e.SnapshotTaken(snapshot=a_snapshot()), {"last", "peak"}),
    (e.DaySummarised(session=DAY, facts={}), {"tally"}),
    (e.TickerFrozen(ticker="KO", ours=1, theirs=2), {"frozen"}),
    (e.TickerThawed(ticker="PEP"), {"frozen"}),
    (e.DifferenceNoted(difference=Difference("KO", 1, 2, NOON)), {"differences"}),
    (
        e.BrokerAccepted(difference=Difference(None, 1, 2, NOON), cost=1, worth=1, peak=3),
        {"cash", "contributed", "peak", "tally"},
    ),
    (e.CashMoved(transfer=MOVED, peak=3), {"cash", "contributed", "peak", "transfers", "tally"}),
    (e.TransferBooked(transfer=OPEN), {"transfers"}),
    (
        e.AccountReset(transfer=replace(MOVED, resets=True), at=NOON),
        {
            *("cash", "contributed", "peak", "transfers", "tally"),
            *("positions", "orders", "breakers", "proposals", "tranches", "reset_at"),
            *("lots", "losses", "unsettled", "rebalance", "frozen"),
        },
    ),
    (e.ExitWaited(order=an_order(side=Side.SELL), seconds=900), {"tally"}),
    (e.AlertRaised(alert=Alert.LOSS, threshold=0.02, actual=0.03), {"tally"}),
    (e.Noted(topic="x", facts={}), set()),
    (e.Invited(invitation=INVITATION, lapsed=()), {"invitations"}),
    (e.Admitted(person=ANNA, code=INVITATION.code), {"people"}),
    (e.RoleSet(person=ANNA, role=Role.OPERATOR), {"people"}),
    (e.Witnessed(topic=Topic.ENGINE_CONFIG, facts={"digest": "ab"}), {"config"}),
    (e.Witnessed(topic=Topic.LOGIN, facts={}), set()),
]


def test_every_event_is_tried() -> None:
    assert {type(event) for event, _ in MOVES} == set(APPLIERS)


@pytest.mark.parametrize(("event", "moved"), MOVES, ids=lambda value: type(value).__name__)
def test_an_event_moves_its_own_fields_and_no_others(event: e.Event, moved: set[str]) -> None:
    after = apply(STATE, event)
    assert {field.name for field in fields(State) if getattr(after, field.name) != getattr(STATE, field.name)} == moved


def test_the_tier_is_lowered_by_the_engine_and_given_back_by_the_owner() -> None:
    state = an_account(preferences=patched(Preferences(), {"trading.risk_tolerance": "aggressive"}))
    lowered = apply(state, e.TierChanged(change=a_tier_change(previous=Tier.AGGRESSIVE, new=Tier.MODERATE)))
    assert (lowered.ceiling, lowered.tier) == (Tier.MODERATE, Tier.MODERATE)
    chosen = a_tier_change(previous=Tier.MODERATE, new=Tier.AGGRESSIVE, source=TierSource.OWNER)
    back = apply(lowered, e.TierChanged(change=chosen))
    assert (back.ceiling, back.tier) == (None, Tier.AGGRESSIVE)


def test_an_emergency_ends() -> None:
    assert apply(replace(STATE, emergency=True), e.EmergencyOver()).emergency is False


def test_a_lot_stands_where_it_stood_until_nothing_is_left_of_it() -> None:
    state = an_account(lots={"KO": (a_lot(id="x1"), a_lot(id="x2"))})
    left = a_lot(id="x1", shares=6, cost="360")
    sold = apply(state, e.LotSold(sale=SALE, left=left))
    assert sold.lots == {"KO": (left, a_lot(id="x2"))}
    gone = apply(sold, e.LotSold(sale=replace(SALE, id="x3/x1"), left=None))
    assert gone.lots == {"KO": (a_lot(id="x2"),)}
    assert apply(gone, e.LotSold(sale=replace(SALE, id="x4/x2", lot_id="x2"), left=None)).lots == {}


def test_dates_of_earnings_stand_in_order_and_once() -> None:
    told = e.EarningsImported(dates={"KO": (DAY, DAY - timedelta(1), DAY), "T": ()}, source="csv")
    assert apply(STATE, told).earnings == {"KO": (DAY - timedelta(1), DAY)}


def test_trades_of_a_year_are_kept_and_the_oldest_leave_first() -> None:
    state = an_account()
    for number, day in enumerate((0, 3, 1, 367, 368)):
        closed = NOON + timedelta(days=day)
        state = apply(state, e.TradeClosed(trade=a_trade(client_order_id=f"o{number}", closed_at=closed)))
    assert [one.client_order_id for one in state.trades] == ["o1", "o2", "o3", "o4"]


def test_events_are_applied_in_order() -> None:
    moves = [e.ReserveMoved(row=a_ledger_row(balance_after=str(amount))) for amount in (1, 2, 3)]
    assert applied(STATE, tuple(moves)).reserve == money("3")
    assert applied(STATE, ()) is STATE


def test_the_newest_decided_recommendations_are_kept() -> None:
    state = an_account(decided={f"r{number}": None for number in range(DECIDED_MOST)})
    after = apply(state, e.Decided(decision=a_decision(recommendation_id="new")))
    assert len(after.decided) == DECIDED_KEPT
    assert [next(iter(after.decided)), list(after.decided)[-1]] == [f"r{DECIDED_MOST + 1 - DECIDED_KEPT}", "new"]
    again = apply(after, e.Decided(decision=a_decision(recommendation_id="newer")))
    assert len(again.decided) == DECIDED_KEPT + 1


@pytest.mark.parametrize(
    ("origin", "price", "counts"),
    [
        (Origin.STOP, "58", True),
        (Origin.SINGLE_POSITION, "58", True),
        (Origin.SINGLE_POSITION, "59", False),
        (Origin.TAKE, "58", False),
        (Origin.OWNER, "58", False),
        (Origin.PRICE_UNAVAILABLE, "58", False),
    ],
)
def test_a_stop_hit_is_a_sell_at_or_under_the_stop(origin: Origin, price: str, *, counts: bool) -> None:
    sell = a_decision(side=Side.SELL, origin=origin, price=price, recommendation_id=None)
    tally = apply(STATE, e.Decided(decision=sell)).tally
    assert tally.exits == STATE.tally.exits, "an exit counts when it is filled"
    assert (len(tally.stop_hits) == 2) is counts


def test_a_stop_that_is_tried_again_and_again_is_one_hit_until_the_position_is_gone() -> None:
    """The broker refuses the sell: the same stop is hit, not another; after a sale and a new entry it is another."""
    hit = e.Decided(decision=a_decision(side=Side.SELL, origin=Origin.STOP, price="58", recommendation_id=None))
    held = an_account(positions={"KO": a_position("60", 10)})
    tried = applied(held, (hit, hit, hit))
    assert tried.tally.stop_hits == (NOON,)
    order = an_order(side=Side.SELL, origin=Origin.STOP, status=OrderStatus.FILLED)
    sold = e.Filled(fill=a_fill("58", side=Side.SELL), order=order, position=None)
    assert applied(tried, (sold, hit)).tally.stop_hits == (NOON, NOON)
    part = replace(sold, position=a_position("60", 4))
    assert applied(tried, (part, hit)).tally.stop_hits == (NOON,)
    assert applied(tried, (e.SessionBegan(session=DAY), hit)).tally.stop_hits == (NOON,)


def test_skips_are_counted_by_reason_in_the_order_of_their_first_coming() -> None:
    state = an_account()
    for reason in (Skip.WINDOW, Skip.HEAT, Skip.WINDOW):
        state = apply(state, e.Decided(decision=a_decision(reason=reason)))
    assert state.tally.skips == (("window", 2), ("heat", 1))
    assert (state.tally.entries, state.tally.exits) == (0, 0)
