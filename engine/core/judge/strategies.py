"""Judging which strategies are listened to."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def set_strategy(_command: c.SetStrategy, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
