"""Judging the weekly rebalancing."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def trim_positions(_command: c.TrimPositions, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
