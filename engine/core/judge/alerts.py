"""Alerts: a day's gain or loss, or a drawdown, that has passed the owner's mark; each told once a session."""

from collections.abc import Iterator

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused
from engine.core.rules.rounding import part_up
from engine.core.summary import todays
from engine.core.units import Money
from engine.core.valuation import reference
from engine.core.words import Alert


def alerts(ground: Ground) -> Iterator[c.RaiseAlert]:
    """Those that are due now and were not told in this session."""
    for alert, percent, amount, whole in measured(ground):
        if alert.value in todays(ground.state, ground.scene).alerts or percent is None or whole <= 0:
            continue
        if amount >= part_up(whole, percent / 100):
            yield c.RaiseAlert(alert=alert, threshold=percent / 100, actual=amount / whole)


def measured(ground: Ground) -> tuple[tuple[Alert, float | None, Money, Money], ...]:
    """Each alert with the owner's mark in percent, the amount gained or lost, and the whole that it is a part of."""
    marks, equity = ground.state.preferences.performance, ground.worth.equity
    before, peak = reference(ground.state), ground.state.peak
    return (
        (Alert.GAIN, marks.gain_alert_pct, equity - before, before),
        (Alert.LOSS, marks.loss_alert_pct, before - equity, before),
        (Alert.DRAWDOWN, marks.drawdown_alert_pct, peak - equity, peak),
    )


def raise_alert(command: c.RaiseAlert, ground: Ground) -> Verdict:
    """Tell it, once a session."""
    if command.alert.value in todays(ground.state, ground.scene).alerts:
        return Refused(Refusal.ALREADY_DONE, {"alert": command.alert.value})
    return (e.AlertRaised(alert=command.alert, threshold=command.threshold, actual=command.actual),)
