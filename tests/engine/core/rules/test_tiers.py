import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.tiers import Figures, falls, moved, rises, win_rate
from tests.engine.core.rules.asks import quick

GOOD = Figures(trades=20, wins=12, drawdown=0.0, reserve=0.25)
"""60 % won, a quarter in reserve, at the peak: a tier rises."""

figures = st.builds(
    Figures,
    trades=st.integers(0, 40),
    wins=st.integers(0, 40),
    drawdown=st.sampled_from([0.0, 0.049, 0.05, 0.051, 0.15, 0.151, 0.4]) | st.floats(0, 1),
    reserve=st.sampled_from([0.0, 0.2, 0.201, 0.3]) | st.floats(0, 1),
).map(lambda one: one._replace(wins=min(one.wins, one.trades)))


@pytest.mark.parametrize(
    ("changed", "rank"),
    [
        ({}, 1),
        ({"trades": 10, "wins": 4}, 1),  # exactly 40 %
        ({"trades": 10, "wins": 3}, 0),
        ({"trades": 9, "wins": 0}, 1),  # too few to say anything
        ({"drawdown": 0.15}, 1),
        ({"drawdown": 0.1501}, 0),
        ({"trades": 0, "wins": 0, "drawdown": 0.16}, 0),
    ],
)
def test_a_tier_falls_when_too_little_is_won_or_too_much_is_lost(changed: dict[str, float], rank: int) -> None:
    steady = GOOD._replace(reserve=0.0)
    assert moved(1, 2, steady._replace(**changed)) == rank  # type: ignore[arg-type]  # ints and floats by name


@pytest.mark.parametrize(
    ("changed", "rank"),
    [
        ({}, 1),
        ({"trades": 20, "wins": 11}, 0),  # exactly 55 %
        ({"trades": 40, "wins": 23}, 1),
        ({"trades": 9, "wins": 9}, 0),
        ({"trades": 10, "wins": 6}, 1),
        ({"reserve": 0.20}, 0),
        ({"reserve": 0.2001}, 1),
        ({"drawdown": 0.05}, 0),
        ({"drawdown": 0.0499}, 1),
    ],
)
def test_a_tier_rises_when_most_is_won_much_is_set_aside_and_little_is_lost(
    changed: dict[str, float], rank: int
) -> None:
    assert moved(0, 2, GOOD._replace(**changed)) == rank  # type: ignore[arg-type]  # ints and floats by name


def test_a_tier_moves_one_step_and_never_beyond_the_ends_or_the_owners_choice() -> None:
    bad = GOOD._replace(wins=0)
    assert [moved(rank, 2, bad) for rank in (0, 1, 2)] == [0, 0, 1]
    assert [moved(rank, 2, GOOD) for rank in (0, 1, 2)] == [1, 2, 2]
    assert [moved(0, chosen, GOOD) for chosen in (0, 1, 2)] == [0, 1, 1]


def test_the_win_rate_counts_every_trade() -> None:
    assert win_rate(GOOD) == 0.6
    assert win_rate(GOOD._replace(trades=0, wins=0)) == 0.0
    assert win_rate(GOOD._replace(trades=1, wins=1)) == 1.0


@quick
@given(figures, st.integers(0, 2), st.integers(0, 2))
def test_p12_a_tier_moves_by_a_step_within_its_bounds_and_only_with_cause(one: Figures, rank: int, chosen: int) -> None:
    rank = min(rank, chosen)
    new = moved(rank, chosen, one)
    assert 0 <= new <= chosen
    assert abs(new - rank) <= 1
    assert not (falls(one) and rises(one))
    assert (new < rank) == (falls(one) and rank > 0)
    assert (new > rank) == (rises(one) and rank < chosen)


@quick
@given(figures, st.floats(0, 1), st.integers(0, 40))
def test_p12_doing_better_never_lowers_a_tier(one: Figures, drawdown: float, wins: int) -> None:
    better = one._replace(drawdown=min(one.drawdown, drawdown), wins=max(one.wins, min(one.trades, wins)))
    for rank in range(3):
        assert moved(rank, 2, better) >= moved(rank, 2, one)
