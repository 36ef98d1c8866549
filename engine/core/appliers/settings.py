"""What changed settings make of the state: the owner's acts that can be put back, and values that hold for a time."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from engine.core import events as e
from engine.core.nouns import Change, Term
from engine.core.state import State
from engine.core.undo import PAUSE

CHANGES_KEPT: Final = 100
CHANGES_KEPT_FOR: Final = timedelta(hours=24)


def remembered(changes: tuple[Change, ...], change: Change | None, undoes: tuple[int, ...]) -> tuple[Change, ...]:
    """The owner's acts that can be put back: undone ones leave, and an undoing is not itself remembered."""
    if undoes:
        paths = {path for path, _, _ in change.fields} if change else {PAUSE}
        left = tuple(without(old, paths) if old.seq in undoes else old for old in changes)
        return tuple(old for old in left if old.fields)
    if change is None:
        return changes
    recent = tuple(old for old in changes if change.at - old.at < CHANGES_KEPT_FOR)
    return (*(recent if len(recent) > CHANGES_KEPT else changes[-CHANGES_KEPT:]), change)


def without(change: Change, paths: set[str]) -> Change:
    """What is left of a change when these fields were put back."""
    return replace(change, fields=tuple(field for field in change.fields if field[0] not in paths))


def preferences_changed(state: State, event: e.PreferencesChanged) -> State:
    """A value that the engine put back when its time was over is no act of the owner's."""
    changes = state.changes if event.ended else remembered(state.changes, event.change, event.undoes)
    terms = termed(state.terms, event)
    return replace(state, preferences=event.preferences, version=state.version + 1, changes=changes, terms=terms)


def termed(terms: tuple[Term, ...], event: e.PreferencesChanged) -> tuple[Term, ...]:
    """Whatever is set anew holds for good, unless this change says until when."""
    paths = {path for path, _, _ in event.change.fields}
    return (*(term for term in terms if term.path not in paths), *event.terms)


def term_dropped(state: State, event: e.TermDropped) -> State:
    return replace(state, terms=tuple(term for term in state.terms if term.path != event.path))
