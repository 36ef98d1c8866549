"""Judging terms."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def end_term(_command: c.EndTerm, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
