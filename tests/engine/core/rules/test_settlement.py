"""When money is not there yet, and when a day trade would be one too many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules import settlement as rule
from engine.core.units import MAX_CASH, MAX_PRICE, money


@pytest.mark.parametrize(
    ("price", "settled", "coming", "waits"),
    [
        ("60", "59.99", "0.01", True),
        ("60", "60", "1000", False),
        ("60", "59.99", "0", False),
        ("60", "0", "60", True),
        ("60", "0", "59.99", False),
    ],
)
def test_it_waits_only_where_coming_money_makes_the_difference(
    price: str, settled: str, coming: str, *, waits: bool
) -> None:
    assert rule.waits_for_settlement(money(price), money(settled), money(coming)) is waits


@given(price=st.integers(1, MAX_PRICE), settled=st.integers(0, MAX_CASH), coming=st.integers(0, MAX_CASH))
def test_whoever_can_pay_or_never_could_does_not_wait(price: int, settled: int, coming: int) -> None:
    if rule.waits_for_settlement(price, settled, coming):
        assert settled // price == 0
        assert (settled + coming) // price >= 1
    else:
        assert settled >= price or settled + coming < price


@pytest.mark.parametrize(
    ("made", "equity", "used_up"),
    [
        (2, "24999.99", False),
        (3, "24999.99", True),
        (4, "0", True),
        (3, "25000", False),
        (9, "1000000", False),
    ],
)
def test_three_day_trades_are_the_most_under_25_000_dollars(made: int, equity: str, *, used_up: bool) -> None:
    assert rule.day_trades_used_up(made, money(equity)) is used_up
