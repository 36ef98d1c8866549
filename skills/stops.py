"""Where each holding would be sold by itself, and what that would cost."""

from typing import Any

from engine.core import events as e
from engine.core.nouns import Position
from engine.core.rules.stops import EARNINGS_SESSIONS
from engine.core.stopping import touching
from engine.core.units import Ticker
from engine.core.words import StopReason
from engine.view import View
from skills.skill import Say, Skill, SlotModel


class Stops(SlotModel):
    """`show_stops`: of all holdings, or of these."""

    tickers: tuple[Ticker, ...] = ()


def show_stops(slots: Stops, view: View) -> Say:
    held = view.state.positions
    missing = [ticker for ticker in slots.tickers if ticker not in held]
    if missing:
        return Say("positions.not_held", {"tickers": missing})
    rows = [row(held[ticker], view, asked=bool(slots.tickers)) for ticker in slots.tickers or sorted(held)]
    if not rows:
        return Say("stops.none", {"account": view.state.kind.value}, ("status",))
    lost = sum(one["lost"] for one in rows)
    facts = {
        "account": view.state.kind.value,
        "count": len(rows),
        "lost": lost,
        "lost_frac": lost / view.worth.equity if view.worth.equity else 0.0,
        "rows": rows,
    }
    return Say("stops", facts, ("positions", "limits"))


def row(position: Position, view: View, *, asked: bool) -> dict[str, Any]:
    """Levels of one holding; `lost` is what a sale at the stop brings less than today's price would."""
    price = view.scene.price(position.ticker) or position.entry
    result = position.shares * position.stop - position.cost
    return {
        "ticker": position.ticker,
        "price": price,
        "stop": position.stop,
        "stop_frac": 1 - position.stop / price,
        "take": position.take,
        "take_frac": position.take / price - 1,
        "lost": position.shares * max(0, price - position.stop),
        "result": result,
        "raised": moved(position, view, asked=asked),
        "near": near(position, view),
    }


def moved(position: Position, view: View, *, asked: bool) -> Say | None:
    """That a stop is not where it was at first, and why; None where it is.

    When it moved last, or that this is not on record any more, is said where this holding was asked about.
    """
    if position.stop == position.initial_stop:
        return None
    why = None if position.stop_why is StopReason.INITIAL else Say(f"stop_word.{position.stop_why.value}")
    facts = {"why": why, "first": position.initial_stop, "when": when(position, view) if asked else None}
    return Say("stops.raised" if position.stop > position.initial_stop else "stops.lowered", facts)


def when(position: Position, view: View) -> Say:
    for past in view.past():
        event = past.event
        if isinstance(event, e.StopMoved) and event.ticker == position.ticker and event.new == position.stop:
            return Say("stops.since", {"on": past.session}) if past.session else Say("stops.when")
    return Say("stops.when")


def near(position: Position, view: View) -> Say | None:
    """What made a stop nearer than usual, while it lasts; None where nothing did."""
    if position.stop_why not in (StopReason.EVENT, StopReason.EARNINGS):
        return None
    events, sessions = touching(view.state, view.scene, position), view.scene.earnings.get(position.ticker)
    if events:
        return Say("stops.event", {"title": events[0].title or None, "until": events[0].ends_at})
    if sessions is None or sessions > EARNINGS_SESSIONS:
        return None
    return Say("stops.earnings", {"sessions": sessions}) if sessions else Say("stops.earnings_today")


SKILLS = (Skill("show_stops", Stops, show_stops, "look"),)
