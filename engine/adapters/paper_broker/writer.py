"""The paper broker's file: one connection in one thread, and as many pieces of work in a transaction as are waiting."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TypeAlias, TypeVar

from filelock import FileLock, Timeout

from engine import crash
from engine.adapters.asides import put_aside
from engine.adapters.paper_broker.book import connect, telling, unusable
from engine.adapters.paper_broker.tables import MIGRATIONS, migrate, version_of

T = TypeVar("T")
Work: TypeAlias = Callable[[sqlite3.Connection], T]

MOST: Final = 64
"""Pieces of work in one transaction at most."""


class Failed(NamedTuple):
    """What a piece of work raised; nothing of it is in the file."""

    error: Exception


class Piece(NamedTuple):
    """Work that waits; `changes` tells that it is meant to change the file."""

    work: Work[Any]
    changes: bool
    answer: asyncio.Future[Any]


class Writer:
    """Does pieces of work in their order, off the event loop; one that fails takes no other with it.

    `failures` counts transactions of which something was not kept. The file is nobody else's to write until `close`, or
    until the process dies.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: FileLock) -> None:
        self.failures = 0
        self._path, self._connection, self._lock = path, connection, lock
        self._thread = ThreadPoolExecutor(1, "paper-book")
        self._waiting: list[Piece] = []
        self._draining: asyncio.Task[None] | None = None

    @classmethod
    def open(cls, path: Path) -> Self:
        """The file at `path`, brought up to date; it is made where there is none. Raises Unavailable."""
        with telling(path):
            connection = connect(f"{path.absolute().as_uri()}?mode=rwc", anywhere=True)
            lock = FileLock(f"{path.absolute()}.lock", mode=0o600, fallback_to_soft=False, thread_local=False)
            try:
                _take(lock, path)
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                if 0 < version_of(connection) < len(MIGRATIONS):
                    put_aside(path, str(len(MIGRATIONS)))
                _all_or_nothing(connection, [migrate])
            except BaseException:
                lock.release()
                connection.close()
                raise
        return cls(path, connection, lock)

    def close(self) -> None:
        """Let what is being written come to its end, and let go of the file."""
        self._thread.shutdown()
        self._connection.close()
        self._lock.release()

    def do(self, work: Work[T]) -> T:
        """Do this at once, in a transaction of its own, while nothing else is being done."""
        with telling(self._path):
            done: list[T] = _all_or_nothing(self._connection, [work])
        return done[0]

    async def run(self, work: Work[T], *, changes: bool) -> T:
        """What the work returns, once all that it changed is on the disk.

        Raises what it raised, with nothing changed, and Unavailable where the file cannot be read or written.
        """
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(Piece(work, changes, answer))
        if self._draining is None:
            self._begin()
        return await answer

    def _begin(self) -> None:
        self._draining = asyncio.create_task(self._drain())
        self._draining.add_done_callback(self._ended)

    def _ended(self, draining: asyncio.Task[None]) -> None:
        """Go on with what came meanwhile; where it was broken off, even before it began, let all go who wait."""
        self._draining = None
        if draining.cancelled():
            left, self._waiting = self._waiting, []
            for piece in left:
                piece.answer.cancel()
        elif self._waiting:
            self._begin()

    async def _drain(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._done(group)

    async def _done(self, group: Sequence[Piece]) -> None:
        loop = asyncio.get_running_loop()
        try:
            outcomes = await loop.run_in_executor(self._thread, self._written, group)
        except asyncio.CancelledError:
            for piece in group:
                piece.answer.cancel()
            raise
        except RuntimeError as closed:  # the thread is gone
            outcomes = [Failed(unusable(self._path, closed))] * len(group)
        for piece, outcome in zip(group, outcomes, strict=True):
            if piece.answer.done():  # whoever asked has gone away
                continue
            if isinstance(outcome, Failed):
                piece.answer.set_exception(outcome.error)
            else:
                piece.answer.set_result(outcome)

    def _written(self, group: Sequence[Piece]) -> list[Any]:
        """What came of each; where the transaction could not be ended, the same of all."""
        if any(piece.changes for piece in group):
            crash.reached("before_book")
        try:
            outcomes = _all_or_nothing(self._connection, [_apart(piece.work) for piece in group])
        except sqlite3.Error as error:
            outcomes = [Failed(error)] * len(group)
        told = [self._told(outcome) for outcome in outcomes]
        self.failures += any(isinstance(outcome, Failed) for outcome in told)
        return told

    def _told(self, outcome: Any) -> Any:  # noqa: ANN401  # whatever the work returns
        if isinstance(outcome, Failed) and isinstance(outcome.error, sqlite3.Error):
            told = unusable(self._path, outcome.error)
            told.__cause__ = outcome.error
            return Failed(told)
        return outcome


def _take(lock: FileLock, path: Path) -> None:
    # each remembers what it wrote last: two would sell the same shares
    try:
        lock.acquire(blocking=False)
    except Timeout as taken:
        raise unusable(path, ValueError("somebody else trades in it; stop that one, or name another book")) from taken
    except (OSError, NotImplementedError) as error:
        raise unusable(path, error) from error


def _all_or_nothing(connection: sqlite3.Connection, works: Sequence[Work[Any]]) -> list[Any]:
    """What each of these returns, in one transaction."""
    before = connection.total_changes
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcomes = [work(connection) for work in works]
        changed = connection.total_changes != before
        if changed:
            crash.reached("in_book")
        connection.execute("COMMIT")
        if changed:
            crash.reached("after_book")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return outcomes


def _apart(work: Work[Any]) -> Work[Any]:
    """The same work, of which nothing is kept where it raises; unless the whole transaction is lost with it."""

    def done(connection: sqlite3.Connection) -> Any:  # noqa: ANN401  # whatever the work returns
        connection.execute("SAVEPOINT piece")
        try:
            found = work(connection)
        except Exception as error:
            if not connection.in_transaction:
                raise
            connection.execute("ROLLBACK TO piece")
            found = Failed(error)
        connection.execute("RELEASE piece")
        return found

    return done
