"""What a looser setting means: in dollars of today, and what it would have meant over the last sessions."""

from collections.abc import Callable, Mapping
from datetime import date
from statistics import median
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.core import events as e
from engine.core import hindsight
from engine.core.harm import in_effect
from engine.core.hindsight import Rules
from engine.core.limits import Limits, in_force
from engine.core.nouns import Breaker, Decision, Snapshot
from engine.core.preferences import Preferences
from engine.core.recall import Past
from engine.core.rules.pools import tradable
from engine.core.rules.rounding import part
from engine.core.rules.stops import initial_stop
from engine.core.units import Money
from engine.core.words import BreakerKind
from engine.view import View
from skills.skill import Say

STOP_LOSS: Final = "risk.stop_loss_pct"


class Stake(NamedTuple):
    """A usual position, what is lost at its stop, and what all stops together may lose."""

    size: Money
    loss: Money
    heat: Money


def foreseen(old: Preferences, new: Preferences, view: View) -> dict[str, Say | None]:
    """The two answers as facts, each None where there is nothing to say."""
    before, after = rules(old, view), rules(new, view)
    return {"today": today(before.limits, after.limits, view), "lately": lately(before, after, view)}


def rules(preferences: Preferences, view: View) -> Rules:
    """Settings with the limits they put in force, under whatever tier the engine holds the account to."""
    held = in_effect(preferences, view.state.ceiling)
    return Rules(held, in_force(held.trading.risk_tolerance, held, view.policy))


def today(old: Limits, new: Limits, view: View) -> Say | None:
    """A usual position, what is lost at its stop, and all stops together, from → to; None where none of it moves."""
    was, now = at_stake(old, view), at_stake(new, view)
    if was == now:
        return None
    changed = {f"new_{name}": amount for name, amount in now._asdict().items()}
    return Say("ask.today", {**was._asdict(), **changed, "now": view.worth.heat})


def staked(preferences: Preferences, view: View) -> Say:
    """The same under these settings alone."""
    return Say("ask.stake", {**at_stake(rules(preferences, view).limits, view)._asdict(), "now": view.worth.heat})


def at_stake(limits: Limits, view: View) -> Stake:
    """What is at stake with the stop at the distance that most tickers of this market have now."""
    money = may_trade(limits, view)
    size = part(money, min(limits.base_allocation, limits.max_position))
    size = min(size, limits.absolute_cap or size)
    return Stake(size, part(size, usual_distance(limits, view)), part(money, limits.max_heat))


def may_trade(limits: Limits, view: View) -> Money:
    """The money that could be traded with today under these limits."""
    return tradable(view.worth.equity, view.state.reserve, limits.capital_limit)


def largest(limits: Limits, view: View) -> Money:
    """The largest position today."""
    size = part(may_trade(limits, view), limits.max_position)
    return min(size, limits.absolute_cap or size)


def of_positions(limits: Limits, view: View) -> Money:
    """All that may be invested today in as many of the largest positions as may be open."""
    return min(limits.max_open_positions * largest(limits, view), part(may_trade(limits, view), limits.max_exposure))


def of_a_day(limits: Limits, view: View) -> Money:
    """All that may be put into the largest positions in one day."""
    return min(limits.max_daily_trades * largest(limits, view), part(may_trade(limits, view), limits.max_exposure))


def usual_distance(limits: Limits, view: View) -> float:
    """How far under its entry a first stop stands, as a fraction: the median over the tickers of this market."""
    found = usual_stops(limits, view)
    return median(found) if found else 0.0


def usual_stops(limits: Limits, view: View) -> list[float]:
    """For each ticker of this market the distance of a first stop from its price, as a fraction of it."""
    found = []
    for ticker, atr in view.scene.atr.items():
        price = view.scene.price(ticker)
        stop = initial_stop(price, atr, limits.stop_multiplier, limits.stop_loss) if price else 0
        if price and stop:
            found.append((price - stop) / price)
    return found


def binds(limits: Limits, view: View) -> bool:
    """Whether the owner's own distance brings a first stop of this market nearer than the tier's does."""
    own = limits._replace(stop_loss=0.0)
    return not view.scene.atr or usual_stops(limits, view) != usual_stops(own, view)


def lately(old: Rules, new: Rules, view: View) -> Say | None:
    """What would have come of the last sessions; None where the journal has nothing that these settings touch."""
    since = view.scene.lookback
    decisions = [one for one in view.history.decisions if one.session >= since]
    snapshots = [one for one in view.snapshots if one.session >= since]
    trips = [one for past in view.past() if (one := lost_alone(past, since))]
    said = [*sized(decisions, old, new), *let_past(decisions, old, new), *ended(snapshots, old, new)]
    said += closed_alone(trips, old.limits, new.limits)
    if not said or not snapshots:
        return None
    return Say("ask.lately", {"sessions": len(snapshots), "rows": [{"said": one} for one in said]})


def sized(decisions: list[Decision], old: Rules, new: Rules) -> list[Say]:
    """First entries as the settings of now size them, and as the new ones would."""
    if old.limits == new.limits:
        return []
    entries = hindsight.first_entries(decisions)
    was, now = hindsight.again(entries, old.limits), hindsight.again(entries, new.limits)
    if was == now:
        return []
    changed = {f"new_{name}": value for name, value in now._asdict().items()}
    left = hindsight.additions(decisions) or None
    return [Say("lately.sized", {"count": len(entries), **was._asdict(), **changed, "left": left})]


def let_past(decisions: list[Decision], old: Rules, new: Rules) -> list[Say]:
    count = hindsight.newly_open(decisions, old, new)
    return [Say("lately.let_past", {"count": count})] if count else []


def ended(snapshots: list[Snapshot], old: Rules, new: Rules) -> list[Say]:
    """Sessions that reached the day's loss or the drawdown, where that changes and any did."""
    then, now = hindsight.days(snapshots, old.limits), hindsight.days(snapshots, new.limits)
    said = []
    if old.limits.daily_loss != new.limits.daily_loss and (then.lost or now.lost):
        said.append(Say("lately.lost", {"old": then.lost, "new": now.lost}))
    if old.limits.max_drawdown != new.limits.max_drawdown and (then.fallen or now.fallen):
        said.append(Say("lately.fallen", {"old": then.fallen, "new": now.fallen}))
    return said


def lost_alone(past: Past, since: date) -> Breaker | None:
    """The breaker of a holding that was sold for its own loss in these sessions; None of anything else."""
    event = past.event
    if past.session is None or past.session < since or not isinstance(event, e.BreakerTripped):
        return None
    return event.breaker if event.breaker.kind is BreakerKind.SINGLE_POSITION else None


def closed_alone(trips: list[Breaker], old: Limits, new: Limits) -> list[Say]:
    """Holdings that had lost as much as one may, under both limits, where that changes and any had."""
    was, now = (sum(one.actual >= limits.single_position_loss for one in trips) for limits in (old, new))
    moves = old.single_position_loss != new.single_position_loss and bool(was or now)
    return [Say("lately.alone", {"old": was, "new": now})] if moves else []


def comes_to(path: str, old: Limits, new: Limits, view: View) -> Say | None:
    """What a field without a limit of its own in dollars comes to today; None for one that comes to no number."""
    if path == STOP_LOSS:
        return stops_stand(old, new, view)
    return summed(path, old, new, view) if path in SUMS else None


def summed(path: str, old: Limits, new: Limits, view: View) -> Say:
    """What may be at work today in money, from → to; or that it stays, as the other limits do."""
    name = path.partition(".")[2]
    was, now = SUMS[path](old, view), SUMS[path](new, view)
    facts = {"old": was, "new": now, "position": largest(new, view)}
    return Say(f"meaning.{name}" if was != now else f"meaning.{name}.stays", facts)


def stops_stand(old: Limits, new: Limits, view: View) -> Say:
    """How far under its entry a first stop usually stands today, from → to; or that none of them moves."""
    was, now = usual_distance(old, view), usual_distance(new, view)
    if usual_stops(old, view) == usual_stops(new, view):
        return Say("meaning.stop_loss.stays", {"new": now or None})
    return Say("meaning.stop_loss", {"old": was, "new": now})


SUMS: Final[Mapping[str, Callable[[Limits, View], Money]]] = MappingProxyType(
    {
        "trading.capital_limit": may_trade,
        "trading.max_open_positions": of_positions,
        "trading.max_daily_trades": of_a_day,
    }
)
"""Fields that bound how much is at work at once or in a day, and how much that is today."""
