"""What must be sold so that an account keeps its limits (docs/engine.md, Rebalancing).

Money in ten-thousandths of a dollar, at most 10^16; limits as fractions, whose money is rounded down. Positions stand
place by place, tickers in alphabetical order.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from engine.core.rules.rounding import part
from engine.core.rules.stops import next_weakest

NONE: Final = 0
POSITION: Final = 1
SECTOR: Final = 2
COUNT: Final = 3


class Book(NamedTuple):
    """What is held of each ticker and not being sold already: at least a share, at a positive price.

    Places with the same number in `sectors` share a sector. What is not `movable` counts and is not sold.
    """

    shares: Sequence[int]
    prices: Sequence[int]
    confidences: Sequence[float]
    sectors: Sequence[int]
    movable: Sequence[bool]


class Bounds(NamedTuple):
    """The limits: money of one position, money of one sector, and how many positions there may be."""

    position: int
    sector: int
    most: int


class Trimmed(NamedTuple):
    """Shares to sell of each place, and the limit that asked for the last of them: NONE where nothing is sold."""

    shares: Sequence[int]
    reasons: Sequence[int]


def bounds(tradable: int, max_position: float, max_sector: float, most: int) -> Bounds:
    """The limits in force as money of the tradable sum."""
    return Bounds(part(tradable, max_position), part(tradable, max_sector), most)


def shares_over(value: int, limit: int, price: int, most: int) -> int:
    """The fewest shares whose sale brings a value to its limit, at most so many; none where it is within."""
    if value <= limit:
        return 0
    return min(most, (value - limit + price - 1) // price)


def trims(book: Book, limits: Bounds) -> Trimmed:
    """Sell each position down to its limit, then the weakest of each sector until it fits, then the weakest of all.

    Weakest is of the lowest confidence, ties by place. The last step sells whole positions, the others only as many
    shares as are needed.
    """
    sold = [0] * len(book.shares)
    reasons = [NONE] * len(book.shares)
    over_position(book, limits, sold, reasons)
    over_sector(book, limits, sold, reasons)
    over_count(book, limits, sold, reasons)
    return Trimmed(sold, reasons)


def over_position(book: Book, limits: Bounds, sold: list[int], reasons: list[int]) -> None:
    """Add what each position holds over its limit."""
    for place in range(len(book.shares)):
        value = book.shares[place] * book.prices[place]
        more = shares_over(value, limits.position, book.prices[place], book.shares[place])
        if more > 0 and book.movable[place]:
            sold[place] += more
            reasons[place] = POSITION


def over_sector(book: Book, limits: Bounds, sold: list[int], reasons: list[int]) -> None:
    """Add what each sector still holds over its limit, weakest positions first."""
    place = next_weakest(book.confidences, -1)
    while place >= 0:
        left = book.shares[place] - sold[place]
        value = sector_value(book, sold, book.sectors[place])
        more = shares_over(value, limits.sector, book.prices[place], left)
        if more > 0 and book.movable[place]:
            sold[place] += more
            reasons[place] = SECTOR
        place = next_weakest(book.confidences, place)


def over_count(book: Book, limits: Bounds, sold: list[int], reasons: list[int]) -> None:
    """Add the whole of the weakest positions, while there are more than there may be."""
    over = positions_left(book, sold) - limits.most
    place = next_weakest(book.confidences, -1)
    while place >= 0 and over > 0:
        if book.movable[place] and sold[place] < book.shares[place]:
            sold[place] = book.shares[place]
            reasons[place] = COUNT
            over -= 1
        place = next_weakest(book.confidences, place)


def sector_value(book: Book, sold: Sequence[int], sector: int) -> int:
    """What is left of a sector after these sales, at the prices of now."""
    total = 0
    for place in range(len(book.shares)):
        if book.sectors[place] == sector:
            total += (book.shares[place] - sold[place]) * book.prices[place]
    return total


def positions_left(book: Book, sold: Sequence[int]) -> int:
    """How many positions are left after these sales."""
    count = 0
    for place in range(len(book.shares)):
        if sold[place] < book.shares[place]:
            count += 1
    return count
