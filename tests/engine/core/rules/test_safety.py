"""No order is far, too large, a repetition, one of too many, or unpaid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.safety import is_far, is_lately, is_over, is_rush, is_unpaid
from tests.engine.core.rules.asks import quick

PRICES = st.integers(1, 10**10)
BANDS = st.sampled_from([0.01, 0.05, 0.2, 0.29, 0.5, 1.0])


@pytest.mark.parametrize(
    ("price", "last_close", "far"),
    [
        (1_200_000, 1_000_000, False),  # $120 against $100: exactly a fifth
        (1_200_001, 1_000_000, True),
        (800_000, 1_000_000, False),
        (799_999, 1_000_000, True),
        (1, 0, False),  # no close is known
    ],
)
def test_a_price_is_far_beyond_a_fifth_of_the_last_close(price: int, last_close: int, *, far: bool) -> None:
    assert is_far(price, last_close, 0.2) is far


@quick
@given(PRICES, PRICES, BANDS)
def test_the_last_close_itself_is_never_far_and_further_is_never_nearer(price: int, close: int, band: float) -> None:
    further = price + (1 if price >= close else -1)
    assert not is_far(close, close, band)
    assert is_far(further, close, band) >= is_far(price, close, band)


@quick
@given(PRICES, PRICES)
def test_exactly_the_most_is_not_over_it(amount: int, most: int) -> None:
    assert not is_over(most, most)
    assert is_over(amount, most) is (amount > most)
    assert is_unpaid(amount, most) is (amount > most)


@pytest.mark.parametrize(
    ("market_s", "wall_s", "within_s", "lately"),
    [
        (0.0, 0.0, 10, True),
        (9.999, 9.999, 10, True),
        (10.0, 9.0, 10, False),  # it may be repeated after ten seconds
        (86_400.0, 0.1, 10, False),  # another day of a replay
        (0.0, 60.0, 10, False),  # a replay that stood still
        (-3_600.0, -3_600.0, 10, False),  # the clocks were put back
        (-5.0, -5.0, 10, True),
        (0.0, 0.0, 0, False),  # switched off
    ],
)
def test_orders_are_lately_only_where_both_clocks_say_so(
    market_s: float, wall_s: float, within_s: int, *, lately: bool
) -> None:
    assert is_lately(market_s, wall_s, within_s) is lately


def test_as_many_as_may_be_are_no_rush_and_one_more_is() -> None:
    assert not is_rush(59, 60)
    assert is_rush(60, 60)
