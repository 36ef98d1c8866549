"""When entries are made, and when a price is none (docs/engine.md, Time and prices; Gates). Seconds of one clock."""

from typing import Final

LEAST_AGE_S: Final = 900
"""No price is called missing before it is this old, unless the house has it otherwise."""


def in_window(at_s: int, opens_s: int, closes_s: int, after_open_s: int, before_close_s: int) -> bool:
    """Whether entries may be made: from `after_open_s` after the open to `before_close_s` before the close.

    Both ends belong to the window; a session too short for them has none.
    """
    return opens_s + after_open_s <= at_s <= closes_s - before_close_s


def no_price(age_s: int, interval_s: int, least_s: int, others_arrive: bool) -> bool:  # noqa: FBT001  # a fact, not a switch
    """Whether a ticker's price is missing: over `least_s` and 1.5 intervals old while other tickers' prices arrive.

    A silent feed takes no single price away. Asked in market hours, for tickers that are not halted.
    """
    return others_arrive and 2 * age_s > max(2 * least_s, 3 * interval_s)
