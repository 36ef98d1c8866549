"""When the risk tier moves at a session's close (docs/engine.md, Risk tier controller).

Tiers are ranks, 0 the tightest. All figures are fractions.
"""

from typing import Final, NamedTuple

FEWEST: Final = 10
"""Under so many closed trades a win rate says nothing."""

FALLS_UNDER: Final = 0.40
FALLS_BEYOND: Final = 0.15
RISES_OVER: Final = 0.55
RISES_WITH: Final = 0.20
RISES_UNDER: Final = 0.05


class Figures(NamedTuple):
    """What a tier is judged by; `wins` are those of the `trades` that brought a profit, `reserve` is its share."""

    trades: int
    wins: int
    drawdown: float
    reserve: float


def win_rate(figures: Figures) -> float:
    """Winning trades among all that were closed, those at zero included; 0 without trades."""
    return figures.wins / figures.trades if figures.trades > 0 else 0.0


def falls(figures: Figures) -> bool:
    """Whether too few of enough trades were won, or too much of the peak is gone."""
    loses = figures.trades >= FEWEST and win_rate(figures) < FALLS_UNDER
    return loses or figures.drawdown > FALLS_BEYOND


def rises(figures: Figures) -> bool:
    """Whether most of enough trades were won, the reserve is large, and the account is near its peak."""
    wins = figures.trades >= FEWEST and win_rate(figures) > RISES_OVER
    return wins and figures.reserve > RISES_WITH and figures.drawdown < RISES_UNDER


def moved(rank: int, chosen: int, figures: Figures) -> int:
    """The rank in force from now on: a step down, a step up but never above the owner's choice, or the same."""
    if falls(figures):
        return max(0, rank - 1)
    if rises(figures):
        return max(rank, min(chosen, rank + 1))
    return rank
