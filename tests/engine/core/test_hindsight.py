"""What other limits would have made of what was decided: taken from stored traces alone."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.case import Case
from engine.core.evaluate import decision
from engine.core.hindsight import OPENS, Rules, additions, again, asked, days, first_entries, newly_open, opens
from engine.core.judge import Ground
from engine.core.limits import in_force
from engine.core.nouns import Decision
from engine.core.policy import DEFAULT_POLICY
from engine.core.preferences import Preferences, patched
from engine.core.rules import sizing
from engine.core.state import State
from engine.core.units import money
from engine.core.words import Autonomy, Origin, Skip
from tests.builders import a_recommendation, a_snapshot
from tests.engine.scenes import a_holding, a_scene, an_account, holding, prefer

KO = a_recommendation(confidence=0.8)
AUTO = prefer(trading__autonomy=Autonomy.AUTO)


def decided(state: State, scene: Any = None, policy: Any = DEFAULT_POLICY, **changes: Any) -> Decision:
    ground = Ground(state, scene or a_scene(), policy)
    wanted = replace(KO, **changes)
    return decision(Case(wanted, Origin.RECOMMENDED, state, ground.scene, ground.limits, policy, ground.worth), "d1")


def rules(preferences: Preferences) -> Rules:
    return Rules(preferences, in_force(preferences.trading.risk_tolerance, preferences, DEFAULT_POLICY))


@settings(max_examples=80, deadline=None)
@given(
    cash=st.integers(2_000, 2_000_000),
    confidence=st.floats(0.75, 1),
    held=st.integers(0, 40),
    size=st.none() | st.floats(0.1, 25),
    cap=st.none() | st.integers(100, 5_000),
    earnings=st.none() | st.integers(2, 6),
    correlation=st.floats(0, 0.8),
)
def test_under_the_limits_of_then_a_buy_comes_out_as_it_was(
    *,
    cash: int,
    confidence: float,
    held: int,
    size: float | None,
    cap: int | None,
    earnings: int | None,
    correlation: float,
) -> None:
    patch = {"trading.position_size_pct": size, "trading.absolute_position_cap": cap}
    preferences = patched(AUTO, patch)
    state = an_account(str(cash), preferences=preferences)
    if held and held * 150 < cash // 2:
        state = holding(state, a_holding("PEP", "150", held))
    known: dict[str, Any] = {
        "earnings": {} if earnings is None else {"KO": earnings},
        "correlation": {("KO", "PEP"): correlation},
    }
    found = decided(state, replace(a_scene(), **known), confidence=confidence)
    limits = rules(preferences).limits
    entries = first_entries([found])
    assert bool(entries) == found.acts
    if entries:
        assert sizing.size(asked(found, limits)).shares == found.shares
        assert again(entries, limits)[:2] == (1, found.shares * (found.price or 0))


def test_twice_the_usual_size_is_twice_the_money_and_the_loss() -> None:
    """2 % × 1.2 of 100,000 are 40 shares at 60; their stop is 1.80 away."""
    state = an_account("100000", preferences=AUTO)
    found = decided(state, confidence=0.75)
    old = rules(AUTO).limits
    then, now = again([found], old), again([found], old._replace(base_allocation=2 * old.base_allocation))
    assert (then.entries, then.dollars, then.at_risk) == (1, money("2400"), money("72"))
    assert (now.entries, now.dollars, now.at_risk) == (1, money("4800"), money("144"))


def test_stricter_limits_may_leave_nothing_of_a_buy() -> None:
    state = an_account("100000", preferences=AUTO)
    found = decided(state, confidence=0.76)
    now = again([found], rules(prefer(trading__min_confidence=0.9)).limits)
    assert (found.acts, now) == (True, (0, 0, 0))


def test_a_capital_limit_makes_buys_of_before_smaller() -> None:
    state = an_account("100000", preferences=AUTO)
    found = decided(state, confidence=0.75)
    limits = rules(AUTO).limits
    assert again([found], limits._replace(capital_limit=money("50000"))).dollars == money("1200")
    assert again([found], limits).dollars == money("2400")


def test_what_was_added_to_a_holding_is_left_out() -> None:
    state = holding(an_account("100000", preferences=AUTO), a_holding("KO", "60", 5))
    found = decided(state)
    assert found.acts
    assert (first_entries([found]), additions([found])) == ([], 1)


@pytest.mark.parametrize("reason", [Skip.LAPSED, Skip.DECLINED])
def test_what_was_proposed_in_vain_is_bought_by_itself_on_auto(reason: Skip) -> None:
    asking = patched(AUTO, {"trading.autonomy": "ask"})
    found = replace(decided(an_account("100000", preferences=asking)), reason=reason, shares=0)
    assert newly_open([found], rules(asking), rules(AUTO)) == 1
    assert newly_open([found], rules(asking), rules(patched(asking, {"trading.min_confidence": 0.6}))) == 0


@pytest.mark.parametrize(
    ("turned_down_by", "changed"),
    [
        ({"trading.autonomy": Autonomy.OFF}, {"trading.autonomy": Autonomy.AUTO}),
        ({"trading.min_confidence": 0.9}, {"trading.min_confidence": 0.8}),
        ({"trading.excluded_tickers": ("KO",)}, {"trading.excluded_tickers": ()}),
        ({"trading.excluded_sectors": ("consumer_staples",)}, {"trading.excluded_sectors": ()}),
        ({"trading.universe": "watchlist_only"}, {"trading.watchlist": ("KO",)}),
        ({"trading.asset_classes": ("etfs",)}, {"trading.asset_classes": ("equities",)}),
    ],
)
def test_a_setting_that_turned_an_idea_down_is_named_by_the_one_that_lets_it_past(
    turned_down_by: dict[str, Any], changed: dict[str, Any]
) -> None:
    old = patched(AUTO, turned_down_by)
    found = decided(an_account("100000", preferences=old))
    new = patched(old, changed)
    assert found.reason in OPENS
    assert (opens(found, rules(old)), opens(found, rules(new))) == (False, True)
    assert newly_open([found, found], rules(old), rules(new)) == 2
    assert newly_open([found], rules(new), rules(new)) == 0
    assert decided(an_account("100000", preferences=new)).reason is not found.reason


def test_a_full_limit_is_open_once_it_has_room() -> None:
    old = patched(AUTO, {"risk.max_exposure_pct": 10})
    full = holding(an_account("10000", preferences=old), a_holding("PEP", "150", 10))
    found = decided(full)
    assert found.reason is Skip.SECTOR_FULL
    wider = patched(old, {"risk.max_exposure_pct": 100})
    assert not opens(found, rules(old))
    assert opens(found, rules(wider))


def test_days_that_reached_a_limit_are_counted_by_their_close() -> None:
    lost = a_snapshot("9700", day_pnl=money("-300"), peak=money("10000"))
    fell = a_snapshot("8000", day_pnl=money("0"), peak=money("10000"))
    limits = rules(prefer()).limits._replace(daily_loss=0.03, max_drawdown=0.15)
    assert days([lost, fell], limits) == (1, 1)
    assert days([lost, fell], limits._replace(daily_loss=0.031, max_drawdown=0.2)) == (0, 0)
