from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.rounding import part, part_up, tick, tick_above, tick_below, tick_down, tick_up
from tests.engine.core.rules.asks import exact, percent, quick


@pytest.mark.parametrize(
    ("amount", "fraction", "down", "up"),
    [
        (1_000_000, 0.29, 290_000, 290_000),  # in binary 289,999.99999999994
        (20_000, 1.1, 22_000, 22_000),  # in binary 22,000.000000000004
        (1_000_001, 0.29, 290_000, 290_001),
        (999_999, 0.29, 289_999, 290_000),
        (0, 0.5, 0, 0),
        (7, 0.0, 0, 0),
        (7, 1.0, 7, 7),
        (3, 0.5, 1, 2),
        (10_000, 0.99999995, 9_999, 10_000),  # 9,999.9995 is no error of binary fractions
        (10**13, 0.9999999999999996, 10**13 - 1, 10**13),  # nor is 0.004 of a large amount
        (10_000, 1.00000005, 10_000, 10_001),  # nor is 10,000.0005
        (10**13, 1.0000000000000004, 10**13, 10**13 + 1),
        (10**16, 1.0, 10**16, 10**16),
        (10**16, 0.5, 5 * 10**15, 5 * 10**15),
    ],
)
def test_a_part_is_rounded_to_the_unit(amount: int, fraction: float, down: int, up: int) -> None:
    assert part(amount, fraction) == down
    assert part_up(amount, fraction) == up


@quick
@given(st.integers(0, 10**11), percent(0, 300))
def test_parts_are_those_of_exact_decimals(amount: int, fraction: float) -> None:
    product = amount * exact(fraction)
    assert part(amount, fraction) == product.__floor__()
    assert part_up(amount, fraction) == product.__ceil__()


@quick
@given(st.integers(0, 10**13), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_fraction_is_never_a_smaller_part(amount: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert part(amount, low) <= part(amount, high)
    assert part(amount, low) <= part_up(amount, low) <= part(amount, low) + 1
    assert part(amount, high) <= Fraction(high) * amount + Fraction(1, 1000)


def test_the_tick_is_a_cent_and_finer_under_a_dollar() -> None:
    assert tick(10_000) == 100
    assert tick(9_999) == 1
    assert tick_up(123_401) == 123_500
    assert tick_up(123_400) == 123_400
    assert tick_up(9_999) == 9_999
    assert tick_down(123_499) == 123_400
    assert tick_down(9_999) == 9_999
    assert tick_below(123_456) == 123_300
    assert tick_below(123_400) == 123_300
    assert tick_below(10_050) == 9_950
    assert tick_above(123_401) == 123_600
    assert tick_above(123_400) == 123_500
    assert tick_above(9_999) == 10_000
