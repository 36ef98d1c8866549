"""Asking for other settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.core.commands.command import Command
from engine.core.news import Outlet
from engine.core.words import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreferences(Command):
    """Set named preferences (`risk.daily_loss_limit_pct`) to new values: all of them, or none.

    With `until` (market time) they go back by themselves then.
    """

    patch: Mapping[str, Any]
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoChanges(Command):
    """Put back the last `count` changes, or all that the last message changed, or the last change of `field`."""

    count: int | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTerm(Command):
    """Put a setting back whose time is over."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMutes(Command):
    """Tell again what was muted for a time that is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestNotification(Command):
    """Send the owner a piece of news that says that it is a test; `outlet` is None for wherever news go."""

    outlet: Outlet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness(Command):
    """Put into the journal what changed nothing: refusals, questions and answers, logins, the configuration."""

    topic: Topic
    facts: Mapping[str, Any]
