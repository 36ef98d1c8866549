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

# One file for many accounts: what an older book has belongs to the first. `ends_at` is when a day order is over, `met`
# the price that filled a part of it last: it fills no other. `answered_shares` were filled when its sender was told.
_ACCOUNTS: Final = (
    "ALTER TABLE book RENAME TO old_book",
    """
    CREATE TABLE book (
        account TEXT PRIMARY KEY,
        opening_cash INTEGER NOT NULL,
        cash INTEGER NOT NULL CHECK (cash >= 0)
    )
    """,
    "INSERT INTO book SELECT 'paper', opening_cash, cash FROM old_book",
    "DROP TABLE old_book",
    "DROP INDEX orders_waiting",
    "ALTER TABLE orders RENAME TO old_orders",
    """
    CREATE TABLE orders (
        number INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        client_order_id TEXT NOT NULL,
        ticker TEXT NOT NULL,
        side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
        shares INTEGER NOT NULL,
        kind TEXT NOT NULL,
        limit_at INTEGER,
        stop_at INTEGER,
        good TEXT NOT NULL,
        ends_at TEXT,
        triggered INTEGER NOT NULL DEFAULT 0 CHECK (triggered IN (0, 1)),
        met TEXT NOT NULL DEFAULT '',
        answered TEXT NOT NULL,
        answered_shares INTEGER NOT NULL DEFAULT 0,
        status TEXT NOT NULL,
        filled_shares INTEGER NOT NULL DEFAULT 0,
        why TEXT NOT NULL DEFAULT '',
        submitted_at TEXT NOT NULL,
        UNIQUE (account, client_order_id)
    )
    """,
    """
    INSERT INTO orders (number, account, client_order_id, ticker, side, shares, kind, good, answered, answered_shares,
        status, filled_shares, why, submitted_at)
    SELECT number, 'paper', client_order_id, ticker, side, shares, 'market', 'gtc', answered,
        CASE answered WHEN 'filled' THEN filled_shares ELSE 0 END, status, filled_shares, why, submitted_at
    FROM old_orders
    """,
    "CREATE INDEX orders_waiting ON orders (account, number) WHERE status = 'accepted'",
    "ALTER TABLE executions RENAME TO old_executions",
    """
    CREATE TABLE executions (
        number INTEGER PRIMARY KEY,
        execution_id TEXT GENERATED ALWAYS AS (printf('paper-%06d', number)) STORED UNIQUE,
        account TEXT NOT NULL,
        client_order_id TEXT NOT NULL,
        shares INTEGER NOT NULL CHECK (shares > 0),
        price INTEGER NOT NULL CHECK (price > 0),
        fee INTEGER NOT NULL,
        at TEXT NOT NULL,
        FOREIGN KEY (account, client_order_id) REFERENCES orders (account, client_order_id)
    )
    """,
    """
    INSERT INTO executions (number, account, client_order_id, shares, price, fee, at)
    SELECT number, 'paper', client_order_id, shares, price, fee, at FROM old_executions
    """,
    "DROP TABLE old_executions",
    "DROP TABLE old_orders",
    "CREATE INDEX executions_of ON executions (account, number)",
    "CREATE INDEX executions_for ON executions (account, client_order_id)",
    "ALTER TABLE holdings RENAME TO old_holdings",
    """
    CREATE TABLE holdings (
        account TEXT NOT NULL,
        ticker TEXT NOT NULL,
        shares INTEGER NOT NULL CHECK (shares > 0),
        since TEXT NOT NULL,
        PRIMARY KEY (account, ticker)
    )
    """,
    "INSERT INTO holdings SELECT 'paper', ticker, shares, since FROM old_holdings",
    "DROP TABLE old_holdings",
    "ALTER TABLE transfers RENAME TO old_transfers",
    """
    CREATE TABLE transfers (
        number INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        id TEXT NOT NULL,
        amount INTEGER NOT NULL,
        resets INTEGER NOT NULL CHECK (resets IN (0, 1)),
        at TEXT NOT NULL,
        executions INTEGER NOT NULL,
        UNIQUE (account, id)
    )
    """,
    """
    INSERT INTO transfers (number, account, id, amount, resets, at, executions)
    SELECT number, 'paper', id, amount, resets, at, executions FROM old_transfers
    """,
    "DROP TABLE old_transfers",
    "ALTER TABLE actions RENAME TO old_actions",
    """
    CREATE TABLE actions (
        number INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        id TEXT NOT NULL,
        ticker TEXT NOT NULL,
        shares INTEGER NOT NULL,
        cash INTEGER NOT NULL,
        at TEXT NOT NULL,
        UNIQUE (account, id)
    )
    """,
    """
    INSERT INTO actions (number, account, id, ticker, shares, cash, at)
    SELECT number, 'paper', id, ticker, shares, cash, at FROM old_actions
    """,
    "DROP TABLE old_actions",
)

MIGRATIONS: Final[Sequence[Sequence[str]]] = (_FIRST, _TRANSFERS, _ACTIONS, _ACCOUNTS)


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
