"""What counts for taxes: lots sold, short-term and long-term, wash sales, and the lots still held."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from engine.core.lots import Lot, LotSale
from engine.core.taxes import EXCHANGE, anniversary, is_from_before, lots_of, over_a_year, taxed
from engine.core.units import Ticker
from engine.view import View
from skills.periods import period_words, span
from skills.skill import Say, Skill, SlotModel

SHOWN = 10


class Taxes(SlotModel):
    """`show_taxes`: this year by default, of all companies or of these."""

    period: str = "this_year"
    tickers: tuple[Ticker, ...] = ()


def show_taxes(slots: Taxes, view: View) -> Say:
    first, last = span(slots.period, view.scene.day.date)
    sales = [one for one in view.sales_between(first, last) if one.ticker in (slots.tickers or (one.ticker,))]
    out = left_out((first, last), slots.tickers, view)
    facts = {
        "account": view.state.kind.value,
        "tickers": list(slots.tickers) or None,
        "period": Say(*period_words(slots.period)),
        "sold": sold(sales) if sales else Say("taxes.nothing_known" if out else "taxes.nothing_sold"),
        "out": out,
        "lots": lots(slots.tickers, view) if slots.tickers else None,
    }
    return Say("taxes", facts, ("pnl",))


def sold(sales: Sequence[LotSale]) -> Say:
    """The sums, and the lots that were sold, newest first."""
    found = taxed(sales)
    before = sum(kind.tax_basis - kind.cost for kind in found)
    facts = {
        "short": found.short.counts,
        "long": found.long.counts if found.long.sales else None,
        "realised": sum(kind.realised for kind in found),
        "off": sum(kind.disallowed for kind in found) or None,
        "washes": sum(sale.is_wash for sale in sales) or None,
        "before": before or None,
        "rows": [{"said": sale_row(sale)} for sale in sales[: -SHOWN - 1 : -1]],
        "more": max(0, len(sales) - SHOWN) or None,
    }
    return Say("taxes.sold", facts)


def sale_row(sale: LotSale) -> Say:
    """One lot sold; where it is a wash sale, what is put off and to which purchase."""
    to = sale.bought_again
    facts = {
        "ticker": sale.ticker,
        "shares": sale.shares,
        **purchase(sale.lot_id, sale.opened_at.astimezone(EXCHANGE).date()),
        "closed": sale.closed_at,
        "realised": sale.realised,
        "term": "long-term" if over_a_year(sale) else "short-term",
        "off": sale.disallowed or None,
        "to": to[0] if to else None,
        "others": len(to) - 1 if len(to) > 1 else None,
        "before": sale.tax_basis - sale.cost or None,
    }
    return Say("taxes.sale", facts)


def left_out(days: tuple[date, date], tickers: Sequence[Ticker], view: View) -> Say | None:
    """The trades of these days, first and last included, that no sums for taxes have; None without one."""
    first, last = days
    earlier = view.without_lots
    out = [one for one in earlier if first <= one.closed_at.date() <= last and one.ticker in (tickers or (one.ticker,))]
    if not out:
        return None
    facts = {"trades": len(out), "realised": sum(one.realised for one in out), "until": earlier[-1].closed_at}
    return Say("taxes.left_out", facts)


def purchase(lot_id: str, opened: date) -> dict[str, Any]:
    """When a lot was bought: on a day, or from a day on where several purchases are taken as one."""
    several = is_from_before(lot_id)
    return {"opened": None if several else opened, "from_on": opened if several else None}


def lots(tickers: Sequence[Ticker], view: View) -> Say:
    """What is held of these companies, lot by lot, oldest first."""
    held = [lot for ticker in tickers for lot in lots_of(view.state, ticker)]
    if not held:
        return Say("taxes.no_lots")
    rows = [lot_row(lot, view) for lot in held[:SHOWN]]
    return Say("taxes.lots", {"rows": rows, "more": max(0, len(held) - SHOWN) or None})


def lot_row(lot: Lot, view: View) -> dict[str, Any]:
    """A lot with its age in days; `from_day` is the first day on which a sale of it would be long-term."""
    bought, today = lot.opened_at.astimezone(EXCHANGE).date(), view.scene.at.astimezone(EXCHANGE).date()
    from_day = anniversary(bought) + timedelta(days=1)
    return {
        "ticker": lot.ticker,
        "shares": lot.shares,
        **purchase(lot.id, bought),
        "age": None if is_from_before(lot.id) else (today - bought).days,
        "cost": lot.cost,
        "basis": lot.tax_basis,
        "from_day": from_day if today < from_day else None,
        "long": None if today < from_day else "long-term",
    }


SKILLS = (Skill("show_taxes", Taxes, show_taxes, "look"),)
