from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.exposure import heat, weighted_correlation
from tests.engine.core.rules.asks import quick

amounts = st.integers(1, 10**7)


def test_heat_is_what_all_stops_would_lose() -> None:
    """10 × $2, nothing for a stop at or over its entry, 3 × $0.0001."""
    assert heat([10, 5, 7, 3], [400_000, 100_000, 50_000, 9_001], [380_000, 100_000, 60_000, 9_000]) == 200_003
    assert heat([], [], []) == 0


def test_correlation_is_weighted_by_value() -> None:
    assert weighted_correlation([0.9, 0.1], [3_000_000, 1_000_000]) == 0.7
    assert weighted_correlation([0.9, 0.1], [0, 1_000_000]) == 0.1
    assert weighted_correlation([], []) == 0.0
    assert weighted_correlation([0.9], [0]) == 0.0


@quick
@given(st.lists(st.tuples(st.integers(1, 10**5), amounts, amounts), max_size=12))
def test_p24_heat_is_the_sum_over_positions(book: list[tuple[int, int, int]]) -> None:
    expected = sum(shares * (entry - stop) for shares, entry, stop in book if stop < entry)
    assert heat([row[0] for row in book], [row[1] for row in book], [row[2] for row in book]) == expected


@quick
@given(st.lists(st.tuples(st.floats(-1, 1), amounts), min_size=1, max_size=12))
def test_p02_the_mean_is_weighted_and_within_its_parts(book: list[tuple[float, int]]) -> None:
    correlations, values = [row[0] for row in book], [row[1] for row in book]
    mean = weighted_correlation(correlations, values)
    exact = sum(Fraction(one) * value for one, value in book) / sum(values)
    assert abs(mean - exact) < 1e-12
    assert min(correlations) - 1e-12 <= mean <= max(correlations) + 1e-12
