"""The tables of the paper broker's file, and how an older file becomes a newer one."""

import sqlite3
from collections.abc import Sequence
from typing import Final

# Money in ten-thousandths of a dollar, instants in ISO 8601 with their offset.
# `answered` is the status that the order's sender was first told; `number` the order of arrival.
_FIRST: Final = (
    """
    CREATE TABLE book (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        opening_cash INTEGER NOT NULL,
        cash INTEGER NOT NULL CHECK (cash >= 0)
    )
    """,
    """
    CREATE TABLE orders (
        number INTEGER PRIMARY KEY,
        client_order_id TEXT NOT NULL UNIQUE,
        ticker TEXT NOT NULL,
        side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
        shares INTEGER NOT NULL,
        answered TEXT NOT NULL,
        status TEXT NOT NULL,
        filled_shares INTEGER NOT NULL DEFAULT 0,
        why TEXT NOT NULL DEFAULT '',
        submitted_at TEXT NOT NULL
    )
    """,
    "CREATE INDEX orders_waiting ON orders (number) WHERE status = 'accepted'",
    """
    CREATE TABLE executions (
        number INTEGER PRIMARY KEY,
        execution_id TEXT GENERATED ALWAYS AS (printf('paper-%06d', number)) STORED UNIQUE,
        client_order_id TEXT NOT NULL REFERENCES orders (client_order_id),
        shares INTEGER NOT NULL CHECK (shares > 0),
        price INTEGER NOT NULL CHECK (price > 0),
        fee INTEGER NOT NULL,
        at TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE holdings (
        ticker TEXT PRIMARY KEY,
        shares INTEGER NOT NULL CHECK (shares > 0)
    )
    """,
)

# `executions` counts those that there were when it was booked: after a reset, they are told no more.
_TRANSFERS: Final = (
    """
    CREATE TABLE transfers (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        amount INTEGER NOT NULL,
        resets INTEGER NOT NULL CHECK (resets IN (0, 1)),
        at TEXT NOT NULL,
        executions INTEGER NOT NULL
    )
    """,
)

# `shares` and `cash` are what a split or dividend changed. A holding is older than those that come after `since`; of
# older books only the last execution is known to be so.
_ACTIONS: Final = (
    """
    CREATE TABLE actions (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        ticker TEXT NOT NULL,
        shares INTEGER NOT NULL,
        cash INTEGER NOT NULL,
        at TEXT NOT NULL
    )
    """,
    "ALTER TABLE holdings ADD COLUMN since TEXT NOT NULL DEFAULT ''",
    """
    UPDATE holdings SET since = (
        SELECT coalesce(max(at), '') FROM executions JOIN orders USING (client_order_id)
        WHERE orders.ticker = holdings.ticker
    )
    """,
)

MIGRATIONS: Final[Sequence[Sequence[str]]] = (_FIRST, _TRANSFERS, _ACTIONS)


class NewerBook(Exception):
    """The file was written by a later version of this program."""


def version_of(connection: sqlite3.Connection) -> int:
    """How many migrations the file has had; raises NewerBook for more than there are."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise NewerBook(f"it has version {version}, this program knows {len(MIGRATIONS)}: install the newer program")
    return version


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file up to date, inside the transaction that is open."""
    for number, statements in enumerate(MIGRATIONS[version_of(connection) :], start=version_of(connection) + 1):
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
