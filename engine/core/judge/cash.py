"""Judging cash."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def move_cash(_command: c.MoveCash, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)


def reset_account(_command: c.ResetAccount, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)


def record_transfer(_command: c.RecordTransfer, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
