"""Group commit: batches that come while others are being written go together into the next transaction."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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

Rows: TypeAlias = Mapping[AccountId, Any]
"""Number and fence of accounts; None for one that is not there."""
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
            self._begin()
        await answer

    def _begin(self) -> None:
        self._work = asyncio.create_task(self._drain())
        self._work.add_done_callback(self._ended)

    def _ended(self, work: asyncio.Task[None]) -> None:
        """Go on with what came meanwhile; where writing was broken off, even before it began, let all go who wait."""
        self._work = None
        if work.cancelled():
            left, self._waiting = self._waiting, []
            for _, answer in left:
                answer.cancel()
        elif self._waiting:
            self._begin()

    async def _drain(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._write(group)

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
    """Write all batches together or, where one of them is refused, each for itself; what each was refused for.

    Raises what a batch that came alone is refused for.
    """
    found = locked(connection, batches)
    gone = begun_elsewhere(connection, batches, fences) | moved_on(connection, batches, found, fences)
    if len(batches) == 1 and not gone:
        with fencing(connection, batches[0], fences):
            planned(batches, fences).run(connection)
        return [None]
    rest = [batch for batch in batches if id(batch) not in gone]
    answers = iter(written(connection, rest, fences, frozenset(found)))
    return [gone[id(batch)] if id(batch) in gone else next(answers) for batch in batches]


def begun_elsewhere(connection: Connection, batches: Sequence[Batch], fences: Fences) -> dict[int, Exception]:
    """Batches that begin an account which is another process's by now; an old account's own row says so."""
    new = [batch for batch in batches if batch.old is None]
    gone = lost(connection, fences, {batch.new.account for batch in new}, kept=True)
    return {id(batch): gone[batch.new.account] for batch in new if batch.new.account in gone}


def locked(connection: Connection, batches: Sequence[Batch]) -> Rows:
    """The rows of accounts that go on, kept from others, where the driver would not count what many updates change.

    None for an account that is not there. One that has several batches here is left out: each of them is counted.
    """
    times = Counter(batch.new.account for batch in batches)
    once = [batch.new.account for batch in batches if batch.old is not None and times[batch.new.account] == 1]
    if connection.dialect.supports_sane_multi_rowcount or len(once) < SEVERAL:
        return {}
    table = t.accounts
    asked = select(table.c.account, table.c.seq, table.c.fence).where(table.c.account == any_(array_of(once)))
    rows = connection.execute(asked.order_by(table.c.account).with_for_update())
    return dict.fromkeys(once) | {row.account: row for row in rows}


def moved_on(connection: Connection, batches: Sequence[Batch], found: Rows, fences: Fences) -> dict[int, Exception]:
    """Batches whose account, of those that are locked, is not where they begin."""
    going = [batch for batch in batches if batch.old is not None and batch.new.account in found]
    wrong = [batch for batch in going if not stands(found[batch.new.account], batch, fences)]
    gone: Mapping[AccountId, Exception] = lost(connection, fences, [batch.new.account for batch in wrong])
    return {id(batch): gone.get(batch.new.account) or left_behind(batch) for batch in wrong}


def left_behind(batch: Batch) -> Conflict:
    return overtaken(batch.new.account, batch.old.seq if batch.old else 0)


def array_of(names: Iterable[str]) -> BindParameter[Any]:
    """One value whatever their number, so that one statement serves all."""
    return bindparam("names", list(names), type_=ARRAY(Text))


def stands(row: Any, batch: Batch, fences: Fences) -> bool:  # noqa: ANN401  # a row of the three columns, or None
    if row is None or batch.old is None:
        return False
    return bool(row.seq == batch.old.seq and row.fence == fences.get(row.account, row.fence))


def written(
    connection: Connection, batches: Sequence[Batch], fences: Fences, kept: Collection[AccountId] = ()
) -> list[Exception | None]:
    """What each of these was refused for. Accounts that are `kept` stand where their batches begin."""
    if not batches or refusal(connection, batches, fences, kept) is None:
        return [None] * len(batches)
    return [refusal(connection, [batch], fences) for batch in batches]


def refusal(
    connection: Connection, batches: Sequence[Batch], fences: Fences, kept: Collection[AccountId] = ()
) -> Exception | None:
    """Why these cannot be written, for a fault of their own; the database's own failures are raised."""
    try:
        with fencing(connection, batches[0], fences), connection.begin_nested():
            planned(batches, fences, kept).run(connection)
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


def planned(batches: Sequence[Batch], fences: Fences, kept: Collection[AccountId] = ()) -> Plan:
    plan = Plan(kept)
    for batch in batches:
        gather(plan, batch, fences.get(batch.new.account))
    return plan
