"""Trades meant for minutes: smaller, with nearer levels, and over by themselves (docs/engine.md, Micro-trades).

Shares of tradable money are fractions; instants and spans are whole numbers of one unit, from any one beginning.
"""

from typing import Final

STOP_MULTIPLIER: Final = 1.0
REWARD_RISK: Final = 1.5


def most_of_tradable(max_position: float, cap: float) -> float:
    """The largest share of tradable money in one micro-trade: its own cap, or the position limit where that is less."""
    return min(max_position, cap)


def stop_multiplier(tier: float) -> float:
    """How many ATR the stop stands under the entry: one, or as many as the tier allows where that is less."""
    return min(tier, STOP_MULTIPLIER)


def has_room(made: int, most: int) -> bool:
    """Whether another micro-trade may be made, after so many in this session."""
    return made < most


def expires_at(entered_at: int, hold: int, window_ends_at: int) -> int:
    """When it is closed: so long after the entry, or at the end of the session's entry window where that is sooner."""
    return min(entered_at + hold, window_ends_at)


def has_expired(now: int, expires: int) -> bool:
    """Whether its time is over; at the very instant it is."""
    return now >= expires
