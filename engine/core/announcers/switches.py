"""What the owner is told of a kill switch that nobody threw by talking."""

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.words import Priority


def engine_killed(event: e.EngineKilled, moment: Moment) -> Told | None:
    """Whoever says so himself has his answer."""
    if event.who is None:
        return None
    state = moment.new
    facts = {"account": state.kind.value, "who": event.who, "positions": len(state.positions) or None}
    return Told("engine_killed", Priority.CRITICAL, facts)
