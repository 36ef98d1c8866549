"""What holds the engine back, for every answer that has to say so: from entering, or from the tier that was chosen."""

from engine.core.judge.sessions import is_own
from engine.core.nouns import Breaker
from engine.core.strategies import chosen, is_off, listened_to
from engine.core.words import BreakerKind, TierSource
from engine.view import View
from skills.skill import Say


def lowered(view: View) -> Say | None:
    """That the tier in force is not the owner's choice, and what lowered it; None where it is."""
    state = view.state
    chosen = state.preferences.trading.risk_tolerance
    if state.tier is chosen:
        return None
    source = state.tier_move.source if state.tier_move else TierSource.AUTO
    return Say(f"lowered.{source.value}", {"chosen": chosen.value})


def kind_of(breaker: Breaker) -> str:
    """A breaker's kind; of the manual ones, that which books that differ tripped goes by that name."""
    by_books = breaker.kind is BreakerKind.MANUAL and not is_own(breaker)
    return "cash_difference" if by_books else breaker.kind.value


def unwell(view: View) -> Say:
    if view.fenced is not None:
        return Say("held.fenced", {"why": view.fenced})
    return Say("held.degraded")


def held_back(view: View) -> Say | None:
    """The first thing that keeps the engine from entering, most final first; None when nothing does."""
    state = view.state
    if view.fenced is not None or not view.scene.healthy:
        return unwell(view)
    if state.killed_at is not None:
        return Say("held.killed", {"since": state.killed_at})
    if state.pause is not None:
        return Say("held.paused", {"until": state.pause.until})
    cash = state.difference(None)
    if cash is not None:
        return Say("held.cash", {"ours": cash.ours, "theirs": cash.theirs})
    for breaker in state.breakers.values():
        facts = {"kind": kind_of(breaker), "ticker": breaker.ticker, "until": breaker.until}
        return Say("held.breaker", facts)
    return None


def standing(name: str, view: View) -> Say:
    """Whether a strategy is listened to, and why."""
    said = view.state.strategies.get(name)
    if said is not None and is_off(view.state, name):
        return Say(f"strategies.off.{said.why}", {"at": said.at, "result": said.result})
    if name not in listened_to(view.state, view.scene):
        return Say("strategies.too_many", {"most": view.state.preferences.strategy.max_strategies})
    return Say("strategies.chosen" if name in chosen(view.state) else "strategies.on")
