"""Which shares a sell takes, and which losses are put off (docs/engine.md, Tax lots and wash sales).

Money in ten-thousandths of a dollar, days as numbers of one calendar.
"""

from collections.abc import Sequence
from typing import Final

from engine.core.rules.rounding import part

WASH_DAYS: Final = 30
"""How many calendar days a purchase may lie before or after a sale at a loss and still put its loss off."""


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


def near(bought_on: int, sold_on: int) -> bool:
    """Whether a purchase makes a sale at a loss a wash sale: at most 30 calendar days before it or after it."""
    return abs(sold_on - bought_on) <= WASH_DAYS


def free_to_replace(shares: int, replaces: int) -> int:
    """How many of a lot's shares can still stand in for shares sold at a loss: each of them stands in for one."""
    return max(0, shares - replaces)


def still_replacing(replaces: int, out: int) -> int:
    """How many shares of a lot stand in after `out` of its shares are sold: those that do leave first."""
    return max(0, replaces - out)


def put_off(loss: int, replaced: int, sold: int) -> int:
    """The part of a loss that is put off when so many of the shares sold were bought again, rounded down.

    All of the loss when all of them were.
    """
    return portion(loss, replaced, sold)


def is_large(realised: int, tradable: int, share: float) -> bool:
    """Whether a trade won or lost more than this share of tradable money."""
    return abs(realised) > part(tradable, share)
