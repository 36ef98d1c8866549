"""What a session brings from its first look to its summary."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.core.commands.command import Command
from engine.core.happenings import MarketEvent
from engine.core.units import Ticker
from engine.core.words import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginSession(Command):
    """Start the tally of the session that has begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseAlert(Command):
    """Tell the owner that the day's gain or loss, or the drawdown, has passed his mark; both are fractions."""

    alert: Alert
    threshold: float
    actual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeSnapshot(Command):
    """Write the end-of-session record; once a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summarise(Command):
    """Tell the owner how the session went; once a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Command):
    """Put something that happened to the engine itself into journal and chat (`engine_started`, `loop_error`)."""

    topic: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTier(Command):
    """Move the tier in force by the rule of the session's close; the judge finds where to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkEvent(Command):
    """Treat a time as one of high risk."""

    event: MarketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportEvents(Command):
    """Treat several times as ones of high risk: all of them, or none."""

    events: tuple[MarketEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEvent(Command):
    """A market event is over, or was called off."""

    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportEarnings(Command):
    """Put dates of earnings on record: for each ticker named, these instead of those known from today on."""

    dates: Mapping[Ticker, tuple[date, ...]]
    source: str
