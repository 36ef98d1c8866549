"""Micro-trades: their size, levels and time, as plain sums."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.micro import expires_at, has_expired, has_room, most_of_tradable, stop_multiplier

shares = st.floats(0.001, 1)
seconds = st.integers(0, 2 * 10**9)


@given(limit=shares, cap=shares)
def test_p31_a_micro_trade_is_within_its_cap_and_the_position_limit(limit: float, cap: float) -> None:
    found = most_of_tradable(limit, cap)
    assert found in (limit, cap)
    assert found <= limit
    assert found <= cap


@pytest.mark.parametrize(("tier", "found"), [(2.5, 1.0), (1.0, 1.0), (0.5, 0.5)])
def test_p31_its_stop_stands_one_range_away_or_nearer(tier: float, found: float) -> None:
    assert stop_multiplier(tier) == found


@pytest.mark.parametrize(("made", "room"), [(0, True), (9, True), (10, False), (11, False)])
def test_p31_ten_a_day_are_ten(made: int, *, room: bool) -> None:
    assert has_room(made, 10) is room


@given(entered=seconds, hold=st.integers(1, 40_000), ends=seconds)
def test_p32_it_ends_after_its_time_or_with_the_window(entered: int, hold: int, ends: int) -> None:
    found = expires_at(entered, hold, ends)
    assert found in (entered + hold, ends)
    assert found <= entered + hold
    assert found <= ends
    assert has_expired(found, found)
    assert has_expired(found + 1, found)
    assert not has_expired(found - 1, found)


def test_p32_two_hours_from_eleven_are_one_and_from_two_a_quarter_to_four() -> None:
    """In seconds of a day; the window ends at 15:45."""
    assert expires_at(11 * 3600, 7200, 15 * 3600 + 2700) == 13 * 3600
    assert expires_at(14 * 3600, 7200, 15 * 3600 + 2700) == 15 * 3600 + 2700
