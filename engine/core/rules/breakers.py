"""When losses or unrest stop entries (docs/engine.md, Breakers).

Money in ten-thousandths of a dollar, limits as fractions. A breaker trips beyond its limit, never at it; a limit's
money is rounded down, which for whole amounts decides the same as the exact product.
"""

from collections.abc import Sequence

from engine.core.rules.rounding import part


def loss_fraction(now: int, before: int) -> float:
    """The part of `before` that is gone; 0 for a gain, and where there was nothing to lose."""
    return (before - now) / before if now < before and before > 0 else 0.0


def loses_more(now: int, before: int, limit: float) -> bool:
    """Whether more than the fraction `limit` of `before` is gone."""
    return before > 0 and before - now > part(before, limit)


def daily_loss(equity: int, reference: int) -> float:
    """The session's loss as a fraction of `reference`: the last snapshot's equity, adjusted for deposits."""
    return loss_fraction(equity, reference)


def daily_loss_trips(equity: int, reference: int, limit: float) -> bool:
    """Whether equity is under reference × (1 − limit)."""
    return loses_more(equity, reference, limit)


def position_loss(value: int, cost: int) -> float:
    """A position's loss as a fraction of its cost, 0 for a gain."""
    return loss_fraction(value, cost)


def position_loss_trips(value: int, cost: int, limit: float) -> bool:
    """Whether a position lost more than the fraction `limit` of its cost."""
    return loses_more(value, cost, limit)


def stops_within(times: Sequence[int], now: int, window_s: int) -> int:
    """Stop-losses hit in the last `window_s` seconds, both ends counted; times in seconds of one clock, any order."""
    count = 0
    for place in range(len(times)):
        if now - window_s <= times[place] <= now:
            count += 1
    return count


def drawdown(equity: int, peak: int) -> float:
    """The fall from the peak as a fraction of it; 0 at a new peak."""
    return loss_fraction(equity, peak)


def broad_decline(losing: int, open_positions: int, share: float, min_positions: int) -> bool:
    """Whether more than `share` of the open positions are losing, of which there are at least `min_positions`."""
    return open_positions >= max(1, min_positions) and losing > part(open_positions, share)
