"""The weekly rebalancing: when it is due, what it sells by itself, what it asks, and how the answer is done."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Announcement, Moment
from engine.core.apply import applied
from engine.core.decide import decide
from engine.core.judge import Ground, judge
from engine.core.nouns import Decision, Fill, Order, Pause, TraceLine
from engine.core.policy import DEFAULT_POLICY
from engine.core.questions import open_questions
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Scene
from engine.core.standing import Trim
from engine.core.state import State, Tally
from engine.core.units import money
from engine.core.words import BreakerKind, Origin, Priority, Side, Skip
from tests.builders import a_breaker, a_proposal, an_order
from tests.engine.scenes import INSTRUMENTS, a_holding, a_scene, an_account, done, holding, judged, prefer, refused

MONDAY = date(2026, 11, 23)
OPENS = datetime(2026, 11, 23, 14, 45, tzinfo=UTC)
"""A quarter of an hour after the week's first open."""

PRICES = {"AAPL": "200", "JNJ": "150", "JPM": "100", "KO": "60", "MSFT": "400", "PEP": "150", "XOM": "50"}
TRIM = c.TrimPositions()


def at(when: datetime = OPENS, prices: dict[str, str] | None = None, **changes: Any) -> Scene:
    return a_scene(when, {**PRICES, **(prices or {})}, **changes)


def account(cash: str = "100000", **changes: Any) -> State:
    """Conservative: 5 % of $100,000 in one position, 20 % in a sector; 120 of KO are worth $7,200."""
    state = an_account(cash, **{"tally": Tally(session=MONDAY), "preferences": prefer(risk__reserve_pct=20), **changes})
    return holding(state, a_holding("KO", shares=120, confidence=0.8), a_holding("PEP", "150", 20, confidence=0.7))


def asking(**changes: Any) -> State:
    return account(**{"preferences": prefer(trading__autonomy="ask"), **changes})


def asked(scene: Scene | None = None, **changes: Any) -> State:
    state = done(asking(**changes), TRIM, scene or at())
    assert state.rebalance is not None
    return state


def decisions(events: tuple[e.Event, ...]) -> list[Decision]:
    return [one.decision for one in events if isinstance(one, e.Decided)]


def orders(events: tuple[e.Event, ...]) -> list[Order]:
    return [one.order for one in events if isinstance(one, e.OrderIntended)]


def said(state: State, events: tuple[e.Event, ...], scene: Scene | None = None) -> list[Announcement]:
    return list(announced(events, Moment(state, applied(state, events), scene or at())))


def due(state: State, scene: Scene) -> bool:
    return TRIM in decide(state, scene, DEFAULT_POLICY)


# --- when


def test_it_is_due_from_the_first_window_of_the_week_on() -> None:
    state = account()
    assert not due(state, at(OPENS - timedelta(seconds=1)))
    assert due(state, at(OPENS))
    assert due(state, at(OPENS + timedelta(hours=5)))
    assert not due(state, at(datetime(2026, 11, 23, 20, 45, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("day", "is_first"),
    [
        (datetime(2026, 11, 20, 17, tzinfo=UTC), False),  # a Friday
        (datetime(2026, 11, 24, 17, tzinfo=UTC), False),  # the Tuesday after
        (datetime(2026, 9, 8, 17, tzinfo=UTC), True),  # a Tuesday after Labor Day
        (datetime(2021, 1, 4, 17, tzinfo=UTC), True),  # the first Monday of a year whose first days are of week 53
        (datetime(2024, 12, 31, 17, tzinfo=UTC), False),  # a Tuesday in the first week of the year to come
    ],
)
def test_the_first_session_of_the_week_is_that_of_the_calendar(day: datetime, *, is_first: bool) -> None:
    assert due(account(tally=Tally(session=day.date())), at(day)) is is_first


def test_it_is_looked_at_once_a_session_and_only_where_something_is_held() -> None:
    state = done(account(), TRIM, at())
    assert state.rebalanced == MONDAY
    assert not due(state, at(OPENS + timedelta(minutes=5)))
    assert refused(TRIM, state, at()).code is Refusal.ALREADY_DONE
    assert not due(an_account(tally=Tally(session=MONDAY)), at())
    assert due(account(rebalanced=date(2026, 11, 16)), at())


@pytest.mark.parametrize(
    ("changes", "scene", "reason"),
    [
        ({"killed_at": OPENS}, at(), "killed"),
        ({"breakers": {(BreakerKind.DAILY_LOSS, None): a_breaker(until=OPENS + timedelta(days=1))}}, at(), "breaker"),
        ({}, at(OPENS - timedelta(minutes=1)), "window"),
        ({}, at(healthy=False), "degraded"),
    ],
)
def test_it_waits_while_something_stands_against_it(changes: dict[str, Any], scene: Scene, reason: str) -> None:
    state = account(**changes)
    assert not due(state, scene)
    no = refused(TRIM, state, scene)
    assert (no.code, no.facts) == (Refusal.NOT_READY, {"reason": reason})


def test_a_silent_feed_sells_nothing() -> None:
    stale = {ticker: quote._replace(at=OPENS - timedelta(days=4)) for ticker, quote in at().quotes.items()}
    assert not due(account(), at(quotes=stale))


@pytest.mark.parametrize(
    "changes",
    [
        {"pause": Pause(since=OPENS, until=None)},
        {"breakers": {(BreakerKind.SINGLE_POSITION, "XOM"): a_breaker(kind=BreakerKind.SINGLE_POSITION, ticker="XOM")}},
    ],
)
def test_a_pause_and_the_rest_of_one_ticker_do_not_hold_it_back(changes: dict[str, Any]) -> None:
    assert due(account(**changes), at())


# --- what is sold


def test_a_position_over_its_limit_is_sold_down_to_it_at_once() -> None:
    """$7,200 against 5 % of $100,000: 37 shares of $60 are $2,220, 36 would leave $5,040."""
    events = judged(TRIM, account(), at())
    (decision,), (order,) = decisions(events), orders(events)
    assert (decision.ticker, decision.side, decision.origin, decision.shares) == ("KO", Side.SELL, Origin.REBALANCE, 37)
    assert (order.shares, order.side, order.origin, order.decision_id) == (37, Side.SELL, Origin.REBALANCE, decision.id)
    assert (order.trigger, order.client_order_id) == (None, f"paper-{decision.id}-1")
    assert decision.trace == (TraceLine("position", 0.072, 0.05, "over"),)
    assert events[-1] == e.Rebalanced(session=MONDAY, trims=(Trim("KO", 37, "position"),), outcome=Skip.NONE)


def test_a_sector_over_its_limit_loses_its_least_sure_shares() -> None:
    """$10,200 of staples against $8,000: 15 shares of PEP, of which one less would leave $8,100."""
    wishes = prefer(trading__risk_tolerance="aggressive", risk__max_sector_pct=8, risk__max_position_pct=8)
    events = judged(TRIM, account(preferences=wishes), at())
    assert [(one.ticker, one.shares) for one in decisions(events)] == [("PEP", 15)]
    assert decisions(events)[0].trace == (TraceLine("sector", 0.102, 0.08, "over"),)


def test_too_many_positions_lose_the_least_sure_wholly() -> None:
    few = prefer(trading__risk_tolerance="aggressive", trading__max_open_positions=1)
    events = judged(TRIM, account(preferences=few), at())
    assert [(one.ticker, one.shares) for one in decisions(events)] == [("PEP", 20)]
    assert decisions(events)[0].trace == (TraceLine("count", 2, 1, "over"),)


def test_each_sale_has_its_own_decision_and_order() -> None:
    state = account(preferences=prefer(risk__max_position_pct=2))
    events = judged(TRIM, state, at())
    numbers = [one.id for one in decisions(events)]
    assert [(one.ticker, one.shares) for one in decisions(events)] == [("KO", 87), ("PEP", 7)]
    assert len(set(numbers)) == 2
    assert [one.decision_id for one in orders(events)] == numbers


def test_what_is_sold_is_not_bought_any_further() -> None:
    buying = an_order(client_order_id="b", ticker="KO", decision_id="d9")
    events = judged(TRIM, account(orders={"b": buying}), at())
    assert [one.order.why for one in events if isinstance(one, e.OrderUpdated)] == ["tranche_stopped"]


def test_shares_being_sold_already_count_as_gone() -> None:
    selling = an_order(client_order_id="s", side=Side.SELL, shares=40, reserved="0")
    events = judged(TRIM, account(orders={"s": selling}), at())
    assert decisions(events) == []
    assert events == (e.Rebalanced(session=MONDAY, trims=(), outcome=Skip.NONE),)


@pytest.mark.parametrize(
    ("changes", "scene"),
    [
        ({}, at(halted=frozenset({"KO"}))),
        ({"frozen": frozenset({"KO"})}, at()),
        ({}, replace(at(), quotes={key: one for key, one in at().quotes.items() if key != "KO"})),
    ],
)
def test_what_cannot_be_traded_now_is_left_alone(changes: dict[str, Any], scene: Scene) -> None:
    assert orders(judged(TRIM, account(**changes), scene)) == []


def test_micro_trades_are_left_alone() -> None:
    state = account()
    micro = replace(state.positions["KO"], micro=True)
    assert orders(judged(TRIM, replace(state, positions={**state.positions, "KO": micro}), at())) == []


def test_limits_are_those_after_profit_was_set_aside() -> None:
    """Half of a profit of $40 a share goes to the reserve: 38 shares, where 37 would do at $7,200 without a profit."""
    cheap = a_holding("KO", "20", shares=120, confidence=0.8)
    state = holding(an_account("95200", preferences=prefer(risk__reserve_pct=50), tally=Tally(session=MONDAY)), cheap)
    assert state.cash + 120 * money("60") == money("100000")
    (decision,) = decisions(judged(TRIM, state, at()))
    assert decision.shares == 38


# --- by autonomy


def test_without_autonomy_it_is_noted_and_nothing_is_sold() -> None:
    state = account(preferences=prefer(trading__autonomy="off"))
    events = judged(TRIM, state, at())
    assert events == (e.Rebalanced(session=MONDAY, trims=(), outcome=Skip.AUTONOMY_OFF),)
    assert said(state, events) == []
    assert applied(state, events).rebalanced == MONDAY


def test_in_ask_mode_all_of_it_is_one_question() -> None:
    state = asking(preferences=prefer(trading__autonomy="ask", risk__max_position_pct=2))
    (proposed,) = judged(TRIM, state, at())
    assert isinstance(proposed, e.RebalanceProposed)
    assert proposed.rebalance.trims == (Trim("KO", 87, "position"), Trim("PEP", 7, "position"))
    assert proposed.rebalance.lapses_at == OPENS + timedelta(minutes=5)
    after = done(state, TRIM, at())
    assert (open_questions(after), after.orders) == (["rebalance"], {})
    assert not due(after, at())
    assert refused(TRIM, after, at()).code is Refusal.ALREADY_DONE


def test_in_ask_mode_with_nothing_over_its_limit_nothing_is_asked() -> None:
    state = asking(cash="300000")
    assert judged(TRIM, state, at()) == (e.Rebalanced(session=MONDAY, trims=(), outcome=Skip.NONE),)


# --- answers


@pytest.mark.parametrize("tickers", [(), ("rebalance",)])
def test_a_yes_sells_what_is_over_its_limits_at_the_prices_of_its_moment(tickers: tuple[str, ...]) -> None:
    """At $70, $8,400 of $101,200: 48 shares bring it to $5,040, of a limit of $5,060; asked were 37."""
    state, dearer = asked(), at(OPENS + timedelta(minutes=4), {"KO": "70"})
    events = judged(c.Approve(tickers=tickers), state, dearer)
    assert [(one.ticker, one.shares, one.origin) for one in decisions(events)] == [("KO", 48, Origin.REBALANCE)]
    after = done(state, c.Approve(tickers=tickers), dearer)
    assert (after.rebalance, after.rebalanced, open_questions(after)) == (None, MONDAY, [])


def test_a_yes_when_nothing_is_over_any_more_sells_nothing() -> None:
    events = judged(c.Approve(), asked(), at(prices={"KO": "40"}))
    assert events == (e.Rebalanced(session=MONDAY, trims=(), outcome=Skip.NONE),)


@pytest.mark.parametrize(
    "changes",
    [
        {"killed_at": OPENS},
        {"pause": Pause(since=OPENS, until=None)},
        {"breakers": {(BreakerKind.DAILY_LOSS, None): a_breaker()}},
    ],
)
def test_a_yes_is_done_whatever_holds_entries_back(changes: dict[str, Any]) -> None:
    assert len(orders(judged(c.Approve(), replace(asked(), **changes), at()))) == 1


@pytest.mark.parametrize(
    ("scene", "reason"),
    [
        (at(healthy=False), Skip.DEGRADED),
        (at(OPENS + timedelta(hours=7), wall=OPENS), Skip.WINDOW),
        (replace(at(), wall=OPENS + timedelta(minutes=5)), Skip.LAPSED),
    ],
)
def test_a_yes_that_comes_too_late_closes_the_question(scene: Scene, reason: Skip) -> None:
    (closed,) = judged(c.Approve(), asked(), scene)
    assert closed == e.Rebalanced(session=MONDAY, trims=(Trim("KO", 37, "position"),), outcome=reason)


def test_a_no_and_silence_close_it_for_the_week() -> None:
    state = asked()
    assert state.rebalance is not None
    (declined,) = judged(c.Reject(), state, at())
    assert isinstance(declined, e.Rebalanced)
    assert declined.outcome is Skip.DECLINED
    lapse = c.LapseProposal(decision_id=state.rebalance.id)
    assert refused(lapse, state, replace(at(), wall=OPENS + timedelta(seconds=299))).code is Refusal.NO_PROPOSAL
    late = replace(at(), wall=OPENS + timedelta(seconds=300))
    assert lapse in decide(state, late, DEFAULT_POLICY)
    (lapsed,) = judged(lapse, state, late)
    assert isinstance(lapsed, e.Rebalanced)
    assert lapsed.outcome is Skip.LAPSED
    for events in (declined, lapsed):
        after = applied(state, (events,))
        assert (after.rebalance, due(after, at())) == (None, False)


def test_beside_other_questions_it_is_named() -> None:
    trade = a_proposal()
    state = replace(asked(), proposals={trade.decision.id: trade})
    no = refused(c.Approve(), state, at())
    assert (no.code, no.facts) == (Refusal.WHICH_PROPOSAL, {"tickers": ["KO", "rebalance"]})
    assert open_questions(done(state, c.Approve(tickers=("rebalance",)), at())) == ["KO"]
    assert open_questions(done(state, c.Approve(tickers=("KO",)), at())) == ["rebalance"]
    assert open_questions(done(state, c.Reject(tickers=("rebalance",)), at())) == ["KO"]
    assert open_questions(done(state, c.Reject(), at())) == []
    both = judged(c.Approve(tickers=("KO", "rebalance")), state, at())
    numbers = [one.id for one in decisions(both)]
    assert len(set(numbers)) == len(numbers) == 2
    assert refused(c.Approve(tickers=("rebalance",)), account(), at()).code is Refusal.NO_PROPOSAL


def test_autonomy_off_closes_it_and_pause_and_kill_switch_leave_it() -> None:
    state = asked()
    off = judged(c.ChangePreferences(patch={"trading.autonomy": "off"}, by="owner"), state, at())
    assert [one.outcome for one in off if isinstance(one, e.Rebalanced)] == [Skip.AUTONOMY_OFF]
    for command in (c.PauseEntries(), c.StopEverything()):
        assert open_questions(done(state, command, at())) == ["rebalance"]


# --- what is told


def test_what_is_sold_by_itself_is_told_once_with_the_limits() -> None:
    state = account()
    (told,) = said(state, judged(TRIM, state, at()))
    assert (told.event_type, told.key, told.priority) == ("rebalance", "push.rebalance", Priority.MEDIUM)
    assert told.facts["dollars"] == money("2220")
    assert told.facts["rows"] == [{"ticker": "KO", "shares": 37, "dollars": money("2220"), "reason": "over_position"}]


def test_a_question_is_told_as_a_trade_that_waits() -> None:
    state = asking()
    (told,) = said(state, judged(TRIM, state, at()))
    assert (told.event_type, told.key) == ("trade_proposed", "push.rebalance_proposed")
    assert (told.priority, told.facts["wait"]) == (Priority.HIGH, 300)


@pytest.mark.parametrize(
    ("outcome", "keys"),
    [
        (Skip.LAPSED, ["push.rebalance_closed"]),
        (Skip.WINDOW, ["push.rebalance_closed"]),
        (Skip.DECLINED, []),
        (Skip.NONE, []),
    ],
)
def test_the_end_of_a_question_is_told_unless_it_was_the_owners_answer(outcome: Skip, keys: list[str]) -> None:
    ended = e.Rebalanced(session=MONDAY, trims=(Trim("KO", 37, "position"),), outcome=outcome)
    assert [one.key for one in said(asked(), (ended,))] == keys


# --- property 17, through the judge


held = st.lists(
    st.tuples(
        st.sampled_from(sorted(INSTRUMENTS)),
        st.integers(1, 300),
        st.integers(20, 200),
        st.sampled_from([0.55, 0.7, 0.7, 0.9]),
    ),
    min_size=1,
    max_size=7,
    unique_by=lambda row: row[0],
)


def sold_at_the_marks(state: State, scene: Scene) -> State:
    """The account once every order is filled at the prices of the scene."""
    for number, order in enumerate(sorted(state.orders.values(), key=lambda one: one.client_order_id)):
        price = scene.quotes[order.ticker].price
        fill = Fill(
            execution_id=f"x{number}",
            client_order_id=order.client_order_id,
            ticker=order.ticker,
            side=order.side,
            shares=order.shares,
            price=price,
            fee=0,
            at=scene.at,
        )
        state = done(state, c.RecordFill(fill=fill), scene)
    return state


@settings(max_examples=120)
@given(
    rows=held,
    cash=st.integers(0, 60_000),
    tier=st.sampled_from(["conservative", "moderate", "aggressive"]),
    most=st.integers(1, 7),
    reserve=st.integers(0, 50),
    capital=st.sampled_from([None, 20_000, 50_000]),
)
def test_p17_rebalancing_brings_all_within_the_limits_in_force_given_fills_at_the_marks(  # noqa: PLR0917
    rows: list[tuple[str, int, int, float]], cash: int, tier: str, most: int, reserve: int, capital: int | None
) -> None:
    """Also where the sales make a profit, part of which is set aside and lowers what every limit is a share of."""
    wishes = {
        "trading__risk_tolerance": tier,
        "trading__max_open_positions": most,
        "risk__reserve_pct": reserve,
        "trading__capital_limit": capital,
    }
    scene = at()
    holdings = [
        a_holding(ticker, str(scene.quotes[ticker].price * gain // 1_000_000), shares, confidence=sure)
        for ticker, shares, gain, sure in rows
    ]
    cost = sum(one.cost for one in holdings) // 10_000
    state = holding(an_account(str(cash + cost), preferences=prefer(**wishes), tally=Tally(session=MONDAY)), *holdings)
    verdict = judge(TRIM, Ground(state, scene, DEFAULT_POLICY))
    assert not isinstance(verdict, Refused)
    event(f"sales {len(orders(verdict))}")
    assert [one.shares for one in decisions(verdict)] == [one.shares for one in orders(verdict)]
    assert all(one.trace[0].outcome == "over" for one in decisions(verdict))
    after = sold_at_the_marks(replace(applied(state, verdict), seq=state.seq + len(verdict)), scene)
    ground = Ground(after, scene, DEFAULT_POLICY)
    limits, worth = ground.limits, ground.worth
    assert not after.orders
    assert all(amount <= worth.tradable * limits.max_position for amount in worth.held.values())
    assert all(amount <= worth.tradable * limits.max_sector for amount in worth.sectors.values())
    assert len(after.positions) <= most
    again = judged(TRIM, replace(after, rebalanced=None), scene)
    assert orders(again) == []
