"""Tables that only grow, walked abreast with the journal: no more is held in memory than is out of step."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Table

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.cells import (
    Difference,
    Key,
    Row,
    cells,
    different,
    differing,
    misplaced,
    missing,
    unknown,
)
from engine.adapters.sql_store.codec import columns
from engine.core import events as e
from engine.core.happenings import MarketEvent
from engine.core.nouns import (
    AccountId,
    Breaker,
    ClosedTrade,
    Decision,
    Fill,
    LedgerRow,
    Proposal,
    Recommendation,
    Snapshot,
)
from engine.core.standing import TierChange
from engine.core.state import State

Standing = Callable[[State], Iterator[Key]]


class Record(NamedTuple):
    """A table that has a row of every event of a kind: `field` of the event is the noun, `key` names its row.

    `flag` is a column that says whether the row still belongs to the state, whose keys `standing` names.
    """

    table: Table
    event: type[e.Event]
    field: str
    kind: type[Any]
    key: tuple[str, ...]
    flag: str | None = None
    standing: Standing = lambda _state: iter(())


def proposed(state: State) -> Iterator[Key]:
    return ((name,) for name in state.proposals)


def pending(state: State) -> Iterator[Key]:
    return ((name,) for name in state.pending)


def tripped(state: State) -> Iterator[Key]:
    return ((kind.value, ticker) for kind, ticker in state.breakers)


def marked(state: State) -> Iterator[Key]:
    return ((event.id,) for event in state.market_events)


RECORDS: Final = (
    Record(t.decisions, e.Decided, "decision", Decision, ("id",)),
    Record(t.fills, e.Filled, "fill", Fill, ("execution_id",)),
    Record(t.closed_trades, e.TradeClosed, "trade", ClosedTrade, ("client_order_id",)),
    Record(t.ledger, e.ReserveMoved, "row", LedgerRow, ("reference",)),
    Record(t.snapshots, e.SnapshotTaken, "snapshot", Snapshot, ("session",)),
    Record(t.recommendations, e.RecommendationReceived, "recommendation", Recommendation, ("id",), "pending", pending),
    Record(t.proposals, e.Proposed, "proposal", Proposal, ("decision_id",), "open", proposed),
    Record(t.breakers, e.BreakerTripped, "breaker", Breaker, ("kind", "ticker"), "standing", tripped),
    Record(t.tier_changes, e.TierChanged, "change", TierChange, ("at",)),
    Record(t.market_events, e.EventMarked, "event", MarketEvent, ("id",), "standing", marked),
)


class Abreast:
    """One such table beside the journal: every event is held against the row that should be next."""

    def __init__(self, connection: sqlite3.Connection, account: AccountId, record: Record) -> None:
        self._record = record
        order = "number" if "number" in record.table.c else ", ".join(record.key)
        query = f"SELECT * FROM {record.table.name} WHERE account = ? ORDER BY {order}"  # noqa: S608  # our names
        self._rows = connection.execute(query, (account,))
        self._here: Counter[Key] = Counter()
        self._told: Counter[Key] = Counter()
        self._early: dict[tuple[Key, int], Row] = {}
        self._owed: dict[tuple[Key, int], Row] = {}
        self._late: list[Key] = []
        self._flags: dict[tuple[Key, int], object] = {}

    def meet(self, event: e.Event) -> Iterator[Difference]:
        """Hold an event against the next row; where that is another's, each waits for its own."""
        told = self._row(getattr(event, self._record.field))
        wanted = self._number(self._told, told)
        self._owed[wanted] = told
        found = self._next()
        if found is not None and found != wanted:
            yield from self._matched(found, late=True)
        yield from self._matched(wanted, late=found != wanted)

    def end(self, state: State) -> Iterator[Difference]:
        """What is left when all events have been met, and whether the right rows still stand."""
        while (found := self._next()) is not None:
            yield from self._matched(found, late=True)
        table = self._record.table
        yield from (missing(table, key) for key, _ in self._owed)
        yield from (unknown(table, key) for key, _ in self._early)
        if not self._owed and not self._early:
            yield from (misplaced(table, key) for key in self._late[:1])
        if self._record.flag:
            yield from self._standing(self._record.flag, state)

    def _standing(self, flag: str, state: State) -> Iterator[Difference]:
        stand = {(key, self._told[key]) for key in self._record.standing(state)}
        for name, here in self._flags.items():
            told = int(name in stand)
            if here != told and name not in self._early:
                yield different(self._record.table, name[0], flag, here, told)

    def _row(self, noun: Any) -> Row:  # noqa: ANN401  # nouns of all kinds
        values = columns(noun)
        return cells(values if self._record.kind is not Proposal else {**values, "decision_id": noun.decision.id})

    def _number(self, seen: Counter[Key], row: Row) -> tuple[Key, int]:
        """A row's key, and which of those with this key it is, counted from one."""
        key = tuple(row[name] for name in self._record.key)
        seen[key] += 1
        return key, seen[key]

    def _next(self) -> tuple[Key, int] | None:
        row: Any = self._rows.fetchone()
        if row is None:
            return None
        name = self._number(self._here, row)
        self._early[name] = row
        if self._record.flag:
            self._flags[name] = row[self._record.flag]
        return name

    def _matched(self, name: tuple[Key, int], *, late: bool) -> Iterator[Difference]:
        if name not in self._early or name not in self._owed:
            return
        found, told = self._early.pop(name), self._owed.pop(name)
        if late:
            self._late.append(name[0])
        for column in differing(self._record.kind, found, told):
            yield different(self._record.table, name[0], column, found[column], told[column])


def all_abreast(connection: sqlite3.Connection, account: AccountId) -> Mapping[type[e.Event], Abreast]:
    """Every such table, by the kind of event that it follows."""
    return {record.event: Abreast(connection, account, record) for record in RECORDS}
