"""What the reserve's marks and the tier's moves make of the state."""

from dataclasses import replace

from engine.core import events as e
from engine.core.appliers.settings import TOLERANCE
from engine.core.state import State
from engine.core.words import Tier, TierSource


def reserve_moved(state: State, event: e.ReserveMoved) -> State:
    return replace(state, reserve=event.row.balance_after)


def reserve_marked(state: State, event: e.ReserveMarked) -> State:
    return replace(state, high_water=event.above)


def emergency_declared(state: State, _event: e.EmergencyDeclared) -> State:
    """The lowest tier is the most that holds, whatever the owner's choice goes back to when its time is over."""
    return replace(state, emergency=True, ceiling=Tier.CONSERVATIVE)


def emergency_over(state: State, _event: e.EmergencyOver) -> State:
    return replace(state, emergency=False)


def tier_changed(state: State, event: e.TierChanged) -> State:
    """A tier over the ceiling lifts it; the engine's own stands until it reaches what the owner chose for good."""
    change = event.change
    if change.source is TierSource.OWNER:
        return replace(state, ceiling=lifted(state, change.new))
    ceiling = None if change.new.rank >= chosen_for_good(state).rank else change.new
    return replace(state, ceiling=ceiling, tier_move=change)


def lifted(state: State, new: Tier) -> Tier | None:
    """The ceiling after the owner's word: one for good over it takes it away, one for a time lifts it so far only."""
    if state.ceiling is None or new.rank <= state.ceiling.rank:
        return state.ceiling
    return new if any(term.path == TOLERANCE for term in state.terms) else None


def chosen_for_good(state: State) -> Tier:
    """The higher of the owner's choice and of what it goes back to when its time is over."""
    back = [Tier(term.back) for term in state.terms if term.path == TOLERANCE]
    return max((state.preferences.trading.risk_tolerance, *back), key=lambda tier: tier.rank)
