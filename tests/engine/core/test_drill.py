"""The drill shows of each breaker that no entry passes while it stands, and that exits do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.drill import Drilled, drill
from engine.core.policy import DEFAULT_POLICY
from engine.core.preferences import Preferences
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import money
from engine.core.words import BreakerKind, Skip
from tests.builders import NOON, a_breaker, a_proposal, an_order
from tests.engine.core.rules.asks import quick
from tests.engine.scenes import TODAY, a_holding, a_scene, an_account, done, holding, prefer

REASONS = {
    BreakerKind.DAILY_LOSS: Skip.BREAKER,
    BreakerKind.SINGLE_POSITION: Skip.TICKER_COOLDOWN,
    BreakerKind.VOLATILITY: Skip.BREAKER,
    BreakerKind.MAX_DRAWDOWN: Skip.MAX_DRAWDOWN,
    BreakerKind.MANUAL: Skip.BREAKER,
}


def drilled(state: State, scene: Scene | None = None) -> dict[BreakerKind, Drilled]:
    return {one.kind: one for one in drill(state, scene or a_scene(), DEFAULT_POLICY)}


def test_each_breaker_refuses_an_entry_that_would_pass_and_lets_the_exit_go() -> None:
    found = drilled(holding(an_account(), a_holding("KO", shares=5)))
    assert list(found) == list(BreakerKind)
    assert {kind: one.reason for kind, one in found.items()} == REASONS
    assert {(one.ticker, one.before, one.held, one.sold) for one in found.values()} == {("KO", Skip.NONE, 5, 5)}
    assert all(one.proves for one in found.values())


def test_the_ends_are_those_of_the_breakers() -> None:
    minutes = a_scene(interval_s=60)
    ends = {kind: one.until for kind, one in drilled(an_account(), minutes).items()}
    assert ends[BreakerKind.VOLATILITY] == NOON + timedelta(hours=2)
    assert ends[BreakerKind.DAILY_LOSS] == datetime(2026, 11, 23, 14, 45, tzinfo=UTC)
    assert ends[BreakerKind.MANUAL] is ends[BreakerKind.MAX_DRAWDOWN] is None


def test_an_account_without_positions_is_given_one_to_sell() -> None:
    assert {(one.held, one.sold, one.proves) for one in drilled(an_account()).values()} == {(1, 1, True)}


def busy() -> State:
    """Off, paused, killed, fallen, with a breaker, a question and an order under way."""
    state = an_account(preferences=Preferences(), peak=money("500000"), orders={"b": an_order()})
    state = replace(state, breakers={(BreakerKind.DAILY_LOSS, None): a_breaker()}, proposals={"d1": a_proposal()})
    return done(done(state, c.PauseEntries()), c.StopEverything())


@pytest.mark.parametrize("at", [NOON, TODAY.opens_at, TODAY.closes_at + timedelta(hours=3)])
def test_what_stops_the_account_besides_does_not_blur_the_proof(at: object) -> None:
    scene = a_scene(at, healthy=False, halted=frozenset({"KO"}))  # type: ignore[arg-type]  # instants
    assert all(one.proves for one in drilled(busy(), scene).values())


def test_where_nothing_may_be_bought_the_drill_says_so_and_proves_nothing() -> None:
    excluded = an_account(preferences=prefer(trading__excluded_tickers=["KO", "PEP"]))
    found = drilled(excluded)
    assert {one.before for one in found.values()} == {Skip.EXCLUDED}
    assert {(one.holds, one.proves) for one in found.values()} == {(True, False)}


def test_a_breaker_that_refuses_nothing_is_found_out() -> None:
    passed = Drilled(BreakerKind.MANUAL, "KO", Skip.NONE, Skip.NONE, 5, 5, None)
    assert not passed.holds
    kept = passed._replace(reason=Skip.BREAKER, sold=4)
    assert not kept.holds
    other = passed._replace(reason=Skip.WINDOW)
    assert (other.holds, other.proves) == (True, False)


def test_without_prices_there_is_no_drill() -> None:
    assert drill(an_account(), a_scene(prices={}), DEFAULT_POLICY) == ()


@quick
@given(
    st.sampled_from(["off", "ask", "auto"]),
    st.lists(st.sampled_from(["KO", "PEP", "JPM"]), unique=True),
    st.integers(1, 40),
    st.booleans(),
)
def test_p13_whatever_the_account_is_like_no_entry_passes_a_breaker_and_every_exit_does(
    autonomy: str,
    held: list[str],
    shares: int,
    paused: bool,  # noqa: FBT001  # as Hypothesis gives it
) -> None:
    state = an_account(preferences=prefer(trading__autonomy=autonomy))
    state = holding(state, *(a_holding(one, "50", shares) for one in held))
    state = done(state, c.PauseEntries()) if paused else state
    for one in drill(state, a_scene(prices={"KO": "49.50", "PEP": "51", "JPM": "50"}), DEFAULT_POLICY):
        assert one.holds
        assert one.reason is REASONS[one.kind] or one.before is not Skip.NONE
        assert one.sold == (shares if one.ticker in held else 1)
