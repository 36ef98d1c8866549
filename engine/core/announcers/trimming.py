"""What the owner is told of the weekly rebalancing: what is sold for it, what he is asked, and that it is off."""

from typing import Any

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.standing import Trim
from engine.core.words import Priority, Skip


def rebalance_proposed(event: e.RebalanceProposed, moment: Moment) -> Told:
    asked = event.rebalance
    wait = (asked.lapses_at - asked.asked_at).total_seconds()
    return Told("trade_proposed", Priority.HIGH, {**told(asked.trims, moment), "wait": wait}, "rebalance_proposed")


def rebalanced(event: e.Rebalanced, moment: Moment) -> Told | None:
    """What is sold unasked, and a question that ended otherwise than by the owner's answer; he has his own already."""
    asked = moment.old.rebalance is not None
    if event.outcome is Skip.NONE:
        return None if asked or not event.trims else Told("rebalance", Priority.MEDIUM, told(event.trims, moment))
    if not asked or event.outcome is Skip.DECLINED:
        return None
    facts = {"account": moment.new.kind.value, "reason": event.outcome.code}
    return Told("trade_proposed", Priority.MEDIUM, facts, "rebalance_closed")


def told(trims: tuple[Trim, ...], moment: Moment) -> dict[str, Any]:
    """Each sale at the price of now, with the limit that asks for it, and all of them together."""
    rows = [row(trim, moment) for trim in trims]
    dollars = sum(one["dollars"] for one in rows)
    facts = {"account": moment.new.kind.value, "dollars": dollars, "share_frac": moment.share(dollars)}
    return {**facts, "rows": rows}


def row(trim: Trim, moment: Moment) -> dict[str, Any]:
    price = moment.scene.price(trim.ticker) or 0
    reason = f"over_{trim.reason}"
    return {"ticker": trim.ticker, "shares": trim.shares, "dollars": trim.shares * price, "reason": reason}
