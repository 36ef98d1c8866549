import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.pools import active, is_emergency, is_rearmed, over_mark, share, siphon, tradable
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


def test_the_reserve_is_over_its_mark_beyond_it_and_not_at_it() -> None:
    assert over_mark(30_000_001, 100_000_000, 0.30)
    assert not over_mark(30_000_000, 100_000_000, 0.30)
    assert not over_mark(29_000_000, 100_000_000, 0.29)
    assert over_mark(1, 0, 0.30)
    assert over_mark(1, 0, 1.0)
    assert not over_mark(1, 1, 1.0)
    assert not over_mark(0, 0, 0.30)
    assert not over_mark(0, -5, 0.30)
    assert share(25_000_000, 100_000_000) == 0.25
    assert share(5, 0) == 0.0
    assert share(1, 1) == 1.0


@pytest.mark.parametrize(
    ("equity", "emergency", "rearmed"),
    [
        (75_000_000, False, False),  # exactly a quarter gone
        (74_999_999, True, False),
        (85_000_000, False, False),  # exactly at 15 %
        (85_000_001, False, True),
        (100_000_000, False, True),
        (0, True, False),
    ],
)
def test_an_emergency_begins_beyond_a_quarter_and_is_over_under_fifteen_percent(
    equity: int, *, emergency: bool, rearmed: bool
) -> None:
    assert is_emergency(equity, 100_000_000, 0.25) is emergency
    assert is_rearmed(equity, 100_000_000, 0.25) is rearmed


def test_an_account_that_never_had_anything_has_no_emergency() -> None:
    assert not is_emergency(0, 0, 0.25)
    assert is_rearmed(0, 0, 0.25)


@quick
@given(st.integers(0, 10**11), st.integers(1, 10**11), percent(1, 90))
def test_p08_no_fall_is_an_emergency_and_over_at_once(equity: int, peak: int, limit: float) -> None:
    """Whatever the house's limit is, one under 15 % too."""
    deep = is_emergency(equity, peak, limit)
    assert deep == (equity < peak * (1 - exact(limit)))
    assert not (deep and is_rearmed(equity, peak, limit))
    assert is_rearmed(equity, peak, limit) == (equity > peak * (1 - min(exact(0.15), exact(limit))))


@quick
@given(st.integers(0, 10**12), st.integers(0, 10**12), percent(1, 99))
def test_p08_a_larger_reserve_is_over_every_mark_that_a_smaller_one_passed(one: int, total: int, mark: float) -> None:
    assert over_mark(one, total, mark) == (one > total * exact(mark))
    assert over_mark(one + 1, total, mark) >= over_mark(one, total, mark)
