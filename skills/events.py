"""Times that the owner wants treated as risky: of the market, a sector or a company."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.core.commands import EndEvent, MarkEvent
from engine.core.happenings import MarketEvent
from engine.core.words import EventScope, Sector, Severity
from engine.view import View
from skills.skill import Answer, Say, Skill, SlotModel

MARKET = "market"
OWNER = "owner"
SHOWN = 5
WHICH = "events.which"
"""The question which event is meant, answered by a number."""


class Risk(SlotModel):
    """`mark_event`: a sector, a ticker or the market, until an instant; or, with `on` false, no longer.

    Without `until` it lasts until the close of today's session, or of the next one where none is open.
    """

    scope: str | None = None
    until: datetime | None = None
    on: bool = True


def mark_event(slots: Risk, view: View) -> Answer:
    if not slots.on:
        return called_off(slots, view)
    scope, target = meant(slots)
    event = MarketEvent(
        id="",
        scope=scope,
        target=target,
        severity=Severity.HIGH,
        title="",
        starts_at=view.scene.at,
        ends_at=slots.until or end_of_session(view),
        source=OWNER,
    )
    return MarkEvent(event=event)


def meant(slots: Risk) -> tuple[EventScope, str | None]:
    """The scope, and the name of its sector or ticker; the whole market where none was said."""
    if slots.scope in (None, MARKET):
        return EventScope.MARKET, None
    return EventScope.SECTOR if slots.scope in [*Sector] else EventScope.TICKER, slots.scope


def end_of_session(view: View) -> datetime:
    return (view.scene.session or view.scene.upcoming[0]).closes_at


def called_off(slots: Risk, view: View) -> Answer:
    """The one that is meant ends; where several could be, which one is asked."""
    standing = fitting(slots, view)
    if not standing:
        return Say("events.none", {"count": len(view.state.market_events) or None}, ("status",))
    if len(standing) > 1 and slots.until != standing[-1].ends_at:
        rows = [{**named(one), "number": number} for number, one in enumerate(standing[:SHOWN], 1)]
        return Say(WHICH, {"rows": rows, "more": max(0, len(standing) - SHOWN) or None})
    return EndEvent(event_id=standing[-1].id)


def fitting(slots: Risk, view: View) -> list[MarketEvent]:
    """The events of the scope that was named, or all; of these the ones that end when was said, where any does."""
    found = [one for one in view.state.market_events if slots.scope is None or meant(slots) == (one.scope, one.target)]
    return [one for one in found if one.ends_at == slots.until] or found


def choices(slots: Mapping[str, Any], view: View) -> tuple[Mapping[str, Any], ...]:
    """The slots that name each event of which one was asked, in the order in which they were shown."""
    found = fitting(Risk(**slots), view)[:SHOWN]
    return tuple({"on": False, "scope": one.target or MARKET, "until": one.ends_at} for one in found)


def named(event: MarketEvent) -> dict[str, object]:
    return {
        "title": event.title or None,
        "severity": event.severity.value,
        "sector": event.target if event.scope is EventScope.SECTOR else None,
        "ticker": event.target if event.scope is EventScope.TICKER else None,
        "ends": event.ends_at,
    }


SKILLS = (Skill("mark_event", Risk, mark_event, "by_direction"),)
