"""Times that the owner wants treated as risky: of the market, a sector or a company."""

from datetime import datetime

from engine.core.commands import EndEvent, MarkEvent
from engine.core.happenings import MarketEvent
from engine.core.words import EventScope, Sector, Severity
from engine.view import View
from skills.skill import Answer, Say, Skill, SlotModel

MARKET = "market"
OWNER = "owner"
SHOWN = 5


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
    """The one that is meant ends: the latest of its scope, or the only one."""
    standing = [
        one for one in view.state.market_events if slots.scope is None or meant(slots) == (one.scope, one.target)
    ]
    if not standing:
        return Say("events.none", {"count": len(view.state.market_events) or None}, ("status",))
    if slots.scope is None and len(standing) > 1:
        rows = [named(one) for one in standing[:SHOWN]]
        return Say("events.which", {"rows": rows, "more": max(0, len(standing) - SHOWN) or None})
    return EndEvent(event_id=standing[-1].id)


def named(event: MarketEvent) -> dict[str, object]:
    return {
        "title": event.title or None,
        "severity": event.severity.value,
        "sector": event.target if event.scope is EventScope.SECTOR else None,
        "ticker": event.target if event.scope is EventScope.TICKER else None,
        "ends": event.ends_at,
    }


SKILLS = (Skill("mark_event", Risk, mark_event, "by_direction"),)
