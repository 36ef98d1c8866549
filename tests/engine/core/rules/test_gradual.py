"""Large positions are bought in equal parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.gradual import part_size, parts, threshold
from tests.engine.core.rules.asks import quick

DOLLAR = 10_000


def split(shares: int, dollars: int, least: int, most: int) -> tuple[int, ...]:
    """The shares of every part."""
    count = parts(shares, dollars, least, most)
    return tuple(part_size(shares, count, place) for place in range(count))


@pytest.mark.parametrize(
    ("shares", "dollars", "sizes"),
    [
        (90, 5_000, (90,)),
        (90, 5_001, (30, 30, 30)),
        (91, 5_001, (31, 30, 30)),
        (92, 5_001, (31, 31, 30)),
        (3, 5_001, (1, 1, 1)),
        (2, 5_001, (1, 1)),
        (1, 5_001, (1,)),
        (1, 4_999, (1,)),
    ],
)
def test_what_is_more_than_the_threshold_is_split(shares: int, dollars: int, sizes: tuple[int, ...]) -> None:
    assert split(shares, dollars * DOLLAR, 5_000 * DOLLAR, 3) == sizes


@quick
@given(st.integers(1, 10**9), st.integers(1, 10**16), st.integers(0, 10**16), st.integers(1, 20))
def test_p21_parts_are_equal_but_for_a_share_and_together_they_are_all(
    shares: int, dollars: int, least: int, most: int
) -> None:
    sizes = split(shares, dollars, least, most)
    assert sum(sizes) == shares
    assert len(sizes) == (1 if dollars <= least else min(most, shares))
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) > 0
    assert list(sizes) == sorted(sizes, reverse=True)


@pytest.mark.parametrize(
    ("most", "tradable", "at_most"),
    [(5_000, 100_000, 5_000), (5_000, 99_999, 4_999.95), (5_000, 10_000, 500), (200, 100_000, 200), (5_000, 0, 0)],
)
def test_the_threshold_is_a_twentieth_of_tradable_money_where_that_is_less(
    most: int, tradable: int, at_most: float
) -> None:
    assert threshold(most * DOLLAR, tradable * DOLLAR) == round(at_most * DOLLAR)
