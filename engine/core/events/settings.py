"""Settings that changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core.events.event import Event
from engine.core.journal import UNWRITTEN
from engine.core.nouns import Change, Term
from engine.core.preferences import Preferences
from engine.core.words import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesChanged(Event):
    """`undoes` are the journal numbers of the changes that this one puts back; `change` is then not undoable again.

    `terms` are the settings of this change that hold only for a time; `ended` says that the time of others is over.
    `preferences` are what it made of all settings; the journal has them by its changes.
    """

    change: Change
    preferences: Preferences = field(metadata=UNWRITTEN)
    loosened: bool
    undoes: tuple[int, ...] = ()
    terms: tuple[Term, ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TermDropped(Event):
    """A setting should have gone back by itself, but may not: it stays as it is. `why` is the refusal's code."""

    path: str
    back: Any
    why: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed(Event):
    topic: Topic
    facts: Mapping[str, Any]
