"""A database as a SQLite file of its own: what checks and backups are made of."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, create_engine, insert, select, text

from engine.adapters.sql_store.connect import BUSY_S, Database, address, shown, translated
from engine.adapters.sql_store.schema import HEAD, version_of
from engine.adapters.sql_store.store import database
from engine.adapters.sql_store.tables import CATALOGUE
from engine.core.nouns import AccountId
from engine.ports import Unavailable

AT_ONCE: Final = 2_000
"""Rows in memory at a time."""

Heads = Mapping[AccountId, tuple[int, str]]


async def copied(place: str | Path, to: Path) -> None:
    """Write what a database holds at one instant into a new SQLite file, which is not synced to the disk.

    Raises Unavailable where it cannot be read, or has another schema than this program's.
    """
    url = address(place)
    where = shown(url)
    source: Database = database(url)
    try:
        with translated(where):
            await source.read(_copy, to, where)
    finally:
        await source.close()


def backed_up(path: Path, to: Path) -> None:
    """Copy a SQLite file as it is at one instant, also while an engine writes to it. Raises Unavailable."""
    if not path.is_file():
        raise Unavailable(f"{path} is not there; name the account's folder with --data DIR")
    uri = f"{path.resolve().as_uri()}?mode=ro"
    with (
        translated(str(path)),
        closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S)) as source,
        closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")


def heads_of(path: Path) -> Heads:
    """Last number and hash of each account's journal in a SQLite file. Raises Unavailable."""
    uri = f"{path.resolve().as_uri()}?mode=ro"
    with translated(str(path)), closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S)) as connection:
        found = connection.execute("SELECT account, seq, head FROM accounts ORDER BY account")
        return {account: (seq, head) for account, seq, head in found}


def mark_restored(path: Path, name: str) -> None:
    """Give all accounts of a SQLite file the name of this restoring. Raises Unavailable."""
    with translated(str(path)), closing(sqlite3.connect(path, timeout=BUSY_S)) as connection, connection:
        connection.execute("UPDATE accounts SET restored = ?", (name,))


def schema_of(path: Path) -> str:
    """The schema's revision of a SQLite file. Raises Unavailable for one that is not ours."""
    uri = f"{path.resolve().as_uri()}?mode=ro"
    with translated(str(path)), closing(sqlite3.connect(uri, uri=True, timeout=BUSY_S)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in names:
            raise Unavailable(f"{path} holds no accounts of ours")
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _copy(source: Connection, to: Path, where: str) -> None:
    version = version_of(source, where)
    if version is None:
        raise Unavailable(f"{where} holds no accounts of ours")
    if version != HEAD:
        what = "bring it up to date with parley db upgrade" if version < HEAD else "update this program"
        raise Unavailable(f"{where} has schema {version}, this program knows {HEAD}: {what}")
    engine = create_engine(f"sqlite:///{to}")
    try:
        with engine.begin() as target:
            CATALOGUE.create_all(target)
            target.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            target.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
            for table in CATALOGUE.sorted_tables:
                _rows(source, target, table)
    finally:
        engine.dispose()


def _rows(source: Connection, target: Connection, table: Table) -> None:
    for rows in _some(source, table):
        target.execute(insert(table), rows)


def _some(source: Connection, table: Table) -> Iterator[list[dict[str, object]]]:
    """All rows in the order of their key, some at a time."""
    query = select(table).order_by(*table.primary_key.columns).execution_options(stream_results=True)
    found = source.execute(query)
    for rows in found.mappings().partitions(AT_ONCE):
        yield [dict(row) for row in rows]
