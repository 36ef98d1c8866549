"""What the owner is told of market events that others brought, and of those that are over."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.happenings import MarketEvent
from engine.core.stopping import touches
from engine.core.valuation import sector_of
from engine.core.words import EventScope, Priority, Severity

OWNER: Final = "owner"
"""The source of events that the owner marks himself: they are answered."""

SHOWN: Final = 5
PRIORITY: Final[Mapping[Severity, Priority]] = MappingProxyType(
    {Severity.LOW: Priority.LOW, Severity.MEDIUM: Priority.MEDIUM, Severity.HIGH: Priority.HIGH}
)


def event_marked(event: e.EventMarked, moment: Moment) -> Told | None:
    """All that came at once are told once, by the worst of them."""
    known = moment.old.market_events
    new = [one for one in moment.new.market_events if one not in known]
    if event.event.source == OWNER or not new or event.event.id != new[0].id:
        return None
    severe = [one for one in new if one.severity is Severity.HIGH]
    facts = {
        "account": moment.new.kind.value,
        "rows": [row_of(one) for one in new[:SHOWN]],
        "more": len(new) - SHOWN if len(new) > SHOWN else None,
        "touched": sorted({ticker for one in severe for ticker in held_of(one, moment)}) or None,
    }
    return Told("market_event", max(PRIORITY[one.severity] for one in new), facts)


def event_ended(event: e.EventEnded, moment: Moment) -> Told | None:
    """Time is up; what the owner called off is answered."""
    if event.called_off:
        return None
    priority = Priority.MEDIUM if event.event.severity is Severity.HIGH else Priority.LOW
    return Told(
        "market_event", priority, {"account": moment.new.kind.value, **row_of(event.event)}, "market_event_over"
    )


def row_of(event: MarketEvent) -> dict[str, Any]:
    """One event in facts; what it has not, or is not about, is None."""
    return {
        "title": event.title or None,
        "sector": event.target if event.scope is EventScope.SECTOR else None,
        "ticker": event.target if event.scope is EventScope.TICKER else None,
        "severity": event.severity.value,
        "starts": event.starts_at,
        "ends": event.ends_at,
    }


def held_of(event: MarketEvent, moment: Moment) -> list[str]:
    """Tickers of positions that an event touches."""
    return [
        ticker
        for ticker in sorted(moment.new.positions)
        if touches(event, ticker, sector_of(moment.new, moment.scene, ticker))
    ]
