"""What the owner is told of his reserve and of the risk tier in force."""

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.standing import TierChange
from engine.core.valuation import equity
from engine.core.words import Priority, TierSource


def emergency_declared(event: e.EmergencyDeclared, moment: Moment) -> Told:
    """How deep the account fell, and what was given back; None where nothing was set aside."""
    facts = {
        "account": moment.new.kind.value,
        "fall": event.fall,
        "amount": moment.old.reserve or None,
        "tier": moment.new.tier.value,
        "equity": equity(moment.new, moment.scene),
    }
    return Told("emergency_liquidation", Priority.CRITICAL, facts)


def reserve_marked(event: e.ReserveMarked, moment: Moment) -> Told | None:
    """A reserve that has grown large is news; one that is smaller again is not."""
    if not event.above:
        return None
    facts = {"account": moment.new.kind.value, "reserve": moment.new.reserve, "share": event.share}
    return Told("reserve_high_water", Priority.MEDIUM, facts)


def tier_changed(event: e.TierChanged, moment: Moment) -> Told | None:
    """What the engine moved, and what of it the owner took back; his other choices are answered where they are made."""
    change = event.change
    rises = change.new.rank > change.previous.rank
    lowered = moment.old.tier is not moment.old.preferences.trading.risk_tolerance
    if change.source is TierSource.OWNER and not (rises and lowered):
        return None
    facts = {
        "account": moment.new.kind.value,
        "old": change.previous.value,
        "new": change.new.value,
        "chosen": moment.new.preferences.trading.risk_tolerance.value,
        "trades": change.trades,
        "win_rate": change.win_rate,
        "drawdown": change.drawdown,
        "reserve": change.reserve,
    }
    way = way_of(change) if change.source is TierSource.AUTO else change.source.value
    return Told("tier_changed", Priority.MEDIUM if rises else Priority.HIGH, facts, f"tier_changed.{way}")


def way_of(change: TierChange) -> str:
    """Which way the tier moved by itself; one that was chosen for a time only is kept beyond that."""
    if change.new is change.previous:
        return "kept"
    return "raised" if change.new.rank > change.previous.rank else "lowered"
