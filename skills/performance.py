"""How well the account does: gain, trades won and lost, risk taken for it, and what it is compared with."""

import math
from collections.abc import Sequence
from typing import Any

from engine.core.performance import Standing, compared, performance
from engine.core.review import unrealised
from engine.core.rules.metrics import Metrics
from engine.view import View
from skills.periods import period_words, span
from skills.skill import Say, Skill, SlotModel

FEWEST = 2
"""Sessions under which there is no Sharpe ratio."""


class Period(SlotModel):
    """`show_performance`: since the account last began by default."""

    period: str = "all"


def show_performance(slots: Period, view: View) -> Say:
    first, last = span(slots.period, view.scene.day.date)
    closes = view.closes(first, last)
    found = performance(closes, view.trades_between(first, last))
    facts: dict[str, Any] = {"account": view.state.kind.value, "period": Say(*period_words(slots.period))}
    if not found.standard.sessions:
        return Say("performance.none", facts, ("pnl",))
    facts |= {"trades": trades(found.standard), "micro": micro(found.micro), "benchmark": benchmark(view, closes)}
    return Say("performance", {**facts, **of_value(found.standard, view)}, ("positions", "limits"))


def of_value(found: Metrics, view: View) -> dict[str, Any]:
    """The window's gain and falls, and how the account stands now."""
    worth, state = view.worth, view.state
    return {
        "sessions": found.sessions,
        "pnl": found.gain,
        "pnl_frac": found.growth,
        "equity": worth.equity,
        "active": worth.equity - state.reserve if state.reserve else None,
        "reserve": state.reserve or None,
        "sharpe": sharpe(found),
        "max_fall": found.max_fall,
        "fall": found.fall,
        "unrealised": sum(unrealised(position, view.scene) for position in state.positions.values()),
        "exposure_frac": worth.exposure / worth.tradable if worth.tradable else 0.0,
        "heat_frac": worth.heat / worth.tradable if worth.tradable else 0.0,
    }


def trades(found: Metrics) -> Say:
    """Standard trades closed in the window."""
    if not found.trades:
        return Say("performance.no_trades")
    facts = {
        "trades": found.trades,
        "realised": found.won - found.lost,
        "wins": found.wins,
        "losses": found.losses,
        "flat": found.trades - found.wins - found.losses or None,
        "win_frac": found.win_rate,
        "average_win": known(found.average_win),
        "average_loss": known(found.average_loss),
        "factor": known(found.profit_factor),
        "no_loss": None if found.losses else "no losing trade",
    }
    return Say("performance.trades", facts)


def micro(found: Metrics) -> Say | None:
    """Micro-trades in a line of their own; None without any."""
    if not found.trades:
        return None
    facts = {"trades": found.trades, "realised": found.won - found.lost, "win_frac": found.win_rate}
    return Say("performance.micro", facts)


def sharpe(found: Metrics) -> Say:
    """The ratio, or why there is none."""
    if known(found.sharpe) is not None:
        return Say("performance.sharpe", {"sharpe": found.sharpe})
    return Say("performance.sharpe.few" if found.sessions < FEWEST else "performance.sharpe.alike")


def benchmark(view: View, closes: Sequence[Standing]) -> Say | None:
    """The benchmark over the same closes, and how far the account is ahead of it or behind; None where unknown."""
    found = compared(closes)
    if found is None:
        return None
    facts = {
        "benchmark": view.state.preferences.performance.benchmark,
        "benchmark_frac": found.benchmark,
        "by_frac": abs(found.ahead),
        "since": found.since if found.since != closes[0].day else None,
    }
    return Say("performance.ahead" if found.ahead >= 0 else "performance.behind", facts)


def known(figure: float) -> float | None:
    """A figure; None where there is none, or no end to it."""
    return figure if math.isfinite(figure) else None


SKILLS = (Skill("show_performance", Period, show_performance, "look"),)
