"""Judging splits and dividends."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def take_action(_command: c.TakeAction, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
