"""What the owner is told of splits and dividends."""

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.words import Priority


def split_applied(event: e.SplitApplied, moment: Moment) -> Told:
    """What is held now and was before, and cash for a fraction; `gone` are shares that made less than one."""
    action, now = event.action, event.position
    old = moment.old.positions.get(action.ticker)
    was = old.shares if old is not None else None
    facts = {
        "account": moment.new.kind.value,
        "ticker": action.ticker,
        "new": action.new,
        "old": action.old,
        "shares": now.shares if now else None,
        "was": was if now else None,
        "gone": None if now else was,
        "stop": now.stop if now else None,
        "take": now.take if now else None,
        "cash": event.cash or None,
    }
    return Told("split", Priority.HIGH, facts)


def dividend_paid(event: e.DividendPaid, moment: Moment) -> Told:
    facts = {
        "account": moment.new.kind.value,
        "ticker": event.action.ticker,
        "per_share": event.action.per_share,
        "shares": event.shares,
        "amount": event.amount,
    }
    return Told("dividend", Priority.LOW, facts)
