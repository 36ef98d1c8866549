"""Why a breaker tripped, and why the risk tier is another than the one that was chosen."""

from datetime import date
from typing import Any

from engine.core import events as e
from engine.core.appliers.settings import TOLERANCE
from engine.core.journal import plain
from engine.core.judge.sessions import is_own
from engine.core.nouns import Breaker, Change
from engine.core.rules.tiers import FALLS_BEYOND, FALLS_UNDER, FEWEST
from engine.core.standing import TierChange
from engine.core.tiering import lacks
from engine.core.units import Ticker
from engine.core.words import BreakerKind, TierSource
from engine.view import View
from skills.explain.telling import nothing
from skills.skill import Say


def why_broken(view: View, ticker: Ticker | None) -> Say:
    """Which breaker stands, or tripped last: its threshold against what was there, and how it ends or ended."""
    standing = [one for one in view.state.breakers.values() if ticker in (None, one.ticker)]
    if standing:
        newest = max(standing, key=lambda one: one.tripped_at)
        facts = {**of(newest), "until": newest.until, "word": None if newest.until else Say("explain.breaker.word")}
        return Say("explain.breaker", {**facts, "others": len(standing) - 1 or None}, ("breakers",))
    ended: date | None = None
    waived: Say | None = None
    for past in view.past():
        if isinstance(past.event, e.BreakerResolved) and ticker in (None, past.event.ticker):
            ended, waived = past.session, Say("explain.breaker.reset") if past.event.waived else None
        if isinstance(past.event, e.BreakerTripped) and ticker in (None, past.event.breaker.ticker):
            return Say(
                "explain.breaker.over", {**of(past.event.breaker), "ended": ended, "reset": waived}, ("breakers",)
            )
    return nothing(view, ticker, "breaker")


def of(breaker: Breaker) -> dict[str, Any]:
    """What tripped it, against which threshold."""
    unit = "count" if breaker.kind is BreakerKind.VOLATILITY else "fraction"
    numbers = {
        "actual": {"value": breaker.actual, "unit": unit},
        "threshold": {"value": breaker.threshold, "unit": unit},
    }
    return {
        "kind": breaker.kind.value,
        "ticker": breaker.ticker,
        "at": breaker.tripped_at,
        "cause": cause(breaker, numbers),
    }


def cause(breaker: Breaker, numbers: dict[str, Any]) -> Say:
    if breaker.kind is not BreakerKind.MANUAL:
        return Say(f"explain.breaker.by_{breaker.kind.value}", numbers)
    if is_own(breaker):
        return Say("breakers.own")
    return Say("breakers.cash", {"ours": int(breaker.threshold), "theirs": int(breaker.actual)})


def why_this_tier(view: View) -> Say:
    """Whose choice the tier in force is; where the engine moved it, the figures that decided, and what it lacks."""
    state = view.state
    chosen, change = state.preferences.trading.risk_tolerance, state.tier_move
    facts: dict[str, Any] = {"chosen": chosen.value, "tier": state.tier.value}
    if state.tier is chosen:
        earlier = next((one for one in view.tiers if one.source is not TierSource.OWNER), None)
        told = {"earlier": moved(earlier) if earlier else None, "choice": choice(view)}
        return Say("explain.tier.chosen", {**facts, **told}, ("limits",))
    rows = [{"said": Say(f"lacks.{one.name}", one._asdict())} for one in lacks(state, view.scene)]
    lack = Say("explain.tier.lacks", {"rows": rows}) if rows else Say("explain.tier.rises")
    return Say("explain.tier", {**facts, "move": moved(change) if change else None, "lacks": lack}, ("limits",))


def choice(view: View) -> Say | None:
    """The last time that somebody chose another tier: from what to what, when, and who."""
    for change in reversed(view.history.changes):
        for path, old, new in change.fields:
            if path == TOLERANCE:
                facts = {"old": plain(old), "new": plain(new), "at": change.at, "who": chooser(change, view)}
                return Say("explain.tier.choice", facts)
    return None


def chooser(change: Change, view: View) -> Say:
    """Whoever chose: the one who asks now, somebody by name, or another."""
    if change.by == view.asker:
        return Say("who.you")
    person = view.state.people.get(change.by)
    return Say("who.named", {"name": person.name}) if person and person.name else Say("who.unknown")


def moved(change: TierChange) -> Say:
    """A move that the engine made, with the figure that crossed its bound."""
    facts = {"old": change.previous.value, "new": change.new.value, "at": change.at}
    return Say("explain.tier.moved", {**facts, "because": because(change)})


def because(change: TierChange) -> Say:
    facts = {"drawdown": change.drawdown, "win_rate": change.win_rate, "trades": change.trades}
    if change.source is TierSource.EMERGENCY:
        return Say("explain.tier.emergency", facts)
    if change.new.rank > change.previous.rank:
        return Say("explain.tier.rose", facts)
    if change.drawdown > FALLS_BEYOND:
        return Say("explain.tier.fell", {**facts, "bound": FALLS_BEYOND})
    return Say("explain.tier.lost", {**facts, "bound": FALLS_UNDER, "fewest": FEWEST})
