"""What the owner is told of a strategy that the engine paused."""

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.review import judged_since
from engine.core.words import Priority


def strategy_set(event: e.StrategySet, moment: Moment) -> Told | None:
    """The engine's own pause is news; the owner's word has its answer already."""
    standing = event.strategy
    if standing.result is None:
        return None
    facts = {
        "account": moment.new.kind.value,
        "name": standing.name,
        "result": standing.result,
        "limit": moment.new.preferences.strategy.underperformance_pct / 100,
        "since": judged_since(moment.old, moment.scene, standing.name),
        "held": sum(1 for position in moment.new.positions.values() if position.source == standing.name) or None,
    }
    return Told("strategy_paused", Priority.HIGH, facts)
