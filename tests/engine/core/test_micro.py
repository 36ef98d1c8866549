"""Micro-trades from the idea to the end of their time: smaller, nearer, soon over, and counted apart."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import applied
from engine.core.decide import decide
from engine.core.judge import Ground, judge
from engine.core.limits import for_micro, in_force
from engine.core.nouns import Order, Pause, Position, Recommendation
from engine.core.policy import DEFAULT_POLICY, Policy
from engine.core.preferences import Preferences, patched
from engine.core.refusals import Refused
from engine.core.review import reviewed
from engine.core.scene import Scene
from engine.core.state import State, Tally
from engine.core.units import money
from engine.core.words import BreakerKind, Origin, Skip, Tier
from tests.builders import (
    NOON,
    a_breaker,
    a_decision,
    a_fill,
    a_proposal,
    a_recommendation,
    a_trade,
    an_order,
)
from tests.engine.scenes import (
    DAY,
    SECTORS,
    TODAY,
    a_holding,
    a_scene,
    an_account,
    done,
    holding,
    judged,
    prefer,
    refused,
)

PRICES = dict.fromkeys(SECTORS, "60")
A_DAY = a_recommendation(window="1d", confidence=0.8)


def trading_so(**fields: Any) -> State:
    """An account that trades in minutes, in today's session."""
    return an_account(preferences=prefer(trading__micro_trading=True, **fields))


def bought(state: State, wanted: Recommendation = A_DAY, scene: Scene | None = None) -> tuple[e.Decided, Order]:
    """The decision on an idea that is acted on, and its one order."""
    events = judged(c.Consider(recommendation_id=wanted.id), replace(state, pending={wanted.id: wanted}), scene)
    first, second = events
    assert isinstance(first, e.Decided)
    assert isinstance(second, e.OrderIntended)
    return first, second.order


def walked(state: State, scene: Scene, policy: Policy = DEFAULT_POLICY) -> State:
    """Everything that is due, questions answered with a yes and orders filled at the price, until nothing is left."""
    tried: list[c.Command] = []
    while True:
        asked = tuple(one.decision.ticker for one in state.proposals.values())
        yes = [c.Approve(tickers=asked, by="owner", key=str(len(tried)))] if asked else []
        fills = [filling(order, scene) for order in state.orders.values()]
        due = [one for one in (*fills, *yes, *decide(state, scene, policy)) if one not in tried]
        if not due:
            return state
        tried.append(due[0])
        verdict = judge(due[0], Ground(state, scene, policy))
        if not isinstance(verdict, Refused):
            state = replace(applied(state, verdict), seq=state.seq + len(verdict))


def filling(order: Order, scene: Scene) -> c.RecordFill:
    price = scene.quotes[order.ticker].price
    own: dict[str, Any] = {
        "client_order_id": order.client_order_id,
        "ticker": order.ticker,
        "side": order.side,
        "at": scene.at,
    }
    fill = replace(a_fill(**own), execution_id=f"x-{order.client_order_id}", shares=order.shares, price=price)
    return c.RecordFill(fill=fill)


# --- size and levels


@pytest.mark.parametrize(
    ("fields", "shares"),
    [
        ({}, 50),  # 2 % × 0.95 / 0.75 × 1.2 are 3.04 %, cut to 3 % of $100,000
        ({"trading__risk_tolerance": "aggressive"}, 50),
        ({"risk__max_position_pct": 1}, 16),
        ({"trading__position_size_pct": 1}, 25),  # 1.52 %
    ],
)
def test_p31_a_micro_trade_takes_three_percent_at_most_or_less_where_the_owner_says_so(
    fields: dict[str, Any], shares: int
) -> None:
    _, order = bought(trading_so(**fields), replace(A_DAY, confidence=0.95))
    assert (order.shares, order.micro) == (shares, True)


@pytest.mark.parametrize(
    ("fields", "stop", "take"),
    [
        ({}, "58.80", "61.80"),  # one ATR of $1.20 under, 1.5 times that above
        ({"trading__risk_tolerance": "aggressive"}, "58.80", "61.80"),
        ({"risk__stop_loss_pct": 1}, "59.40", "60.90"),
        ({"risk__stop_loss_pct": 5}, "58.80", "61.80"),
        ({"risk__take_profit_pct": 1}, "58.80", "60.60"),
    ],
)
def test_p31_its_levels_are_one_range_and_one_and_a_half(fields: dict[str, Any], stop: str, take: str) -> None:
    found, order = bought(trading_so(**fields))
    assert (found.decision.stop, found.decision.take) == (money(stop), money(take))
    assert (order.stop, order.take) == (money(stop), money(take))
    state = done(done_with(trading_so(**fields), found, order), filling(order, a_scene()))
    assert (state.positions["KO"].stop, state.positions["KO"].take) == (money(stop), money(take))


def done_with(state: State, found: e.Decided, order: Order) -> State:
    return replace(applied(state, (found, e.OrderIntended(order=order))), seq=2)


@pytest.mark.parametrize(("window", "parts"), [("1d", 0), ("7d", 3)])
def test_p31_a_micro_trade_is_bought_at_once(window: str, parts: int) -> None:
    policy = DEFAULT_POLICY._replace(gradual_entry_threshold=money("1000"))
    wanted = replace(A_DAY, window=window)
    ground = Ground(replace(trading_so(), pending={wanted.id: wanted}), a_scene(), policy)
    verdict = judge(c.Consider(recommendation_id=wanted.id), ground)
    assert not isinstance(verdict, Refused)
    plans = [one.tranches for one in verdict if isinstance(one, e.TranchesPlanned)]
    assert sum(len(plan.left) + 1 for plan in plans) == parts


ideas = st.lists(
    st.tuples(st.sampled_from(sorted(SECTORS)), st.sampled_from(["intraday", "1d", "7d"]), st.floats(0.6, 1)),
    max_size=12,
)


@settings(max_examples=60)
@given(ideas=ideas, most=st.integers(1, 4), cap=st.floats(0.002, 0.05), asks=st.booleans())
def test_p31_whatever_is_recommended_micro_trades_keep_their_limits(
    ideas: Sequence[tuple[str, str, float]], most: int, cap: float, *, asks: bool
) -> None:
    policy = DEFAULT_POLICY._replace(micro_max_daily=most, micro_cap=cap)
    pending = {
        f"r{n}": a_recommendation(id=f"r{n}", ticker=ticker, window=window, confidence=sure, generated_at=NOON)
        for n, (ticker, window, sure) in enumerate(ideas)
    }
    autonomy = "ask" if asks else "auto"
    start = replace(trading_so(trading__autonomy=autonomy, trading__risk_tolerance="aggressive"), pending=pending)
    scene = a_scene(prices=PRICES)
    state = walked(start, scene, policy)
    micro = [one for one in state.positions.values() if one.micro]
    assert state.tally.micro <= most
    assert len(micro) <= state.tally.micro
    assert not any(one.micro for one in state.orders.values())
    for position in micro:
        assert position.cost <= cap * 100_000 * 10_000 * (1 + 1e-12)
        assert (position.stop, position.take) == (money("58.80"), money("61.80"))
        assert position.expires_at == NOON + timedelta(minutes=120)
    for position in state.positions.values():
        windows = {one.window for one in pending.values() if one.ticker == position.ticker}
        assert position.micro or "7d" in windows
        assert position.expires_at is None or position.micro


@settings(max_examples=60)
@given(
    tier=st.sampled_from(Tier),
    position=st.none() | st.floats(0.1, 100),
    confidence=st.none() | st.floats(0.01, 1),
    cap=st.floats(0.001, 1),
)
def test_p40_nothing_is_looser_for_a_micro_trade(
    tier: Tier, *, position: float | None, confidence: float | None, cap: float
) -> None:
    policy = DEFAULT_POLICY._replace(micro_cap=cap)
    own = patched(Preferences(), {"risk.max_position_pct": position, "trading.min_confidence": confidence})
    limits = in_force(tier, own, policy)
    found = for_micro(limits, policy)
    assert found.max_position == min(limits.max_position, cap)
    assert found.stop_multiplier == 1.0 < limits.stop_multiplier
    assert found.reward_risk == 1.5
    same: dict[str, Any] = {"max_position": 0.0, "stop_multiplier": 0.0, "reward_risk": 0.0}
    assert found._replace(**same) == limits._replace(**same)


# --- its time


def a_micro(at: datetime, **changes: Any) -> Position:
    """Ten shares that were a micro-trade bought at that instant, as the judge books them."""
    order = an_order(micro=True, atr=money("1.20"), source="momentum")
    booked = done(replace(trading_so(), orders={"paper-d1-1": order}), c.RecordFill(fill=a_fill(at=at)), a_scene(at))
    return replace(booked.positions["KO"], **changes)


HALF_DAY = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
"""Noon in New York on the Friday after Thanksgiving, which closes at 13:00."""


@pytest.mark.parametrize(
    ("bought_at", "ends_at"),
    [
        (NOON, NOON + timedelta(minutes=120)),
        (TODAY.closes_at - timedelta(minutes=135), TODAY.closes_at - timedelta(minutes=15)),
        (TODAY.closes_at - timedelta(minutes=134), TODAY.closes_at - timedelta(minutes=15)),
        (TODAY.closes_at - timedelta(minutes=5), TODAY.closes_at - timedelta(minutes=15)),
        (HALF_DAY, datetime(2026, 11, 27, 17, 45, tzinfo=UTC)),
    ],
)
def test_p32_it_ends_after_two_hours_or_with_the_window_of_its_session(bought_at: datetime, ends_at: datetime) -> None:
    position = a_micro(bought_at)
    assert position.expires_at == ends_at
    assert (position.micro, position.source) == (True, "momentum")


def test_p32_what_is_booked_late_ends_with_the_session_that_it_was_bought_in() -> None:
    """Filled on Thursday at noon, and heard of on Friday."""
    order = an_order(micro=True, atr=money("1.20"))
    thursday = a_fill(at=NOON - timedelta(days=1))
    state = done(replace(trading_so(), orders={"paper-d1-1": order}), c.RecordFill(fill=thursday))
    assert state.positions["KO"].expires_at == NOON - timedelta(days=1) + timedelta(minutes=120)


HINDRANCES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "pause": {"pause": Pause(since=NOON, until=None)},
    "kill switch": {"killed_at": NOON},
    "breakers": {"breakers": {(kind, None): a_breaker(kind=kind) for kind in BreakerKind}},
    "autonomy off": {"preferences": prefer(trading__autonomy="off")},
    "micro-trading off": {"preferences": prefer(trading__micro_trading=False)},
    "frozen": {"frozen": frozenset({"KO"})},
}


@pytest.mark.parametrize("hindrance", HINDRANCES)
@settings(max_examples=15)
@given(minutes=st.integers(0, 175), seconds=st.integers(-3600, 3600))
def test_p32_it_is_sold_when_its_time_is_over_and_not_before(hindrance: str, minutes: int, seconds: int) -> None:
    position = a_micro(NOON + timedelta(minutes=minutes))
    assert position.expires_at is not None
    at = position.expires_at + timedelta(seconds=seconds)
    state = replace(holding(trading_so(), position), **HINDRANCES[hindrance])
    found = [one for one in decide(state, a_scene(at), DEFAULT_POLICY) if isinstance(one, c.ExitPosition)]
    assert [one.origin for one in found] == ([Origin.MICRO_EXPIRY] if seconds >= 0 else [])


def expired() -> tuple[State, Scene]:
    return holding(trading_so(), a_micro(NOON)), a_scene(NOON + timedelta(minutes=120))


def test_p32_its_end_makes_one_sell_of_all_with_its_reason() -> None:
    state, scene = expired()
    command = c.ExitPosition(ticker="KO", origin=Origin.MICRO_EXPIRY, trigger=money("60"))
    decided, intended = judged(command, state, scene)
    assert isinstance(decided, e.Decided)
    assert isinstance(intended, e.OrderIntended)
    assert (decided.decision.shares, decided.decision.micro, decided.decision.origin) == (10, True, Origin.MICRO_EXPIRY)
    (line,) = decided.decision.trace
    assert (line.step, line.limit) == ("micro_expiry", "2026-11-20T19:00:00+00:00")
    assert (intended.order.micro, intended.order.source, intended.order.trigger) == (True, "momentum", None)
    assert [
        one for one in decide(applied(state, (intended,)), scene, DEFAULT_POLICY) if "Exit" in type(one).__name__
    ] == []


@pytest.mark.parametrize(("price", "origin"), [("58.80", Origin.STOP), ("61.80", Origin.TAKE)])
def test_p32_a_level_that_is_crossed_at_that_very_time_is_the_reason(price: str, origin: Origin) -> None:
    state, scene = expired()
    at_level = a_scene(scene.at, {"KO": price})
    found = [one for one in decide(state, at_level, DEFAULT_POLICY) if isinstance(one, c.ExitPosition)]
    assert [one.origin for one in found] == [origin]


def test_a_standard_position_has_no_such_end() -> None:
    state = done(replace(an_account(), orders={"paper-d1-1": an_order()}), c.RecordFill(fill=a_fill()))
    assert (state.positions["KO"].expires_at, state.positions["KO"].micro) == (None, False)


def test_adding_to_a_micro_trade_keeps_its_first_end_and_its_source() -> None:
    held = a_micro(NOON - timedelta(minutes=30))
    state = replace(holding(trading_so(), held), orders={"paper-d1-1": an_order(micro=True, source="breakout")})
    more = done(state, c.RecordFill(fill=a_fill())).positions["KO"]
    assert (more.shares, more.expires_at, more.source) == (20, NOON + timedelta(minutes=90), "momentum")


def test_its_stop_trails_by_one_range() -> None:
    """Past half way to $61.80: the high of $61 less one ATR of $1.20 is $59.80, above that the entry protects."""
    state = holding(trading_so(), a_micro(NOON))
    scene = a_scene(prices={"KO": "61.50"}, atr={"KO": money("1.20")})
    found = [one.stop for one in decide(state, scene, DEFAULT_POLICY) if isinstance(one, c.RaiseStop)]
    assert found == [money("60.30")]


# --- counted apart

kinds = st.lists(st.tuples(st.booleans(), st.integers(-500, 500)), max_size=20)


def trades_of(found: Sequence[tuple[bool, int]]) -> tuple[Any, ...]:
    return tuple(
        a_trade(client_order_id=f"o{n}", micro=micro, realised=str(won), source="momentum", closed_at=NOON)
        for n, (micro, won) in enumerate(found)
    )


@given(found=kinds)
def test_p33_no_figure_of_standard_trades_knows_of_micro_trades(found: Sequence[tuple[bool, int]]) -> None:
    """The review and the tier at the close see the same with them as without them."""
    both = replace(trading_so(), trades=trades_of(found))
    alone = replace(both, trades=tuple(one for one in both.trades if not one.micro))
    scene = a_scene(TODAY.closes_at, lookback=DAY - timedelta(days=40))
    assert reviewed(both, scene, "momentum") == reviewed(alone, scene, "momentum")
    tiers = [judge(c.MoveTier(), Ground(state, scene, DEFAULT_POLICY)) for state in (both, alone)]
    assert tiers[0] == tiers[1]


@pytest.mark.parametrize("micro", [True, False])
def test_p33_the_trade_that_a_sell_closes_is_of_the_positions_kind_and_strategy(*, micro: bool) -> None:
    position = a_holding("KO", shares=10, micro=micro, source="breakout")
    state = done(holding(trading_so(), position), c.ClosePosition(tickers=("KO",), by="owner"))
    (order,) = state.orders.values()
    assert (order.micro, order.source) == (micro, "breakout")
    (trade,) = done(state, filling(order, a_scene())).trades
    assert (trade.micro, trade.source) == (micro, "breakout")


# --- questions


def asked(window: str, *, micro: bool) -> State:
    wanted = replace(A_DAY, window=window, generated_at=TODAY.opens_at if window == "1d" else NOON)
    question = a_proposal(decision=a_decision(micro=micro), recommendation=wanted)
    own = prefer(trading__autonomy="ask", trading__micro_trading=micro)
    return an_account(preferences=own, proposals={"d1": question}, tally=Tally(session=DAY))


@pytest.mark.parametrize(
    ("window", "on", "reason"),
    [("intraday", False, Skip.MICRO_OFF), ("1d", False, Skip.OTHER_KIND), ("1d", True, Skip.OTHER_KIND)],
)
def test_a_question_whose_kind_would_change_is_closed_with_the_setting(window: str, reason: Skip, *, on: bool) -> None:
    state = asked(window, micro=not on)
    events = judged(c.ChangePreferences(patch={"trading.micro_trading": on}, by="owner"), state)
    (closed,) = [one for one in events if isinstance(one, e.ProposalClosed)]
    assert (closed.decision_id, closed.outcome) == ("d1", reason)


@pytest.mark.parametrize("on", [True, False])
def test_a_question_about_a_standard_trade_stays(*, on: bool) -> None:
    state = asked("7d", micro=False)
    state = replace(state, preferences=prefer(trading__autonomy="ask", trading__micro_trading=not on))
    events = judged(c.ChangePreferences(patch={"trading.micro_trading": on}, by="owner"), state)
    assert [one for one in events if isinstance(one, e.ProposalClosed)] == []


def test_an_idea_of_minutes_is_too_old_after_fifteen() -> None:
    old = replace(A_DAY, window="intraday", generated_at=NOON - timedelta(minutes=15, seconds=1))
    (event,) = judged(c.Consider(recommendation_id=old.id), replace(trading_so(), pending={old.id: old}))
    assert isinstance(event, e.Decided)
    assert (event.decision.reason, event.decision.micro) == (Skip.STALE, True)


def test_nothing_expires_that_is_not_held() -> None:
    command = c.ExitPosition(ticker="KO", origin=Origin.MICRO_EXPIRY, trigger=money("60"))
    assert refused(command, trading_so()).facts == {"ticker": "KO"}
