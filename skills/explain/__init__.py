"""Why something was bought, sold or left alone, what moved and what would have to change: from stored traces alone."""

from typing import Literal, TypeAlias

from engine.core.units import Ticker
from engine.core.words import Origin, Side
from engine.view import View
from skills.explain.bought import newest_buy, proposed, why_bought, why_so_many
from skills.explain.day import anything_stops, why_stopped_today
from skills.explain.halted import why_broken, why_this_tier
from skills.explain.left import what_must_change, why_skipped
from skills.explain.moved import why_moved
from skills.explain.parts import why_in_parts
from skills.explain.sold import rebalancing, why_held, why_sold
from skills.explain.telling import nothing
from skills.skill import Say, Skill, SlotModel

Trade: TypeAlias = Literal["bought", "not_bought", "sold", "not_sold", "stopped", "last"]
Course: TypeAlias = Literal["resized", "parts", "stop_moved", "breaker", "tier", "change"]


class Explain(SlotModel):
    """`explain_decision`: about a company, or about the newest of that kind."""

    about: Trade | Course
    ticker: Ticker | None = None


def explain_decision(slots: Explain, view: View) -> Say:
    if slots.ticker is not None and slots.ticker not in view.scene.quotes:
        return Say("explain.not_here", {"ticker": slots.ticker})
    return ANSWERS[slots.about](view, slots.ticker)


def bought(view: View, ticker: Ticker | None) -> Say:
    for decision in view.decisions(ticker, Side.BUY):
        if decision.acts:
            return why_bought(decision, view)
    return not_so("buy", not_bought(view, ticker), ticker) if ticker else bought_nothing(view)


def not_so(what: str, then: Say, ticker: Ticker) -> Say:
    """That what was asked about never happened, and why it did not."""
    if then.key.startswith("explain.nothing") or then.key == "explain.still_held":
        return then
    premise = Say(f"explain.not_so.{what}", {"ticker": ticker})
    return Say("explain.not_so", {"premise": premise, "then": then}, then.buttons)


def bought_nothing(view: View) -> Say:
    autonomy = Say(f"autonomy.{view.state.preferences.trading.autonomy.value}")
    return Say("explain.not_so.bought_nothing", {"autonomy": autonomy}, ("status",))


def not_bought(view: View, ticker: Ticker | None) -> Say:
    for decision in view.decisions(ticker, Side.BUY):
        if not decision.acts:
            return why_skipped(decision, view)
        if ticker is not None:
            return why_bought(decision, view)
    return nothing(view, ticker, "buy")


def change(view: View, ticker: Ticker | None) -> Say:
    for decision in view.decisions(ticker, Side.BUY):
        if not decision.acts:
            return what_must_change(decision, view)
    return nothing(view, ticker, "change")


def resized(view: View, ticker: Ticker | None) -> Say:
    decision = newest_buy(view, ticker)
    return why_so_many(decision, view) if decision else bought(view, ticker)


def sold(view: View, ticker: Ticker | None) -> Say:
    for decision in view.decisions(ticker, Side.SELL):
        if decision.acts:
            return why_sold(decision, view)
    return not_so("sell", not_sold(view, ticker), ticker) if ticker else nothing(view, ticker, "sell")


def not_sold(view: View, ticker: Ticker | None) -> Say:
    position = view.position(ticker) if ticker else None
    if position is not None:
        return why_held(position, view)
    for decision in view.decisions(ticker, Side.SELL):
        return why_sold(decision, view) if decision.acts else why_skipped(decision, view)
    return nothing(view, ticker, "sell")


def stopped(view: View, ticker: Ticker | None) -> Say:
    """By which stop something was sold; without a company, what stops the engine, too, where anything does."""
    if ticker is None and anything_stops(view):
        return why_stopped_today(view)
    for decision in view.decisions(ticker, Side.SELL):
        if decision.acts and decision.origin in (Origin.STOP, Origin.SINGLE_POSITION):
            return why_sold(decision, view)
    return nothing(view, ticker, "stop") if ticker else why_stopped_today(view)


def last(view: View, ticker: Ticker | None) -> Say:
    if ticker is None and view.state.rebalance is not None:
        return rebalancing(view.state.rebalance, view)
    for proposal in view.state.proposals.values():
        if ticker in (None, proposal.decision.ticker) and proposal.decision.side is Side.BUY:
            return proposed(proposal.decision, view)
    for decision in view.decisions(ticker):
        if not decision.acts:
            return why_skipped(decision, view)
        return why_bought(decision, view) if decision.side is Side.BUY else why_sold(decision, view)
    return nothing(view, ticker, "decision")


def tier(view: View, _ticker: Ticker | None) -> Say:
    return why_this_tier(view)


ANSWERS = {
    "bought": bought,
    "not_bought": not_bought,
    "sold": sold,
    "not_sold": not_sold,
    "stopped": stopped,
    "last": last,
    "resized": resized,
    "parts": why_in_parts,
    "stop_moved": why_moved,
    "breaker": why_broken,
    "tier": tier,
    "change": change,
}

SKILLS = (Skill("explain_decision", Explain, explain_decision, "look"),)
