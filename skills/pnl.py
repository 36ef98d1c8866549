"""How the account does: profit and loss of a period, of the whole or of single companies."""

from datetime import date
from typing import Any

from engine.core.lots import LotSale
from engine.core.nouns import ClosedTrade
from engine.core.taxes import taxed
from engine.core.units import Money, Ticker
from engine.view import View
from skills.periods import period_words, span
from skills.skill import Say, Skill, SlotModel


class Pnl(SlotModel):
    """`show_pnl`: today by default."""

    period: str = "today"
    tickers: tuple[Ticker, ...] = ()


def show_pnl(slots: Pnl, view: View) -> Say:
    first, last = span(slots.period, view.scene.day.date)
    trades = [trade for trade in view.trades_between(first, last) if trade.ticker in (slots.tickers or (trade.ticker,))]
    facts = {"account": view.state.kind.value, "period": Say(*period_words(slots.period)), **closed(trades)}
    facts["tax"] = for_taxes(view.sales_between(first, last), slots.tickers)
    if slots.tickers:
        return Say("pnl.tickers", {**facts, **of_tickers(slots.tickers, view), "tickers": list(slots.tickers)})
    return Say("pnl", {**facts, **of_account(view, first, last)}, ("positions", "why"))


def of_account(view: View, first: date, last: date) -> dict[str, Any]:
    """Gain over the period: from the close before it to its last close, or to now."""
    period, whole = view.gained(first, last), view.gained(date.min, view.scene.day.date)
    return {
        "pnl": period.amount,
        "pnl_frac": period.fraction,
        "equity": view.worth.equity,
        "unrealised": sum(unrealised(view, ticker) for ticker in view.state.positions),
        "since_start": whole.amount,
        "since_start_frac": whole.fraction,
        "reserve": view.state.reserve or None,
        **beside_benchmark(view, first, last),
    }


def beside_benchmark(view: View, first: date, last: date) -> dict[str, Any]:
    """What the account is compared with, and its change over the same closes; None where a level is missing."""
    before, after = view.before(first).benchmark, view.at_end(last).benchmark
    name = view.state.preferences.performance.benchmark
    return {"benchmark": name, "benchmark_frac": after / before - 1 if before and after else None}


def of_tickers(tickers: tuple[Ticker, ...], view: View) -> dict[str, Any]:
    held = [ticker for ticker in tickers if ticker in view.state.positions]
    return {"unrealised": sum(unrealised(view, ticker) for ticker in held) if held else None}


def unrealised(view: View, ticker: Ticker) -> Money:
    position = view.state.positions[ticker]
    return position.shares * (view.scene.price(ticker) or position.entry) - position.cost


def closed(trades: list[ClosedTrade]) -> dict[str, Any]:
    """Closed trades of the period: how many, what they brought, how many won; micro-trades apart, None without any."""
    standard, micro = ([trade for trade in trades if trade.micro is kind] for kind in (False, True))
    wins = sum(1 for trade in standard if trade.realised > 0)
    return {
        "realised": sum(trade.realised for trade in standard),
        "trades": len(standard),
        "wins": wins if standard else None,
        "win_frac": wins / len(standard) if standard else None,
        "micro": len(micro) or None,
        "micro_realised": sum(trade.realised for trade in micro) if micro else None,
    }


def for_taxes(sales: list[LotSale], tickers: tuple[Ticker, ...]) -> Say | None:
    """What counts for taxes, where that is not simply what was realised: losses put off, or shares held over a year."""
    counted = taxed(sale for sale in sales if sale.ticker in (tickers or (sale.ticker,)))
    off = counted.short.disallowed + counted.long.disallowed
    before = sum(kind.tax_basis - kind.cost for kind in counted)
    if not (off or before or counted.long.sales):
        return None
    long = counted.long.counts if counted.long.sales else None
    return Say("pnl.tax", {"short": counted.short.counts, "long": long, "off": off or None, "before": before or None})


SKILLS = (Skill("show_pnl", Pnl, show_pnl, "look"),)
