"""Selling: what crossed a level, what the owner closes, and stops that rules move."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import applied
from engine.core.judge import judge
from engine.core.nouns import Pause
from engine.core.refusals import Refusal, Refused
from engine.core.units import money
from engine.core.words import BreakerKind, OrderStatus, Origin, Side, Skip, StopReason
from tests.builders import a_breaker, an_order
from tests.engine.scenes import NOON, TODAY, a_ground, a_holding, a_scene, an_account, done, holding, judged, refused

HELD = holding(an_account(), a_holding("KO", shares=100), a_holding("PEP", entry="150", shares=7))


def orders(events: tuple[e.Event, ...]) -> list[tuple[str, int]]:
    return [(event.order.ticker, event.order.shares) for event in events if isinstance(event, e.OrderIntended)]


@pytest.mark.parametrize("origin", [Origin.STOP, Origin.TAKE, Origin.SINGLE_POSITION, Origin.PRICE_UNAVAILABLE])
def test_a_crossed_level_sells_the_whole_position_in_one_order(origin: Origin) -> None:
    decided, intended = judged(c.ExitPosition(ticker="KO", origin=origin, trigger=money("58.80")), HELD)
    assert isinstance(decided, e.Decided)
    assert isinstance(intended, e.OrderIntended)
    decision, order = decided.decision, intended.order
    assert (decision.side, decision.origin, decision.reason, decision.shares) == (Side.SELL, origin, Skip.NONE, 100)
    assert (order.side, order.shares, order.status, order.reserved) == (Side.SELL, 100, OrderStatus.INTENDED, 0)
    assert order.trigger == money("58.80")
    assert order.decision_id == decision.id == "d1"
    assert order.client_order_id == "paper-d1-1"


def test_nothing_in_force_blocks_an_exit() -> None:
    state = holding(
        an_account(
            killed_at=NOON,
            pause=Pause(since=NOON, until=None),
            frozen=frozenset({"KO"}),
            breakers={(kind, None): a_breaker(kind=kind) for kind in BreakerKind},
        ),
        a_holding("KO"),
    )
    for at in (TODAY.opens_at, NOON, TODAY.closes_at):
        for command in (
            c.ExitPosition(ticker="KO", origin=Origin.STOP, trigger=1),
            c.ClosePosition(tickers=("KO",), by="owner"),
        ):
            assert orders(judged(command, state, a_scene(at, healthy=False))) == [("KO", 100)]


def test_only_what_is_held_can_be_sold_and_only_once() -> None:
    sell = c.ExitPosition(ticker="KO", origin=Origin.STOP, trigger=1)
    assert refused(sell, an_account()).code is Refusal.NOT_HELD
    assert refused(sell, done(HELD, sell)).code is Refusal.ALREADY_SELLING


def test_closing_several_sells_all_of_them_under_decisions_of_their_own() -> None:
    events = judged(c.ClosePosition(tickers=("KO", "PEP")), HELD)
    assert orders(events) == [("KO", 100), ("PEP", 7)]
    assert [event.decision.id for event in events if isinstance(event, e.Decided)] == ["d1", "d3"]


def test_closing_several_of_which_one_is_not_held_sells_none() -> None:
    no = refused(c.ClosePosition(tickers=("KO", "XOM")), HELD)
    assert (no.code, no.facts) == (Refusal.NOT_HELD, {"ticker": "XOM"})


def test_a_ticker_named_twice_is_sold_once() -> None:
    assert orders(judged(c.ClosePosition(tickers=("KO", "KO")), HELD)) == [("KO", 100)]


def test_closing_nothing_is_refused() -> None:
    assert refused(c.ClosePosition(tickers=()), HELD).code is Refusal.NOT_KNOWN


@pytest.mark.parametrize(
    ("fraction", "shares"),
    [(1.0, 100), (0.5, 50), (0.07, 7), (0.29, 29), (0.001, 1), (0.005, 1), (0.011, 2), (0.999, 100)],
)
def test_a_fraction_is_rounded_up_to_a_share(fraction: float, shares: int) -> None:
    """7 % of 100 is 7, although 100 × 0.07 is 7.000000000000001."""
    assert orders(judged(c.ClosePosition(tickers=("KO",), fraction=fraction), HELD)) == [("KO", shares)]


@pytest.mark.parametrize("fraction", [0.0, -0.5, 1.01, float("nan"), float("inf")])
def test_a_fraction_that_is_none_is_refused(fraction: float) -> None:
    no = refused(c.ClosePosition(tickers=("KO",), fraction=fraction), HELD)
    assert no.code is Refusal.BAD_VALUE
    assert no.facts["field"] == "fraction"


@settings(max_examples=60)
@given(
    shares=st.integers(1, 10**6),
    fractions=st.lists(st.floats(0, 1, exclude_min=True), min_size=1, max_size=4),
    tickers=st.lists(st.sampled_from(["KO", "PEP"]), min_size=1, max_size=3),
)
def test_a_sell_is_at_most_what_is_held_less_open_sells(
    shares: int, fractions: list[float], tickers: list[str]
) -> None:
    state = holding(an_account(), a_holding("KO", shares=shares), a_holding("PEP", entry="150", shares=3))
    for fraction in fractions:
        verdict = judge(c.ClosePosition(tickers=tuple(tickers), fraction=fraction), a_ground(state))
        if not isinstance(verdict, Refused):
            state = done(state, c.ClosePosition(tickers=tuple(tickers), fraction=fraction))
        for ticker, position in state.positions.items():
            assert 0 <= state.selling(ticker) <= position.shares


@settings(max_examples=60)
@given(
    stop=st.integers(0, 10**10),
    high=st.integers(0, 10**10),
    atr=st.integers(1, 10**7),
    reason=st.sampled_from(StopReason),
)
def test_p37_no_rule_lowers_a_stop_whatever_it_asks_for(stop: int, high: int, atr: int, reason: StopReason) -> None:
    before = HELD.positions["KO"]
    verdict = judge(c.RaiseStop(ticker="KO", stop=stop, high=high, atr=atr, reason=reason), a_ground(HELD))
    events = () if isinstance(verdict, Refused) else verdict
    after = applied(HELD, events).positions["KO"]
    assert after.stop == max(before.stop, stop)
    assert after.high == max(before.high, high)
    assert after.take == before.take
    assert after.initial_stop == before.initial_stop


def test_a_stop_that_stays_where_it_is_is_no_event() -> None:
    held = HELD.positions["KO"]
    same = c.RaiseStop(ticker="KO", stop=held.stop - 1, high=held.high, atr=held.atr, reason=StopReason.HEAT)
    assert refused(same, HELD).code is Refusal.NOTHING_CHANGED
    gone = c.RaiseStop(ticker="XOM", stop=1, high=1, atr=1, reason=StopReason.HEAT)
    assert refused(gone, HELD).code is Refusal.NOT_HELD


def test_an_order_being_cancelled_still_counts_as_selling() -> None:
    selling = an_order(side=Side.SELL, shares=100, status=OrderStatus.CANCELLING, reserved="0")
    state = holding(an_account(orders={"x": selling}), a_holding("KO", shares=100))
    assert refused(c.ClosePosition(tickers=("KO",)), state).code is Refusal.ALREADY_SELLING
