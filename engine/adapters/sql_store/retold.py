"""An account made anew from its journal alone: row by row, by the same rules by which it became what it is."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias, cast

from pydantic import ValidationError

from engine.core import events as e
from engine.core.apply import APPLIERS, apply
from engine.core.nouns import AccountId
from engine.core.preferences import BadValue, patched
from engine.core.reviving import reviver
from engine.core.state import State
from engine.core.words import Topic

Body: TypeAlias = dict[str, Any]

KINDS: Final[Mapping[str, type[e.Event]]] = MappingProxyType({kind.__name__: kind for kind in APPLIERS})
NOTHING: Final = frozenset({e.Noted.__name__})
"""Kinds of rows that change no account."""

_ROWS: Final = "SELECT seq, kind, body FROM journal WHERE account = ? ORDER BY seq"
_SECOND: Final = "SELECT kind, body FROM journal WHERE account = ? AND seq = 2"


class Told(NamedTuple):
    """One row of the journal: its number, what happened, and the account after it."""

    seq: int
    event: e.Event
    state: State


class Untold(Exception):
    """A row that does not follow from those before it; the message says which."""


def retold(connection: sqlite3.Connection, account: AccountId) -> Iterator[Told]:
    """All that happened to an account, from the beginning. Raises Untold."""
    state = State(account=account)
    cursor = connection.cursor()
    cursor.row_factory = None
    for seq, kind, body in cursor.execute(_ROWS, (account,)):
        if (kind == e.AccountOpened.__name__) is not (seq == 1):
            raise Untold(f"row {seq} of the journal is {kind}: the first row opens the account, and no other does")
        if kind in NOTHING:
            continue
        event, state = happened(seq, kind, body, state)
        yield Told(seq, event, state)


def happened(seq: int, kind: str, body: str, before: State) -> tuple[e.Event, State]:
    try:
        event = event_of(kind, json.loads(body), before)
        return event, apply(before, event)
    except (LookupError, TypeError, ValueError, AttributeError, BadValue, ValidationError) as error:
        raise Untold(f"row {seq} of the journal, {kind}, does not follow from the rows before it") from error


def event_of(kind: str, body: Body, before: State) -> e.Event:
    """The event that was written as this body; what is not written down follows from the account before it."""
    complete = COMPLETED.get(kind)
    return cast("e.Event", reviver(KINDS[kind])(complete(body, before) if complete else body))


def whole_settings(body: Body, before: State) -> Body:
    patch = {path: new for path, _old, new in body["change"]["fields"]}
    return {**body, "preferences": patched(before.preferences, patch)}


def whole_snapshot(body: Body, before: State) -> Body:
    """Nothing had been moved in or out in the first version, and the benchmark was the S&P 500."""
    usual = {"benchmark_ticker": "SPY", "contributed": before.contributed}
    return {"snapshot": {**usual, **body["snapshot"]}}


COMPLETED: Final[Mapping[str, Callable[[Body, State], Body]]] = MappingProxyType(
    {e.PreferencesChanged.__name__: whole_settings, e.SnapshotTaken.__name__: whole_snapshot}
)


def of_first_version(connection: sqlite3.Connection, account: AccountId) -> bool:
    """Whether the account may have begun before journals had people in them.

    Since then the row after the opening notes the configuration. Where it does not, the database failed at that
    moment, or the program was older.
    """
    found = connection.cursor()
    found.row_factory = None
    row = found.execute(_SECOND, (account,)).fetchone()
    return row is not None and (row[0] != e.Witnessed.__name__ or f'"{Topic.ENGINE_CONFIG.value}"' not in row[1])
