"""Entries that were stopped, or go on."""

from dataclasses import dataclass
from datetime import datetime

from engine.core.events.event import Event
from engine.core.nouns import Breaker, Change, Pause
from engine.core.standing import StrategyStanding, TierChange
from engine.core.units import Money, Ticker
from engine.core.words import BreakerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesPaused(Event):
    pause: Pause
    change: Change | None
    undoes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesResumed(Event):
    """A pause ended; where `lifts_all`, kill switch and the breakers that wait for the owner ended with it.

    `peak` is the equity from which drawdown is counted from now on; None leaves it as it was.
    """

    change: Change | None
    lifts_all: bool
    peak: Money | None = None
    undoes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineKilled(Event):
    """Nobody enters anything any more; `who` is as in the command to stop."""

    at: datetime
    who: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerTripped(Event):
    breaker: Breaker


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerResolved(Event):
    """A breaker ended; `waived` where the owner reset it, who then has none of its kind again in this session.

    `peak` is the equity from which drawdown is counted from now on; None leaves it as it was.
    """

    kind: BreakerKind
    ticker: Ticker | None
    waived: bool = False
    peak: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlattenBegan(Event):
    """The owner has all sold; nothing is entered until he resumes."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TierChanged(Event):
    change: TierChange


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySet(Event):
    strategy: StrategyStanding
