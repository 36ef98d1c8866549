"""Judging the reserve: the owner moves, the mark that is told, the fall that gives it back."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def move_reserve(_command: c.MoveReserve, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)


def liquidate_reserve(_command: c.LiquidateReserve, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)


def rearm_emergency(_command: c.RearmEmergency, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)


def mark_reserve(_command: c.MarkReserve, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
