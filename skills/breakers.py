"""The circuit breakers: which stand, why and until when; and how near the others are."""

from typing import Any

from engine.core.decide import stop_hits
from engine.core.judge.sessions import is_own
from engine.core.nouns import Breaker
from engine.core.rules.breakers import position_loss
from engine.core.words import BreakerKind
from engine.view import View
from skills.skill import NoSlots, Say, Skill


def show_breakers(slots: NoSlots, view: View) -> Say:  # noqa: ARG001  # every skill sees its slots
    standing = [stood(breaker) for breaker in view.state.breakers.values()]
    kinds = {kind for kind, _ in view.state.breakers}
    quiet = [{"said": near} for kind, near in distances(view) if kind not in kinds]
    facts = {
        "account": view.state.kind.value,
        "standing": Say("breakers.standing", {"rows": standing}) if standing else None,
        "none": None if standing else "No breaker stands: entries are not held back by one.",
        "killed": view.state.killed_at,
        "rows": quiet,
    }
    return Say("breakers", facts, ("limits", "status"))


def stood(breaker: Breaker) -> dict[str, Any]:
    """One that stands, with its cause and its end; a way out where it ends only by the owner's word."""
    counted, by_word = breaker.kind is BreakerKind.VOLATILITY, breaker.kind is BreakerKind.MANUAL
    unit = "count" if counted else "fraction"
    return {
        "kind": breaker.kind.value,
        "ticker": breaker.ticker,
        "at": breaker.tripped_at,
        "actual": None if by_word else {"value": breaker.actual, "unit": unit},
        "threshold": None if by_word else {"value": breaker.threshold, "unit": unit},
        "cause": cause(breaker) if by_word else None,
        "until": breaker.until,
        "way_out": None if breaker.until else 'until you say "resume"',
    }


def cause(breaker: Breaker) -> Say:
    """Whether the owner tripped it, or our cash and the broker's differ."""
    if is_own(breaker):
        return Say("breakers.own")
    return Say("breakers.cash", {"ours": int(breaker.threshold), "theirs": int(breaker.actual)})


def distances(view: View) -> list[tuple[BreakerKind, Say]]:
    """Each kind that measures something: what it has now and what trips it."""
    limits, worth = view.limits, view.worth
    loss, fall, hits = view.ground.day_loss, view.ground.fall, stop_hits(view.ground)
    facts: list[tuple[BreakerKind, dict[str, Any]]] = [
        (BreakerKind.DAILY_LOSS, {"now": loss, "limit": limits.daily_loss, "dollars": int(worth.equity * loss)}),
        (BreakerKind.MAX_DRAWDOWN, {"now": fall, "limit": limits.max_drawdown, "dollars": int(worth.equity * fall)}),
        (BreakerKind.VOLATILITY, {"now": hits, "limit": view.policy.volatility_stops}),
        (BreakerKind.SINGLE_POSITION, {**worst(view), "limit": limits.single_position_loss}),
    ]
    return [(kind, Say(f"breakers.{kind.value}", values)) for kind, values in facts]


def worst(view: View) -> dict[str, Any]:
    """The holding that has lost most of its cost; nothing where none has lost."""
    losses = [
        (position_loss(position.shares * (view.scene.price(ticker) or position.entry), position.cost), ticker)
        for ticker, position in view.state.positions.items()
    ]
    now, ticker = max(losses, default=(0.0, None))
    return {"now": max(0.0, now), "ticker": ticker if now > 0 else None}


SKILLS = (Skill("show_breakers", NoSlots, show_breakers, "look"),)
