"""Connections: how they are opened, how their transactions begin, and their errors as the port's own."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from engine.ports import Unavailable

BUSY_S: Final = 5.0

# fullfsync matters on macOS only, where a plain sync leaves the data in the drive's cache
_PRAGMAS: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA foreign_keys = ON;
"""

_SENTENCES: Final = MappingProxyType(
    {
        sqlite3.SQLITE_NOTADB: "{where} is not a database: move it away, or restore a copy",
        sqlite3.SQLITE_CORRUPT: "{where} is damaged: restore a copy",
        sqlite3.SQLITE_FULL: "no room to write {where}: free some space there; nothing of this change was written",
        sqlite3.SQLITE_CANTOPEN: "{where} cannot be opened: its folder is missing, or may not be entered or written",
        sqlite3.SQLITE_PERM: "{where} cannot be opened: it may not be read or written",
        sqlite3.SQLITE_READONLY: "{where} may not be written: check its owner and permissions",
        sqlite3.SQLITE_BUSY: "{where} is held by another program for more than 5 seconds",
        sqlite3.SQLITE_IOERR: "the disk of {where} did not read or write: {what}",
    }
)


def address(place: str | Path) -> URL:
    """A database's address with the driver we use; a bare path is a SQLite file."""
    if isinstance(place, Path) or "://" not in place:
        return URL.create("sqlite+aiosqlite", database=str(place))
    url = make_url(place)
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
    return url.set(drivername=drivers.get(url.drivername, url.drivername))


def shown(url: URL) -> str:
    """How we name the database when talking about it: a file by its path, a server without its password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.render_as_string(hide_password=True)


def connected(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """Two views of one connection pool, for reading and for writing."""
    if url.get_backend_name() != "sqlite":
        engine = create_async_engine(url, pool_pre_ping=True)
        return engine.execution_options(isolation_level="REPEATABLE READ"), engine
    engine = create_async_engine(url, connect_args={"timeout": BUSY_S, "isolation_level": None})
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine, engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")


def _prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401  # the driver's own, adapted
    connection.run_async(lambda driver: driver.executescript(_PRAGMAS))


def _begin(connection: Connection) -> None:
    # a reader sees one snapshot; a writer takes the lock at once, so that it never has to give up half way
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Whatever keeps the database from answering becomes Unavailable; taken keys and mistakes of ours pass through."""
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, sqlite3.Error, OSError) as error:
        raise Unavailable(sentence(error, where)) from error


def sentence(error: Exception, where: str) -> str:
    """What is wrong, where, and what to do."""
    cause = driver_error(error)
    primary = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    words = _SENTENCES.get(primary, "{where} did not answer: {what}")
    return words.format(where=where, what=cause)


def driver_error(error: Exception) -> BaseException:
    """The database driver's own error under SQLAlchemy's."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return getattr(cause, "driver_exception", None) or cause


def is_twice(error: IntegrityError) -> bool:
    """Whether a unique key was taken, and no other rule of the tables broken."""
    cause = driver_error(error)
    if isinstance(cause, sqlite3.Error):
        return cause.sqlite_errorcode in (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
    return getattr(cause, "sqlstate", None) == "23505"
