import math
import statistics
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.correlation import correlation, pearson
from tests.engine.core.rules.asks import quick

AT = 4.0000000000000004e-20
"""4 × 10^-20 as it comes out in binary."""

closes = st.lists(st.tuples(st.integers(10**5, 10**6), st.integers(10**5, 10**6)), min_size=4, max_size=60)


def test_three_returns_by_hand() -> None:
    """Returns in units of ln 2: 1, −1, 1 and 1, 1, −1: the covariance is −4/9, each variance 8/9."""
    assert correlation([100, 200, 100, 200], [100, 200, 400, 200]) == pytest.approx(-0.5, abs=1e-12)


def test_two_returns_are_enough() -> None:
    assert correlation([1, 2, 1], [100, 200, 100]) == pytest.approx(1.0, abs=1e-12)


def test_small_moves_count_as_much_as_large() -> None:
    quiet = [10**9, 10**9 + 1_000, 10**9 + 500, 10**9 + 2_000, 10**9 + 1_500]
    assert correlation(quiet, quiet) == pytest.approx(1.0, abs=1e-6)
    assert correlation(quiet, [100, 200, 150, 400, 300]) > 0.9


def test_a_series_moves_with_itself_and_against_its_inverse() -> None:
    one = [100_000, 110_000, 99_000, 120_000, 125_000]
    assert correlation(one, one) == pytest.approx(1.0, abs=1e-12)
    assert correlation(one, [10**10 // close for close in one]) == pytest.approx(-1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([], []),
        ([100], [100]),
        ([100, 200], [100, 300]),
        ([100, 100, 100, 100], [100, 200, 100, 200]),
        ([100, 200, 100, 200], [100, 100, 100, 100]),
        ([100, 200, 400, 800], [100, 200, 100, 200]),
        ([100_000, 110_000, 121_000, 133_100], [100, 200, 100, 200]),
        ([100, 0, 100, 200], [100, 200, 100, 200]),
        ([100, 200, 100, 200], [100, 200, -100, 200]),
    ],
)
def test_what_is_undefined_is_zero(one: list[int], other: list[int]) -> None:
    assert correlation(one, other) == 0.0


def test_sums_of_three_pairs_by_hand() -> None:
    """(1, 2), (2, 2), (3, 5): spreads 6 and 18, together 9, which is 9 / √108."""
    assert pearson(3, (6.0, 9.0), (14.0, 33.0), 21.0) == pytest.approx(0.8660254037844386, abs=1e-12)
    assert pearson(3, (6.0, -9.0), (14.0, 33.0), -21.0) == pytest.approx(-0.8660254037844386, abs=1e-12)


def test_rounding_never_leads_beyond_one() -> None:
    assert pearson(2, (0.0, 0.0), (1.0, 1.0), 1.5) == 1.0
    assert pearson(2, (0.0, 0.0), (1.0, 1.0), -1.5) == -1.0


@pytest.mark.parametrize(
    ("squares", "expected"),
    [((AT, 1.0), 0.0), ((1.0, AT), 0.0), ((5e-20, 1.0), 1.0), ((1.0, 5e-20), 1.0)],
)
def test_a_deviation_of_up_to_a_ten_billionth_is_none(squares: tuple[float, float], expected: float) -> None:
    """The mean of four squares that sum to 4 × 10^-20 is 10^-20, the square of 10^-10."""
    assert pearson(4, (0.0, 0.0), squares, 1.0) == expected


@quick
@given(closes)
def test_p02_it_is_pearsons_of_log_returns(pairs: list[tuple[int, int]]) -> None:
    one, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    returns_one = [math.log(late / early) for early, late in pairwise(one)]
    returns_other = [math.log(late / early) for early, late in pairwise(other)]
    if min(statistics.pstdev(returns_one), statistics.pstdev(returns_other)) > 1e-4:
        expected = statistics.correlation(returns_one, returns_other)
        assert correlation(one, other) == pytest.approx(expected, abs=1e-6)


@quick
@given(closes)
def test_p02_it_is_bounded_and_the_same_both_ways(pairs: list[tuple[int, int]]) -> None:
    one, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    assert -1.0 <= correlation(one, other) <= 1.0
    assert correlation(one, other) == pytest.approx(correlation(other, one), abs=1e-12)
    assert correlation(one, one) == 0.0 or correlation(one, one) == pytest.approx(1.0)
