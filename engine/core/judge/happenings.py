"""Judging what is said of the outside: days of high risk, dates of earnings."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def mark_event(_command: c.MarkEvent, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)


def end_event(_command: c.EndEvent, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)


def import_earnings(_command: c.ImportEarnings, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
