"""First in, first out, the thirty days of a wash sale, and what is put off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.rules import lots as rule
from engine.core.units import MAX_CASH, MAX_SHARES, money

held = st.lists(st.integers(0, 10**6), max_size=8)
amounts = st.integers(0, MAX_CASH)
share_counts = st.integers(1, MAX_SHARES)


@pytest.mark.parametrize(
    ("lots", "shares", "taken"),
    [
        ([10, 20, 5], 10, [10, 0, 0]),
        ([10, 20, 5], 12, [10, 2, 0]),
        ([10, 20, 5], 35, [10, 20, 5]),
        ([10, 20, 5], 99, [10, 20, 5]),
        ([10], 0, [0]),
        ([], 7, []),
    ],
)
def test_p22_the_oldest_lot_goes_first(lots: list[int], shares: int, taken: list[int]) -> None:
    assert rule.first_out(lots, shares) == taken


@given(lots=held, shares=st.integers(0, 10**7))
def test_p22_no_lot_is_touched_before_those_older_than_it_are_gone(lots: list[int], shares: int) -> None:
    taken = rule.first_out(lots, shares)
    assert sum(taken) == min(shares, sum(lots))
    touched = [place for place, out in enumerate(taken) if out]
    for place in touched[:-1]:
        assert taken[place] == lots[place]
    for place in range(touched[-1] if touched else 0):
        assert taken[place] == lots[place]


@pytest.mark.parametrize(
    ("amount", "shares", "whole", "part"),
    [
        (100, 3, 3, 100),
        (100, 1, 3, 33),
        (100, 2, 3, 66),
        (7, 1, 10, 0),
        (MAX_CASH, MAX_SHARES - 1, MAX_SHARES, 9_999_999_990_000_000),
    ],
)
def test_p22_a_part_of_a_lot_has_its_part_of_the_cost_rounded_down(
    amount: int, shares: int, whole: int, part: int
) -> None:
    assert rule.portion(amount, shares, whole) == part


@given(amount=amounts, whole=share_counts, place=st.floats(0, 1))
def test_p22_parts_never_add_up_to_more_than_the_whole(amount: int, whole: int, place: float) -> None:
    shares = int(whole * place)
    one, other = rule.portion(amount, shares, whole), rule.portion(amount, whole - shares, whole)
    assert 0 <= amount - one - other <= 1
    assert rule.portion(amount, whole, whole) == amount


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("apart", "counts"), [(0, True), (30, True), (31, False)])
def test_p23_the_thirtieth_day_counts_and_the_next_does_not(sign: int, apart: int, *, counts: bool) -> None:
    assert rule.near(740_000 + sign * apart, 740_000) is counts


@given(sold=st.integers(1, 3_000_000), apart=st.integers(-90, 90))
def test_p23_before_and_after_are_the_same_distance(sold: int, apart: int) -> None:
    assert rule.near(sold + apart, sold) is rule.near(sold - apart, sold)
    assert rule.near(sold + apart, sold) is (apart in range(-30, 31))


@pytest.mark.parametrize(("shares", "replaces", "free"), [(10, 0, 10), (10, 4, 6), (4, 4, 0), (0, 0, 0), (3, 4, 0)])
def test_p23_each_share_bought_stands_in_once(shares: int, replaces: int, free: int) -> None:
    assert rule.free_to_replace(shares, replaces) == free


@pytest.mark.parametrize(("replaces", "out", "still"), [(4, 0, 4), (4, 1, 3), (4, 4, 0), (4, 9, 0), (0, 2, 0)])
def test_p23_shares_that_stand_in_leave_first(replaces: int, out: int, still: int) -> None:
    assert rule.still_replacing(replaces, out) == still


@pytest.mark.parametrize(
    ("loss", "replaced", "sold", "off"),
    [
        ("100", 10, 10, "100"),
        ("100", 5, 10, "50"),
        ("100", 1, 3, "33.3333"),
        ("100", 2, 3, "66.6666"),
        ("0", 3, 3, "0"),
    ],
)
def test_p23_the_loss_is_put_off_share_for_share(loss: str, replaced: int, sold: int, off: str) -> None:
    assert rule.put_off(money(loss), replaced, sold) == money(off)


@given(loss=amounts, sold=share_counts, one=st.floats(0, 1), other=st.floats(0, 1))
def test_p23_more_shares_bought_again_never_put_off_less(loss: int, sold: int, one: float, other: float) -> None:
    fewer, more = sorted((int(sold * one), int(sold * other)))
    assert 0 <= rule.put_off(loss, fewer, sold) <= rule.put_off(loss, more, sold) <= loss
    assert rule.put_off(loss, sold, sold) == loss


@pytest.mark.parametrize(
    ("realised", "large"), [("50.01", True), ("-50.01", True), ("50", False), ("-50", False), ("0", False)]
)
def test_a_trade_is_large_beyond_its_share_of_tradable_money_either_way(realised: str, *, large: bool) -> None:
    assert rule.is_large(money(realised), money("1000"), 0.05) is large
