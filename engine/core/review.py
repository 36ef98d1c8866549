"""How each strategy did lately: what its standard trades brought, and what its open positions would bring now."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from engine.core.nouns import Position
from engine.core.rules import review as rule
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import Money


class Standing(NamedTuple):
    """A strategy's result since `since` (market time): what was won (+) or lost (−) of what it put to work.

    `trades` are those closed since then, `held` the open positions that count.
    """

    won: Money
    cost: Money
    trades: int
    since: datetime
    held: int = 0

    @property
    def result(self) -> float:
        """As a fraction of what was put to work; 0 where nothing was."""
        return rule.result(self.won, self.cost)

    @property
    def is_enough(self) -> bool:
        """Whether that is enough to judge the strategy by."""
        return rule.enough(self.trades, self.held)


def judged_since(state: State, scene: Scene, name: str) -> datetime:
    """From when on a strategy is judged: the review period's first instant, but neither before the account began, or
    began anew, nor before it was last switched on.
    """
    period = scene.at - timedelta(days=state.preferences.strategy.review_period_days)
    began = [at for at in (state.opened_at, state.reset_at) if at is not None]
    standing = state.strategies.get(name)
    return max([period, *began, *([standing.at] if standing is not None and standing.on else [])])


def switched_on_at(state: State, since: datetime, name: str) -> bool:
    """Whether a strategy is judged from then on because it was switched on then."""
    standing = state.strategies.get(name)
    return standing is not None and standing.on and standing.at == since


def reviewed(state: State, scene: Scene, name: str) -> Standing:
    """How a strategy did: trades closed since then, and what is open of it; after a restart what was begun since.

    Micro-trades are left out. Money that a trade cost is its shares at their average cost.
    """
    since = judged_since(state, scene, name)
    switched_on = switched_on_at(state, since, name)
    closed = [one for one in state.trades if one.source == name and not one.micro and one.closed_at > since]
    held = [one for one in state.positions.values() if one.source == name and not one.micro]
    counted = [one for one in held if not switched_on or one.opened_at > since]
    return Standing(
        won=sum(one.realised for one in closed) + sum(unrealised(one, scene) for one in counted),
        cost=sum(one.shares * one.entry for one in closed) + sum(one.cost for one in counted),
        trades=len(closed),
        since=since,
        held=len(counted),
    )


def unrealised(position: Position, scene: Scene) -> Money:
    """What a position would bring over its cost now; nothing where it has no price."""
    price = scene.price(position.ticker)
    return 0 if price is None else position.shares * price - position.cost


def lagging(state: State, scene: Scene, names: tuple[str, ...]) -> Mapping[str, Standing]:
    """Of these strategies those that lost more than the owner lets them, in the same order; none by too few trades."""
    most = state.preferences.strategy.underperformance_pct / 100
    found = {name: reviewed(state, scene, name) for name in names}
    judged = {name: one for name, one in found.items() if one.is_enough}
    return {name: one for name, one in judged.items() if rule.underperforms(one.won, one.cost, most)}
