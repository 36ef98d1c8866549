"""How alike companies move, and what that would do to the size of a buy."""

from typing import Any

from engine.core.evaluate import mean_correlation
from engine.core.rules.sizing import correlation_factor
from engine.core.units import Ticker
from engine.view import View
from skills.skill import Say, Skill, SlotModel

SHOWN = 8


class Companies(SlotModel):
    """`show_correlation`: of what is held, or of these."""

    tickers: tuple[Ticker, ...] = ()


def show_correlation(slots: Companies, view: View) -> Say:
    alike, unknown = pairs(slots.tickers, view), [one for one in slots.tickers if one not in view.scene.quotes]
    wanted = means(slots.tickers, view)
    facts = {
        "account": view.state.kind.value,
        "alike": Say("correlation.pairs", {"rows": alike[:SHOWN], "more": len(alike[SHOWN:]) or None}),
        "means": Say("correlation.means", {"rows": wanted[:SHOWN]}) if wanted else None,
        "unknown": unknown or None,
    }
    return Say("correlation" if alike else "correlation.none", facts, ("positions", "limits"))


def pairs(tickers: tuple[Ticker, ...], view: View) -> list[dict[str, Any]]:
    """Pairs that are known, the most alike first: of one company with what is held, else of all with each other."""
    held = sorted(view.state.positions)
    names, others = tickers or held, held if len(tickers) == 1 else tickers or held
    wanted = {(min(one, other), max(one, other)) for one in names for other in others}
    alike = sorted((-value, pair) for pair, value in view.scene.correlation.items() if pair in wanted)
    return [{"one": one, "other": other, "value": -value} for value, (one, other) in alike]


def means(tickers: tuple[Ticker, ...], view: View) -> list[dict[str, Any]]:
    """The mean with what is held, of these or of what is watched and not held, the highest first."""
    held, watched = view.state.positions, view.state.preferences.trading.watchlist
    names = [name for name in tickers or watched if name in view.scene.quotes and (tickers or name not in held)]
    others = [name for name in sorted(names) if held.keys() - {name}]
    found = {name: mean_correlation(name, view.worth.marks, view.scene.correlation) for name in others}
    return [
        {"ticker": name, "mean": found[name], "effect": effect(found[name])}
        for name in sorted(found, key=lambda one: (-found[one], one))
    ]


def effect(mean: float) -> Say:
    """What a mean correlation does to a buy."""
    factor = correlation_factor(mean)
    if factor >= 1:
        return Say("correlation.full")
    return Say("correlation.less", {"part": factor}) if factor else Say("correlation.too_much")


SKILLS = (Skill("show_correlation", Companies, show_correlation, "look"),)
