"""The limits in force: never looser than tier or preference (property 40)."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.limits import in_force
from engine.core.policy import DEFAULT_POLICY, DEFAULT_TIERS
from engine.core.preferences import Preferences, patched
from engine.core.units import MAX_CASH, money
from engine.core.words import Tier


@settings(max_examples=80)
@given(
    tier=st.sampled_from(Tier),
    confidence=st.none() | st.floats(0.01, 1),
    size=st.none() | st.floats(0.1, 25),
    position=st.none() | st.floats(0.1, 100),
    sector=st.none() | st.floats(1, 100),
    exposure=st.floats(1, 100),
)
def test_p40_in_force_is_never_looser_than_tier_or_preference(
    tier: Tier,
    *,
    confidence: float | None,
    size: float | None,
    position: float | None,
    sector: float | None,
    exposure: float,
) -> None:
    patch = {
        "trading.min_confidence": confidence,
        "trading.position_size_pct": size,
        "risk.max_position_pct": position,
        "risk.max_sector_pct": sector,
        "risk.max_exposure_pct": exposure,
    }
    found = in_force(tier, patched(Preferences(), patch), DEFAULT_POLICY)
    bundle = DEFAULT_TIERS[tier]

    def share(percent: float | None) -> float:
        return math.inf if percent is None else percent / 100

    assert found.min_confidence == max(bundle.min_confidence, confidence or 0)
    assert found.base_allocation == min(bundle.base_allocation, share(size))
    assert found.max_exposure == share(exposure)
    assert found.max_sector == min(bundle.max_sector, share(sector), share(exposure))
    assert found.max_position == min(bundle.max_position, share(position), share(sector), share(exposure))
    assert found.max_position <= found.max_sector <= found.max_exposure
    assert (found.max_heat, found.stop_multiplier) == (bundle.max_heat, bundle.stop_multiplier)


def test_tiers_open_up_step_by_step() -> None:
    for tighter, looser in zip(list(Tier), list(Tier)[1:], strict=False):
        one, other = DEFAULT_TIERS[tighter], DEFAULT_TIERS[looser]
        assert other.min_confidence < one.min_confidence
        assert all(b > a for a, b in zip(one[1:], other[1:], strict=True))


def test_the_tiers_are_those_of_the_page() -> None:
    assert DEFAULT_TIERS[Tier.MODERATE] == (0.65, 0.04, 0.08, 2.0, 2.0, 0.30, 0.10)
    assert DEFAULT_TIERS[Tier.CONSERVATIVE] == (0.75, 0.02, 0.05, 1.5, 1.5, 0.20, 0.06)
    assert DEFAULT_TIERS[Tier.AGGRESSIVE] == (0.55, 0.06, 0.12, 2.5, 2.5, 0.40, 0.15)


def test_without_own_limits_the_tiers_hold_and_money_has_none() -> None:
    found = in_force(Tier.CONSERVATIVE, Preferences(), DEFAULT_POLICY)
    assert (found.absolute_cap, found.capital_limit, found.stop_loss, found.take_profit) == (0, MAX_CASH, 0.0, 0.0)
    assert (found.daily_loss, found.single_position_loss, found.max_drawdown) == (0.03, 0.10, 0.15)
    assert found.reserve_share == pytest.approx(0.2)
    assert (found.max_open_positions, found.max_daily_trades) == (10, 50)


def test_own_dollars_become_money() -> None:
    own = patched(Preferences(), {"trading.absolute_position_cap": 25, "trading.capital_limit": "5000.50"})
    found = in_force(Tier.CONSERVATIVE, own, DEFAULT_POLICY)
    assert (found.absolute_cap, found.capital_limit) == (money("25"), money("5000.50"))
