"""Putting things back: which fields an undo would touch, and what they would become."""

from datetime import datetime
from itertools import takewhile
from typing import Any, Final

from engine.core.nouns import Change, Pause
from engine.core.state import State

PAUSE: Final = "engine.pause"
"""The path under which pausing and resuming are remembered among the changes."""

UNTIL_RESUMED: Final = "until resumed"


def undoing(state: State, count: int | None, field: str | None) -> tuple[dict[str, Any], tuple[int, ...]]:
    """The patch that puts back the newest `count` changes (of `field`), and their journal numbers; perhaps empty.

    Without a count it is all that the last message changed or, with a field, that field's last change.
    """
    found = [change for change in reversed(state.changes) if touches(change, field)]
    chosen = found[:count] if count else found[:1] if field else of_message(found)
    patch = {path: old for change in chosen for path, old, _ in change.fields if field in (None, path)}
    return patch, tuple(change.seq for change in chosen)


def of_message(newest_first: list[Change]) -> list[Change]:
    """The newest change and those that the same message made."""
    if not newest_first or newest_first[0].message is None:
        return newest_first[:1]
    return list(takewhile(lambda change: change.message == newest_first[0].message, newest_first))


def touches(change: Change, field: str | None) -> bool:
    return field is None or any(path == field for path, _, _ in change.fields)


def pause_word(pause: Pause | None) -> str | None:
    """A pause as it stands in a change: None for none, an ISO instant, or "until resumed"."""
    if pause is None:
        return None
    return pause.until.isoformat() if pause.until else UNTIL_RESUMED


def pause_from(word: str, since: datetime) -> Pause:
    """The pause that `pause_word` wrote."""
    return Pause(since=since, until=None if word == UNTIL_RESUMED else datetime.fromisoformat(word))
