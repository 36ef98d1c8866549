"""What the owner is told when his mark was passed."""

from types import MappingProxyType
from typing import Final

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.valuation import equity, reference
from engine.core.words import Alert, Priority

PRIORITY: Final = MappingProxyType(
    {Alert.GAIN: Priority.MEDIUM, Alert.LOSS: Priority.HIGH, Alert.DRAWDOWN: Priority.HIGH}
)


def alert_raised(event: e.AlertRaised, moment: Moment) -> Told:
    """How far it went, in dollars and as a fraction, and the mark."""
    whole = moment.new.peak if event.alert is Alert.DRAWDOWN else reference(moment.new)
    now = equity(moment.new, moment.scene)
    facts = {
        "account": moment.new.kind.value,
        "amount": abs(now - whole),
        "actual": event.actual,
        "threshold": event.threshold,
        "equity": now,
    }
    return Told(event.alert.value, PRIORITY[event.alert], facts)
