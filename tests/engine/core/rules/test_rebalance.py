"""Rebalancing: all within limits afterwards, the least sure first, and no share more than that takes."""

from collections.abc import Sequence

from hypothesis import event, given
from hypothesis import strategies as st

from engine.core.rules.rebalance import (
    COUNT,
    NONE,
    POSITION,
    SECTOR,
    Book,
    Bounds,
    Trimmed,
    bounds,
    sector_value,
    shares_over,
    trims,
)
from tests.engine.core.rules.asks import quick

USD = 10_000
LOOSE = Bounds(10**16, 10**16, 99)


def a_book(*rows: tuple[int, int, float, int], still: tuple[int, ...] = ()) -> Book:
    """Rows of shares, dollars a share, confidence and sector; the places in `still` cannot be sold."""
    return Book(
        shares=[row[0] for row in rows],
        prices=[row[1] * USD for row in rows],
        confidences=[row[2] for row in rows],
        sectors=[row[3] for row in rows],
        movable=[place not in still for place in range(len(rows))],
    )


def test_limits_are_parts_of_tradable_money_rounded_down() -> None:
    assert bounds(100_000 * USD, 0.08, 0.30, 10) == Bounds(8_000 * USD, 30_000 * USD, 10)
    assert bounds(33_333, 0.05, 0.20, 7) == Bounds(1_666, 6_666, 7)


def test_a_position_over_its_limit_is_sold_down_to_it() -> None:
    """$6,000 against $5,000: 17 shares at $60 bring it to $4,980, 16 would leave $5,040."""
    sold = trims(a_book((100, 60, 0.8, 0), (10, 60, 0.7, 1)), LOOSE._replace(position=5_000 * USD))
    assert sold == Trimmed([17, 0], [POSITION, NONE])


def test_what_stands_at_its_limit_stays() -> None:
    book = a_book((100, 60, 0.8, 0), (50, 60, 0.7, 0))
    assert trims(book, Bounds(6_000 * USD, 9_000 * USD, 2)) == Trimmed([0, 0], [NONE, NONE])
    assert trims(book, Bounds(6_000 * USD - 1, 9_000 * USD, 2)) == Trimmed([1, 0], [POSITION, NONE])
    assert trims(book, Bounds(6_000 * USD, 9_000 * USD - 1, 2)) == Trimmed([0, 1], [NONE, SECTOR])
    assert trims(book, Bounds(6_000 * USD, 9_000 * USD, 1)) == Trimmed([0, 50], [NONE, COUNT])


def test_a_sector_loses_its_least_sure_shares_first_and_only_as_many_as_it_must() -> None:
    """$12,000 against $9,500: all of the least sure, $2,000, then 9 shares at $60 of the next; other sectors stay."""
    book = a_book((80, 60, 0.75, 0), (20, 100, 0.66, 0), (52, 100, 0.9, 0), (90, 100, 0.5, 1))
    assert trims(book, LOOSE._replace(sector=9_500 * USD)) == Trimmed([9, 20, 0, 0], [SECTOR, SECTOR, NONE, NONE])


def test_too_many_positions_lose_the_least_sure_wholly_and_ties_go_by_place() -> None:
    book = a_book((5, 10, 0.7, 0), (6, 10, 0.6, 1), (7, 10, 0.6, 2), (8, 10, 0.9, 3))
    assert trims(book, LOOSE._replace(most=2)) == Trimmed([0, 6, 7, 0], [NONE, COUNT, COUNT, NONE])
    assert trims(book, LOOSE._replace(most=3)) == Trimmed([0, 6, 0, 0], [NONE, COUNT, NONE, NONE])


def test_what_a_limit_has_sold_already_counts_as_gone_for_the_next() -> None:
    """The sector sells the weakest wholly, so that two are left of two; the last two are down to $500 each."""
    book = a_book((10, 60, 0.6, 0), (10, 60, 0.7, 0), (10, 60, 0.8, 1))
    sold = trims(book, Bounds(500 * USD, 500 * USD, 2))
    assert sold == Trimmed([10, 2, 2], [SECTOR, POSITION, POSITION])


def test_what_cannot_be_sold_counts_and_stays() -> None:
    book = a_book((10, 60, 0.1, 0), (10, 60, 0.7, 0), (10, 60, 0.8, 1), still=(0,))
    assert trims(book, Bounds(500 * USD, 900 * USD, 3)) == Trimmed([0, 5, 2], [NONE, SECTOR, POSITION])
    assert trims(book, Bounds(10**9, 10**9, 2)) == Trimmed([0, 10, 0], [NONE, COUNT, NONE])


def test_nothing_held_is_nothing_sold() -> None:
    assert trims(a_book(), Bounds(0, 0, 0)) == Trimmed([], [])


def test_the_fewest_shares_that_bring_a_value_to_its_limit() -> None:
    assert [shares_over(value, 100, 30, 9) for value in (99, 100, 101, 130, 131, 500)] == [0, 0, 1, 1, 2, 9]


# --- properties


books = st.lists(
    st.tuples(
        st.integers(1, 400), st.integers(1, 300), st.sampled_from([0.55, 0.6, 0.7, 0.8, 0.95]), st.integers(0, 3)
    ),
    max_size=9,
).flatmap(
    lambda rows: st.builds(lambda still: a_book(*rows, still=tuple(still)), st.sets(st.integers(0, 8), max_size=2))
)
limits = st.builds(
    Bounds,
    st.integers(0, 60_000).map(lambda dollars: dollars * USD + 7),
    st.integers(0, 120_000).map(lambda dollars: dollars * USD + 3),
    st.integers(0, 9),
)


def value(book: Book, place: int, sold: Sequence[int]) -> int:
    return (book.shares[place] - sold[place]) * book.prices[place]


def weaker(book: Book, place: int) -> list[int]:
    """Places that come before this one and can be sold."""
    turn = (book.confidences[place], place)
    return [one for one in range(len(book.shares)) if book.movable[one] and (book.confidences[one], one) < turn]


def left(book: Book, sold: Sequence[int]) -> list[int]:
    return [place for place in range(len(book.shares)) if sold[place] < book.shares[place]]


@quick
@given(books, limits)
def test_p17_all_is_within_limits_given_fills_at_the_marks(book: Book, within: Bounds) -> None:
    """But for what cannot be sold: then nothing is left that could be."""
    sold, reasons = trims(book, within)
    event(f"reasons {sorted(set(reasons))}")
    movable = [place for place in left(book, sold) if book.movable[place]]
    assert all(0 <= sold[place] <= book.shares[place] for place in range(len(sold)))
    assert all(book.movable[place] for place in range(len(sold)) if sold[place])
    assert [reason != NONE for reason in reasons] == [shares > 0 for shares in sold]
    assert all(value(book, place, sold) <= within.position for place in movable)
    for sector in set(book.sectors):
        fits = sector_value(book, sold, sector) <= within.sector
        assert fits or not [place for place in movable if book.sectors[place] == sector]
    assert len(left(book, sold)) <= within.most or not movable


@quick
@given(books, limits)
def test_p17_the_least_sure_are_sold_first(book: Book, within: Bounds) -> None:
    """What a sector or the number of positions sells has nothing weaker left beside it that could have been sold."""
    sold, reasons = trims(book, within)
    kept = set(left(book, sold))
    for place, reason in enumerate(reasons):
        if reason == COUNT:
            assert sold[place] == book.shares[place]
            assert not kept & set(weaker(book, place))
        if reason == SECTOR:
            assert not [one for one in weaker(book, place) if one in kept and book.sectors[one] == book.sectors[place]]


@quick
@given(books, limits)
def test_p17_nothing_more_is_sold_than_needed_to_within_one_share(book: Book, within: Bounds) -> None:
    """One share less of the last that a limit sold would break it, or there would be one position too many."""
    sold, reasons = trims(book, within)
    for place, reason in enumerate(reasons):
        fewer = [shares - (one == place) for one, shares in enumerate(sold)]
        too_many = len(left(book, fewer)) > within.most
        sector = book.sectors[place]
        stronger = [one for one, why in enumerate(reasons) if why == SECTOR and place in weaker(book, one)]
        if reason == POSITION:
            assert value(book, place, fewer) > within.position
        if reason == COUNT:
            assert too_many
        if reason == SECTOR and not [one for one in stronger if book.sectors[one] == sector]:
            assert too_many or sector_value(book, fewer, sector) > within.sector
