"""Why the rest of an entry in parts was not bought, or when it will be."""

from collections.abc import Iterator
from datetime import date

from engine.core import events as e
from engine.core.nouns import Tranches
from engine.core.units import Ticker
from engine.core.words import Skip
from engine.view import View
from skills.explain.telling import nothing, shut
from skills.skill import Say


def why_in_parts(view: View, ticker: Ticker | None) -> Say:
    """Of the company named, or of the newest entry in parts; one whose rest was given up comes first."""
    for session, event in endings(view, ticker):
        if event.outcome is not Skip.NONE:
            return given_up(session, event)
    for plan in view.state.tranches:
        if ticker in (None, plan.recommendation.ticker):
            return going_on(plan)
    whole = next((event for _, event in endings(view, ticker)), None)
    if whole is not None:
        return Say("explain.parts.all", of(whole.tranches))
    return nothing(view, ticker, "parts")


def endings(view: View, ticker: Ticker | None) -> Iterator[tuple[date | None, e.TranchesEnded]]:
    for past in view.past():
        if isinstance(past.event, e.TranchesEnded) and ticker in (None, past.event.tranches.recommendation.ticker):
            yield past.session, past.event


def given_up(session: date | None, event: e.TranchesEnded) -> Say:
    ticker = event.tranches.recommendation.ticker
    if event.outcome is Skip.TRANCHE_STOPPED:
        reason = Say("explain.parts.stopped")
    else:
        reason = shut(event.outcome, event.trace, ticker)
    return Say("explain.parts", {**of(event.tranches), "on": session, "reason": reason}, ("limits",))


def going_on(plan: Tranches) -> Say:
    return Say("explain.parts.going_on", {**of(plan), "next_at": plan.next_at}, ("orders",))


def of(plan: Tranches) -> dict[str, object]:
    """How many parts were meant, and what they have brought; `cut` is the limit that made one of them smaller."""
    bought = sum(plan.bought)
    return {
        "ticker": plan.recommendation.ticker,
        "shares": plan.shares,
        "bought": bought,
        "rest": max(0, plan.shares - bought),
        "done": len(plan.bought),
        "parts": len(plan.bought) + len(plan.left),
        "cut": Say("explain.parts.cut", {"why": Say(f"skip_word.{plan.cut.code}")}) if plan.cut else None,
    }
