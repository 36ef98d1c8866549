from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.atr import true_range, wilder_atr
from tests.engine.core.rules.asks import quick

ZIGZAG = [100_000, 101_000] * 8  # sixteen closes, each $0.10 from the last


def test_a_range_is_1_6_times_the_move() -> None:
    assert true_range(400_000, 410_000) == 16_000.0
    assert true_range(410_000, 400_000) == 16_000.0


@pytest.mark.parametrize(
    ("closes", "atr"),
    [
        ([], 0),
        (ZIGZAG[:14], 0),
        (ZIGZAG[:15], 1_600),
        (ZIGZAG, 1_600),
        ([*ZIGZAG[:15], 114_000], 3_086),  # (13 × 1,600 + 22,400) / 14 = 3,085.71
        ([*ZIGZAG[:15], 114_000, 114_000], 2_865),  # 13/14 of 3,085.71 = 2,865.31
        ([100_000] * 20, 0),
        ([100_000] * 14 + [100_035], 4),  # 1.6 × 35 / 14 = 4.0
        ([100_000] * 14 + [100_030], 3),  # 3.43
        ([100_000] * 13 + [100_105, 100_140], 16),  # 1.6 × 140 / 14
        ([10_000] * 11 + [10_005, 10_010, 10_020, 10_035], 4),
    ],
)
def test_wilders_mean_by_hand(closes: list[int], atr: int) -> None:
    assert wilder_atr(closes) == atr


@quick
@given(st.lists(st.integers(10_000, 10**6), min_size=15, max_size=60))
def test_it_is_wilders_recursion_in_exact_numbers(closes: list[int]) -> None:
    ranges = [Fraction(8, 5) * abs(late - early) for early, late in pairwise(closes)]
    expected = sum(ranges[:14], Fraction(0)) / 14
    for one in ranges[14:]:
        expected += (one - expected) / 14
    assert abs(wilder_atr(closes) - expected) <= Fraction(1, 2) + Fraction(1, 10**6)
    assert int(min(ranges)) <= wilder_atr(closes) <= max(ranges) + 1
