"""Group commit: batches that come while others are being written go together into the next transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from engine.adapters.sql_store.connect import Database
from engine.adapters.sql_store.fences import lost
from engine.adapters.sql_store.plan import Plan
from engine.adapters.sql_store.write import gather
from engine.core.nouns import AccountId
from engine.ports import Batch

MOST: Final = 64
"""Batches in one transaction at most."""

Waiting: TypeAlias = tuple[Batch, asyncio.Future[None]]


class GroupCommit:
    """Saves batches, as many at once as are waiting; one that is refused takes no other with it.

    `fences` are the tokens under which this process holds accounts.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.fences: dict[AccountId, int] = {}
        self._waiting: list[Waiting] = []
        self._work: asyncio.Task[None] | None = None

    async def save(self, batch: Batch) -> None:
        """Return when the batch is on the disk. Raises Conflict or IntegrityError, or what the database raised."""
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((batch, answer))
        if self._work is None:
            self._work = asyncio.create_task(self._drain())
        await answer

    async def _drain(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._write(group)
        finally:
            self._work = None

    async def _write(self, group: Sequence[Waiting]) -> None:
        try:
            refusals = await self._database.write(write_group, [batch for batch, _ in group], self.fences)
        except asyncio.CancelledError:
            for _, answer in group:
                answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001  # whatever it was, each of them is told
            refusals = [error] * len(group)
        for (_, answer), refusal in zip(group, refusals, strict=True):
            if answer.done():  # whoever asked has gone away
                continue
            if refusal is None:
                answer.set_result(None)
            else:
                answer.set_exception(refusal)


def write_group(
    connection: Connection, batches: Sequence[Batch], fences: Mapping[AccountId, int] = MappingProxyType({})
) -> list[BaseException | None]:
    """Write all batches together or, where one of them is refused, each for itself; what each was refused for."""
    gone = lost(connection, fences, {batch.new.account for batch in batches})
    if not gone:
        return written(connection, batches)
    rest = iter(written(connection, [batch for batch in batches if batch.new.account not in gone]))
    return [gone[batch.new.account] if batch.new.account in gone else next(rest) for batch in batches]


def written(connection: Connection, batches: Sequence[Batch]) -> list[BaseException | None]:
    """What each of these was refused for; one alone raises it."""
    if len(batches) == 1:
        planned(batches).run(connection)
        return [None]
    if not batches or refusal(connection, batches) is None:
        return [None] * len(batches)
    return [refusal(connection, [batch]) for batch in batches]


def refusal(connection: Connection, batches: Sequence[Batch]) -> Exception | None:
    """Why these cannot be written, for a fault of their own; the database's own failures are raised."""
    try:
        with connection.begin_nested():
            planned(batches).run(connection)
    except (IntegrityError, DataError) as fault:
        return fault
    except DBAPIError:
        raise
    except Exception as fault:  # noqa: BLE001  # a faulty batch takes no other with it
        return fault
    return None


def planned(batches: Sequence[Batch]) -> Plan:
    plan = Plan()
    for batch in batches:
        gather(plan, batch)
    return plan
