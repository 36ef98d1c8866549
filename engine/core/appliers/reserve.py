"""What the reserve's marks and the tier's moves make of the state."""

from dataclasses import replace

from engine.core import events as e
from engine.core.state import State
from engine.core.words import TierSource


def reserve_moved(state: State, event: e.ReserveMoved) -> State:
    return replace(state, reserve=event.row.balance_after)


def reserve_marked(state: State, event: e.ReserveMarked) -> State:
    return replace(state, high_water=event.above)


def emergency_declared(state: State, _event: e.EmergencyDeclared) -> State:
    return replace(state, emergency=True)


def emergency_over(state: State, _event: e.EmergencyOver) -> State:
    return replace(state, emergency=False)


def tier_changed(state: State, event: e.TierChanged) -> State:
    """The owner's word takes the ceiling away; the engine's own stands until it reaches what the owner chose."""
    chosen, new = state.preferences.trading.risk_tolerance, event.change.new
    if event.change.source is TierSource.OWNER:
        return replace(state, ceiling=None)
    return replace(state, ceiling=None if new.rank >= chosen.rank else new, tier_move=event.change)
