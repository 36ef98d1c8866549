"""Judging tranches."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def buy_tranche(_command: c.BuyTranche, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
