"""Judging where the owner puts stops and takes."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def move_stop(_command: c.MoveStop, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)


def move_take(_command: c.MoveTake, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
