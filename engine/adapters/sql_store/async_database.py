"""SQLite by an asynchronous driver."""

from typing import Any, ParamSpec, TypeVar

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from engine import crash
from engine.adapters.sql_store.connect import PRAGMAS, SQLITE, WRITES, Call, begin, committing, with_last_instant

P = ParamSpec("P")
T = TypeVar("T")


class AsyncDatabase:
    """A SQLite file whose driver has its own threads: aiosqlite."""

    alone = True

    def __init__(self, url: URL) -> None:
        self._reading = create_async_engine(url, connect_args=SQLITE)
        self._writing = self._reading.execution_options(**WRITES)
        event.listen(self._reading.sync_engine, "connect", prepare_async)
        event.listen(self._reading.sync_engine, "begin", begin)

    async def read(self, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._reading.begin() as connection:
            return await connection.run_sync(call, *args, **kwargs)

    async def write(self, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        crash.reached("before_commit")
        async with self._writing.connect() as connection, connection.begin() as transaction:
            found = await connection.run_sync(with_last_instant(call), *args, **kwargs)
            with committing():
                await transaction.commit()
        crash.reached("after_commit")
        return found

    prepare = write

    async def hold(self, account: str) -> bool:  # noqa: ARG002  # the lock of its folder says so for all
        return True

    async def close(self) -> None:
        await self._writing.dispose()


def prepare_async(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401  # SQLAlchemy's, around the driver's
    connection.run_async(lambda driver: driver.executescript(PRAGMAS))
