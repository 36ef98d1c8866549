"""Why a stop stands where it does: each move of it that is on record, with the rule that made it."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from engine.core import events as e
from engine.core.nouns import Position
from engine.core.units import Ticker
from engine.core.words import StopReason
from engine.view import View
from skills.explain.telling import nothing
from skills.skill import Say

SHOWN: Final = 2


def why_moved(view: View, ticker: Ticker | None) -> Say:
    """Of the company named, or of the holding whose stop moved last."""
    wanted = ticker or next((name for name, _, _ in moves(view) if view.position(name)), None)
    if wanted is None:
        return nothing(view, None, "stop_moved")
    position = view.position(wanted)
    return why_there(position, view) if position else Say("explain.stop.not_held", {"ticker": wanted})


def moves(view: View) -> Iterator[tuple[Ticker, date | None, e.StopMoved]]:
    """Moves of stops with their sessions, newest first; those that only kept a new high are none."""
    for past in view.past():
        if isinstance(past.event, e.StopMoved) and past.event.new != past.event.old:
            yield past.event.ticker, past.session, past.event


def why_there(position: Position, view: View) -> Say:
    price = view.scene.price(position.ticker) or position.entry
    opened = position.opened_at.date()
    ours = [(session, event) for name, session, event in moves(view) if name == position.ticker]
    found = [(session, event) for session, event in ours if session and session >= opened]
    rows = [row(session, event) for session, event in found[:SHOWN]]
    facts = {
        "ticker": position.ticker,
        "stop": position.stop,
        "stop_frac": 1 - position.stop / price,
        "price": price,
        "first": None if position.stop == position.initial_stop else position.initial_stop,
        "moved": Say("explain.stop.moves", {"rows": rows, "more": len(found) - len(rows) or None}) if rows else None,
        "since": None if rows and rows[0]["new"] == position.stop else since(position),
    }
    return Say("explain.stop", facts, ("stops",))


def row(session: date, event: e.StopMoved) -> dict[str, Any]:
    return {"on": session, "old": event.old, "new": event.new, "why": Say(f"stop_word.{event.reason.value}")}


def since(position: Position) -> Say:
    """How it came to stand there, where no move that is on record put it there."""
    if position.stop_why is StopReason.AVERAGED:
        return Say("explain.stop.averaged")
    if position.stop != position.initial_stop:
        return Say("explain.stop.long_ago", {"why": Say(f"stop_word.{position.stop_why.value}")})
    facts = {"entry": position.entry, "away": max(0, position.entry - position.stop), "atr": position.atr or None}
    return Say("explain.stop.first", facts)
