"""The risk tier in force: what it is judged by, how it moved, and what it still lacks to rise by itself."""

from typing import NamedTuple

from engine.core.performance import lately
from engine.core.rules import tiers
from engine.core.rules.breakers import drawdown
from engine.core.rules.pools import share
from engine.core.scene import Scene
from engine.core.standing import TierChange
from engine.core.state import State
from engine.core.valuation import equity
from engine.core.words import Tier, TierSource


class Lack(NamedTuple):
    """A figure that does not reach its bound yet: `trades` (a count), `win_rate`, `reserve` or `drawdown` (fractions).

    A win rate and a reserve must be over the bound, a drawdown under it, trades at least as many.
    """

    name: str
    value: float
    bound: float


def figures(state: State, scene: Scene) -> tiers.Figures:
    """Standard trades closed in the last 30 sessions, the fall from the peak, and the reserve's share, at the marks."""
    found, total = lately(state, scene), equity(state, scene)
    return tiers.Figures(
        trades=found.trades,
        wins=found.wins,
        drawdown=drawdown(total, max(state.peak, total)),
        reserve=share(state.reserve, total),
    )


def tier_change(state: State, scene: Scene, new: Tier, source: TierSource) -> TierChange:
    """A move from the tier in force to `new`, with the figures of this instant."""
    found = figures(state, scene)
    return TierChange(
        at=scene.at,
        previous=state.tier,
        new=new,
        source=source,
        trades=found.trades,
        win_rate=tiers.win_rate(found) if found.trades else None,
        drawdown=found.drawdown,
        reserve=found.reserve,
    )


def lacks(state: State, scene: Scene) -> tuple[Lack, ...]:
    """What keeps a lowered tier from rising by itself at the next close; nothing where it stands as the owner chose."""
    if state.tier is state.preferences.trading.risk_tolerance:
        return ()
    found = figures(state, scene)
    rate = tiers.win_rate(found)
    bounds = (
        (found.trades >= tiers.FEWEST, Lack("trades", found.trades, tiers.FEWEST)),
        (rate > tiers.RISES_OVER, Lack("win_rate", rate, tiers.RISES_OVER)),
        (found.reserve > tiers.RISES_WITH, Lack("reserve", found.reserve, tiers.RISES_WITH)),
        (found.drawdown < tiers.RISES_UNDER, Lack("drawdown", found.drawdown, tiers.RISES_UNDER)),
    )
    return tuple(lack for reached, lack in bounds if not reached)
