"""What entries in parts make of the state."""

from dataclasses import replace

from engine.core import events as e
from engine.core.state import State


def tranches_planned(state: State, event: e.TranchesPlanned) -> State:
    """A new plan, or one that has gone on by a part."""
    others = tuple(one for one in state.tranches if one.decision_id != event.tranches.decision_id)
    return replace(state, tranches=(*others, event.tranches))


def tranches_ended(state: State, event: e.TranchesEnded) -> State:
    left = tuple(one for one in state.tranches if one.decision_id != event.tranches.decision_id)
    return replace(state, tranches=left)
