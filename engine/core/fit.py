"""How well a recommended buy fits this account: the rule's inputs, gathered from account and scene."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.core import checks
from engine.core.case import INTRADAY, Case
from engine.core.check import PASSED
from engine.core.evaluate import mean_correlation, sector_held
from engine.core.nouns import Recommendation
from engine.core.rules import fit as rule
from engine.core.words import Style

SUITS: Final[Mapping[Style, tuple[float, ...]]] = MappingProxyType(
    {
        Style.DAY: (1.0, 1.0, 0.4, 0.1, 0.0),
        Style.SWING: (0.3, 0.7, 1.0, 0.7, 0.3),
        Style.POSITION: (0.0, 0.3, 0.7, 1.0, 0.8),
        Style.LONG_TERM: (0.0, 0.1, 0.4, 0.8, 1.0),
    }
)
"""How well a trend window suits a style: intraday, a day, up to 10 days, up to 45 days, longer."""

SPANS: Final = (1, 10, 45)
"""The most days of a day, a week and a month."""

UNTOLD: Final = 0.5
"""How well a window suits any style that says no length."""


class Fit(NamedTuple):
    """A score from 0 to 100, what it was made from, and the candidate's sector ("" where none is known)."""

    score: int
    merits: rule.Merits
    sector: str


def fit_of(case: Case) -> Fit:
    """How well this recommendation to buy fits the account as it is."""
    trading, limits = case.state.preferences.trading, case.limits
    sector, held = sector_held(case)
    merits = rule.Merits(
        confidence=case.recommendation.confidence,
        least=limits.min_confidence,
        horizon=suits(trading.style, case.recommendation.window),
        room=rule.room_left(held, case.worth.tradable, limits.max_sector),
        correlation=mean_correlation(case.recommendation.ticker, case.worth.marks, case.scene.correlation),
        watched=case.recommendation.ticker in trading.watchlist,
        allowed=checks.asset_class(case).passed,
        excluded=checks.excluded(case) is not PASSED or not checks.sector(case).passed,
    )
    return Fit(rule.score(merits), merits, sector)


def suits(style: Style, window: str) -> float:
    """How well a trend window suits a style, from 0 to 1."""
    if window == INTRADAY:
        return SUITS[style][0]
    days = window.removesuffix("d")
    if not (days.isascii() and days.isdigit()):
        return UNTOLD
    return SUITS[style][1 + sum(int(days) > span for span in SPANS)]


def rank(fit: Fit, wanted: Recommendation) -> tuple[object, ...]:
    """Who comes first: score, then confidence, then time, then ticker."""
    return (-fit.score, -wanted.confidence, wanted.generated_at, wanted.ticker)
