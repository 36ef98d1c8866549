"""How the account does: profit and loss of a period, of the whole or of single companies."""

from datetime import date
from typing import Any

from engine.core.nouns import ClosedTrade
from engine.core.units import Money, Ticker
from engine.view import View
from skills.periods import span
from skills.skill import Say, Skill, SlotModel


class Pnl(SlotModel):
    """`show_pnl`: today by default."""

    period: str = "today"
    tickers: tuple[Ticker, ...] = ()


def show_pnl(slots: Pnl, view: View) -> Say:
    first, last = span(slots.period, view.scene.day.date)
    trades = [trade for trade in view.trades_between(first, last) if trade.ticker in (slots.tickers or (trade.ticker,))]
    facts = {"account": view.state.kind.value, "period": Say(*period_words(slots.period)), **won(trades)}
    if slots.tickers:
        return Say("pnl.tickers", {**facts, **of_tickers(slots.tickers, view), "tickers": list(slots.tickers)})
    return Say("pnl", {**facts, **of_account(view, first, last)}, ("positions", "why"))


def period_words(period: str) -> tuple[str, dict[str, Any]]:
    """The phrase that names a period, and its facts."""
    if period.startswith("last_") and period.endswith("_days"):
        return "period.last_days", {"days": int(period[5:-5])}
    if period.startswith("since:"):
        return "period.since", {"first": period[6:]}
    first, separator, last = period.partition("..")
    return ("period.between", {"first": first, "last": last}) if separator else (f"period.{period}", {})


def of_account(view: View, first: date, last: date) -> dict[str, Any]:
    """Change in equity over the period: from the close before it to its last close, or to now."""
    before = view.equity_before(first)
    now = equity_at(view, last)
    start = view.state.contributed
    return {
        "pnl": now - before,
        "pnl_frac": (now - before) / before if before else 0.0,
        "equity": view.worth.equity,
        "unrealised": sum(unrealised(view, ticker) for ticker in view.state.positions),
        "since_start": view.worth.equity - start,
        "since_start_frac": (view.worth.equity - start) / start if start else 0.0,
        "reserve": view.state.reserve or None,
        **beside_benchmark(view, first, last),
    }


def equity_at(view: View, last: date) -> Money:
    """Equity at the last close by this day; now, where the day has not ended yet."""
    if goes_on(view, last):
        return view.worth.equity
    ended = [snapshot for snapshot in view.history.snapshots if snapshot.session <= last]
    return ended[-1].equity if ended else view.state.contributed


def goes_on(view: View, last: date) -> bool:
    """Whether a period that ends on this day has not ended yet."""
    today = view.scene.day.date
    return last >= today and (view.state.last is None or view.state.last.session < today)


def beside_benchmark(view: View, first: date, last: date) -> dict[str, Any]:
    """The benchmark's change over the same closes, or to now; None where a level is missing."""
    levels = [(one.session, one.benchmark) for one in view.history.snapshots if one.benchmark]
    before = [level for session, level in levels if session < first]
    ended = [view.scene.benchmark] if goes_on(view, last) else [level for session, level in levels if session <= last]
    if not before or not ended or before[-1] is None or ended[-1] is None:
        return {"benchmark_frac": None}
    return {"benchmark_frac": ended[-1] / before[-1] - 1}


def of_tickers(tickers: tuple[Ticker, ...], view: View) -> dict[str, Any]:
    held = [ticker for ticker in tickers if ticker in view.state.positions]
    return {"unrealised": sum(unrealised(view, ticker) for ticker in held) if held else None}


def unrealised(view: View, ticker: Ticker) -> Money:
    position = view.state.positions[ticker]
    return position.shares * (view.scene.price(ticker) or position.entry) - position.cost


def won(trades: list[ClosedTrade]) -> dict[str, Any]:
    """Closed trades of the period: how many, what they brought, how many won."""
    wins = sum(1 for trade in trades if trade.realised > 0)
    return {
        "realised": sum(trade.realised for trade in trades),
        "trades": len(trades),
        "wins": wins if trades else None,
        "win_frac": wins / len(trades) if trades else None,
    }


SKILLS = (Skill("show_pnl", Pnl, show_pnl, "look"),)
