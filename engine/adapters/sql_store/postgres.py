"""PostgreSQL by asyncpg: how long we wait for it, what is tried again, and the sessions that hold accounts."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

import asyncpg  # type: ignore[import-untyped]  # it has no types
from sqlalchemy import URL, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from engine import crash
from engine.adapters.sql_store.connect import (
    Call,
    CommitFailed,
    DriverFailed,
    committing,
    driver_error,
    with_last_instant,
)
from engine.adapters.sql_store.lease import Lease
from engine.core.nouns import AccountId
from engine.ports import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

TRIES: Final = 3
"""How often a transaction is begun that the server gave up, or whose connection was found dead."""
MIGRATION_S: Final = 600.0
READ_ONCE: Final = "REPEATABLE READ"
STATEMENTS: Final = 500
"""So many stay prepared in a connection: more than we have."""
AGAIN: Final = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: nothing was written, and the next try meets other circumstances."""
LOST: Final = ("08", "57P01", "57P02", "57P03", "57P05", "25P03")
"""How a server says that this connection is over: shut down, terminated, idle for too long."""

SESSION: Final = {
    "application_name": "parley",
    "timezone": "UTC",
    "synchronous_commit": "on",
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "8s",
}
"""What every session is to be; who was put to sleep inside a transaction keeps others waiting for five seconds."""


class Patience(NamedTuple):
    """How many seconds a connection, and then each answer, may take."""

    connect_s: float = 5.0
    answer_s: float = 10.0


PATIENT: Final = Patience()


class PostgresDatabase:
    """A PostgreSQL database. Reads see one instant; a write is repeated when the server gave it up before its end."""

    alone = False

    def __init__(self, url: URL, patience: Patience = PATIENT) -> None:
        connect = connector(url, patience)
        self._url = url
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            pool_timeout=patience.answer_s,
            connect_args={"async_creator_fn": connect, "prepared_statement_cache_size": STATEMENTS},
        )
        event.listen(self._engine.sync_engine, "handle_error", find_dead)
        self._reading = self._engine.execution_options(isolation_level=READ_ONCE)
        self._lease = Lease(connect)

    async def read(self, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def once() -> T:
            async with self._reading.begin() as connection:
                return await run(connection, call, *args, **kwargs)

        return await tried(once)

    async def write(self, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def once() -> T:
            crash.reached("before_commit")
            async with self._engine.connect() as connection, connection.begin() as transaction:
                found = await run(connection, with_last_instant(call), *args, **kwargs)
                with committing():
                    await transaction.commit()
            crash.reached("after_commit")
            return found

        return await tried(once)

    async def prepare(self, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        patient = PostgresDatabase(self._url, PATIENT._replace(answer_s=MIGRATION_S))
        try:
            return await patient.write(call, *args, **kwargs)
        finally:
            await patient.close()

    async def hold(self, account: AccountId) -> bool:
        with driven():
            return await self._lease.hold(account)

    async def close(self) -> None:
        await self._lease.close()
        await self._engine.dispose()


async def run(connection: AsyncConnection, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A connection that did not answer in time is given up at once, for its end would take as long."""
    try:
        return await connection.run_sync(call, *args, **kwargs)
    except TimeoutError:
        await connection.invalidate()
        raise


async def tried(once: Callable[[], Awaitable[T]]) -> T:
    """Once, and again where nothing was written and the next try may do better."""
    for left in range(TRIES - 1, -1, -1):
        try:
            with driven():
                return await once()
        except DBAPIError as error:
            if not left or not may_do_better(error):
                raise
    raise AssertionError("the last try returns or raises")


def may_do_better(error: DBAPIError) -> bool:
    return error.connection_invalidated or getattr(driver_error(error), "sqlstate", None) in AGAIN


def find_dead(context: ExceptionContext) -> None:
    """A server that ends a connection says so before the driver finds it closed."""
    state = getattr(driver_error(context.original_exception), "sqlstate", None)
    if isinstance(state, str) and state.startswith(LOST):
        context.is_disconnect = True


@contextmanager
def driven() -> Iterator[None]:
    """What the driver raises outside of a statement, as one kind of error."""
    try:
        yield
    except (DBAPIError, CommitFailed):
        raise
    except (asyncpg.PostgresError, asyncpg.InterfaceError, NoneFree) as error:
        raise DriverFailed from error


def connector(url: URL, patience: Patience) -> Callable[..., Awaitable[Any]]:
    """What opens one session there. Raises Unavailable for an address that says what we do not know."""
    arguments = {name: value for name, value in parts(url).items() if value is not None}

    async def connect(**_ours: object) -> Any:  # noqa: ANN401  # the driver's own
        return await asyncpg.connect(
            **arguments,
            timeout=patience.connect_s,
            command_timeout=patience.answer_s,
            statement_cache_size=STATEMENTS,
            server_settings=SESSION,
        )

    return connect


def parts(url: URL) -> dict[str, Any]:
    """An address as the driver wants it."""
    query = dict(url.query)
    ssl = query.pop("sslmode", query.pop("ssl", None))
    if query:
        raise Unavailable(f"database_url: {', '.join(sorted(query))} cannot be set there; only sslmode can")
    return {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "database": url.database,
        "ssl": ssl,
    }
