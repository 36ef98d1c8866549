"""What the owner is told where the broker's book is not ours: both numbers, what stands still, and the way out."""

from typing import Any

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.words import Priority


def ticker_frozen(event: e.TickerFrozen, moment: Moment) -> Told:
    """One that comes of an order that nobody here knows says so: that is so after an older backup."""
    told = differs({"ticker": event.ticker, "ours": event.ours, "theirs": event.theirs}, moment)
    return told._replace(key=f"reconcile_difference.{event.why}") if event.why else told


def ticker_thawed(event: e.TickerThawed, moment: Moment) -> Told:
    return Told("ticker_thawed", Priority.HIGH, {"ticker": event.ticker, "account": moment.new.kind.value})


def difference_noted(event: e.DifferenceNoted, moment: Moment) -> Told | None:
    """Other numbers of a frozen ticker, and all that is said of cash; the first of a ticker are told as it freezes."""
    found = event.difference
    facts = {"ours": found.ours, "theirs": found.theirs, "account": moment.new.kind.value}
    if found.ticker is None:
        agreed = found.ours == found.theirs
        key = "reconcile_difference.cash_over" if agreed else "reconcile_difference.cash"
        return Told("reconcile_difference", Priority.HIGH if agreed else Priority.CRITICAL, facts, key)
    return differs({**facts, "ticker": found.ticker}, moment) if found.ticker in moment.old.frozen else None


def differs(facts: dict[str, Any], moment: Moment) -> Told:
    return Told("reconcile_difference", Priority.CRITICAL, {**facts, "account": moment.new.kind.value})
