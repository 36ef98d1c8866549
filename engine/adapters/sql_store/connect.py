"""The database: how it is reached, how its transactions begin, and its errors as the port's own."""

import sqlite3
from asyncio import get_running_loop
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Concatenate, Final, ParamSpec, Protocol, TypeAlias, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from engine import crash
from engine.ports import Unavailable, Unknown

P = ParamSpec("P")
T = TypeVar("T")
Call: TypeAlias = Callable[Concatenate[Connection, P], T]

READERS: Final = 4
BUSY_S: Final = 5.0
SQLITE: Final = {"timeout": BUSY_S, "isolation_level": None}
"""How its driver connects: with transactions that we begin ourselves."""
WRITES: Final = {"sqlite_begin": "BEGIN IMMEDIATE"}

# fullfsync matters on macOS only, where a plain sync leaves the data in the drive's cache
PRAGMAS: Final = """
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


_STATES: Final = MappingProxyType(
    {
        "53100": "no room on the server of {where}: free some space there; nothing of this change was written",
        "53200": "the server of {where} has no memory left: {what}",
        "53300": "the server of {where} takes no more connections: end other programs, or raise its max_connections",
        "25006": "{where} may not be written: its server is read-only; name the one that is not in database_url",
        "42P01": "{where} has no tables of this version: start Parley on it once, or parley db upgrade",
        "3D000": "{where} does not exist: create that database, or correct database_url",
        "28P01": "{where} does not let us in: check user and password in database_url",
        "28000": "{where} does not let us in: check user and host in database_url, and who may connect there",
        "42501": "{where} forbids it: {what}; its user must own the tables, or be allowed to create them",
        "40001": "{where} was changed by too many at once; nothing of this change was written",
        "40P01": "{where} was changed by too many at once; nothing of this change was written",
        "55P03": "{where} is held by another program for more than 8 seconds",
        "57P01": "the server of {where} is being stopped",
        "57P03": "the server of {where} is starting or stopping",
        "58030": "the disk of {where} did not read or write: {what}",
    }
)
"""What a server's SQLSTATE means for whoever runs it."""

ENDED: Final = ("23", "25", "40", "42", "53", "55")
"""Classes of SQLSTATE by which a COMMIT is answered with a plain no."""
NOBODY_KNOWS: Final = "40003"


class Database(Protocol):
    """Runs synchronous functions of a connection, each in one transaction that ends with it.

    `alone` says that a lock outside of it keeps other processes away.
    """

    alone: bool

    async def read(self, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Everything it reads is of one instant."""

    async def write(self, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Everything it writes is on the disk when this returns, or nothing is."""

    async def prepare(self, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `write`, however long it takes."""

    async def hold(self, account: str) -> bool:
        """Whether this process may run the account until `close` or its death; false while another one does."""

    async def close(self) -> None: ...


class FileDatabase:
    """A SQLite file, worked on in threads of our own; one writes, so that writers wait in turn.

    A whole transaction goes over to its thread at once: going there statement by statement takes three times as long.
    Nobody can cancel it half way either.
    """

    alone = True

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(url, connect_args=SQLITE)
        event.listen(self._engine, "connect", lambda connection, _entry: connection.executescript(PRAGMAS))
        event.listen(self._engine, "begin", begin)
        self._readers = ThreadPoolExecutor(READERS, "store-reader")
        self._writer = ThreadPoolExecutor(1, "store-writer")

    async def read(self, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        work = partial(self._run, self._engine, call, *args, **kwargs)
        return await get_running_loop().run_in_executor(self._readers, work)

    async def write(self, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        work = partial(self._written, self._engine.execution_options(**WRITES), call, *args, **kwargs)
        return await get_running_loop().run_in_executor(self._writer, work)

    prepare = write

    @classmethod
    def _written(cls, engine: Engine, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        crash.reached("before_commit")
        found = cls._run(engine, with_last_instant(call), *args, **kwargs)
        crash.reached("after_commit")
        return found

    @staticmethod
    def _run(engine: Engine, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with engine.connect() as connection:
            with connection.begin() as transaction:
                found = call(connection, *args, **kwargs)
                with committing():
                    transaction.commit()
            return found

    async def hold(self, account: str) -> bool:  # noqa: ARG002  # the lock of its folder says so for all
        return True

    async def close(self) -> None:
        self._writer.shutdown()
        self._readers.shutdown()
        self._engine.dispose()


def with_last_instant(call: Call[P, T]) -> Call[P, T]:
    """The same, and then the instant at which all is written and nothing of it is kept yet."""

    def called(connection: Connection, /, *args: P.args, **kwargs: P.kwargs) -> T:
        found = call(connection, *args, **kwargs)
        crash.reached("in_commit")
        return found

    return called


class DriverFailed(Exception):
    """The driver failed outside of a statement, as when it connects; its error is the cause."""


class CommitFailed(Exception):
    """The transaction's last word was given, and its answer did not come."""


@contextmanager
def committing() -> Iterator[None]:
    """Raises CommitFailed where nobody can tell whether it was written; a full disk or a held lock is a plain no."""
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, sqlite3.Error, OSError) as error:
        if is_no(driver_error(error)):
            raise
        raise CommitFailed from error


def is_no(cause: BaseException) -> bool:
    """Whether a COMMIT was answered, and with no."""
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        return state.startswith(ENDED) and state != NOBODY_KNOWS
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY)


def begin(connection: Connection) -> None:
    # a reader sees one snapshot; a writer takes the lock at once, so that it never has to give up half way
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


def address(place: str | Path) -> URL:
    """A database's address with the driver we use; a bare path is a SQLite file."""
    if isinstance(place, Path) or "://" not in place:
        return URL.create("sqlite", database=str(place))
    if place.startswith(tuple(f"{name}://" for name in SERVERS)) and place.count("@") > 1:
        raise Unavailable("database_url has more than one @: write those of user, password and name as %40")
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        raise Unavailable("database_url is no address: postgresql://user:password@host/name") from None
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


DRIVERS: Final = MappingProxyType({"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"})
SERVERS: Final = (*DRIVERS, "postgresql+asyncpg")


def shown(url: URL) -> str:
    """How we name the database when talking about it: a file by its path, a server without its password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Whatever keeps the database from answering becomes Unavailable; taken keys and mistakes of ours pass through."""
    try:
        yield
    except IntegrityError:
        raise
    except CommitFailed as lost:
        raise Unknown(sentence(lost.__cause__ or lost, where)) from lost
    except (DBAPIError, DriverFailed, sqlite3.Error, OSError) as error:
        raise Unavailable(sentence(error, where)) from error


def sentence(error: BaseException, where: str) -> str:
    """What is wrong, where, and what to do."""
    cause = driver_error(error)
    primary = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    words = _SENTENCES.get(primary) or _STATES.get(str(getattr(cause, "sqlstate", None)))
    return (words or "{where} did not answer: {what}").format(where=where, what=str(cause) or "no answer in time")


def driver_error(error: BaseException) -> BaseException:
    """The database driver's own error under SQLAlchemy's."""
    if isinstance(error, DriverFailed) and error.__cause__ is not None:
        return error.__cause__
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return getattr(cause, "driver_exception", None) or cause


def is_twice(error: IntegrityError) -> bool:
    """Whether a unique key was taken, and no other rule of the tables broken."""
    cause = driver_error(error)
    if isinstance(cause, sqlite3.Error):
        return cause.sqlite_errorcode in (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
    return getattr(cause, "sqlstate", None) == "23505"
