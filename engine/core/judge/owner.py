"""Judging the owner's own buys and sells, and entries that he gives up."""

from engine.core import commands as c
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused


def buy(_command: c.Buy, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)


def sell(_command: c.Sell, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)


def cancel_orders(_command: c.CancelOrders, _ground: Ground) -> Verdict:
    return Refused(Refusal.NOT_READY)
