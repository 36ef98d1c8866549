"""Judging moves of the tier in force, at a session's close."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def move_tier(_command: c.MoveTier, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
