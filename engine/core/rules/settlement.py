"""Money that has not arrived yet, and day trades (docs/engine.md, Settlement and day trades).

Money in ten-thousandths of a dollar.
"""

from typing import Final

DAY_TRADES_ALLOWED: Final = 3
"""A fourth within the sessions counted makes a pattern day trader."""
DAY_TRADE_SESSIONS: Final = 5
"""How many sessions day trades are counted in, the latest included."""
MARGIN_MINIMUM: Final = 25_000 * 10_000
"""The equity from which the rule leaves day trades alone."""


def waits_for_settlement(price: int, settled: int, coming: int) -> bool:
    """Whether settled buying power pays for no share at this price, and would with what is coming."""
    return settled < price <= settled + coming


def day_trades_used_up(made: int, equity: int) -> bool:
    """Whether one more day trade would break the pattern-day-trader rule: on margin, under $25,000 of equity."""
    return equity < MARGIN_MINIMUM and made >= DAY_TRADES_ALLOWED
