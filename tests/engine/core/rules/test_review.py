"""What a strategy brought, and when that is too little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.review import enough, result, underperforms

amounts = st.integers(-(10**12), 10**12)
costs = st.integers(0, 10**12)
shares = st.floats(0.001, 0.9)


@pytest.mark.parametrize(
    ("won", "cost", "found"), [(50, 1_000, 0.05), (-50, 1_000, -0.05), (7, 0, 0.0), (0, 9, 0.0), (1, 1, 1.0)]
)
def test_a_result_is_a_share_of_what_was_put_to_work(won: int, cost: int, found: float) -> None:
    assert result(won, cost) == pytest.approx(found)


@pytest.mark.parametrize(
    ("won", "lags"),
    [(-500_000, False), (-500_001, True), (-499_999, False), (0, False), (500_001, False)],
)
def test_a_loss_of_just_the_share_is_not_too_much(won: int, *, lags: bool) -> None:
    """5 % of $1,000."""
    assert underperforms(won, 10_000_000, 0.05) is lags


@pytest.mark.parametrize(
    ("trades", "held", "found"),
    [(0, 0, False), (4, 0, False), (0, 4, False), (3, 1, False), (5, 0, True), (0, 5, True), (4, 1, True)],
)
def test_five_trades_and_positions_together_are_enough_to_judge_by(trades: int, held: int, *, found: bool) -> None:
    assert enough(trades, held) is found


def test_what_put_nothing_to_work_never_lags() -> None:
    assert not underperforms(-1, 0, 0.05)


@given(won=amounts, cost=costs, share=shares)
def test_only_losses_lag_and_a_larger_one_never_less(won: int, cost: int, share: float) -> None:
    if underperforms(won, cost, share):
        assert won < 0
        assert underperforms(won - 1, cost, share)
        assert result(won, cost) < 0


@given(won=amounts, cost=st.integers(1, 10**12), share=shares)
def test_it_lags_where_its_result_is_clearly_under_the_mark(won: int, cost: int, share: float) -> None:
    distance = result(won, cost) + share
    if abs(distance) > 2 / cost + 1e-9:
        assert underperforms(won, cost, share) is (distance < 0)
