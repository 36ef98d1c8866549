"""What the engine would like: breakers, exits, stops and recommendations, in their order and at their time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.decide import decide
from engine.core.judge import judge
from engine.core.nouns import Breaker, Pause
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Quote, Scene
from engine.core.standing import Rebalance
from engine.core.state import State, Tally
from engine.core.units import money
from engine.core.words import BreakerKind, OrderStatus, Origin, Side, StopReason
from tests.builders import a_breaker, a_proposal, a_recommendation, a_snapshot, an_order
from tests.engine.scenes import (
    DAY,
    DAY_S,
    MINUTE_S,
    NOON,
    TODAY,
    a_ground,
    a_holding,
    a_scene,
    an_account,
    done,
    holding,
    later,
)


def wanted(state: State, scene: Scene | None = None) -> tuple[c.Command, ...]:
    """What is due; asking twice gives the same answer."""
    scene = scene or a_scene()
    commands = decide(state, scene, DEFAULT_POLICY)
    assert commands == decide(state, scene, DEFAULT_POLICY)
    return commands


def turned(state: State, scene: Scene) -> State:
    """The account after one turn: what is due is done until nothing is; fills come at the scene's prices."""
    for _ in range(6):
        moved = False
        for command in wanted(state, scene):
            if not isinstance(judge(command, a_ground(state, scene)), Refused):
                state, moved = done(state, command, scene), True
        if not moved:
            break
    return state


def only(state: State, kind: type[c.Command], scene: Scene | None = None) -> list[c.Command]:
    return [command for command in wanted(state, scene) if type(command) is kind]


KO = a_holding("KO", "60", 100, stop="58.20", take="62.70")


def with_ko(**changes: object) -> State:
    return replace(holding(an_account(), KO), **changes)  # type: ignore[arg-type]


def at_price(price: str, **changes: object) -> Scene:
    return replace(a_scene(prices={"KO": price, "PEP": "150"}), **changes)  # type: ignore[arg-type]


def test_nothing_is_due_in_a_quiet_account() -> None:
    assert wanted(an_account()) == ()
    assert wanted(with_ko()) == ()


def test_a_new_session_begins_its_tally() -> None:
    state = an_account(tally=Tally(session=DAY - timedelta(days=1), entries=7))
    assert wanted(state) == (c.BeginSession(),)
    assert done(state, c.BeginSession()).tally == Tally(session=DAY)


# --- exits


@pytest.mark.parametrize(
    ("price", "origin", "trigger"),
    [
        ("58.20", Origin.STOP, "58.20"),
        ("57", Origin.STOP, "58.20"),
        ("62.70", Origin.TAKE, "62.70"),
        ("64", Origin.TAKE, "62.70"),
    ],
)
def test_a_crossed_level_is_an_exit(price: str, origin: Origin, trigger: str) -> None:
    expected = c.ExitPosition(ticker="KO", origin=origin, trigger=money(trigger))
    assert only(with_ko(), c.ExitPosition, at_price(price)) == [expected]


@pytest.mark.parametrize("price", ["58.21", "60", "62.69"])
def test_only_crossing_is_an_exit(price: str) -> None:
    assert only(with_ko(), c.ExitPosition, at_price(price)) == []


def test_exits_are_due_in_any_state_and_at_any_hour() -> None:
    state = with_ko(
        killed_at=NOON,
        pause=Pause(since=NOON, until=None),
        frozen=frozenset({"KO"}),
        breakers={(kind, None): a_breaker(kind=kind, until=None) for kind in BreakerKind},
    )
    for at in (TODAY.opens_at, NOON, TODAY.closes_at, TODAY.closes_at + timedelta(hours=3)):
        scene = a_scene(at, {"KO": "58"}, healthy=False)
        assert len(only(state, c.ExitPosition, scene)) == 1


def test_what_is_being_sold_is_not_sold_again() -> None:
    selling = an_order(side=Side.SELL, shares=100, status=OrderStatus.ACCEPTED, reserved="0")
    assert only(with_ko(orders={"s": selling}), c.ExitPosition, at_price("50")) == []


def test_exits_come_by_ticker() -> None:
    state = holding(an_account(), a_holding("PEP", "150", 10), KO)
    commands = only(state, c.ExitPosition, a_scene(prices={"KO": "57", "PEP": "140"}))
    assert [command.ticker for command in commands] == ["KO", "PEP"]  # type: ignore[attr-defined]


def silent_since(minutes: float, *tickers: str, interval_s: int = MINUTE_S) -> Scene:
    scene = a_scene(prices={"KO": "60", "PEP": "150"}, interval_s=interval_s)
    old = {ticker: quote._replace(at=NOON - timedelta(minutes=minutes)) for ticker, quote in scene.quotes.items()}
    return replace(scene, quotes={ticker: old[ticker] if ticker in tickers else scene.quotes[ticker] for ticker in old})


def test_a_position_whose_price_is_missing_while_others_arrive_is_sold() -> None:
    (command,) = only(with_ko(), c.ExitPosition, silent_since(15.1, "KO"))
    assert isinstance(command, c.ExitPosition)
    assert command.origin is Origin.PRICE_UNAVAILABLE
    assert only(with_ko(), c.ExitPosition, silent_since(15, "KO")) == []
    assert only(with_ko(), c.ExitPosition, silent_since(200, "KO", interval_s=DAY_S)) == []


def test_a_position_without_any_price_is_sold_in_market_hours_only() -> None:
    (command,) = only(with_ko(), c.ExitPosition, a_scene(prices={"PEP": "150"}))
    assert isinstance(command, c.ExitPosition)
    assert command.origin is Origin.PRICE_UNAVAILABLE
    assert only(with_ko(), c.ExitPosition, a_scene(TODAY.closes_at, {"PEP": "150"})) == []


def test_a_wholly_silent_feed_sells_nothing_whatever_its_last_prices_say() -> None:
    scene = silent_since(60, "KO", "PEP")
    assert only(with_ko(), c.ExitPosition, scene) == []
    fallen = replace(scene, quotes={**scene.quotes, "KO": Quote(money("50"), NOON - timedelta(hours=1), None)})
    assert only(with_ko(), c.ExitPosition, fallen) == []
    assert only(with_ko(), c.ExitPosition, a_scene(prices={})) == []


# --- breakers trip and end


def test_p13_a_positions_own_loss_closes_it_once_and_counts_as_a_stop_hit() -> None:
    """53.99 is through the stop of 58.20 and 10.02 % under the cost: one sell, by the breaker's name."""
    scene = at_price("53.99")
    trip, leave = wanted(with_ko(), scene)
    assert isinstance(trip, c.TripBreaker)
    assert (trip.kind, trip.ticker, trip.threshold) == (BreakerKind.SINGLE_POSITION, "KO", 0.10)
    assert trip.actual == pytest.approx(6.01 / 60)
    assert leave == c.ExitPosition(ticker="KO", origin=Origin.SINGLE_POSITION, trigger=money("58.20"))
    after = turned(with_ko(), scene)
    assert [order.origin for order in after.orders.values()] == [Origin.SINGLE_POSITION]
    assert len(after.tally.stop_hits) == 1
    assert after.breakers[BreakerKind.SINGLE_POSITION, "KO"].until == scene.upcoming[1].opens_at


def test_p13_a_loss_at_its_limit_is_a_plain_stop() -> None:
    (leave,) = wanted(with_ko(), at_price("54"))
    assert isinstance(leave, c.ExitPosition)
    assert leave.origin is Origin.STOP


def test_a_take_is_no_stop_hit() -> None:
    after = turned(with_ko(), at_price("63"))
    assert after.tally.stop_hits == ()


@pytest.mark.parametrize(("equity", "trips"), [("9700", False), ("9699.99", True)])
def test_p13_a_days_loss_beyond_its_limit_trips(equity: str, *, trips: bool) -> None:
    """3 % of the last snapshot's 10,000, marked to market."""
    last = a_snapshot("10000", contributed=money("50000"))
    state = an_account(equity, contributed=money("50000"), peak=0, last=last)
    assert bool(only(state, c.TripBreaker)) is trips


def test_p13_the_first_day_is_measured_against_the_starting_cash() -> None:
    state = an_account("9699", contributed=money("10000"), peak=0)
    (trip,) = only(state, c.TripBreaker)
    assert trip == c.TripBreaker(kind=BreakerKind.DAILY_LOSS, ticker=None, threshold=0.03, actual=0.0301)


def test_p13_open_positions_count_in_a_days_loss() -> None:
    """1,000 shares at 60 of 100,000; 3.10 a share are 3.1 %."""
    state = holding(an_account(), a_holding("KO", "60", 1000, stop="50"))
    (trip,) = only(state, c.TripBreaker, at_price("56.90"))
    assert isinstance(trip, c.TripBreaker)
    assert trip.kind is BreakerKind.DAILY_LOSS


def test_p14_a_days_loss_stands_until_the_next_sessions_window_and_does_not_trip_again_at_once() -> None:
    state = turned(an_account("96000", contributed=money("100000"), peak=0), a_scene())
    breaker = state.breakers[BreakerKind.DAILY_LOSS, None]
    monday = a_scene().upcoming[0]
    assert breaker.until == monday.opens_at + timedelta(minutes=15)
    assert only(state, c.TripBreaker) == []
    # the day ends with its snapshot; the next one is measured against it
    state = done(state, c.TakeSnapshot(), a_scene(TODAY.closes_at))
    assert only(state, c.ResolveBreaker, a_scene(breaker.until - timedelta(seconds=1))) == []
    after = turned(state, a_scene(breaker.until))
    assert after.breakers == {}


def test_p13_a_drawdown_is_latched_until_the_owner_resumes_and_counts_from_then() -> None:
    """15.01 % under the peak."""
    state = turned(an_account("84990", peak=money("100000"), last=a_snapshot("84990")), a_scene())
    assert list(state.breakers) == [(BreakerKind.MAX_DRAWDOWN, None)]
    assert state.breakers[BreakerKind.MAX_DRAWDOWN, None].until is None
    recovered = replace(state, cash=money("99999"))
    assert turned(recovered, a_scene(NOON + timedelta(days=4))).breakers == state.breakers
    resumed = done(state, c.ResumeEntries(by="owner"))
    assert (resumed.breakers, resumed.peak) == ({}, money("84990"))
    assert turned(resumed, a_scene()).breakers == {}
    # 15 % of 84,990 are 12,748.50
    assert turned(replace(resumed, cash=money("72242")), later(a_scene(), minutes=1)).breakers.keys() == {
        (BreakerKind.DAILY_LOSS, None)
    }
    assert (BreakerKind.MAX_DRAWDOWN, None) in turned(replace(resumed, cash=money("72241")), a_scene()).breakers


def hit(*minutes_ago: float) -> State:
    hits = tuple(NOON - timedelta(minutes=minutes) for minutes in minutes_ago)
    return an_account(tally=Tally(session=DAY, stop_hits=hits))


@pytest.mark.parametrize(
    ("minutes_ago", "interval_s", "trips"),
    [
        ((30, 20, 0), MINUTE_S, True),
        ((30.1, 20, 0), MINUTE_S, False),
        ((20, 0), MINUTE_S, False),
        ((150, 20, 0), DAY_S, True),
        ((20, 0), DAY_S, False),
        ((60 * 24, 20, 0), DAY_S, False),
    ],
)
def test_p13_three_stops_in_half_an_hour_or_in_one_session_trip(
    minutes_ago: tuple[float, ...], interval_s: int, *, trips: bool
) -> None:
    trip = c.TripBreaker(kind=BreakerKind.VOLATILITY, ticker=None, threshold=3, actual=3)
    assert only(hit(*minutes_ago), c.TripBreaker, a_scene(interval_s=interval_s)) == ([trip] if trips else [])


@pytest.mark.parametrize(
    ("interval_s", "until"), [(MINUTE_S, NOON + timedelta(hours=2)), (DAY_S, a_scene().upcoming[0].opens_at)]
)
def test_p14_unrest_rests_for_two_hours_or_a_session_and_counts_anew(interval_s: int, until: datetime) -> None:
    scene = a_scene(interval_s=interval_s)
    state = turned(hit(2, 1, 0), scene)
    assert state.breakers[BreakerKind.VOLATILITY, None].until == until
    again = a_scene(until, interval_s=interval_s)
    assert only(state, c.ResolveBreaker, replace(again, at=until - timedelta(seconds=1))) == []
    assert turned(state, again).breakers == {}


def test_three_stops_on_one_price_are_three_sells_and_unrest() -> None:
    """A daily price through three stops: all sold, and entries stop in the same turn."""
    names = ["JNJ", "JPM", "XOM"]
    state = holding(an_account(), *(a_holding(name, "60", 10) for name in names))
    state = replace(state, pending={"r": a_recommendation(id="r")})
    scene = a_scene(prices={"KO": "60", **dict.fromkeys(names, "57")})
    after = turned(state, scene)
    assert len(after.orders) == 3
    assert all(order.side is Side.SELL for order in after.orders.values())
    assert (BreakerKind.VOLATILITY, None) in after.breakers
    assert after.tally.entries == 0


@settings(max_examples=40)
@given(cash=st.integers(1_000, 200_000), peak=st.integers(0, 200_000), before=st.integers(1_000, 200_000))
def test_p13_a_breaker_trips_beyond_its_limit_and_only_then(cash: int, peak: int, before: int) -> None:
    last = a_snapshot(str(before), contributed=money(cash))
    state = an_account(str(cash), peak=money(peak), last=last)
    kinds = {command.kind for command in only(state, c.TripBreaker) if isinstance(command, c.TripBreaker)}
    assert (BreakerKind.DAILY_LOSS in kinds) is (cash * 100 < before * 97)
    assert (BreakerKind.MAX_DRAWDOWN in kinds) is (cash * 100 < peak * 85)


@settings(max_examples=30)
@given(minutes=st.integers(0, 10_000), length=st.integers(1, 5_000))
def test_p14_a_breaker_ends_when_its_time_is_over_and_not_before(minutes: int, length: int) -> None:
    until = NOON + timedelta(minutes=length)
    breaker = Breaker(kind=BreakerKind.VOLATILITY, ticker=None, tripped_at=NOON, threshold=3, actual=3, until=until)
    state = an_account(breakers={(BreakerKind.VOLATILITY, None): breaker})
    scene = a_scene(NOON + timedelta(minutes=minutes))
    ends = c.ResolveBreaker(kind=BreakerKind.VOLATILITY, ticker=None)
    assert (ends in wanted(state, scene)) is (minutes >= length)
    assert isinstance(judge(ends, a_ground(state, scene)), Refused) is (minutes < length)


@pytest.mark.parametrize(("losing", "held", "declines"), [(1, 2, False), (2, 3, True), (0, 1, False), (1, 1, True)])
def test_p16_a_broad_decline_stops_entries_while_it_lasts(losing: int, held: int, *, declines: bool) -> None:
    """More than half of what is held, each more than 2 % under its cost."""
    names = ["JNJ", "JPM", "XOM"][:held]
    state = holding(an_account(), *(a_holding(name, "50", 10, stop="40") for name in names))
    state = replace(state, pending={"r": a_recommendation(id="r")})
    prices = {"KO": "60", **{name: "48.99" if number < losing else "49" for number, name in enumerate(names)}}
    after = turned(state, a_scene(prices=prices))
    assert dict(after.tally.skips) == ({"broad_decline": 1} if declines else {})
    assert after.breakers == {}


def test_a_pause_ends_at_its_time_and_questions_lapse_at_theirs() -> None:
    until = NOON + timedelta(hours=1)
    state = an_account(pause=Pause(since=NOON, until=until), proposals={"d1": a_proposal()})
    assert wanted(state) == ()
    # market time has come, people's has not
    assert wanted(state, replace(later(a_scene(), hours=1), wall=NOON)) == (c.EndPause(),)
    lapsed = replace(a_scene(), wall=NOON + timedelta(minutes=5))
    assert wanted(state, lapsed) == (c.LapseProposal(decision_id="d1"),)


@pytest.mark.parametrize(("seconds", "over"), [(3, False), (4, True), (3600, True)])
def test_questions_lapse_where_peoples_clock_is_put_back(seconds: int, over: bool) -> None:  # noqa: FBT001
    asked = Rebalance(id="r1", trims=(), asked_at=NOON, lapses_at=NOON + timedelta(minutes=5))
    state = an_account(proposals={"d1": a_proposal()}, rebalance=asked)
    put_back = replace(a_scene(), wall=NOON - timedelta(seconds=seconds))
    lapses = (c.LapseProposal(decision_id="d1"), c.LapseProposal(decision_id="r1"))
    assert wanted(state, put_back) == (lapses if over else ())
    for lapse in lapses:
        assert (judge(lapse, a_ground(state, put_back)) == Refused(Refusal.NO_PROPOSAL, {"tickers": None})) != over


# --- recommendations


def test_recommendations_come_by_confidence_then_time_then_ticker() -> None:
    early, late = NOON - timedelta(hours=3), NOON - timedelta(hours=2, minutes=59, seconds=59.5)
    batch = [
        a_recommendation(id="e", ticker="XOM", confidence=0.80, generated_at=late),
        a_recommendation(id="c", ticker="KO", confidence=0.80, generated_at=early),
        a_recommendation(id="d", ticker="PEP", confidence=0.80, generated_at=early),
        a_recommendation(id="b", ticker="JPM", confidence=0.90, generated_at=late),
        a_recommendation(id="a", ticker="AAPL", confidence=0.95, generated_at=late),
    ]
    state = an_account(pending={one.id: one for one in batch})
    assert [command.recommendation_id for command in only(state, c.Consider)] == list("abcde")  # type: ignore[attr-defined]


def test_outside_the_window_recommendations_wait_and_inside_old_ones_are_stale() -> None:
    old = a_recommendation(id="r", window="intraday", generated_at=TODAY.closes_at - timedelta(minutes=10))
    state = an_account(pending={"r": old})
    evening = TODAY.closes_at + timedelta(hours=2)
    assert only(state, c.Consider, a_scene(evening)) == []
    monday = a_scene().upcoming[0].opens_at + timedelta(minutes=15)
    fresh = replace(state, pending={"r": replace(old, window="1d")})
    assert turned(fresh, a_scene(monday)).tally.entries == 1
    tuesday = a_scene().upcoming[1].opens_at + timedelta(minutes=15)
    after = turned(fresh, a_scene(tuesday))
    assert dict(after.tally.skips) == {"stale": 1}


# --- stops


def test_p11_past_half_way_the_stop_trails_the_high() -> None:
    """Entry 60, take 62.70: half way is 61.35. ATR 1.10 × 1.5 under the high of 62 is 60.35."""
    scene = at_price("62", atr={"KO": money("1.10")})
    (moved,) = wanted(with_ko(), scene)
    assert moved == c.RaiseStop(
        ticker="KO", stop=money("60.35"), high=money("62"), atr=money("1.10"), reason=StopReason.TRAILING
    )
    (half_way,) = wanted(with_ko(), at_price("61.35", atr={"KO": money("1.10")}))
    assert isinstance(half_way, c.RaiseStop)
    assert (half_way.stop, half_way.high) == (with_ko().positions["KO"].stop, money("61.35"))


def hot() -> State:
    """Conservative: at most 6 % of 100,000 at risk; 5,940 at risk is over 80 % of that."""
    weak = a_holding("KO", "60", 300, stop="50.10", confidence=0.76, atr=money("1"))
    strong = a_holding("PEP", "150", 300, stop="140.10", confidence=0.9, atr=money("1"))
    return holding(an_account(), weak, strong)


def cool_scene() -> Scene:
    return a_scene(prices={"KO": "60", "PEP": "150"}, atr={"KO": money("1"), "PEP": money("1")})


def test_heat_raises_the_stop_of_the_lowest_confidence_just_enough() -> None:
    """1,140 over 4,800: 3.80 a share of 300."""
    (moved,) = wanted(hot(), cool_scene())
    assert moved == c.RaiseStop(
        ticker="KO", stop=money("53.90"), high=money("60"), atr=money("1"), reason=StopReason.HEAT
    )
    assert wanted(turned(hot(), cool_scene()), cool_scene()) == ()


def test_heat_is_looked_at_after_what_else_moves_a_stop() -> None:
    """PEP past half way goes to breakeven, which takes 2,970 of heat away: nothing is left for heat to ask for."""
    state = hot()
    scene = a_scene(prices={"KO": "60", "PEP": "153"}, atr={"KO": money("1"), "PEP": money("1")})
    after = turned(state, scene)
    assert after.positions["PEP"].stop == money("151.50")
    assert after.positions["KO"].stop == money("50.10")


def test_an_atr_that_moved_is_kept_also_where_heat_moves_the_same_stop() -> None:
    state = hot()
    scene = replace(cool_scene(), atr={"KO": money("2"), "PEP": money("1")})
    after = turned(state, scene)
    assert after.positions["KO"].atr == money("2")
    assert after.positions["KO"].stop > money("53")


@settings(max_examples=50)
@given(
    prices=st.lists(st.integers(5_000, 7_500), min_size=1, max_size=8),
    atrs=st.lists(st.integers(1, 400), min_size=8, max_size=8),
    shares=st.integers(1, 1600),
    other=st.integers(0, 600),
)
def test_p37_turn_after_turn_no_rule_lowers_a_stop(prices: list[int], atrs: list[int], shares: int, other: int) -> None:
    """Whatever the market does, until the position is sold."""
    positions = [a_holding("KO", "60", shares, stop="56")]
    if other:
        positions.append(a_holding("PEP", "50", other, stop="41", confidence=0.7))
    state = holding(an_account(), *positions)
    for price, atr in zip(prices, atrs, strict=False):
        before = state.positions
        scene = a_scene(prices={"KO": str(price / 100), "PEP": "50"}, atr={"KO": atr * 100, "PEP": 20_000})
        state = turned(state, scene)
        for ticker, position in state.positions.items():
            assert position.stop >= before[ticker].stop
            assert position.take == before[ticker].take
