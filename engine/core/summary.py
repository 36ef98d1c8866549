"""The numbers of a session, as its summary and the answers about it give them."""

from collections.abc import Mapping
from typing import Any, Final

from engine.core import oldest
from engine.core.performance import lately
from engine.core.rules.breakers import drawdown
from engine.core.scene import Scene
from engine.core.state import State, Tally
from engine.core.strategies import silenced
from engine.core.units import Ticker
from engine.core.valuation import Valuation
from engine.core.words import Skip

SKIPS_TOLD = 3
STOPS_TOLD = 3
IDLE: Final = frozenset({Skip.NO_POSITION})
"""Reasons that stopped nothing: there was nothing of it to sell."""


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
    chosen, month = state.preferences.trading.risk_tolerance, lately(state, scene)
    whole = last.equity - last.day_pnl - min(state.tally.moved, 0)
    movers = sorted((change, ticker) for ticker, change in day_changes(state, scene).items())
    return {
        "session": last.session.isoformat(),
        "equity": last.equity,
        "pnl": last.day_pnl,
        "pnl_frac": last.day_pnl / whole if whole > 0 else 0.0,
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
        "win_rate": month.win_rate if month.trades else None,
        "trades": month.trades or None,
        **nearest_stops(state, scene),
        "earnings": tomorrows_earnings(state, scene) or None,
        "unfollowed": list(silenced(state, scene)) or None,
        "washed": state.tally.washed or None,
        "rows": [{"reason": reason, "count": count} for reason, count in top(state.tally.skips)],
        "breakers": list(dict.fromkeys(one.kind.value for one in oldest.breakers(state))) or None,
        "autonomy": state.preferences.trading.autonomy.value,
        "tier": state.tier.value,
        "chosen": None if state.tier is chosen else chosen.value,
    }


def nearest_stops(state: State, scene: Scene) -> dict[str, Any]:
    """The positions whose price is the least above their stop, nearest first: `stop_1` a ticker, `stop_1_frac` how far.

    As a fraction of the price; None where there are fewer.
    """
    held = {ticker: (position.stop, scene.price(ticker)) for ticker, position in state.positions.items()}
    found = sorted((1 - stop / price, ticker) for ticker, (stop, price) in held.items() if price)
    facts: dict[str, Any] = {}
    for place in range(STOPS_TOLD):
        away, ticker = found[place] if place < len(found) else (None, None)
        facts |= {f"stop_{place + 1}": ticker, f"stop_{place + 1}_frac": away}
    return facts


def tomorrows_earnings(state: State, scene: Scene) -> list[Ticker]:
    """What is held and has its earnings with the next session, in alphabetical order."""
    return sorted(ticker for ticker in state.positions if scene.earnings.get(ticker) == 1)


def day_changes(state: State, scene: Scene) -> Mapping[Ticker, float]:
    """How far each position moved today, as a fraction: since the session before, or since today's entry."""
    quotes = {ticker: scene.quotes[ticker] for ticker in state.positions if ticker in scene.quotes}
    new = {ticker: held.entry for ticker, held in state.positions.items() if held.opened_at >= scene.day.opens_at}
    before = {ticker: new.get(ticker) or quote.previous for ticker, quote in quotes.items()}
    return {ticker: quotes[ticker].price / old - 1 for ticker, old in before.items() if old}


def top(skips: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    told = [skip for skip in skips if skip[0] not in {one.code for one in IDLE}]
    return sorted(told, key=lambda skip: -skip[1])[:SKIPS_TOLD]
