"""What batches write, gathered before anything is sent, so that many of them take as few statements as one."""

from collections.abc import Collection
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Delete, Table, Update, insert
from sqlalchemy.exc import IntegrityError

from engine.adapters.sql_store.tables import CATALOGUE, accounts
from engine.ports import Conflict

Values: TypeAlias = dict[str, Any]

_RANK: Final = {table: rank for rank, table in enumerate(CATALOGUE.sorted_tables)}


class Plan:
    """Rows by statement: deletions, then updates, then insertions, whose tables come in the order of foreign keys.

    Accounts that are `kept` are known to stand where their batches begin, and nobody else can move them.
    """

    def __init__(self, kept: Collection[str] = ()) -> None:
        self._kept = kept
        self._begun: list[Values] = []
        self._claimed: dict[Update, list[Values]] = {}
        self._gone: dict[Delete, list[Values]] = {}
        self._changed: dict[Update, list[Values]] = {}
        self._fresh: dict[Table, list[Values]] = {}

    def begin(self, row: Values) -> None:
        """A new account."""
        self._begun.append(row)

    def claim(self, statement: Update, row: Values) -> None:
        """An account that must stand where its batch begins: exactly one row is changed, or nothing is."""
        self._claimed.setdefault(statement, []).append(row)

    def drop(self, statement: Delete, rows: list[Values]) -> None:
        if rows:
            self._gone.setdefault(statement, []).extend(rows)

    def change(self, statement: Update, rows: list[Values]) -> None:
        if rows:
            self._changed.setdefault(statement, []).extend(rows)

    def put(self, table: Table, rows: list[Values]) -> None:
        if rows:
            self._fresh.setdefault(table, []).extend(rows)

    def run(self, connection: Connection) -> None:
        """Write it all. Raises Conflict, or IntegrityError where a key is taken; the caller rolls back."""
        self._claim(connection)
        for statement, rows in (*self._gone.items(), *self._changed.items()):
            connection.execute(statement, rows)
        for table in sorted(self._fresh, key=_RANK.__getitem__):
            connection.execute(insert(table), self._fresh[table])

    def _claim(self, connection: Connection) -> None:
        if self._begun:
            try:
                connection.execute(insert(accounts), self._begun)
            except IntegrityError as error:
                raise Conflict(f"account {self._begun[0]['account']} exists already") from error
        for statement, rows in self._claimed.items():
            for some in self._together(connection, rows):
                counted = connection.execute(statement, some[0] if len(some) == 1 else some).rowcount
                if counted != len(some) and is_counted(connection, some):
                    raise overtaken(some[0]["at_account"], some[0]["at_seq"])

    def _together(self, connection: Connection, rows: list[Values]) -> list[list[Values]]:
        """Rows that go together: what the driver would not count goes so only if its accounts are kept."""
        if is_counted(connection, rows):
            return [rows]
        kept = [row for row in rows if row["at_account"] in self._kept]
        return [*([kept] if kept else []), *([row] for row in rows if row["at_account"] not in self._kept)]


def is_counted(connection: Connection, rows: list[Values]) -> bool:
    """Whether the driver counts what so many rows change: every driver does for one that goes alone."""
    return len(rows) == 1 or connection.dialect.supports_sane_multi_rowcount


def overtaken(account: str, seq: int) -> Conflict:
    """Somebody else was there since the account had that journal number."""
    return Conflict(f"account {account} is not at journal number {seq} any more")
