"""What may be bought at all, whatever the hour: the gates that hold the owner's own lists against a ticker."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from engine.core.gates import BUY_GATES, walk
from engine.core.judge.entries import case_of
from engine.core.judge.ground import Ground
from engine.core.nouns import Order, Recommendation
from engine.core.units import Ticker
from engine.core.words import Origin, Side, Skip

NAMES: Final = frozenset({"asset_class", "excluded", "sector", "universe"})
LISTS: Final = tuple(gate for gate in BUY_GATES if gate.name in NAMES)


def barred(ground: Ground, wanted: Recommendation) -> Skip:
    """Why this may not be bought whatever the hour; NONE where nothing of the owner's stands against it."""
    return walk(case_of(ground, wanted, Origin.RECOMMENDED), LISTS)[0]


def buyable(ground: Ground, tickers: Iterable[Ticker]) -> bool:
    """Whether any of these may be bought."""
    case = case_of(ground, wish("", None, ground.scene.at), Origin.RECOMMENDED)
    wishes = (wish(ticker, None, ground.scene.at) for ticker in tickers)
    return any(walk(replace(case, recommendation=one), LISTS)[0] is Skip.NONE for one in wishes)


def wish_of(order: Order) -> Recommendation:
    """An open entry as the gates see it."""
    return wish(order.ticker, order.sector, order.intended_at)


def wish(ticker: Ticker, sector: str | None, at: datetime) -> Recommendation:
    """A bare wish to buy, without an opinion."""
    return Recommendation(
        id="",
        source="",
        ticker=ticker,
        action=Side.BUY,
        confidence=1.0,
        window="",
        thesis="",
        generated_at=at,
        sector=sector,
    )
