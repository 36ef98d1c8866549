import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.breakers import (
    broad_decline,
    daily_loss,
    daily_loss_trips,
    drawdown,
    position_loss,
    position_loss_trips,
    stops_within,
)
from tests.engine.core.rules.asks import exact, percent, quick


@pytest.mark.parametrize(
    ("now", "before", "limit", "trips"),
    [
        (97_000_000, 100_000_000, 0.03, False),  # exactly at 3 %
        (96_999_999, 100_000_000, 0.03, True),
        (71_000_000, 100_000_000, 0.29, False),
        (70_999_999, 100_000_000, 0.29, True),
        (100_000_000, 100_000_000, 0.03, False),
        (130_000_000, 100_000_000, 0.03, False),
        (98, 101, 0.03, False),  # 3.03 allowed, 3 lost
        (97, 101, 0.03, True),
        (0, 0, 0.03, False),
        (-5, 0, 0.03, False),  # there was nothing to lose
        (0, 1, 0.03, True),
    ],
)
def test_a_loss_trips_beyond_its_limit(now: int, before: int, limit: float, *, trips: bool) -> None:
    assert daily_loss_trips(now, before, limit) is trips
    assert position_loss_trips(now, before, limit) is trips


def test_losses_are_fractions() -> None:
    assert daily_loss(97_000_000, 100_000_000) == 0.03
    assert daily_loss(103_000_000, 100_000_000) == 0.0
    assert daily_loss(5, 0) == 0.0
    assert daily_loss(-5, 0) == 0.0
    assert daily_loss(0, 1) == 1.0
    assert position_loss(900_000, 1_000_000) == 0.1
    assert position_loss(1_000_001, 1_000_000) == 0.0
    assert drawdown(85_000_000, 100_000_000) == 0.15
    assert drawdown(100_000_000, 100_000_000) == 0.0
    assert drawdown(0, 0) == 0.0
    assert drawdown(0, 1) == 1.0


def test_stops_are_counted_within_the_window_both_ends_in() -> None:
    times = [1_000, 2_799, 2_800, 4_600, 4_601]
    assert stops_within(times, 4_600, 1_800) == 2
    assert stops_within(times, 4_599, 1_800) == 2
    assert stops_within(times, 4_601, 1_800) == 2
    assert stops_within([], 4_600, 1_800) == 0


@pytest.mark.parametrize(
    ("losing", "positions", "least", "expected"),
    [
        (0, 0, 1, False),
        (0, 0, 0, False),
        (1, 1, 1, True),
        (1, 2, 1, False),  # exactly half
        (2, 3, 1, True),
        (2, 3, 3, True),
        (2, 3, 4, False),
        (5, 10, 1, False),
        (6, 10, 1, True),
    ],
)
def test_more_than_half_down_is_a_broad_decline(losing: int, positions: int, least: int, *, expected: bool) -> None:
    assert broad_decline(losing, positions, 0.5, least) is expected


@quick
@given(st.integers(0, 10**11), st.integers(1, 10**11), percent(0, 50), st.integers(-1, 1))
def test_p13_a_loss_trips_exactly_when_equity_is_under_its_bound(
    equity: int, reference: int, limit: float, near: int
) -> None:
    """Also on the bound itself and one unit to either side of it."""
    bound = reference * (1 - exact(limit))
    for value in (equity, int(bound) + near):
        assert daily_loss_trips(value, reference, limit) == (value < bound)
        assert position_loss_trips(value, reference, limit) == (value < bound)


@quick
@given(st.integers(0, 10**11), st.integers(0, 10**11), st.integers(1, 10**11))
def test_p13_a_larger_loss_never_resets_a_breaker(one: int, other: int, reference: int) -> None:
    low, high = sorted((one, other))
    assert daily_loss(low, reference) >= daily_loss(high, reference) >= 0.0
    assert daily_loss_trips(low, reference, 0.03) >= daily_loss_trips(high, reference, 0.03)
    assert drawdown(low, high) == position_loss(low, high) <= 1.0


@quick
@given(st.lists(st.integers(0, 10_000), max_size=20), st.integers(0, 10_000), st.integers(0, 5_000))
def test_p13_every_stop_hit_in_the_window_counts_once(times: list[int], now: int, window_s: int) -> None:
    inside = [second for second in times if second in range(now - window_s, now + 1)]
    assert stops_within(times, now, window_s) == len(inside)


@quick
@given(st.integers(0, 100), st.integers(0, 100), percent(1, 99), st.integers(0, 5))
def test_p16_a_broad_decline_is_more_than_its_share(losing: int, rest: int, share: float, least: int) -> None:
    positions = losing + rest
    declines = broad_decline(losing, positions, share, least)
    assert declines == (positions >= max(1, least) and losing > positions * exact(share))
    assert not declines or broad_decline(losing + 1, positions + 1, share, least)
