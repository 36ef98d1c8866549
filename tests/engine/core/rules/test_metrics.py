import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.metrics import max_drawdown, profit_factor, sharpe, win_rate
from tests.engine.core.rules.asks import quick


def test_a_flat_trade_is_no_win_but_counts() -> None:
    assert win_rate(3, 1, 0) == 0.75
    assert win_rate(3, 1, 2) == 0.5
    assert win_rate(0, 2, 0) == 0.0
    assert win_rate(0, 0, 0) == 0.0


def test_profit_factor_is_infinite_without_losses() -> None:
    assert profit_factor(3_000_000, 1_500_000) == 2.0
    assert profit_factor(0, 1) == 0.0
    assert profit_factor(1, 0) == math.inf


def test_sharpe_by_hand() -> None:
    """Mean 0.02, deviation 0.01: 2 × √252."""
    assert sharpe([0.01, 0.02, 0.03]) == pytest.approx(31.74901573277509, rel=1e-12)
    assert sharpe([-0.01, 0.01]) == 0.0
    assert sharpe([0.01, 0.010001]) == pytest.approx(0.0100005 / 7.0710678e-7 * 15.874507866, rel=1e-6)


@pytest.mark.parametrize("returns", [[], [0.01], [0.0, 0.0], [0.1, 0.1, 0.1], [-0.07] * 9])
def test_without_deviation_there_is_no_sharpe(returns: list[float]) -> None:
    assert math.isnan(sharpe(returns))


def test_drawdown_is_the_deepest_fall_from_a_peak() -> None:
    assert max_drawdown([100, 120, 90, 130, 117]) == 0.25
    assert max_drawdown([100, 100, 110]) == 0.0
    assert max_drawdown([100]) == 0.0
    assert max_drawdown([]) == 0.0
    assert max_drawdown([100, 0]) == 1.0


@quick
@given(st.lists(st.floats(-0.2, 0.2), min_size=2, max_size=60))
def test_p26_sharpe_is_mean_over_sample_deviation(returns: list[float]) -> None:
    deviation = statistics.stdev(returns)
    if deviation > 1e-9:
        expected = statistics.fmean(returns) / deviation * 252**0.5
        assert sharpe(returns) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@quick
@given(st.lists(st.integers(1, 10**10), max_size=30))
def test_p26_drawdown_is_the_worst_pair(equities: list[int]) -> None:
    falls = [
        (early - late) / early for place, early in enumerate(equities) for late in equities[place:] if late <= early
    ]
    assert max_drawdown(equities) == pytest.approx(max(falls, default=0.0), abs=1e-12)


@quick
@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_p26_win_and_loss_rates_leave_the_flat(wins: int, losses: int, flat: int) -> None:
    trades = max(1, wins + losses + flat)
    assert win_rate(wins, losses, flat) * trades == pytest.approx(wins)
    assert 0.0 <= win_rate(wins, losses, flat) <= 1.0
