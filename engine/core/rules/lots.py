"""Which shares a sell takes, and which losses are put off (docs/engine.md, Tax lots and wash sales).

Money in ten-thousandths of a dollar, instants in microseconds of one clock.
"""

from collections.abc import Sequence
from typing import Final

from engine.core.rules.rounding import part

WASH_US: Final = 30 * 86_400 * 1_000_000
"""How far a purchase may lie before or after a sale at a loss and still put its loss off: 30 days."""


def first_out(held: Sequence[int], shares: int) -> list[int]:
    """How many shares a sell takes of each lot, oldest first: all of a lot before any of the next.

    Together they are `shares`, or all that is held where that is less.
    """
    taken: list[int] = []
    left = shares
    for place in range(len(held)):
        out = min(held[place], left)
        taken.append(out)
        left -= out
    return taken


def portion(amount: int, shares: int, whole: int) -> int:
    """The part of an amount that belongs to `shares` of `whole` shares, rounded down; exact, all within int64."""
    return amount // whole * shares + amount % whole * shares // whole


def near(bought_us: int, sold_us: int) -> bool:
    """Whether a purchase makes a sale at a loss a wash sale: at most 30 × 24 hours before it or after it."""
    return abs(sold_us - bought_us) <= WASH_US


def free_to_replace(shares: int, bought: int, replaces: int) -> int:
    """How many shares of a lot can still stand in for shares sold at a loss.

    Each share that was bought stands in for one at most; of a lot sold in part, those that stand in left first.
    """
    return max(0, min(shares, bought - replaces))


def put_off(loss: int, replaced: int, sold: int) -> int:
    """The part of a loss that is put off when so many of the shares sold were bought again, rounded down.

    All of the loss when all of them were.
    """
    return portion(loss, replaced, sold)


def is_large(realised: int, tradable: int, share: float) -> bool:
    """Whether a trade won or lost more than this share of tradable money."""
    return abs(realised) > part(tradable, share)
