"""Judging alerts."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def raise_alert(_command: c.RaiseAlert, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
