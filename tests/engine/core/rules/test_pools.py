import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.pools import active, siphon, tradable
from tests.engine.core.rules.asks import exact, percent, quick


@pytest.mark.parametrize(
    ("total", "reserve", "limit", "expected"),
    [
        (100, 30, 1_000, 70),
        (100, 30, 70, 70),
        (100, 30, 69, 69),
        (100, 100, 1_000, 0),
        (100, 101, 1_000, 0),
        (100, 0, 0, 0),
    ],
)
def test_tradable_is_active_up_to_the_limit(total: int, reserve: int, limit: int, expected: int) -> None:
    assert tradable(total, reserve, limit) == expected


@pytest.mark.parametrize(
    ("realised", "share", "expected"),
    [
        (1_000_000, 0.2, 200_000),  # $20 of $100
        (1_000_499, 0.2, 200_000),  # $20.00998 down to the cent
        (1_000_500, 0.2, 200_100),
        (1_000_000, 0.29, 290_000),
        (499, 0.2, 0),
        (500, 0.2, 100),
        (0, 0.2, 0),
        (-1_000_000, 0.2, 0),
        (1_000_000, 0.0, 0),
    ],
)
def test_the_siphon_is_a_share_in_whole_cents(realised: int, share: float, expected: int) -> None:
    assert siphon(realised, share) == expected


@quick
@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))
def test_p05_active_is_total_less_reserve_and_bounds_tradable(total: int, reserve: int, limit: int) -> None:
    left = active(total, reserve)
    assert left + reserve == total
    assert tradable(total, reserve, 10**13) == max(0, left)
    assert 0 <= tradable(total, reserve, limit) <= limit
    assert tradable(total, reserve, limit) in (left, limit, 0)


@quick
@given(st.integers(-(10**11), 10**11), percent(0, 90))
def test_p06_the_siphon_is_the_share_to_the_cent_and_nothing_of_losses(realised: int, share: float) -> None:
    amount, wanted = siphon(realised, share), max(0, realised) * exact(share)
    assert amount % 100 == 0
    assert amount <= wanted < amount + 100
