"""Entries in parts: planned with their decision, each part judged anew, ended as one with what ends them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.adapters.sql_store.retold import event_of
from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import apply
from engine.core.decide import decide
from engine.core.journal import plain
from engine.core.nouns import Decision, Order, Pause, Tranches
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refusal
from engine.core.scene import Scene
from engine.core.state import State, Tally
from engine.core.units import money
from engine.core.words import BreakerKind, OrderStatus, Origin, Side, Skip
from tests.builders import a_breaker, a_fill, a_plan, a_proposal, a_recommendation, an_order
from tests.engine.scenes import DAY, NOON, a_holding, a_scene, an_account, done, holding, judged, later, prefer, refused

KO = a_recommendation(confidence=0.8)
CONSIDER = c.Consider(recommendation_id=KO.id)
NEXT = c.BuyTranche(decision_id="d1")
FIVE_LATER = later(a_scene(), minutes=5)


def small(**changes: Any) -> State:
    """$50,000, of which 2.56 % are $1,280: more than nothing, less than a twentieth."""
    return an_account("50000", pending={KO.id: KO}, **changes)


def large(**changes: Any) -> State:
    """An aggressive million: 9.6 % of it is far over $5,000."""
    usual = {"preferences": prefer(trading__risk_tolerance="aggressive"), "pending": {KO.id: KO}}
    return an_account("1000000", **usual | changes)


def plans(events: tuple[e.Event, ...]) -> list[Tranches]:
    return [event.tranches for event in events if isinstance(event, e.TranchesPlanned)]


def orders(events: tuple[e.Event, ...]) -> list[Order]:
    return [event.order for event in events if isinstance(event, e.OrderIntended)]


def ends(events: tuple[e.Event, ...]) -> list[e.TranchesEnded]:
    return [event for event in events if isinstance(event, e.TranchesEnded)]


def decided(events: tuple[e.Event, ...]) -> Decision:
    (found,) = (event.decision for event in events if isinstance(event, e.Decided))
    return found


def running(state: State | None = None, **plan: Any) -> State:
    """The first ten of thirty shares of KO are held; the next part is due at five past noon."""
    held = holding(state or an_account(), a_holding("KO", "60", 10, stop="58.20", take="64"))
    return replace(held, tranches=(a_plan(recommendation=KO, **plan),))


def filled(order: Order, price: str = "60", name: str = "x1") -> c.RecordFill:
    fill = a_fill(price, client_order_id=order.client_order_id, ticker=order.ticker, shares=order.shares)
    return c.RecordFill(fill=replace(fill, execution_id=name))


# --- the decision


def test_a_large_buy_orders_its_first_part_and_plans_the_others() -> None:
    events = judged(CONSIDER, large())
    assert [type(event) for event in events] == [e.Decided, e.TranchesPlanned, e.OrderIntended]
    (plan,), (order,), decision = plans(events), orders(events), decided(events)
    assert (decision.shares, order.shares, plan.left) == (1745, 582, (582, 581))
    assert (plan.bought, plan.shares, plan.decision_id, plan.recommendation) == ((582,), 1745, decision.id, KO)
    assert plan.next_at == NOON + timedelta(minutes=5)
    assert order.client_order_id == f"paper-{decision.id}-1"
    assert order.reserved == 582 * money("60")
    line = decision.trace[-2]
    assert (line.step, line.value, line.limit, line.left) == ("parts", 3, money("5000"), 582)


def test_a_small_buy_is_made_at_once() -> None:
    events = judged(CONSIDER, small())
    assert [type(event) for event in events] == [e.Decided, e.OrderIntended]
    assert orders(events)[0].shares == decided(events).shares
    assert "parts" not in {line.step for line in decided(events).trace}


def test_an_owner_who_wants_none_gets_no_parts() -> None:
    wishes = prefer(trading__risk_tolerance="aggressive", trading__gradual_entry=False)
    events = judged(CONSIDER, large(preferences=wishes))
    assert [type(event) for event in events] == [e.Decided, e.OrderIntended]
    assert orders(events)[0].shares == 1745


def test_a_yes_to_a_large_buy_is_carried_out_in_parts_too() -> None:
    wishes = prefer(trading__risk_tolerance="aggressive", trading__autonomy="ask")
    state = done(large(preferences=wishes), CONSIDER)
    (asked,) = (proposal.decision for proposal in state.proposals.values())
    events = judged(c.Approve(), state)
    assert asked.shares == decided(events).shares == 1745
    assert plans(events)[0].decision_id == asked.id
    assert orders(events)[0].origin is Origin.PROPOSAL


def test_parts_count_as_one_entry_of_the_day() -> None:
    assert done(large(), CONSIDER).tally.entries == 1


# --- later parts


def test_a_part_is_due_in_its_time_and_once_the_one_before_is_filled() -> None:
    state = running()
    assert c.BuyTranche(decision_id="d1") not in decide(state, a_scene(), DEFAULT_POLICY)
    assert decide(state, FIVE_LATER, DEFAULT_POLICY) == (NEXT,)
    waiting = replace(state, orders={"paper-d1-1": an_order(status=OrderStatus.ACCEPTED)})
    assert NEXT not in decide(waiting, FIVE_LATER, DEFAULT_POLICY)
    assert refused(NEXT, waiting, FIVE_LATER).code is Refusal.NOT_KNOWN
    assert refused(NEXT, state).code is Refusal.NOT_KNOWN
    assert refused(NEXT, running(left=()), FIVE_LATER).code is Refusal.NOT_KNOWN
    assert refused(c.BuyTranche(decision_id="d9"), state, FIVE_LATER).code is Refusal.NOT_KNOWN


def test_a_part_is_ordered_under_its_decision_and_the_plan_goes_on() -> None:
    events = judged(NEXT, running(), FIVE_LATER)
    assert [type(event) for event in events] == [e.TranchesPlanned, e.OrderIntended]
    (plan,), (order,) = plans(events), orders(events)
    assert (order.client_order_id, order.decision_id, order.origin) == ("paper-d1-2", "d1", Origin.TRANCHE)
    assert (order.shares, order.reserved) == (10, 10 * money("60"))
    assert (plan.left, plan.bought, plan.cut) == ((10,), (10, 10), Skip.NONE)
    assert plan.next_at == NOON + timedelta(minutes=10)


def test_parts_come_after_exits_and_before_new_entries() -> None:
    other = a_recommendation(id="new", ticker="PEP", confidence=0.99)
    state = holding(running(), a_holding("AAPL", "50", 10, stop="48"))
    state = replace(state, pending={"new": other})
    scene = later(a_scene(), {"AAPL": "40"}, minutes=5)
    kinds = [type(command) for command in decide(state, scene, DEFAULT_POLICY)]
    assert kinds.index(c.ExitPosition) < kinds.index(c.BuyTranche) < kinds.index(c.Consider)


def test_a_part_is_sized_on_the_price_of_its_own_moment_and_never_raised() -> None:
    (cheaper,) = orders(judged(NEXT, running(), later(a_scene(), {"KO": "59"}, minutes=5)))
    assert (cheaper.shares, cheaper.reserved) == (10, 10 * money("59"))


def test_a_limit_with_less_room_makes_a_part_smaller_and_is_remembered() -> None:
    """The cap of $1,000 leaves $400 beside the ten shares held: six of the ten that were meant."""
    state = running(an_account(preferences=prefer(trading__absolute_position_cap=1000)))
    (plan,) = plans(judged(NEXT, state, FIVE_LATER))
    assert (plan.bought, plan.left, plan.cut) == ((10, 6), (10,), Skip.ABSOLUTE_CAP)


ROOM: list[tuple[str, str, dict[str, Any]]] = [
    ("absolute_cap", "absolute_cap", {"trading__absolute_position_cap": 1000}),
    ("position", "position_full", {"risk__max_position_pct": 1}),
]


@pytest.mark.parametrize(("step", "reason", "wishes"), ROOM)
def test_p21_the_size_of_a_later_part_follows_from_the_trace_that_is_kept_with_it(
    step: str, reason: str, wishes: dict[str, Any]
) -> None:
    """What the limit allows, $1,000, less the $600 held, at $60 a share, rounded down: six of ten."""
    planned, ordered = judged(NEXT, running(an_account("99400", preferences=prefer(**wishes))), FIVE_LATER)
    assert isinstance(planned, e.TranchesPlanned)
    assert isinstance(ordered, e.OrderIntended)
    lines = {line.step: line for line in planned.trace}
    limit, tradable = float(lines[step].limit or 0), float(lines["tradable"].value or 0)
    allowed = limit if step == "absolute_cap" else limit * tradable
    assert (allowed - float(lines[step].value or 0)) // float(lines["price"].value or 1) == 6
    assert (lines["part"].value, lines["part"].limit, lines["part"].left) == (reason, 10, 6)
    assert ordered.order.shares == planned.tranches.bought[-1] == 6


def test_the_trace_of_a_part_is_read_back_and_journals_without_one_are_read_too() -> None:
    (planned, _) = judged(NEXT, running(), FIVE_LATER)
    assert isinstance(planned, e.TranchesPlanned)
    assert (planned.trace[0].step, planned.trace[-1].step) == ("autonomy", "safety")
    body = plain(planned)
    assert event_of("TranchesPlanned", body, running()) == planned
    older = {name: value for name, value in body.items() if name != "trace"}
    assert event_of("TranchesPlanned", older, running()) == replace(planned, trace=())


def test_a_limit_without_room_ends_the_entry_and_the_trace_says_why() -> None:
    state = running(an_account(preferences=prefer(trading__absolute_position_cap=600)))
    (ended,) = judged(NEXT, state, FIVE_LATER)
    assert isinstance(ended, e.TranchesEnded)
    assert (ended.outcome, ended.tranches) == (Skip.ABSOLUTE_CAP, state.tranches[0])
    assert (ended.trace[-1].step, ended.trace[-1].outcome) == ("absolute_cap", "reject")
    assert done(state, NEXT, FIVE_LATER).tranches == ()


CLOSED: dict[Skip, dict[str, Any]] = {
    Skip.KILLED: {"killed_at": NOON},
    Skip.PAUSED: {"pause": Pause(since=NOON, until=None)},
    Skip.BREAKER: {"breakers": {(BreakerKind.DAILY_LOSS, None): a_breaker()}},
    Skip.FROZEN: {"frozen": frozenset({"KO"})},
    Skip.EXCLUDED: {"preferences": prefer(trading__excluded_tickers=["KO"])},
    Skip.SECTOR_EXCLUDED: {"preferences": prefer(trading__excluded_sectors=["consumer_staples"])},
    Skip.ASSET_CLASS: {"preferences": prefer(trading__asset_classes=["etfs"])},
    Skip.NOT_ON_WATCHLIST: {
        "preferences": prefer(trading__universe="watchlist_only", trading__watchlist=["PEP"]),
    },
    Skip.AUTONOMY_OFF: {"preferences": prefer(trading__autonomy="off")},
}


@pytest.mark.parametrize("reason", CLOSED)
def test_a_gate_that_has_closed_since_ends_the_entry(reason: Skip) -> None:
    state = replace(running(), **CLOSED[reason])
    (ended,) = judged(NEXT, state, FIVE_LATER)
    assert isinstance(ended, e.TranchesEnded)
    assert ended.outcome is reason
    assert ended.trace[-1].outcome == "reject"


def test_after_the_window_nothing_more_is_bought() -> None:
    (ended,) = ends(judged(NEXT, running(), later(a_scene(), hours=3, minutes=50)))
    assert ended.outcome is Skip.WINDOW


def test_what_was_settled_by_the_first_part_is_not_asked_again() -> None:
    """The day's entries are used up, the most positions are open, and the confidence asked for has risen."""
    wishes = prefer(trading__max_open_positions=1, trading__max_daily_trades=1, trading__min_confidence=0.95)
    state = running(an_account(preferences=wishes, tally=Tally(session=DAY, entries=1)))
    state = holding(state, a_holding("PEP", "150", 1))
    assert orders(judged(NEXT, state, FIVE_LATER))[0].shares == 10


def test_turning_parts_off_lets_those_that_run_go_on() -> None:
    state = running(an_account(preferences=prefer(trading__gradual_entry=False)))
    assert orders(judged(NEXT, state, FIVE_LATER))[0].shares == 10


def test_a_part_adds_to_the_position_and_keeps_the_higher_stop() -> None:
    state = running()
    trailed = replace(state.positions["KO"], stop=money("59.50"))
    state = done(replace(state, positions={"KO": trailed}), NEXT, FIVE_LATER)
    (order,) = state.orders.values()
    state = done(state, filled(order), FIVE_LATER)
    position = state.positions["KO"]
    assert (position.shares, position.stop, position.take) == (20, money("59.50"), money("64"))


@settings(max_examples=60)
@given(
    cash=st.integers(20_000, 2_000_000),
    prices=st.lists(st.integers(4_000, 8_000), min_size=3, max_size=3),
    tier=st.sampled_from(["conservative", "moderate", "aggressive"]),
    cap=st.none() | st.integers(100, 100_000),
)
def test_p21_parts_share_a_decision_and_together_never_exceed_it(
    cash: int, prices: list[int], tier: str, cap: int | None
) -> None:
    """Whatever the price does: ids differ, shares add up to no more than was decided, cash is never short."""
    wishes = prefer(trading__risk_tolerance=tier, trading__absolute_position_cap=cap)
    state = an_account(str(cash), preferences=wishes, pending={KO.id: KO})
    sent: list[Order] = []
    for number, price in enumerate(prices):
        scene = later(a_scene(), {"KO": f"{price / 100:.2f}"}, minutes=5 * number)
        commands = [CONSIDER] if not number else list(decide(state, scene, DEFAULT_POLICY))
        wanted = [one for one in commands if isinstance(one, c.Consider | c.BuyTranche)]
        if not wanted:
            break
        state = done(state, wanted[0], scene)
        for order in list(state.orders.values()):
            sent.append(order)
            state = done(state, filled(order, f"{price / 100:.2f}", f"x{number}"), scene)
    assert len({order.decision_id for order in sent}) <= 1
    assert len({order.client_order_id for order in sent}) == len(sent)
    assert state.cash >= 0
    if sent:
        first = sent[0].shares
        assert all(0 < order.shares <= first for order in sent)
        assert [order.client_order_id[-2:] for order in sent] == ["-1", "-2", "-3"][: len(sent)]
        assert state.positions["KO"].shares == sum(order.shares for order in sent)
    assert len(sent) < 3 or not state.tranches


def test_an_order_knows_its_sector_by_the_recommendation_where_no_table_does() -> None:
    """So a sector that is excluded later takes the order with it, not only the plan."""
    wanted = replace(KO, id="z", ticker="ZZZ", sector="energy")
    state = large(pending={"z": wanted})
    scene = a_scene(prices={"ZZZ": "60"})
    state = done(state, c.Consider(recommendation_id="z"), scene)
    (first,) = state.orders.values()
    assert first.sector == "energy"
    later_part = replace(state, orders={})
    (second,) = orders(judged(c.BuyTranche(decision_id=first.decision_id), later_part, later(scene, minutes=5)))
    assert second.sector == "energy"
    after = done(state, c.ChangePreferences(patch={"trading.excluded_sectors": ["energy"]}, by="owner"), scene)
    (first,) = after.orders.values()
    assert (after.tranches, first.status) == ((), OrderStatus.CANCELLING)


# --- the end


def last_part(**plan: Any) -> State:
    """Twenty of thirty are held and the last ten on their way."""
    held = holding(an_account(), a_holding("KO", "60", 20, stop="58.20", take="64"))
    order = an_order(client_order_id="paper-d1-3", origin=Origin.TRANCHE, status=OrderStatus.ACCEPTED)
    usual: dict[str, Any] = {"left": (), "bought": (10, 10, 10), "recommendation": KO}
    return replace(held, orders={order.client_order_id: order}, tranches=(a_plan(**usual | plan),))


def test_the_fill_of_the_last_part_ends_the_entry() -> None:
    state = last_part()
    events = judged(filled(state.orders["paper-d1-3"]), state)
    (ended,) = ends(events)
    assert (ended.outcome, ended.tranches.bought) == (Skip.NONE, (10, 10, 10))
    assert done(state, filled(state.orders["paper-d1-3"])).tranches == ()


def test_an_entry_that_a_limit_made_smaller_ends_with_that_limit() -> None:
    state = last_part(bought=(10, 6, 10), cut=Skip.ABSOLUTE_CAP)
    (ended,) = ends(judged(filled(state.orders["paper-d1-3"]), state))
    assert ended.outcome is Skip.ABSOLUTE_CAP


def test_a_fill_of_an_earlier_part_or_of_some_shares_ends_nothing() -> None:
    state = replace(running(), orders={"paper-d1-1": an_order(status=OrderStatus.ACCEPTED)})
    assert ends(judged(filled(state.orders["paper-d1-1"]), state)) == []
    some = c.RecordFill(fill=a_fill(client_order_id="paper-d1-3", shares=4))
    assert ends(judged(some, last_part())) == []


@pytest.mark.parametrize("status", [OrderStatus.REJECTED, OrderStatus.CANCELLED])
def test_a_part_that_comes_to_nothing_ends_the_rest(status: OrderStatus) -> None:
    order = an_order(client_order_id="paper-d1-2", origin=Origin.TRANCHE, filled_shares=4, reserved="360")
    state = replace(running(bought=(10, 10), left=(10,)), orders={"paper-d1-2": order})
    events = judged(c.RecordOrder(client_order_id="paper-d1-2", status=status, why="halted"), state)
    (ended,) = ends(events)
    assert (ended.outcome, ended.tranches.bought) == (Skip.TRANCHE_STOPPED, (10, 4))
    accepted = c.RecordOrder(client_order_id="paper-d1-2", status=OrderStatus.ACCEPTED)
    assert ends(judged(accepted, state)) == []


SALES: dict[str, c.Command] = {
    "a stop": c.ExitPosition(ticker="KO", origin=Origin.STOP, trigger=money("58.20")),
    "a take": c.ExitPosition(ticker="KO", origin=Origin.TAKE, trigger=money("64")),
    "a missing price": c.ExitPosition(ticker="KO", origin=Origin.PRICE_UNAVAILABLE, trigger=money("58.20")),
    "the owner": c.ClosePosition(tickers=("KO",)),
    "the owner, half of it": c.ClosePosition(tickers=("KO",), fraction=0.5),
    "a recommendation": c.Consider(recommendation_id="sell"),
}


@pytest.mark.parametrize("sale", SALES)
def test_what_is_sold_is_not_bought_any_further(sale: str) -> None:
    other = a_plan(decision_id="d7", recommendation=a_recommendation(ticker="PEP"))
    under_way = an_order(client_order_id="paper-d1-2", origin=Origin.TRANCHE, status=OrderStatus.ACCEPTED)
    wanted = replace(KO, id="sell", action=Side.SELL)
    state = replace(running(), orders={"paper-d1-2": under_way}, pending={"sell": wanted})
    state = replace(state, tranches=(*state.tranches, other))
    (ended,) = ends(judged(SALES[sale], state))
    assert (ended.tranches.decision_id, ended.outcome) == ("d1", Skip.TRANCHE_STOPPED)
    after = done(state, SALES[sale])
    assert after.tranches == (other,)
    assert after.orders["paper-d1-2"].status is OrderStatus.CANCELLING
    assert any(order.side is Side.SELL for order in after.orders.values())


def test_an_approved_sale_ends_the_entry_too() -> None:
    sale = a_proposal(
        decision=replace(a_proposal().decision, id="d5", side=Side.SELL),
        recommendation=replace(KO, id="sell", action=Side.SELL),
    )
    assert len(ends(judged(c.Approve(), replace(running(), proposals={"d5": sale})))) == 1


@pytest.mark.parametrize(
    ("kind", "ticker", "outcomes"),
    [
        (BreakerKind.DAILY_LOSS, None, {"d1": Skip.BREAKER, "d7": Skip.BREAKER}),
        (BreakerKind.VOLATILITY, None, {"d1": Skip.BREAKER, "d7": Skip.BREAKER}),
        (BreakerKind.MANUAL, None, {"d1": Skip.BREAKER, "d7": Skip.BREAKER}),
        (BreakerKind.MAX_DRAWDOWN, None, {"d1": Skip.MAX_DRAWDOWN, "d7": Skip.MAX_DRAWDOWN}),
        (BreakerKind.SINGLE_POSITION, "KO", {"d1": Skip.TICKER_COOLDOWN}),
    ],
)
def test_a_breaker_ends_what_it_stops_at_once(kind: BreakerKind, ticker: str | None, outcomes: dict[str, Skip]) -> None:
    other = a_plan(decision_id="d7", recommendation=a_recommendation(ticker="PEP"))
    state = running()
    state = replace(state, tranches=(*state.tranches, other))
    trip = c.TripBreaker(kind=kind, ticker=ticker, threshold=0.03, actual=0.04)
    assert {one.tranches.decision_id: one.outcome for one in ends(judged(trip, state))} == outcomes


def with_three_buys(state: State) -> State:
    """A part of KO, a whole entry in KO and one in PEP, all of them on their way."""
    part = an_order(client_order_id="part", origin=Origin.TRANCHE, status=OrderStatus.ACCEPTED)
    whole = replace(part, client_order_id="whole", decision_id="d8", origin=Origin.RECOMMENDED)
    other = replace(whole, client_order_id="other", decision_id="d9", ticker="PEP")
    return replace(state, orders={one.client_order_id: one for one in (part, whole, other)})


def being_cancelled(state: State) -> set[str]:
    return {name for name, order in state.orders.items() if order.status is OrderStatus.CANCELLING}


@pytest.mark.parametrize(
    ("kind", "ticker", "cancelled"),
    [
        (BreakerKind.DAILY_LOSS, None, set()),
        (BreakerKind.MANUAL, None, {"part", "whole", "other"}),
        (BreakerKind.SINGLE_POSITION, "KO", {"part", "whole"}),
    ],
)
def test_a_breaker_cancels_the_open_entries_that_are_its_own(
    kind: BreakerKind, ticker: str | None, cancelled: set[str]
) -> None:
    trip = c.TripBreaker(kind=kind, ticker=ticker, threshold=0.03, actual=0.04)
    assert being_cancelled(done(with_three_buys(running()), trip)) == cancelled


@pytest.mark.parametrize("sale", SALES)
def test_a_sale_cancels_every_open_buy_of_the_ticker_whatever_has_ended_its_plan(sale: str) -> None:
    state = replace(with_three_buys(running()), pending={"sell": replace(KO, id="sell", action=Side.SELL)})
    state = done(state, c.TripBreaker(kind=BreakerKind.DAILY_LOSS, ticker=None, threshold=0.03, actual=0.04))
    assert (state.tranches, being_cancelled(state)) == ((), set())
    assert being_cancelled(done(state, SALES[sale])) == {"part", "whole"}


@pytest.mark.parametrize(
    "command",
    [
        c.PauseEntries(),
        c.StopEverything(),
        c.ChangePreferences(patch={"trading.autonomy": "off"}),
        c.ChangePreferences(patch={"trading.autonomy": "ask"}),
        c.ChangePreferences(patch={"trading.excluded_tickers": ["KO"]}),
    ],
)
def test_the_owner_ends_it_with_what_keeps_entries_back(command: c.Command) -> None:
    assert len(ends(judged(command, running()))) == 1


# --- waiting orders


WAITING = an_order(status=OrderStatus.ACCEPTED)


def time_out(state: State, scene: Scene) -> list[c.Command]:
    return [one for one in decide(state, scene, DEFAULT_POLICY) if isinstance(one, c.TimeOutOrder)]


@pytest.mark.parametrize(("seconds", "over"), [(299, False), (300, True), (4_000, True)])
def test_an_entry_waits_as_long_as_the_owner_lets_it(seconds: int, *, over: bool) -> None:
    state, scene = an_account(orders={"paper-d1-1": WAITING}), later(a_scene(), seconds=seconds)
    assert bool(time_out(state, scene)) is over
    command = c.TimeOutOrder(client_order_id="paper-d1-1")
    if not over:
        assert refused(command, state, scene).code is Refusal.NOTHING_CHANGED
        return
    (given_up,) = judged(command, state, scene)
    assert isinstance(given_up, e.OrderUpdated)
    assert (given_up.order.status, given_up.order.why) == (OrderStatus.CANCELLING, "order_timeout")
    assert time_out(done(state, command, scene), scene) == []


def test_another_time_to_wait_holds_at_once() -> None:
    patient = an_account(orders={"paper-d1-1": WAITING}, preferences=prefer(trading__order_timeout_seconds=3600))
    assert time_out(patient, later(a_scene(), seconds=3599)) == []
    hurried = replace(patient, preferences=prefer(trading__order_timeout_seconds=5))
    assert len(time_out(hurried, later(a_scene(), seconds=5))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"side": Side.SELL, "reserved": 0},
        {"status": OrderStatus.INTENDED},
        {"status": OrderStatus.IN_DOUBT},
        {"status": OrderStatus.CANCELLING},
    ],
)
def test_exits_and_orders_that_the_broker_has_not_taken_are_not_given_up(changes: dict[str, Any]) -> None:
    state, scene = an_account(orders={"paper-d1-1": replace(WAITING, **changes)}), later(a_scene(), hours=3)
    assert time_out(state, scene) == []
    assert refused(c.TimeOutOrder(client_order_id="paper-d1-1"), state, scene).code is Refusal.NOTHING_CHANGED


def test_an_order_that_is_gone_cannot_be_given_up() -> None:
    assert refused(c.TimeOutOrder(client_order_id="gone"), an_account()).code is Refusal.NOT_KNOWN


def test_a_part_that_waited_too_long_ends_its_entry() -> None:
    state = replace(running(), orders={"paper-d1-1": WAITING})
    (ended,) = ends(judged(c.TimeOutOrder(client_order_id="paper-d1-1"), state, FIVE_LATER))
    assert ended.outcome is Skip.ORDER_TIMEOUT


# --- the account


def test_a_plan_that_goes_on_takes_the_place_of_its_former_self_and_an_end_takes_it_away() -> None:
    one, other = a_plan(), a_plan(decision_id="d9")
    state = an_account(tranches=(one, other))
    further = replace(one, left=(10,), bought=(10, 10))
    assert set(apply(state, e.TranchesPlanned(tranches=further)).tranches) == {other, further}
    assert apply(state, e.TranchesEnded(tranches=further, outcome=Skip.PAUSED)).tranches == (other,)
