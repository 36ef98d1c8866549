"""Market events and dates of earnings in words: read from a file, noted, called off."""

from typing import Final

from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.announcers.happenings import row_of
from engine.core.protecting import weakened
from engine.core.state import State
from engine.core.stopping import touches
from engine.core.words import Severity
from engine.ports import BadRows
from engine.view import View
from skills.skill import Say

SHOWN: Final = 10


def unreadable(bad: BadRows) -> Say:
    """All lines that cannot be read, and what to do about each."""
    rows = [{"line": row.line, "problem": Say(f"calendar.{row.problem}", row.facts)} for row in bad.rows[:SHOWN]]
    return Say("import.lines", {"rows": rows, "more": len(bad.rows) - SHOWN if len(bad.rows) > SHOWN else None})


def event_marked(event: e.EventMarked, outcome: Done) -> Say:  # noqa: ARG001  # all tellers take both
    """All events that came at once."""
    marked = [one.event for one in outcome.events if isinstance(one, e.EventMarked)]
    severe = [one for one in marked if one.severity is Severity.HIGH]
    held = outcome.new.positions.values()
    facts = {
        "rows": [row_of(one) for one in marked[:SHOWN]],
        "more": len(marked) - SHOWN if len(marked) > SHOWN else None,
        "touched": sorted(p.ticker for p in held if any(touches(one, p.ticker, p.sector) for one in severe)) or None,
    }
    return Say("done.events", facts, ("status",))


def event_ended(event: e.EventEnded, outcome: Done) -> Say:
    """What was called off, and which times of high risk are still noted."""
    rest = still("events.still", outcome.new, event.event.id)
    return Say("done.event_ended", {**row_of(event.event), "still": rest}, ("status",))


def still(key: str, state: State, ended: str) -> Say | None:
    """The other times of high risk; None without one."""
    rows = [row_of(one) for one in state.market_events if one.id != ended and one.severity is Severity.HIGH]
    more = len(rows) - SHOWN if len(rows) > SHOWN else None
    return Say(key, {"rows": rows[:SHOWN], "more": more}) if rows else None


def earnings_imported(event: e.EarningsImported, outcome: Done) -> Say:
    """How many dates are on record now of how many tickers, and which of these are held."""
    facts = {
        "dates": sum(len(dates) for dates in event.dates.values()),
        "tickers": len(event.dates),
        "held": sorted(ticker for ticker in event.dates if ticker in outcome.new.positions) or None,
    }
    return Say("done.earnings", facts)


def of_end(command: c.EndEvent, view: View) -> Say:
    """What calling an event off means; one that is not there any more is refused when it is tried."""
    event = next((one for one in view.state.market_events if one.id == command.event_id), None)
    if event is None:
        return Say("ask.other", {"command": type(command).__name__})
    return Say("ask.end_event", {**row_of(event), "still": still("events.except", view.state, event.id)})


def of_weaker(command: c.MarkEvent | c.ImportEvents, view: View) -> Say:
    """What the standing events become that would protect less, the first of them by name."""
    pairs = weakened(command, view.state)
    rows = [
        {"old": Say("ask.events.one", row_of(old)), "new": Say("ask.events.one", row_of(new))} for old, new in pairs
    ]
    more = len(rows) - SHOWN if len(rows) > SHOWN else None
    return Say("ask.events", {"account": view.state.kind.value, "rows": rows[:SHOWN], "more": more})
