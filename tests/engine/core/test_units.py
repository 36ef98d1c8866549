"""Money in and out: exact, or refused."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.units import DOLLAR, MAX_CASH, MAX_PRICE, MAX_SHARES, dollars, money


@pytest.mark.parametrize(
    ("amount", "whole"),
    [("58.20", 582_000), (1, 10_000), (Decimal("0.0001"), 1), ("-3.5", -35_000), ("0.00005", 0), ("0.00015", 2)],
)
def test_dollars_become_ten_thousandths_rounded_half_to_even(amount: Decimal | int | str, whole: int) -> None:
    assert money(amount) == whole


@settings(max_examples=50)
@given(st.integers(-MAX_CASH, MAX_CASH))
def test_out_and_in_again_is_the_same(whole: int) -> None:
    assert money(dollars(whole)) == whole


@pytest.mark.parametrize("amount", ["1000000000000.0001", "-1000000000000.0001", "1e30"])
def test_more_than_a_trillion_is_refused(amount: str) -> None:
    assert abs(money("1000000000000")) == MAX_CASH
    with pytest.raises(ValueError, match="more than this engine counts"):
        money(amount)


def test_bounds_are_those_of_the_page() -> None:
    assert (MAX_PRICE, MAX_SHARES, MAX_CASH) == (10**6 * DOLLAR, 10**9, 10**12 * DOLLAR)
