"""What the owner is told when a paper account begins anew; money moved is answered where it was asked for."""

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.words import Priority


def account_reset(event: e.AccountReset, moment: Moment) -> Told:
    """What it begins with, and how many positions are gone."""
    facts = {
        "account": moment.new.kind.value,
        "cash": event.transfer.amount,
        "positions": len(moment.old.positions) or None,
    }
    return Told("account_reset", Priority.HIGH, facts)
