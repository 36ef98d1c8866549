"""What a session brought."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.core.events.event import Event
from engine.core.happenings import MarketEvent
from engine.core.nouns import Snapshot
from engine.core.units import Ticker
from engine.core.words import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBegan(Event):
    """The first look at a new session: its tally starts at zero."""

    session: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(Event):
    alert: Alert
    threshold: float
    actual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotTaken(Event):
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySummarised(Event):
    session: date
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Event):
    topic: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMarked(Event):
    event: MarketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEnded(Event):
    """A market event is over; `called_off` where the owner said so before its time."""

    event: MarketEvent
    called_off: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningsImported(Event):
    """Dates of earnings, by ticker: all that are on record of each from now on."""

    dates: Mapping[Ticker, tuple[date, ...]]
    source: str
