"""Judging orders_late."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def time_out_order(_command: c.TimeOutOrder, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
