"""The reserve pool and the money that may be traded (docs/engine.md, Words; Reserve). Ten-thousandths of a dollar."""

from typing import Final

from engine.core.rules.breakers import drawdown, loses_more
from engine.core.rules.rounding import CENT, part

REARMED_UNDER: Final = 0.15
"""An emergency is over when the fall is smaller than this, and than what makes one."""


def active(total: int, reserve: int) -> int:
    """The active pool: what is not set aside."""
    return total - reserve


def tradable(total: int, reserve: int, capital_limit: int) -> int:
    """The active pool up to the owner's capital limit, never negative; every percent limit is of it."""
    return max(0, min(active(total, reserve), capital_limit))


def siphon(realised_net: int, share: float) -> int:
    """The part of a finished sell's net profit that is set aside, rounded down to the cent; nothing of a loss."""
    if realised_net <= 0:
        return 0
    return part(realised_net, share) // CENT * CENT


def share(reserve: int, total: int) -> float:
    """The reserve as a fraction of the account's value; 0 where the account is worth nothing."""
    return reserve / total if total > 0 else 0.0


def over_mark(reserve: int, total: int, mark: float) -> bool:
    """Whether the reserve is more than the fraction `mark` of the account's value."""
    return reserve > part(max(0, total), mark)


def is_emergency(equity: int, peak: int, limit: float) -> bool:
    """Whether more than the fraction `limit` of the peak is gone."""
    return loses_more(equity, peak, limit)


def is_rearmed(equity: int, peak: int, limit: float) -> bool:
    """Whether the fall is made good far enough that the next one beyond `limit` is an emergency of its own."""
    return drawdown(equity, peak) < min(REARMED_UNDER, limit)
