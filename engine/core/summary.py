"""The numbers of a session, as its summary and the answers about it give them."""

from collections.abc import Mapping
from typing import Any

from engine.core.rules.breakers import drawdown
from engine.core.scene import Scene
from engine.core.state import State, Tally
from engine.core.units import Ticker
from engine.core.valuation import Valuation

SKIPS_TOLD = 3


def todays(state: State, scene: Scene) -> Tally:
    """What this session has seen so far; nothing where its first turn is still to come."""
    day = scene.day.date
    return state.tally if state.tally.session == day else Tally(session=day)


def day_facts(state: State, scene: Scene, worth: Valuation) -> Mapping[str, Any]:
    """A session's result from its snapshot: money in ten-thousandths of a dollar, `_frac` as fractions.

    `moved` is paper money put in (+) or taken out (−) since the session began; it is no part of the result.
    """
    last = state.last
    if last is None:
        return {}
    before, chosen = last.equity - last.day_pnl, state.preferences.trading.risk_tolerance
    movers = sorted((change, ticker) for ticker, change in day_changes(state, scene).items())
    return {
        "session": last.session.isoformat(),
        "equity": last.equity,
        "pnl": last.day_pnl,
        "pnl_frac": last.day_pnl / before if before else 0.0,
        "since_start": last.equity - last.contributed,
        "moved": state.tally.moved or None,
        "active": last.equity - last.reserve,
        "reserve": last.reserve or None,
        "entries": last.entries,
        "exits": last.exits,
        "realised": last.realised_day if last.exits else None,
        "positions": last.open_positions,
        "exposure_frac": last.exposure / worth.tradable if worth.tradable else 0.0,
        "drawdown_frac": drawdown(last.equity, last.peak),
        "best": movers[-1][1] if movers else None,
        "best_frac": movers[-1][0] if movers else None,
        "worst": movers[0][1] if len(movers) > 1 else None,
        "worst_frac": movers[0][0] if len(movers) > 1 else None,
        "rows": [{"reason": reason, "count": count} for reason, count in top(state.tally.skips)],
        "breakers": list(dict.fromkeys(kind.value for kind, _ in state.breakers)) or None,
        "autonomy": state.preferences.trading.autonomy.value,
        "tier": state.tier.value,
        "chosen": None if state.tier is chosen else chosen.value,
    }


def day_changes(state: State, scene: Scene) -> Mapping[Ticker, float]:
    """How far each position moved today, as a fraction: since the session before, or since today's entry."""
    quotes = {ticker: scene.quotes[ticker] for ticker in state.positions if ticker in scene.quotes}
    new = {ticker: held.entry for ticker, held in state.positions.items() if held.opened_at >= scene.day.opens_at}
    before = {ticker: new.get(ticker) or quote.previous for ticker, quote in quotes.items()}
    return {ticker: quotes[ticker].price / old - 1 for ticker, old in before.items() if old}


def top(skips: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    return sorted(skips, key=lambda skip: -skip[1])[:SKIPS_TOLD]
