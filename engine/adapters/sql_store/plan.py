"""What batches write, gathered before anything is sent, so that many of them take as few statements as one."""

from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Delete, Table, Update, insert
from sqlalchemy.exc import IntegrityError

from engine.adapters.sql_store.tables import CATALOGUE, accounts
from engine.ports import Conflict

Values: TypeAlias = dict[str, Any]

_RANK: Final = {table: rank for rank, table in enumerate(CATALOGUE.sorted_tables)}


class Plan:
    """Rows by statement: deletions, then updates, then insertions, whose tables come in the order of foreign keys."""

    def __init__(self) -> None:
        self._begun: list[Values] = []
        self._claimed: dict[Update, list[Values]] = {}
        self._gone: dict[Delete, list[Values]] = {}
        self._changed: dict[Update, list[Values]] = {}
        self._fresh: dict[Table, list[Values]] = {}

    def begin(self, row: Values) -> None:
        """A new account."""
        self._begun.append(row)

    def claim(self, statement: Update, row: Values) -> None:
        """An account that must stand where its batch begins: exactly one row is changed, or nothing is.

        Where the driver does not count what many rows changed, the caller has locked and compared them.
        """
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
            # one row goes alone: only then does every driver count what it changed
            counted = connection.execute(statement, rows[0] if len(rows) == 1 else rows).rowcount
            if counted != len(rows) and (len(rows) == 1 or connection.dialect.supports_sane_multi_rowcount):
                raise overtaken(rows[0]["at_account"], rows[0]["at_seq"])


def overtaken(account: str, seq: int) -> Conflict:
    """Somebody else was there since the account had that journal number."""
    return Conflict(f"account {account} is not at journal number {seq} any more")
