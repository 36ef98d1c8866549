"""Judging the owner's hand on breakers, and the sale of everything."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def reset_breakers(_command: c.ResetBreakers, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)


def flatten(_command: c.Flatten, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
