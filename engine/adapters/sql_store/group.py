"""Group commit: batches that come while others are being written go together into the next transaction."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from sqlalchemy import ARRAY, BindParameter, Connection, Text, any_, bindparam, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.connect import Database
from engine.adapters.sql_store.fences import Fences, check, lost
from engine.adapters.sql_store.plan import Plan, overtaken
from engine.adapters.sql_store.write import gather
from engine.core.nouns import AccountId
from engine.ports import Batch, Conflict

MOST: Final = 64
"""Batches in one transaction at most."""
SEVERAL: Final = 2

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
    connection: Connection, batches: Sequence[Batch], fences: Fences = MappingProxyType({})
) -> list[Exception | None]:
    """Write all batches together or, where one of them is refused, each for itself; what each was refused for."""
    gone = begun_elsewhere(connection, batches, fences) | moved_on(connection, batches, fences)
    rest = [batch for batch in batches if id(batch) not in gone]
    answers = iter(written(connection, rest, fences))
    return [gone[id(batch)] if id(batch) in gone else next(answers) for batch in batches]


def begun_elsewhere(connection: Connection, batches: Sequence[Batch], fences: Fences) -> dict[int, Exception]:
    """Batches that begin an account which is another process's by now; an old account's own row says so."""
    new = [batch for batch in batches if batch.old is None]
    gone = lost(connection, fences, {batch.new.account for batch in new}, kept=True)
    return {id(batch): gone[batch.new.account] for batch in new if batch.new.account in gone}


def moved_on(connection: Connection, batches: Sequence[Batch], fences: Fences) -> dict[int, Exception]:
    """Batches whose account is not where they begin, where the driver would not count them: others cannot move then."""
    old = {batch.old.account: batch for batch in batches if batch.old is not None}
    if connection.dialect.supports_sane_multi_rowcount or len(old) < len(batches) or len(old) < SEVERAL:
        return {}
    table = t.accounts
    asked = select(table.c.account, table.c.seq, table.c.fence).where(table.c.account == any_(array_of(old)))
    found = {row.account: row for row in connection.execute(asked.order_by(table.c.account).with_for_update())}
    wrong = [name for name, batch in old.items() if not stands(found.get(name), batch, fences)]
    gone: Mapping[AccountId, Exception] = lost(connection, fences, wrong)
    return {id(old[name]): gone.get(name) or overtaken(name, old[name].new.seq) for name in wrong}


def array_of(names: Iterable[str]) -> BindParameter[Any]:
    """One value whatever their number, so that one statement serves all."""
    return bindparam("names", list(names), type_=ARRAY(Text))


def stands(row: Any, batch: Batch, fences: Fences) -> bool:  # noqa: ANN401  # a row of the three columns, or None
    if row is None or batch.old is None:
        return False
    return bool(row.seq == batch.old.seq and row.fence == fences.get(row.account, row.fence))


def written(connection: Connection, batches: Sequence[Batch], fences: Fences) -> list[Exception | None]:
    """What each of these was refused for; one alone raises it."""
    if len(batches) == 1:
        with fencing(connection, batches[0], fences):
            planned(batches, fences).run(connection)
        return [None]
    if not batches or refusal(connection, batches, fences) is None:
        return [None] * len(batches)
    return [refusal(connection, [batch], fences) for batch in batches]


def refusal(connection: Connection, batches: Sequence[Batch], fences: Fences) -> Exception | None:
    """Why these cannot be written, for a fault of their own; the database's own failures are raised."""
    try:
        with fencing(connection, batches[0], fences), connection.begin_nested():
            planned(batches, fences).run(connection)
    except (IntegrityError, DataError) as fault:
        return fault
    except DBAPIError:
        raise
    except Exception as fault:  # noqa: BLE001  # a faulty batch takes no other with it
        return fault
    return None


@contextmanager
def fencing(connection: Connection, batch: Batch, fences: Fences) -> Iterator[None]:
    """Who finds an account elsewhere than he left it learns whether it is another process's now."""
    try:
        yield
    except Conflict:
        check(connection, {name: fence for name, fence in fences.items() if name == batch.new.account})
        raise


def planned(batches: Sequence[Batch], fences: Fences) -> Plan:
    plan = Plan()
    for batch in batches:
        gather(plan, batch, fences.get(batch.new.account))
    return plan
