"""Which stops are raised, by what and how far: through decide and judge, turn after turn."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.apply import applied
from engine.core.decide import decide
from engine.core.happenings import MarketEvent
from engine.core.judge import judge
from engine.core.nouns import Position
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refused
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.stopping import is_on, touches
from engine.core.units import money
from engine.core.words import EventScope, OrderStatus, Origin, Severity, Side, StopReason
from tests.builders import NOON, a_market_event, a_proposal, a_recommendation, an_order
from tests.engine.scenes import a_ground, a_holding, a_scene, an_account, done, holding, later, prefer

KO = a_holding("KO", "60", 100, stop="58.35", take="62.48", atr=money("1.10"))
"""Conservative: the stop stands 1.5 × $1.10 under the entry, half way to the take is $61.24."""

HELD = holding(an_account(), KO)


def at_price(price: str, **changes: Any) -> Scene:
    usual: dict[str, Any] = {"atr": {"KO": money("1.10"), "PEP": money("3")}}
    return replace(a_scene(prices={"KO": price, "PEP": "150"}), **usual | changes)


def an_event(**changes: Any) -> MarketEvent:
    """Of the whole market, high, for four hours from now."""
    return a_market_event(**{"scope": EventScope.MARKET, "target": None} | changes)


def raises(state: State, scene: Scene) -> list[c.RaiseStop]:
    commands = decide(state, scene, DEFAULT_POLICY)
    assert commands == decide(state, scene, DEFAULT_POLICY)
    return [one for one in commands if isinstance(one, c.RaiseStop)]


def moved(state: State, scene: Scene) -> c.RaiseStop:
    (found,) = raises(state, scene)
    return found


def settled(state: State, scene: Scene) -> State:
    """The account once no stop moves any more."""
    for _ in range(5):
        found = raises(state, scene)
        if not found:
            return state
        for command in found:
            state = done(state, command, scene)
    raise AssertionError("stops never come to rest")


# --- the high since entry


def test_p11_a_stop_trails_from_the_highest_price_since_entry_though_the_take_came_nearer_later() -> None:
    """From $100, with a take of $140: $118 was seen, not half way. With one of $120 it is: $118 − 1.5 × $4 = $112."""
    entered = a_holding("KO", "100", 10, stop="94", take="140", atr=money("4"))
    state, atr = holding(an_account(), entered), {"KO": money("4")}
    seen = settled(state, at_price("118", atr=atr))
    assert (seen.positions["KO"].stop, seen.positions["KO"].high) == (money("94"), money("118"))
    lower = at_price("112.50", atr=atr)
    assert raises(seen, lower) == []
    nearer = done(seen, c.MoveTake(ticker="KO", take=money("120")), lower)
    assert moved(nearer, lower).stop == money("112")


def test_a_new_high_alone_is_kept_once_and_told_nobody() -> None:
    scene = at_price("61")
    (high,) = judge_all(HELD, scene)
    assert high == e.StopMoved(
        ticker="KO", old=money("58.35"), new=money("58.35"), high=money("61"), atr=KO.atr, reason=StopReason.TRAILING
    )
    after = applied(HELD, (high,))
    assert after.positions["KO"] == replace(KO, high=money("61"))
    assert announced((high,), Moment(HELD, after, scene)) == ()
    assert raises(after, scene) == raises(after, at_price("60.99")) == []


def judge_all(state: State, scene: Scene) -> tuple[e.Event, ...]:
    """What comes of all raises that are due."""
    verdicts = [judge(one, a_ground(state, scene)) for one in raises(state, scene)]
    return tuple(event for verdict in verdicts if not isinstance(verdict, Refused) for event in verdict)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(5_900, 6_600), min_size=1, max_size=12))
def test_p11_the_high_is_the_highest_price_seen_since_entry(cents: list[int]) -> None:
    """Whether the stop moved with it or not; until a level is crossed."""
    state, seen = holding(an_account(), replace(KO, take=money("70"))), money("60")
    for price in cents:
        if price * 100 <= state.positions["KO"].stop:
            break
        seen = max(seen, price * 100)
        state = settled(state, at_price(str(price / 100)))
        assert state.positions["KO"].high == seen


# --- near earnings and in events


@pytest.mark.parametrize(("sessions", "stop"), [(0, "58.85"), (1, "58.85"), (3, "58.85"), (4, None), (None, None)])
def test_p15_near_earnings_a_stop_keeps_seven_tenths_of_its_distance(sessions: int | None, stop: str | None) -> None:
    """$60 − 1.5 × 0.7 × $1.10 = $58.845, up to the cent. No date on record changes nothing."""
    scene = at_price("60", earnings={} if sessions is None else {"KO": sessions})
    found = raises(HELD, scene)
    assert [(one.stop, one.reason) for one in found] == ([(money(stop), StopReason.EARNINGS)] if stop else [])


def test_p15_in_an_event_it_keeps_half_and_not_the_product_with_earnings() -> None:
    """$60 − 0.75 × $1.10 = $59.175; 0.35 of it would be $59.42."""
    state = replace(HELD, market_events=(an_event(),))
    for earnings in ({}, {"KO": 1}):
        found = moved(state, at_price("60", earnings=earnings))
        assert (found.stop, found.reason) == (money("59.18"), StopReason.EVENT)
        assert (found.high, found.atr) == (money("60"), money("1.10"))


@pytest.mark.parametrize("severity", [Severity.LOW, Severity.MEDIUM])
def test_only_events_of_high_severity_count(severity: Severity) -> None:
    assert raises(replace(HELD, market_events=(an_event(severity=severity),)), at_price("60")) == []


@pytest.mark.parametrize(
    ("scope", "target", "touched"),
    [
        (EventScope.MARKET, None, True),
        (EventScope.SECTOR, "consumer_staples", True),
        (EventScope.SECTOR, "energy", False),
        (EventScope.SECTOR, "KO", False),
        (EventScope.TICKER, "KO", True),
        (EventScope.TICKER, "PEP", False),
        (EventScope.TICKER, "consumer_staples", False),
    ],
)
def test_an_event_touches_what_it_is_about(scope: EventScope, target: str | None, *, touched: bool) -> None:
    about = an_event(scope=scope, target=target)
    assert touches(about, "KO", "consumer_staples") is touched
    assert bool(raises(replace(HELD, market_events=(about,)), at_price("60"))) is touched


def test_a_sector_nobody_knows_is_touched_by_no_event_of_a_sector() -> None:
    assert not touches(an_event(scope=EventScope.SECTOR, target="energy"), "ZZZ", None)
    assert touches(an_event(), "ZZZ", None)


def test_where_no_table_knows_the_sector_that_of_the_position_counts() -> None:
    about = an_event(scope=EventScope.SECTOR, target="consumer_staples")
    state = replace(HELD, market_events=(about,))
    assert raises(state, at_price("60", instruments={})) != []


def test_an_event_counts_from_its_beginning_to_just_before_its_end() -> None:
    found = an_event(starts_at=NOON, ends_at=NOON + timedelta(hours=1))
    assert is_on(found, NOON)
    assert is_on(found, NOON + timedelta(minutes=59, seconds=59))
    assert not is_on(found, NOON - timedelta(seconds=1))
    assert not is_on(found, NOON + timedelta(hours=1))
    to_come = an_event(starts_at=NOON + timedelta(seconds=1))
    assert raises(replace(HELD, market_events=(to_come,)), at_price("60")) == []


def test_p15_the_trailing_distance_is_shorter_too() -> None:
    """$62 − 0.75 × $1.10 = $61.175; in quiet times $62 − 1.5 × $1.10 = $60.35."""
    plain = moved(HELD, at_price("62"))
    assert (plain.stop, plain.reason) == (money("60.35"), StopReason.TRAILING)
    found = moved(replace(HELD, market_events=(an_event(),)), at_price("62"))
    assert (found.stop, found.high, found.reason) == (money("61.18"), money("62"), StopReason.EVENT)


@pytest.mark.parametrize(
    ("loss", "factor", "stop"),
    [
        (1, "event", "59.70"),  # $60 − 0.5 × 1 %
        (1, "earnings", "59.58"),  # $60 − 0.7 × 1 %
        (5, "event", "59.18"),  # ATR × 1.5 is nearer: $60 − 0.75 × $1.10
        (5, "earnings", "58.85"),
    ],
)
def test_p15_the_owners_own_stop_loss_is_tightened_as_the_ranges_are(loss: float, factor: str, stop: str) -> None:
    """The factor is of the smaller of both distances."""
    first = "59.40" if loss == 1 else "58.35"
    state = holding(an_account(preferences=prefer(risk__stop_loss_pct=loss)), replace(KO, stop=money(first)))
    at_risk = replace(state, market_events=(an_event(),)) if factor == "event" else state
    scene = at_price("60", earnings={"KO": 2} if factor == "earnings" else {})
    assert moved(at_risk, scene).stop == money(stop)
    assert raises(settled(at_risk, scene), scene) == []


def test_p09_a_stop_measured_anew_stands_no_farther_than_the_owners_stop_loss() -> None:
    """ATR has fallen to $0.95: 1.5 × that is 2.4 % under $60, and his stop-loss is 1 %."""
    state = replace(HELD, preferences=prefer(risk__stop_loss_pct=1))
    assert moved(state, at_price("60", atr={"KO": money("0.95")})).stop == money("59.40")


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.5, 20).map(lambda percent: round(percent, 1)), st.integers(1_000, 60_000), st.sampled_from([0.5, 0.7])
)
def test_p15_through_preferences_the_factor_is_of_the_smaller_distance(loss: float, atr: int, factor: float) -> None:
    """As near as it, up to the cent, or a cent under the price; a position at its entry."""
    first = 600_000 - min(3 * atr / 2, 6_000 * loss)
    held = a_holding("KO", "60", 100, stop=str(first // 100 / 100), take="70", atr=atr)
    events = (an_event(),) if factor == 0.5 else ()
    state = holding(an_account(preferences=prefer(risk__stop_loss_pct=loss), market_events=events), held)
    after = settled_by_price(state, at_price("60", atr={"KO": atr}, earnings={"KO": 1}))["KO"]
    level = 600_000 - factor * min(3 * atr / 2, 6_000 * loss)
    assert min(level, 599_900) - 2 <= after.stop < level + 101


def test_tightening_stays_a_tick_under_the_price() -> None:
    state = replace(HELD, market_events=(an_event(),))
    assert moved(state, at_price("59.10")).stop == money("59.09")
    assert moved(state, at_price("58.37")).stop == money("58.36")
    assert raises(state, at_price("58.36")) == []


def test_the_same_look_twice_moves_nothing_and_nothing_loosens_at_the_end() -> None:
    state = replace(HELD, market_events=(an_event(),))
    after = settled(state, at_price("60"))
    assert after.positions["KO"].stop == money("59.18")
    assert raises(after, at_price("60")) == []
    over = done(after, c.EndEvent(event_id="e1"), at_price("60"))
    assert over.market_events == ()
    assert raises(over, at_price("60")) == []
    assert over.positions["KO"].stop == money("59.18")
    assert over.positions["KO"].take == money("62.48")


def test_an_event_ends_by_its_time_and_not_before() -> None:
    state = replace(an_account(), market_events=(an_event(ends_at=NOON + timedelta(hours=1)),))
    before, end = (later(a_scene(), seconds=seconds) for seconds in (3599, 3600))
    assert c.EndEvent(event_id="e1") not in decide(state, before, DEFAULT_POLICY)
    assert c.EndEvent(event_id="e1") in decide(state, end, DEFAULT_POLICY)


# --- looked at anew


def test_a_rapid_move_measures_a_stop_by_todays_atr_however_little_that_moved() -> None:
    """$1.05 is less than a tenth from $1.10: $60 − 1.5 × $1.05 = $58.425."""
    calm = at_price("60", atr={"KO": money("1.05")})
    assert raises(HELD, calm) == []
    rapid = replace(calm, rapid=frozenset({"KO"}))
    found = moved(HELD, rapid)
    assert (found.stop, found.atr, found.reason) == (money("58.43"), money("1.05"), StopReason.RAPID_MOVE)
    assert raises(settled(HELD, rapid), rapid) == []


def test_a_rapid_move_of_another_ticker_moves_nothing() -> None:
    assert raises(HELD, at_price("60", atr={"KO": money("1.05")}, rapid=frozenset({"PEP"}))) == []


def test_a_rapid_move_to_a_wider_range_keeps_the_stop_and_the_new_atr() -> None:
    scene = at_price("60", atr={"KO": money("1.15")}, rapid=frozenset({"KO"}))
    found = moved(HELD, scene)
    assert (found.stop, found.atr, found.reason) == (money("58.35"), money("1.15"), StopReason.RAPID_MOVE)
    assert raises(settled(HELD, scene), scene) == []


def test_an_unknown_atr_keeps_the_old_one() -> None:
    assert raises(HELD, at_price("60", atr={}, rapid=frozenset({"KO"}))) == []


def test_a_changed_atr_is_kept_also_where_the_stop_stays() -> None:
    found = moved(HELD, at_price("60", atr={"KO": money("2")}))
    assert (found.stop, found.atr, found.reason) == (money("58.35"), money("2"), StopReason.ATR_MOVED)


def considered(state: State, scene: Scene, **changes: Any) -> tuple[e.Event, ...]:
    wanted = a_recommendation(id="r", **changes)
    verdict = judge(c.Consider(recommendation_id="r"), a_ground(replace(state, pending={"r": wanted}), scene))
    assert not isinstance(verdict, Refused)
    return verdict


def stops_moved(events: tuple[e.Event, ...]) -> list[e.StopMoved]:
    return [one for one in events if isinstance(one, e.StopMoved)]


@pytest.mark.parametrize(("confidence", "looks"), [(0.8, False), (0.81, True), (0.79, True)])
def test_another_confidence_has_the_stop_looked_at_in_the_same_verdict(confidence: float, *, looks: bool) -> None:
    """$60 − 1.5 × $1.05 = $58.425, although $1.05 is less than a tenth from $1.10."""
    scene = at_price("60", atr={"KO": money("1.05")})
    events = considered(HELD, scene, confidence=confidence)
    assert isinstance(events[0], e.Decided)
    found = [(one.old, one.new, one.atr, one.reason) for one in stops_moved(events)]
    expected = [(money("58.35"), money("58.43"), money("1.05"), StopReason.SIGNAL)]
    assert found == (expected if looks else [])


def test_another_confidence_moves_nothing_where_nothing_is_held_or_nothing_changed() -> None:
    assert stops_moved(considered(an_account(), at_price("60"), confidence=0.9)) == []
    assert stops_moved(considered(HELD, at_price("60"), confidence=0.9)) == []


def test_a_sell_that_is_only_asked_about_has_the_stop_looked_at() -> None:
    state = replace(HELD, preferences=prefer(trading__autonomy="ask"))
    events = considered(state, at_price("60", atr={"KO": money("1.05")}), action=Side.SELL)
    assert isinstance(events[0], e.Proposed)
    assert [one.reason for one in stops_moved(events)] == [StopReason.SIGNAL]


def test_a_sell_that_is_carried_out_leaves_the_stop_alone() -> None:
    events = considered(HELD, at_price("60", atr={"KO": money("1.05")}), action=Side.SELL)
    assert [type(one) for one in events] == [e.Decided, e.OrderIntended]


# --- what is left alone


def test_what_is_being_sold_halted_or_without_a_price_is_left_alone() -> None:
    state = replace(HELD, market_events=(an_event(),))
    selling = an_order(side=Side.SELL, shares=10, status=OrderStatus.ACCEPTED, reserved="0")
    assert raises(replace(state, orders={"x": selling}), at_price("60")) == []
    assert raises(state, at_price("60", halted=frozenset({"KO"}))) == []
    assert raises(state, replace(at_price("60"), quotes={})) == []


def test_a_halted_ticker_is_not_tightened_for_heat_either() -> None:
    hot = holding(an_account(), a_holding("KO", "60", 900, stop="50", confidence=0.7, atr=money("1")))
    scene = at_price("60", atr={"KO": money("1")})
    assert [one.reason for one in raises(hot, scene)] == [StopReason.HEAT]
    assert raises(hot, replace(scene, halted=frozenset({"KO"}))) == []


def test_a_micro_trade_trails_by_its_own_distance() -> None:
    """$62 − 1.0 × $1.10 = $60.90."""
    state = holding(an_account(), replace(KO, micro=True))
    assert moved(state, at_price("62")).stop == money("60.90")


# --- heat


def test_p25_heat_goes_down_to_80_percent_weakest_first_and_ties_go_by_ticker() -> None:
    """6 % of $100,000 is $6,000, 80 % of it $4,800. $2,970 each makes $5,940: $1,140 too much, $3.80 a share of 300."""
    twins = [
        a_holding(ticker, price, 300, stop=stop, confidence=0.8, atr=money("1"))
        for ticker, price, stop in (("PEP", "150", "140.10"), ("KO", "60", "50.10"))
    ]
    state = holding(an_account(), *twins)
    scene = at_price("60", atr={"KO": money("1"), "PEP": money("1")})
    found = moved(state, scene)
    assert (found.ticker, found.stop, found.reason) == ("KO", money("53.90"), StopReason.HEAT)
    weaker = replace(state, positions={**state.positions, "PEP": replace(twins[0], confidence=0.79)})
    assert moved(weaker, scene).ticker == "PEP"


def test_p25_half_an_atr_stays_to_the_price_and_the_next_one_gives_the_rest() -> None:
    """At risk are $3,600 and $10,500, and $9,600 may be: KO gives 900 × $3.50, up to $59.50; PEP $1,350 of 300."""
    weak = a_holding("KO", "60", 900, stop="56", confidence=0.7, atr=money("1"))
    strong = a_holding("PEP", "150", 300, stop="115", confidence=0.9, atr=money("1"))
    state = holding(an_account(cash="200000"), weak, strong)
    scene = at_price("60", atr={"KO": money("1"), "PEP": money("1")})
    assert [(one.ticker, one.stop) for one in raises(state, scene)] == [
        ("KO", money("59.50")),
        ("PEP", money("119.50")),
    ]


# --- properties of whole looks


def events_at(draw: st.DrawFn) -> tuple[MarketEvent, ...]:
    about = [(EventScope.MARKET, None), (EventScope.SECTOR, "consumer_staples"), (EventScope.TICKER, "KO")]
    count = draw(st.integers(0, 2))
    found = []
    for number in range(count):
        scope, target = draw(st.sampled_from(about))
        starts = NOON + timedelta(hours=draw(st.integers(-3, 1)))
        severity = draw(st.sampled_from(Severity))
        found.append(an_event(id=f"e{number}", scope=scope, target=target, severity=severity, starts_at=starts))
    return tuple(found)


@st.composite
def looks(draw: st.DrawFn) -> tuple[State, Scene]:
    """Two holdings at any price, with events, earnings, rapid moves and other ranges."""
    cents = st.integers(5_000, 7_500)
    positions: list[Position] = []
    for ticker, entry in (("KO", 6_000), ("PEP", 6_000)):
        stop = draw(st.integers(4_500, entry - 1))
        high = draw(st.integers(entry, 7_600))
        usual = {"stop": str(stop / 100), "take": str(draw(st.integers(entry + 1, 8_000)) / 100)}
        held = a_holding(ticker, "60", draw(st.integers(1, 900)), high=str(high / 100), **usual)
        atr, confidence = draw(st.integers(1, 40_000)), draw(st.sampled_from([0.7, 0.8]))
        positions.append(replace(held, atr=atr, confidence=confidence, micro=draw(st.booleans())))
    state = replace(holding(an_account(cash="200000"), *positions), market_events=events_at(draw))
    scene = a_scene(
        prices={ticker: str(draw(cents) / 100) for ticker in ("KO", "PEP")},
        atr={ticker: draw(st.integers(1, 40_000)) for ticker in ("KO", "PEP")},
        earnings={"KO": draw(st.integers(0, 5))} if draw(st.booleans()) else {},
        rapid=frozenset(draw(st.sets(st.sampled_from(["KO", "PEP"])))),
    )
    return state, scene


@settings(max_examples=80, deadline=None)
@given(looks())
def test_p37_no_look_lowers_a_stop_and_a_second_look_moves_nothing(look: tuple[State, Scene]) -> None:
    """Whatever made it look; takes and first stops never move by a rule."""
    state, scene = look
    after = settled(state, scene)
    event("moved" if after.positions != state.positions else "at rest")
    for ticker, before in state.positions.items():
        held = after.positions[ticker]
        assert held.stop >= before.stop
        assert held.high >= before.high
        assert (held.take, held.initial_stop, held.shares) == (before.take, before.initial_stop, before.shares)
    assert raises(after, scene) == []


@settings(max_examples=80, deadline=None)
@given(looks())
def test_p10_what_a_price_raises_is_not_crossed_by_that_price(look: tuple[State, Scene]) -> None:
    """The levels used within a bar are those known before it: exits come first, and a raise stays under the price."""
    state, scene = look
    commands = decide(state, scene, DEFAULT_POLICY)
    places = {
        kind: [n for n, one in enumerate(commands) if isinstance(one, kind)] for kind in (c.ExitPosition, c.RaiseStop)
    }
    assert max(places[c.ExitPosition], default=-1) < min(places[c.RaiseStop], default=len(commands))
    for command in raises(state, scene):
        old = state.positions[command.ticker].stop
        assert command.stop == old or old < command.stop < scene.quotes[command.ticker].price
    assert exits(settled(state, scene), scene) == exits(state, scene)


def exits(state: State, scene: Scene) -> list[tuple[str, Origin]]:
    return [(one.ticker, one.origin) for one in decide(state, scene, DEFAULT_POLICY) if isinstance(one, c.ExitPosition)]


@settings(max_examples=60, deadline=None)
@given(looks(), st.sampled_from([an_event(), an_event(scope=EventScope.TICKER, target="KO")]), st.integers(0, 3))
def test_p15_in_risk_a_stop_stands_at_least_as_near_as_without(
    look: tuple[State, Scene], severe: MarketEvent, sessions: int
) -> None:
    """And an event at least as near as earnings do."""
    state, scene = look
    calm, quiet = replace(state, market_events=()), replace(scene, earnings={})
    without = settled_by_price(calm, quiet)
    earnings = settled_by_price(calm, replace(scene, earnings={"KO": sessions}))
    in_event = settled_by_price(replace(calm, market_events=(severe,)), replace(scene, earnings={"KO": sessions}))
    assert in_event["KO"].stop >= earnings["KO"].stop >= without["KO"].stop


def settled_by_price(state: State, scene: Scene) -> dict[str, Position]:
    """Positions after what trailing, ranges and risk ask for; heat, which moves one for another's sake, left aside."""
    cool = DEFAULT_POLICY._replace(heat_tighten_share=1_000.0)
    moves = [one for one in decide(state, scene, cool) if isinstance(one, c.RaiseStop)]
    for command in moves:
        state = done(state, command, scene)
    return dict(state.positions)


class Stops(RuleBasedStateMachine):
    """A position through prices, ranges, events, earnings and the owner's own moves: only the owner lowers a stop."""

    def __init__(self) -> None:
        super().__init__()
        self.state: State = HELD
        self.scene: Scene = at_price("60")
        self.floor = 0

    @initialize(shares=st.integers(1, 900))
    def hold(self, shares: int) -> None:
        self.state = holding(an_account(), a_holding("KO", "60", shares, stop="58.35", take="66", atr=money("1.10")))
        self.floor = self.held.stop

    @property
    def held(self) -> Position:
        return self.state.positions["KO"]

    def act(self, command: c.Command) -> None:
        verdict = judge(command, a_ground(self.state, self.scene))
        if not isinstance(verdict, Refused):
            self.state = replace(applied(self.state, verdict), seq=self.state.seq + len(verdict))

    @rule(cents=st.integers(5_900, 6_590), atr=st.integers(5_000, 20_000), rapid=st.booleans())
    def price(self, cents: int, atr: int, *, rapid: bool) -> None:
        """Another price, over the stop, in a session that goes on."""
        price = max(cents, self.held.stop // 100 + 1)
        self.scene = replace(
            a_scene(self.scene.at + timedelta(minutes=1), prices={"KO": str(price / 100)}),
            atr={"KO": atr},
            earnings=self.scene.earnings,
            rapid=frozenset({"KO"}) if rapid else frozenset(),
        )
        self.looked()

    @rule(hours=st.integers(1, 3), scope=st.sampled_from([EventScope.MARKET, EventScope.TICKER]))
    def marked(self, hours: int, scope: EventScope) -> None:
        starts, target = self.scene.at, None if scope is EventScope.MARKET else "KO"
        one = an_event(id="", scope=scope, target=target, starts_at=starts, ends_at=starts + timedelta(hours=hours))
        self.act(c.MarkEvent(event=one))
        self.looked()

    @precondition(lambda self: self.state.market_events)
    @rule()
    def called_off(self) -> None:
        before = self.held.stop
        self.act(c.EndEvent(event_id=self.state.market_events[0].id))
        self.looked()
        assert self.held.stop >= before

    @rule(sessions=st.sampled_from([None, 0, 2, 5]))
    def reported(self, sessions: int | None) -> None:
        self.scene = replace(self.scene, earnings={} if sessions is None else {"KO": sessions})
        self.looked()

    @rule(cents=st.integers(5_700, 6_600))
    def owner_moves(self, cents: int) -> None:
        before = self.held.stop
        self.act(c.MoveStop(ticker="KO", stop=cents * 100))
        if self.held.stop < before:
            assert self.held.stop >= min(before, max(self.held.initial_stop, 600_000 - 3 * self.held.atr // 2))
        self.floor = self.held.stop

    def looked(self) -> None:
        """What is due is done until nothing is; that never lowers a stop, and it comes to rest."""
        for _ in range(4):
            due = raises(self.state, self.scene)
            for command in due:
                self.act(command)
        assert raises(self.state, self.scene) == []

    @invariant()
    def only_the_owner_lowers(self) -> None:
        assert self.held.stop >= self.floor
        self.floor = self.held.stop
        assert self.held.take == money("66")


TestStops = Stops.TestCase
TestStops.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


def test_a_question_about_a_sale_does_not_keep_its_stop_from_moving() -> None:
    state = replace(HELD, proposals={"d1": a_proposal()}, market_events=(an_event(),))
    assert moved(state, at_price("60")).stop == money("59.18")
