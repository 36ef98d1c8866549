"""What a looser setting means: in dollars of today, and what it would have meant over the last sessions."""

from statistics import median
from typing import Any, Final

from engine.core import hindsight
from engine.core.harm import in_effect
from engine.core.hindsight import Rules
from engine.core.limits import Limits, in_force
from engine.core.preferences import Preferences
from engine.core.rules.rounding import part
from engine.core.rules.stops import initial_stop
from engine.core.units import Money
from engine.view import View
from skills.skill import Say

SIZES: Final = ("base_allocation", "max_position", "stop_multiplier", "stop_loss", "max_heat")
"""Limits on which a new position and what is lost at its stop depend."""


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
    if all(getattr(old, name) == getattr(new, name) for name in SIZES):
        return None
    sizes, losses, heats = zip(*(at_stake(limits, view) for limits in (old, new)), strict=True)
    facts: dict[str, Any] = {"size": sizes[0], "new_size": sizes[1], "heat": heats[0], "new_heat": heats[1]}
    return Say("ask.today", {**facts, "loss": losses[0], "new_loss": losses[1], "now": view.worth.heat})


def at_stake(limits: Limits, view: View) -> tuple[Money, Money, Money]:
    """A usual position, what its stop loses at the distance most tickers of this market have now, the most heat."""
    tradable = view.worth.tradable
    size = part(tradable, min(limits.base_allocation, limits.max_position))
    return size, part(size, usual_distance(limits, view)), part(tradable, limits.max_heat)


def usual_distance(limits: Limits, view: View) -> float:
    """How far under its entry a first stop stands, as a fraction: the median over the tickers of this market."""
    found = []
    for ticker, atr in view.scene.atr.items():
        price = view.scene.price(ticker)
        stop = initial_stop(price, atr, limits.stop_multiplier, limits.stop_loss) if price else 0
        if price and stop:
            found.append((price - stop) / price)
    return median(found) if found else 0.0


def lately(old: Rules, new: Rules, view: View) -> Say | None:
    """What would have come of the last sessions; None where the journal has nothing that these settings touch."""
    since = view.scene.lookback
    decisions = [one for one in view.history.decisions if one.session >= since]
    snapshots = [one for one in view.snapshots if one.session >= since]
    said = [*sized(decisions, old, new), *let_past(decisions, old, new), *ended(snapshots, old, new)]
    if not said or not snapshots:
        return None
    return Say("ask.lately", {"sessions": len(snapshots), "rows": [{"said": one} for one in said]})


def sized(decisions: list[Any], old: Rules, new: Rules) -> list[Say]:
    if old.limits == new.limits:
        return []
    then, now = hindsight.again(decisions, new.limits)
    if not then.entries or (then.dollars, then.at_risk) == (now.dollars, now.at_risk):
        return []
    return [Say("lately.sized", {**then._asdict(), "new_dollars": now.dollars, "new_risk": now.at_risk})]


def let_past(decisions: list[Any], old: Rules, new: Rules) -> list[Say]:
    count = hindsight.newly_open(decisions, old, new)
    return [Say("lately.let_past", {"count": count})] if count else []


def ended(snapshots: list[Any], old: Rules, new: Rules) -> list[Say]:
    """Sessions that reached the day's loss or the drawdown, where that changes."""
    then, now = hindsight.days(snapshots, old.limits), hindsight.days(snapshots, new.limits)
    said = []
    if old.limits.daily_loss != new.limits.daily_loss:
        said.append(Say("lately.lost", {"old": then.lost, "new": now.lost}))
    if old.limits.max_drawdown != new.limits.max_drawdown:
        said.append(Say("lately.fallen", {"old": then.fallen, "new": now.fallen}))
    return said
