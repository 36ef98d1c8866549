"""Asking that entries stop, or go on."""

from dataclasses import dataclass
from datetime import datetime

from engine.core.commands.command import Command
from engine.core.units import Ticker
from engine.core.words import BreakerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseEntries(Command):
    """The engine enters nothing until `until` (market time), or until the owner resumes; exits go on."""

    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeEntries(Command):
    """End the pause, the kill switch, and the breakers that wait for the owner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPause(Command):
    """End a pause whose time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopEverything(Command):
    """The kill switch: nobody enters anything, entry orders and open questions are cancelled; exits go on.

    `who` says who threw it outside of any conversation; None where a person said so.
    """

    who: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripBreaker(Command):
    """Stop entries because a limit of loss or unrest was reached."""

    kind: BreakerKind
    ticker: Ticker | None
    threshold: float
    actual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveBreaker(Command):
    """End a breaker whose cooldown is over."""

    kind: BreakerKind
    ticker: Ticker | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetBreakers(Command):
    """End the breakers that stand: all, or those of one ticker; for this session they do not trip again."""

    ticker: Ticker | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatten(Command):
    """Sell everything, and enter nothing any more until the owner resumes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUpParts(Command):
    """Buy no further parts of any entry, because the engine is being stopped and nobody would look at them."""
