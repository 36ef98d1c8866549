"""Splits and dividends: shares and costs are conserved, prices move by less than a tick."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules.moves import moved_rapidly
from engine.core.rules.rounding import tick
from engine.core.rules.splits import (
    dividend,
    fraction,
    fraction_paid,
    part_of_cost,
    parts_taken,
    shares_through,
    split_level,
    split_price,
    split_shares,
    split_take,
)

ratios = st.tuples(st.integers(1, 1_000), st.integers(1, 1_000))
shares = st.integers(1, 10**9)
prices = st.integers(1, 10**10)
lots = st.lists(st.integers(1, 10**6), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("held", "new", "old", "whole", "parts"),
    [(100, 2, 1, 200, 0), (101, 3, 2, 151, 1), (7, 1, 10, 0, 7), (25, 1, 10, 2, 5), (33, 7, 3, 77, 0)],
)
def test_shares_after_a_split(held: int, new: int, old: int, whole: int, parts: int) -> None:
    assert (split_shares(held, new, old), fraction(held, new, old)) == (whole, parts)


@pytest.mark.parametrize(
    ("price", "new", "old", "after"),
    [
        (1_000_000, 2, 1, 500_000),
        (1_000_000, 3, 1, 333_333),
        (500_000, 3, 1, 166_667),
        (1, 10, 1, 1),
        (1, 1, 10, 10),
        (0, 2, 1, 0),
    ],
)
def test_a_price_counts_in_the_new_shares(price: int, new: int, old: int, after: int) -> None:
    assert split_price(price, new, old) == after


@pytest.mark.parametrize(
    ("level", "new", "old", "after"),
    [
        (583_500, 2, 1, 291_800),
        (583_400, 2, 1, 291_700),
        (10_000, 3, 1, 3_334),
        (583_500, 1, 10, 5_835_000),
        (1, 50, 1, 1),
    ],
)
def test_a_level_is_rounded_up_to_the_tick(level: int, new: int, old: int, after: int) -> None:
    assert split_level(level, new, old) == after


def test_a_take_stays_a_tick_over_its_stop() -> None:
    assert split_take(600_000, 291_800, 2, 1) == 300_000
    assert split_take(300, 100, 100, 1) == 101
    assert split_take(1_000_100, 1_000_000, 1, 1) == 1_000_100


def test_a_fraction_is_paid_at_the_last_close() -> None:
    assert fraction_paid(1, 400_000, 2) == 200_000
    assert fraction_paid(7, 1_000_001, 10) == 700_000
    assert fraction_paid(0, 400_000, 2) == 0


def test_a_dividend_is_paid_for_every_share() -> None:
    assert dividend(37, 4_850) == 179_450


@given(held=shares, ratio=ratios)
def test_no_share_is_made_or_lost_but_the_fraction(held: int, ratio: tuple[int, int]) -> None:
    new, old = ratio
    assert split_shares(held, new, old) * old + fraction(held, new, old) == held * new
    assert 0 <= fraction(held, new, old) < old


@given(held=shares, ratio=ratios)
def test_a_split_and_its_reverse_never_make_more_shares(held: int, ratio: tuple[int, int]) -> None:
    new, old = ratio
    assert split_shares(split_shares(held, new, old), old, new) <= held


@given(price=prices, ratio=ratios)
def test_the_value_of_a_share_is_kept_to_half_a_unit(price: int, ratio: tuple[int, int]) -> None:
    new, old = ratio
    after = split_price(price, new, old)
    assert after >= 1
    assert after == 1 or abs(2 * after * new - 2 * price * old) <= new


@given(level=prices, ratio=ratios)
def test_a_level_is_kept_but_for_a_tick_and_never_lowered(level: int, ratio: tuple[int, int]) -> None:
    new, old = ratio
    after = split_level(level, new, old)
    assert after * new >= level * old
    assert isinstance(after, int)
    assert after % tick(after) == 0
    assert (after - tick(after)) * new < level * old


@given(stop=prices, distance=st.integers(1, 10**9), ratio=ratios)
def test_levels_keep_their_order(stop: int, distance: int, ratio: tuple[int, int]) -> None:
    new, old = ratio
    stop_after = split_level(stop, new, old)
    assert split_take(stop + distance, stop_after, new, old) > stop_after


@given(held=shares, close=prices, ratio=ratios)
def test_a_fraction_brings_less_than_a_share(held: int, close: int, ratio: tuple[int, int]) -> None:
    new, old = ratio
    assert 0 <= fraction_paid(fraction(held, new, old), close, old) < close


@given(held=lots, ratio=ratios)
def test_lots_add_up_to_the_shares_of_the_position(held: list[int], ratio: tuple[int, int]) -> None:
    new, old = ratio
    through = [shares_through(held, place, new, old) for place in range(len(held))]
    assert through == sorted(through)
    assert through[-1] == split_shares(sum(held), new, old)


@given(held=lots, ratio=ratios)
def test_the_fraction_comes_from_the_newest_lots(held: list[int], ratio: tuple[int, int]) -> None:
    new, old = ratio
    taken = [parts_taken(held, place, new, old) for place in range(len(held))]
    assert sum(taken) == fraction(sum(held), new, old)
    for place, one in enumerate(taken):
        assert 0 <= one <= held[place] * new
        assert not one or all(taken[later] == held[later] * new for later in range(place + 1, len(held)))


@given(cost=st.integers(0, 10**16), whole=st.integers(1, 10**12), parts=st.integers(0, 999))
def test_a_part_of_a_cost_is_rounded_down(cost: int, whole: int, parts: int) -> None:
    parts = min(parts, whole)
    part = part_of_cost(cost, parts, whole)
    assert part * whole <= cost * parts < (part + 1) * whole


def test_of_a_fraction_of_two_parts_each_of_the_newest_lots_gives_one() -> None:
    """102 shares at one for ten are ten whole and two parts; the two newest lots are of one share each."""
    assert [parts_taken([100, 1, 1], place, 1, 10) for place in range(3)] == [0, 1, 1]


def test_nothing_costs_nothing() -> None:
    assert part_of_cost(1_000, 0, 0) == 0


@pytest.mark.parametrize(
    ("now", "before", "moved"),
    [
        (1_050_000, 1_000_000, False),
        (1_050_001, 1_000_000, True),
        (949_999, 1_000_000, True),
        (950_000, 1_000_000, False),
        (5, 0, False),
        (2, 1, True),
        (1, 1, False),
    ],
)
def test_a_move_is_rapid_beyond_the_share_and_not_at_it(now: int, before: int, moved: bool) -> None:  # noqa: FBT001  # a case
    assert moved_rapidly(now, before, 0.05) is moved
