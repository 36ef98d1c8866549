"""Judging where the broker's book is not ours, and the owner's word on which of them counts."""

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.ground import Ground, Verdict
from engine.core.nouns import Difference
from engine.core.refusals import Refusal, Refused


def note_difference(command: c.NoteDifference, ground: Ground) -> Verdict:
    """Once, for as long as both say the same."""
    found = Difference(None, command.ours, command.theirs, ground.scene.at)
    known = next((one for one in ground.state.differences if one.ticker is None), None)
    if known is not None and known[:3] == found[:3]:
        return Refused(Refusal.ALREADY_DONE, {"ticker": None})
    return (e.DifferenceNoted(difference=found),)


def accept_broker(command: c.AcceptBroker, _ground: Ground) -> Verdict:
    """Only where a difference stands."""
    return Refused(Refusal.NO_DIFFERENCE, {"ticker": command.ticker})
