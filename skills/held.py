"""What keeps the engine from entering, for every answer that has to say so."""

from engine.view import View
from skills.skill import Say


def held_back(view: View) -> Say | None:
    """The first thing that keeps the engine from entering, most final first; None when nothing does."""
    state = view.state
    if not view.scene.healthy:
        return Say("held.degraded")
    if state.killed_at is not None:
        return Say("held.killed", {"since": state.killed_at})
    if state.pause is not None:
        return Say("held.paused", {"until": state.pause.until})
    for breaker in state.breakers.values():
        facts = {"kind": breaker.kind.value, "ticker": breaker.ticker, "until": breaker.until}
        return Say("held.breaker", facts)
    return None
