"""What was bought or sold before tax lots were kept: what a tax report has to leave out, or takes as one purchase."""

from collections.abc import Collection
from datetime import date
from typing import Any

from engine.core.nouns import ClosedTrade
from engine.core.taxes import is_from_before
from engine.core.units import Ticker
from engine.view import View
from skills.skill import Say


def without_lots(view: View) -> list[ClosedTrade]:
    """Trades that closed before the first sale of which tax lots are known, oldest first; all where none is known."""
    known = min((sale.closed_at for sale in view.history.sales.values()), default=None)
    trades = view.trades_between(date.min, date.max)
    return [trade for trade in trades if known is None or trade.closed_at < known]


def left_out(view: View, days: tuple[date, date], tickers: Collection[Ticker]) -> Say | None:
    """The trades of these days, first and last included, that no sums for taxes have; None without one."""
    first, last = days
    earlier = without_lots(view)
    out = [one for one in earlier if first <= one.closed_at.date() <= last and one.ticker in (tickers or (one.ticker,))]
    if not out:
        return None
    facts = {"trades": len(out), "realised": sum(one.realised for one in out), "until": earlier[-1].closed_at}
    return Say("taxes.left_out", facts)


def purchase(lot_id: str, opened: date) -> dict[str, Any]:
    """When a lot was bought: on a day, or from a day on where several purchases are taken as one."""
    several = is_from_before(lot_id)
    return {"opened": None if several else opened, "from_on": opened if several else None}
