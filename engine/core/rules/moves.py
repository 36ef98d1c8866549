"""When a price moves so fast that its stop is looked at anew (docs/engine.md, Stops)."""

from engine.core.rules.rounding import part


def moved_rapidly(now: int, before: int, share: float) -> bool:
    """Whether a price is more than the fraction `share` of an earlier one away from it, up or down."""
    return before > 0 and abs(now - before) > part(before, share)
