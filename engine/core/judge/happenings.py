"""Judging what is said of the outside: days of high risk, dates of earnings."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from engine.core import commands as c
from engine.core import events as e
from engine.core.happenings import MarketEvent
from engine.core.judge.ground import Ground, Verdict
from engine.core.refusals import Refusal, Refused
from engine.core.units import Ticker
from engine.core.words import EventScope, Sector

LONGEST_TITLE: Final = 200


def mark_event(command: c.MarkEvent, ground: Ground) -> Verdict:
    """Treat a time as one of high risk, from now on at the earliest; one without an id gets one."""
    event = command.event
    wrong = objection(event, ground)
    if wrong is not None:
        return wrong
    if any(says_the_same(event, one) for one in ground.state.market_events):
        return Refused(Refusal.ALREADY_DONE, {"title": event.title})
    return (e.EventMarked(event=entered(event, ground)),)


def import_events(command: c.ImportEvents, ground: Ground) -> Verdict:
    """Mark all of them or none; those that are over already, or on record so, are left out."""
    ahead = [event for event in command.events if event.ends_at > ground.scene.at]
    if not ahead:
        ends = max((event.ends_at for event in command.events), default=ground.scene.at)
        return Refused(Refusal.UNTIL_PASSED, {"until": ends})
    wrong = next((no for event in ahead if (no := objection(event, ground)) is not None), None)
    if wrong is not None:
        return wrong
    known = {event.id: event.severity for event in ground.state.market_events}
    fresh = [event for event in ahead if known.get(event.id) is not event.severity]
    if not fresh:
        return Refused(Refusal.ALREADY_DONE, {"count": len(ahead)})
    return tuple(e.EventMarked(event=entered(event, ground)) for event in fresh)


def objection(event: MarketEvent, ground: Ground) -> Refused | None:
    """Why an event cannot be: it is over, ends before it begins, or is about something that is not here."""
    if event.ends_at <= ground.scene.at:
        return Refused(Refusal.UNTIL_PASSED, {"until": event.ends_at})
    if event.ends_at <= event.starts_at:
        return impossible("end of an event", event.ends_at.isoformat(), "a time after its beginning")
    if len(event.title) > LONGEST_TITLE:
        return impossible("title of an event", event.title, f"at most {LONGEST_TITLE} characters")
    if event.scope is EventScope.SECTOR and event.target not in [*Sector]:
        return impossible("sector of an event", event.target, ", ".join(Sector))
    if event.scope is EventScope.TICKER and event.target not in ground.scene.quotes:
        return Refused(Refusal.NO_PRICE_HERE, {"tickers": [event.target], "others": None})
    return None


def impossible(field: str, asked: str | None, allowed: str) -> Refused:
    return Refused(Refusal.BAD_VALUE, {"field": field, "asked": asked, "allowed": allowed})


def entered(event: MarketEvent, ground: Ground) -> MarketEvent:
    """The event as it is kept: it has an id, has not begun before now, and the whole market has no name."""
    return replace(
        event,
        id=event.id or f"{ground.state.account}-e{ground.next_seq}",
        starts_at=max(event.starts_at, ground.scene.at),
        target=None if event.scope is EventScope.MARKET else event.target,
    )


def says_the_same(event: MarketEvent, standing: MarketEvent) -> bool:
    """Whether an event stands already: of the same source about the same, as severe and as long."""
    here, there = ((one.source, one.scope, one.target, one.severity, one.ends_at) for one in (event, standing))
    return here == there and event.starts_at >= standing.starts_at


def end_event(command: c.EndEvent, ground: Ground) -> Verdict:
    """An event whose time is over, or that is called off before."""
    event = next((one for one in ground.state.market_events if one.id == command.event_id), None)
    if event is None:
        return Refused(Refusal.NO_EVENT, {"id": command.event_id})
    return (e.EventEnded(event=event, called_off=ground.scene.at < event.ends_at),)


def import_earnings(command: c.ImportEarnings, ground: Ground) -> Verdict:
    """Put dates on record in place of those known of the same tickers from today on; earlier ones stay."""
    strange = sorted(ticker for ticker in command.dates if ticker not in ground.scene.quotes)
    if strange:
        return Refused(Refusal.NO_PRICE_HERE, {"tickers": strange, "others": None})
    known, today = ground.state.earnings, ground.scene.day.date
    after = {ticker: joined(known.get(ticker, ()), dates, today) for ticker, dates in sorted(command.dates.items())}
    if same(after, known):
        return Refused(Refusal.ALREADY_DONE, {"source": command.source})
    return (e.EarningsImported(dates=after, source=command.source),)


def joined(known: Iterable[date], new: Iterable[date], today: date) -> tuple[date, ...]:
    """Known dates before today and all new ones, in order."""
    return tuple(sorted({*(day for day in known if day < today), *new}))


def same(after: Mapping[Ticker, tuple[date, ...]], known: Mapping[Ticker, tuple[date, ...]]) -> bool:
    return all(known.get(ticker, ()) == dates for ticker, dates in after.items())
