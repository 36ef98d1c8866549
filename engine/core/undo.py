"""Putting things back: which fields an undo would touch, and what they would become."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

from engine.core.nouns import Change, Pause, Term
from engine.core.preferences import BadValue, Preferences, patched, value_of
from engine.core.routing import MUTED
from engine.core.state import State

PAUSE: Final = "engine.pause"
"""The path under which pausing and resuming are remembered among the changes."""

UNTIL_RESUMED: Final = "until resumed"


def undoing(
    state: State, count: int | None, field: str | None, at: datetime | None = None
) -> tuple[dict[str, Any], tuple[int, ...]]:
    """The patch that puts back the newest `count` changes (of `field`), and their journal numbers; perhaps empty.

    Without a count it is all that the last message changed or, with a field, that field's last change. What stood for
    a time that is over at `at` (market time; None: that of the last commit) becomes what it would have gone back to;
    a pause that would be over by now is left out where nothing is paused.
    """
    chosen = undone(state, count, field)
    patch = {path: old for change in chosen for path, old, _ in change.fields if field in (None, path)}
    now = at or state.market_at
    over = {term.path: term.back for term in stood(state, count, field) if is_over(term, now)}
    lapsed = pause_is_over(patch.get(PAUSE), now)
    if lapsed and state.pause is None:
        del patch[PAUSE]
    elif lapsed:
        over[PAUSE] = None
    found = {**patch, **over}
    if MUTED in found and now is not None:
        found[MUTED] = [one for one in found[MUTED] if one["until"] is None or not has_passed(one["until"], now)]
    return found, tuple(change.seq for change in chosen)


def has_passed(until: str, at: datetime) -> bool:
    return datetime.fromisoformat(until) <= at


def pause_is_over(word: str | None, at: datetime | None) -> bool:
    """Whether a pause of this word had ended by then; one until resumed never does."""
    return at is not None and word not in (None, UNTIL_RESUMED) and has_passed(str(word), at)


def terms_put_back(state: State, count: int | None, field: str | None, at: datetime | None = None) -> tuple[Term, ...]:
    """The terms under which the fields of `undoing` stood before and that go on: with the values their ends come back.

    `at` is market time; None: that of the last commit.
    """
    return tuple(term for term in stood(state, count, field) if not is_over(term, at or state.market_at))


def is_over(term: Term, at: datetime | None) -> bool:
    return at is not None and term.until <= at


def stood(state: State, count: int | None, field: str | None) -> tuple[Term, ...]:
    """The terms under which the fields of `undoing` stood before, over or not."""
    found: dict[str, Term] = {}
    for change in undone(state, count, field):
        before = {term.path: term for term in change.before}
        for path, _, _ in change.fields:
            found.pop(path, None)
            if path in before and field in (None, path):
                found[path] = before[path]
    return tuple(found.values())


def undone(state: State, count: int | None, field: str | None) -> list[Change]:
    """The changes that an undo would put back, newest first."""
    found = [change for change in reversed(state.changes) if touches(change, field)]
    return found[:count] if count else found[:1] if field else of_message(found)


def of_message(newest_first: list[Change]) -> list[Change]:
    """The newest change and those that the same message made."""
    if not newest_first or newest_first[0].message is None:
        return newest_first[:1]
    return list(takewhile(lambda change: change.message == newest_first[0].message, newest_first))


def touches(change: Change, field: str | None) -> bool:
    return field is None or any(path == field for path, _, _ in change.fields)


def led_to(term: Term, changes: Sequence[Change]) -> tuple[int, ...]:
    """The numbers of the changes for a time, one on the other, of which this term is the last."""
    found, wanted = [term.seq], term.seq
    for change in reversed(changes):
        if change.seq == wanted:
            earlier = [one.seq for one in change.before if one.path == term.path]
            found += earlier
            wanted = earlier[0] if earlier else -1
    return tuple(found)


def as_of(changes: Iterable[Change], at: datetime, now: Preferences) -> dict[str, Any]:
    """The patch that makes of the settings of now those of an instant of people's time, from all changes ever made.

    Undone changes and those for a time count as what they were: settings of then.
    """
    later = sorted((change for change in changes if change.at > at), key=lambda change: change.seq)
    then: dict[str, Any] = {}
    for change in later:
        for path, old, _ in change.fields:
            then.setdefault(path, old)
    return {path: old for path, old in then.items() if path != PAUSE and differs(now, path, old)}


def differs(now: Preferences, path: str, value: object) -> bool:
    """Whether a setting has another value now; one that is not possible any more always differs."""
    try:
        return bool(value_of(patched(now, {path: value}), path) != value_of(now, path))
    except BadValue:
        return True


def pause_word(pause: Pause | None) -> str | None:
    """A pause as it stands in a change: None for none, an ISO instant, or "until resumed"."""
    if pause is None:
        return None
    return pause.until.isoformat() if pause.until else UNTIL_RESUMED


def pause_from(word: str, since: datetime) -> Pause:
    """The pause that `pause_word` wrote."""
    return Pause(since=since, until=None if word == UNTIL_RESUMED else datetime.fromisoformat(word))
