"""What changed settings make of the state: the owner's acts that can be put back, and values that hold for a time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from engine.core import events as e
from engine.core.nouns import Change, Term
from engine.core.state import State
from engine.core.undo import PAUSE, led_to
from engine.core.words import Tier

TOLERANCE: Final = "trading.risk_tolerance"
CHANGES_KEPT: Final = 100
CHANGES_KEPT_FOR: Final = timedelta(hours=24)
ACTS_KEPT: Final = 100
ACTS_KEPT_FOR: Final = timedelta(minutes=1)


def acted(state: State, change: Change | None, undoes: tuple[int, ...]) -> State:
    """The owner has acted, or taken back what he did."""
    lately = state.acted_at
    if change is not None:
        kept = [at for at in lately if change.at - at < ACTS_KEPT_FOR]
        lately = (*kept[-ACTS_KEPT:], change.at)
    return replace(state, changes=remembered(state.changes, change, undoes), acted_at=lately)


def remembered(changes: tuple[Change, ...], change: Change | None, undoes: tuple[int, ...]) -> tuple[Change, ...]:
    """The owner's acts that can be put back: undone ones leave, and an undoing is not itself remembered."""
    if undoes:
        paths = {path for path, _, _ in change.fields} if change else {PAUSE}
        return forgotten(changes, undoes, paths)
    if change is None:
        return changes
    recent = tuple(old for old in changes if change.at - old.at < CHANGES_KEPT_FOR)
    return (*(recent if len(recent) > CHANGES_KEPT else changes[-CHANGES_KEPT:]), change)


def forgotten(changes: tuple[Change, ...], which: tuple[int, ...], paths: set[str]) -> tuple[Change, ...]:
    """The changes without these fields of those with these numbers."""
    left = tuple(without(old, paths) if old.seq in which else old for old in changes)
    return tuple(old for old in left if old.fields)


def without(change: Change, paths: set[str]) -> Change:
    """What is left of a change when these fields were put back."""
    return replace(change, fields=tuple(field for field in change.fields if field[0] not in paths))


def preferences_changed(state: State, event: e.PreferencesChanged) -> State:
    """A value that the engine put back when its time was over is no act of the owner's."""
    after = ended(state, event) if event.ended else acted(state, event.change, event.undoes)
    return replace(
        after,
        preferences=event.preferences,
        version=state.version + 1,
        terms=termed(state.terms, event),
        tolerance_raised_at=last_rise(state, event),
    )


def last_rise(state: State, event: e.PreferencesChanged) -> datetime | None:
    """When risk tolerance rose last, whatever raised it; a rise that is taken back itself never was.

    It was allowed because none stood before it: so none stands after it.
    """
    old, new = (each.trading.risk_tolerance.rank for each in (state.preferences, event.preferences))
    if new > old:
        return event.change.at
    back = any(path == TOLERANCE for path, _, _ in event.change.fields)
    undone = [change for change in state.changes if change.seq in event.undoes and raised_tolerance(change)]
    return None if back and state.tolerance_raised_at in [change.at for change in undone] else state.tolerance_raised_at


def raised_tolerance(change: Change) -> bool:
    """Whether the owner raised risk tolerance by this act."""
    return any(path == TOLERANCE and Tier(new).rank > Tier(old).rank for path, old, new in change.fields)


def ended(state: State, event: e.PreferencesChanged) -> State:
    """What was set for a time that is over is nothing any more that could be put back."""
    changes = state.changes
    for term in event.change.before:
        changes = forgotten(changes, led_to(term, changes), {term.path})
    return replace(state, changes=changes)


def termed(terms: tuple[Term, ...], event: e.PreferencesChanged) -> tuple[Term, ...]:
    """Whatever is set anew holds for good, unless this change says until when."""
    paths = {path for path, _, _ in event.change.fields}
    return (*(term for term in terms if term.path not in paths), *event.terms)


def term_dropped(state: State, event: e.TermDropped) -> State:
    return replace(state, terms=tuple(term for term in state.terms if term.path != event.path))
