"""The reserve pool and the money that may be traded (docs/engine.md, Words; Reserve). Ten-thousandths of a dollar."""

from engine.core.rules.rounding import CENT, part


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
