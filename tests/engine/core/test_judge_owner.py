"""The owner's own orders: all that he asks for or nothing, past the gates that bind him, too; and entries given up."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import applied
from engine.core.decide import decide
from engine.core.gates import BUY_GATES
from engine.core.judge import judge
from engine.core.nouns import Decision, Order, Pause, Tranches
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Scene
from engine.core.state import State, Tally
from engine.core.units import MAX_SHARES, money
from engine.core.words import BreakerKind, OrderStatus, Origin, Side, Skip
from tests.builders import a_breaker, a_fill, a_plan, a_recommendation, an_order
from tests.engine.scenes import (
    DAY,
    NOON,
    TODAY,
    a_ground,
    a_holding,
    a_scene,
    an_account,
    done,
    holding,
    judged,
    later,
    prefer,
    refused,
)

SCENE = a_scene()
OFF = prefer(trading__autonomy="off")


def buy(shares: int | None = 10, *, amount: str | None = None, ticker: str = "KO") -> c.Buy:
    return c.Buy(ticker=ticker, shares=None if amount else shares, amount=money(amount) if amount else None, by="owner")


def sell(shares: int | None = 10, *, amount: str | None = None, ticker: str = "KO") -> c.Sell:
    return c.Sell(ticker=ticker, shares=None if amount else shares, amount=money(amount) if amount else None)


def decision(events: tuple[e.Event, ...]) -> Decision:
    (found,) = [one.decision for one in events if isinstance(one, e.Decided)]
    return found


def orders(events: tuple[e.Event, ...]) -> list[Order]:
    return [one.order for one in events if isinstance(one, e.OrderIntended)]


def plans(events: tuple[e.Event, ...]) -> list[Tranches]:
    return [one.tranches for one in events if isinstance(one, e.TranchesPlanned)]


# --- buying


def test_a_buy_is_a_decision_of_the_owners_with_its_order_and_levels() -> None:
    """ATR of 2 % is $1.20: stop 1.5 × that under $60, take 1.5 × the stop's distance over it."""
    events = judged(buy(10), an_account())
    made, (order,) = decision(events), orders(events)
    assert (made.ticker, made.side, made.origin, made.reason) == ("KO", Side.BUY, Origin.OWNER, Skip.NONE)
    assert (made.shares, made.price, made.stop, made.take) == (10, money("60"), money("58.20"), money("62.70"))
    assert (made.recommendation_id, made.source, made.confidence) == (None, None, 0.75)
    assert (order.decision_id, order.client_order_id) == (made.id, f"paper-{made.id}-1")
    assert (order.shares, order.reserved, order.source, order.micro) == (10, money("600"), "", False)
    assert all(line.outcome != "reject" for line in made.trace)
    after = applied(an_account(), events)
    assert (after.tally.entries, after.decided) == (1, {})


def test_the_position_that_it_makes_comes_from_no_strategy() -> None:
    state = done(an_account(), buy(10))
    fill = a_fill(client_order_id=next(iter(state.orders)), shares=10)
    position = done(state, c.RecordFill(fill=fill)).positions["KO"]
    assert (position.shares, position.source, position.confidence) == (10, "", 0.75)
    assert (position.stop, position.take) == (money("58.20"), money("62.70"))


@pytest.mark.parametrize(("amount", "shares"), [("60", 1), ("119.99", 1), ("600", 10), ("659.99", 10), ("660", 11)])
def test_an_amount_buys_as_many_whole_shares_as_it_pays_for(amount: str, shares: int) -> None:
    assert decision(judged(buy(amount=amount), an_account())).shares == shares


def test_an_amount_under_the_price_of_a_share_buys_nothing() -> None:
    no = refused(buy(amount="59.99"), an_account())
    facts = {"ticker": "KO", "reason": "below_one_share", "value": money("59.99"), "limit": money("60")}
    assert (no.code, no.facts) == (Refusal.NOT_BOUGHT, {**facts, "shares": None, "possible": None})


def test_all_of_it_is_bought_or_nothing_and_what_would_be_possible_is_said() -> None:
    """5 % of $100,000 are 83 shares of $60."""
    no = refused(buy(84), an_account())
    assert no.code is Refusal.NOT_BOUGHT
    assert no.facts == {
        "ticker": "KO",
        "shares": 84,
        "reason": "position_full",
        "value": 0,
        "limit": 0.05,
        "possible": 83,
    }
    assert decision(judged(buy(83), an_account())).shares == 83


def test_what_a_gate_stops_is_not_possible_in_any_size() -> None:
    no = refused(buy(1), an_account(killed_at=NOON))
    facts = {"ticker": "KO", "shares": 1, "reason": "killed", "value": None, "limit": None, "possible": None}
    assert (no.code, no.facts) == (Refusal.NOT_BOUGHT, facts)


def test_what_has_no_price_here_is_not_traded() -> None:
    assert refused(buy(ticker="XOM"), an_account()) == Refused(Refusal.NOT_TRADED, {"ticker": "XOM"})


def test_a_price_that_stopped_coming_buys_nothing() -> None:
    quotes = {"KO": SCENE.quotes["KO"]._replace(at=NOON - timedelta(days=4)), "PEP": SCENE.quotes["PEP"]}
    no = refused(buy(1), an_account(), a_scene(quotes=quotes))
    assert (no.code, no.facts["reason"], no.facts["possible"]) == (Refusal.NOT_BOUGHT, "no_price", None)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (c.Buy(ticker="KO"), "shares"),
        (c.Buy(ticker="KO", shares=1, amount=1), "shares"),
        (c.Buy(ticker="KO", shares=0), "shares"),
        (c.Buy(ticker="KO", shares=MAX_SHARES + 1), "shares"),
        (c.Buy(ticker="KO", amount=0), "amount"),
        (c.Buy(ticker="KO", amount=-1), "amount"),
        (c.Sell(ticker="KO"), "shares"),
        (c.Sell(ticker="KO", shares=-3), "shares"),
        (c.Sell(ticker="KO", amount=0), "amount"),
    ],
)
def test_numbers_that_mean_nothing_are_refused_as_such(command: c.Command, field: str) -> None:
    no = refused(command, holding(an_account(), a_holding("KO")))
    assert (no.code, no.facts["field"]) == (Refusal.BAD_VALUE, field)


UNBOUND = {"duplicate", "autonomy", "paused", "mode", "strategy", "micro_trading", "age", "micro_daily"}


def test_he_meets_all_gates_but_those_for_recommendations_and_for_the_engine() -> None:
    met = [gate.name for gate in BUY_GATES if Origin.OWNER in gate.origins]
    assert {gate.name for gate in BUY_GATES} - set(met) == UNBOUND
    assert [line.step for line in decision(judged(buy(1), an_account())).trace][: len(met)] == met


@pytest.mark.parametrize(
    "changes",
    [
        {"preferences": OFF},
        {"preferences": prefer(trading__autonomy="ask")},
        {"pause": Pause(since=NOON, until=None)},
        {"preferences": prefer(strategy__max_strategies=1)},
    ],
)
def test_what_binds_the_engine_alone_does_not_stop_him(changes: dict[str, Any]) -> None:
    assert decision(judged(buy(5), an_account(**changes))).shares == 5


@pytest.mark.parametrize(
    ("changes", "scene", "reason"),
    [
        ({"breakers": {(BreakerKind.DAILY_LOSS, None): a_breaker()}}, SCENE, "breaker"),
        ({"frozen": frozenset({"KO"})}, SCENE, "frozen"),
        ({"preferences": prefer(trading__excluded_tickers=["KO"])}, SCENE, "excluded"),
        ({"preferences": prefer(trading__universe="watchlist_only", trading__watchlist=["PEP"])}, SCENE,
         "not_on_watchlist"),
        ({"tally": Tally(session=DAY, entries=50)}, SCENE, "daily_limit"),
        ({}, a_scene(TODAY.opens_at), "window"),
        ({}, a_scene(TODAY.closes_at + timedelta(hours=1)), "window"),
        ({}, a_scene(healthy=False), "degraded"),
        ({}, a_scene(earnings={"KO": 1}), "earnings_imminent"),
        ({}, a_scene(atr={}), "no_atr"),
    ],
)  # fmt: skip
def test_what_binds_everybody_stops_him_too(changes: dict[str, Any], scene: Scene, reason: str) -> None:
    no = refused(buy(5), an_account(**changes), scene)
    assert (no.code, no.facts["reason"], no.facts["possible"]) == (Refusal.NOT_BOUGHT, reason, None)


def test_p18_his_own_buys_count_among_the_most_positions() -> None:
    state = holding(an_account(preferences=prefer(trading__max_open_positions=1)), a_holding("PEP", "150", 1))
    no = refused(buy(1), state)
    assert (no.facts["reason"], no.facts["value"], no.facts["limit"]) == ("max_positions", 1, 1)
    assert decision(judged(buy(1, ticker="PEP"), state)).shares == 1


def test_he_needs_no_confidence_but_the_position_has_the_least() -> None:
    """Whatever he has set as the least: his own word is as good as that."""
    state = an_account(preferences=prefer(trading__min_confidence=0.99))
    assert decision(judged(buy(3), state)).confidence == 0.99


# --- in parts


def test_a_large_buy_is_made_in_parts_like_any_other() -> None:
    """$7,200 are more than 5 % of $100,000, and 8 % a moderate limit."""
    events = judged(buy(120), an_account(preferences=prefer(trading__risk_tolerance="moderate")))
    assert [one.shares for one in orders(events)] == [40]
    assert [one.left for one in plans(events)] == [(40, 40)]
    assert decision(events).shares == 120


def bought_part(**changes: Any) -> State:
    """Moderate, 120 shares asked for without autonomy, of which the first 40 are bought."""
    wishes = prefer(trading__risk_tolerance="moderate", trading__autonomy="off")
    state = done(an_account(**{"preferences": wishes, **changes}), buy(120))
    (order,) = state.orders.values()
    return done(state, c.RecordFill(fill=a_fill(client_order_id=order.client_order_id, shares=40)))


@pytest.mark.parametrize("changes", [{}, {"pause": Pause(since=NOON, until=None)}])
def test_later_parts_of_his_buy_need_neither_autonomy_nor_the_end_of_a_pause(changes: dict[str, Any]) -> None:
    state = replace(bought_part(), **changes)
    soon = later(SCENE, minutes=5)
    (part,) = [one for one in decide(state, soon, DEFAULT_POLICY) if isinstance(one, c.BuyTranche)]
    events = judged(part, state, soon)
    assert [one.shares for one in orders(events)] == [40]


def test_later_parts_of_his_buy_meet_the_gates_that_he_met() -> None:
    state = replace(bought_part(), killed_at=NOON)
    (part,) = state.tranches
    (ended,) = judged(c.BuyTranche(decision_id=part.decision_id), state, later(SCENE, minutes=5))
    assert isinstance(ended, e.TranchesEnded)
    assert (ended.outcome, ended.trace[-1].step) == (Skip.KILLED, "killed")


def test_pause_and_autonomy_leave_what_he_ordered_and_the_kill_switch_does_not() -> None:
    wishes = prefer(trading__risk_tolerance="moderate")
    state = done(an_account(preferences=wishes), buy(120))
    engines = an_order(client_order_id="e", ticker="PEP", decision_id="d9", source="momentum")
    theirs = a_plan(decision_id="d9", recommendation=a_recommendation(ticker="PEP"))
    state = replace(state, orders={**state.orders, "e": engines}, tranches=(*state.tranches, theirs))
    (own,) = [key for key in state.orders if key != "e"]
    for command in (c.PauseEntries(), c.ChangePreferences(patch={"trading.autonomy": "off"}, by="owner")):
        after = done(state, command)
        assert after.orders["e"].status is OrderStatus.CANCELLING
        assert after.orders[own].status is OrderStatus.INTENDED
        assert [one.recommendation.ticker for one in after.tranches] == ["KO"]
    stopped = done(state, c.StopEverything())
    assert {one.status for one in stopped.orders.values()} == {OrderStatus.CANCELLING}
    assert stopped.tranches == ()


def test_a_later_part_of_his_buy_stays_his_when_the_plan_has_ordered_it() -> None:
    state = bought_part()
    (part,) = state.tranches
    state = done(state, c.BuyTranche(decision_id=part.decision_id), later(SCENE, minutes=5))
    (order,) = state.orders.values()
    assert order.origin is Origin.TRANCHE
    assert done(state, c.PauseEntries()).orders[order.client_order_id].status is OrderStatus.INTENDED


# --- selling


def test_a_sell_is_a_decision_with_its_order_and_no_gate() -> None:
    state = holding(an_account(killed_at=NOON, preferences=OFF), a_holding("KO", shares=100))
    for scene in (SCENE, a_scene(TODAY.closes_at + timedelta(hours=1))):
        events = judged(sell(30), state, scene)
        assert (decision(events).origin, decision(events).shares) == (Origin.OWNER, 30)
        assert [(one.side, one.shares, one.trigger) for one in orders(events)] == [(Side.SELL, 30, None)]


@pytest.mark.parametrize(("amount", "shares"), [("0.01", 1), ("60", 1), ("60.01", 2), ("600", 10), ("6000", 100)])
def test_an_amount_sells_as_many_shares_as_bring_it(amount: str, shares: int) -> None:
    state = holding(an_account(), a_holding("KO", shares=100))
    assert decision(judged(sell(amount=amount), state)).shares == shares


def test_no_more_can_be_sold_than_is_held_and_not_being_sold() -> None:
    state = holding(an_account(), a_holding("KO", shares=100))
    selling = an_order(client_order_id="s", side=Side.SELL, shares=40, reserved="0")
    busy = replace(state, orders={"s": selling})
    facts = {"ticker": "KO", "asked": 61, "possible": 60, "held": 100}
    assert refused(sell(61), busy) == Refused(Refusal.TOO_MANY_SHARES, facts)
    assert decision(judged(sell(60), busy)).shares == 60
    assert refused(sell(amount="6000.01"), state).facts["asked"] == 101
    all_of_it = replace(state, orders={"s": replace(selling, shares=100)})
    assert refused(sell(1), all_of_it).code is Refusal.ALREADY_SELLING
    assert refused(sell(1), an_account()).code is Refusal.NOT_HELD


def test_an_amount_of_what_has_no_price_cannot_be_sold_and_shares_can() -> None:
    state = holding(an_account(), a_holding("XOM", shares=10))
    assert refused(sell(amount="50", ticker="XOM"), state) == Refused(Refusal.NOT_TRADED, {"ticker": "XOM"})
    assert decision(judged(sell(5, ticker="XOM"), state)).shares == 5


def test_what_he_sells_is_not_bought_any_further() -> None:
    state = bought_part()
    ended = [one.outcome for one in judged(sell(10), state) if isinstance(one, e.TranchesEnded)]
    assert ended == [Skip.TRANCHE_STOPPED]


# --- giving up


def entering() -> State:
    """KO is being bought in parts, PEP at once, and KO is being sold, too."""
    ko = an_order(client_order_id="k", decision_id="d1")
    pep = an_order(client_order_id="p", ticker="PEP", decision_id="d2")
    exit_ = an_order(client_order_id="s", side=Side.SELL, reserved="0")
    state = holding(an_account(), a_holding("KO", shares=10))
    return replace(state, orders={"k": ko, "p": pep, "s": exit_}, tranches=(a_plan(),))


def given_up(events: tuple[e.Event, ...]) -> list[str]:
    return [one.order.client_order_id for one in events if isinstance(one, e.OrderUpdated)]


def test_entries_and_parts_to_come_are_given_up_and_sells_never() -> None:
    events = judged(c.CancelOrders(), entering())
    assert given_up(events) == ["k", "p"]
    assert [one.outcome for one in events if isinstance(one, e.TranchesEnded)] == [Skip.CANCELLED]
    after = applied(entering(), events)
    assert after.orders["s"] == entering().orders["s"]
    assert {after.orders[key].status for key in "kp"} == {OrderStatus.CANCELLING}
    assert (after.orders["k"].why, after.tranches) == ("cancelled", ())


def test_those_of_some_tickers_only() -> None:
    events = judged(c.CancelOrders(tickers=("PEP", "XOM")), entering())
    assert (given_up(events), len(events)) == (["p"], 1)
    waiting = replace(entering(), orders={})
    assert [type(one) for one in judged(c.CancelOrders(tickers=("KO",)), waiting)] == [e.TranchesEnded]


def test_where_nothing_is_being_bought_it_is_said() -> None:
    assert refused(c.CancelOrders(), an_account()) == Refused(Refusal.NO_ORDERS, {"tickers": None})
    facts = {"tickers": ["JPM", "XOM"]}
    assert refused(c.CancelOrders(tickers=("XOM", "JPM")), entering()) == Refused(Refusal.NO_ORDERS, facts)
    assert refused(c.CancelOrders(), done(entering(), c.CancelOrders())).code is Refusal.NO_ORDERS


# --- properties


@settings(max_examples=100)
@given(
    shares=st.integers(1, 2_000),
    cents=st.integers(50, 60_000),
    cash=st.integers(50, 200_000),
    cap=st.sampled_from([0, 500, 25]),
    held=st.integers(0, 60),
    heat=st.integers(1, 40),
)
def test_p01_a_named_size_is_bought_wholly_or_not_at_all(  # noqa: PLR0917
    shares: int, cents: int, cash: int, cap: int, held: int, heat: int
) -> None:
    """What is said to be possible passes, and one share more does not; nothing is ever bought in another size."""
    scene = a_scene(prices={"KO": f"{cents // 100}.{cents % 100:02d}", "PEP": "150"}, atr={"KO": cents * heat})
    wishes = prefer(trading__absolute_position_cap=cap, trading__gradual_entry=False)
    state = an_account(str(cash + 150 * held), preferences=wishes)
    state = holding(state, a_holding("PEP", "150", held)) if held else state
    verdict = judge(buy(shares), a_ground(state, scene))
    if not isinstance(verdict, Refused):
        event("bought")
        assert decision(verdict).shares == sum(one.shares for one in orders(verdict)) == shares
        return
    assert verdict.code is Refusal.NOT_BOUGHT
    most = verdict.facts["possible"]
    event("some" if most else "none")
    if not most:
        return
    assert most < shares
    assert decision(judged(buy(most), state, scene)).shares == most
    assert refused(buy(most + 1), state, scene).facts["possible"] == most


@settings(max_examples=60)
@given(shares=st.integers(3, 4_000), tier=st.sampled_from(["moderate", "aggressive"]))
def test_p21_his_parts_are_equal_and_together_all_that_he_asked_for(shares: int, tier: str) -> None:
    scene = a_scene(prices={"KO": "10"})
    events = judge(buy(shares), a_ground(an_account(preferences=prefer(trading__risk_tolerance=tier)), scene))
    assume(not isinstance(events, Refused))
    assert not isinstance(events, Refused)
    (first,) = orders(events)
    parts = [first.shares, *(part for plan in plans(events) for part in plan.left)]
    assert sum(parts) == decision(events).shares == shares
    assert max(parts) - min(parts) <= 1
    assert {first.decision_id, *(plan.decision_id for plan in plans(events))} == {decision(events).id}
    assert len(parts) == (1 if shares * money("10") <= money("5000") else 3)
