"""The Store port on SQL: SQLite now, PostgreSQL by another address."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import ParamSpec, Self, TypeVar

from sqlalchemy import URL, Connection, insert, update
from sqlalchemy.exc import IntegrityError

from engine.adapters.sql_store import read
from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.audit import walked
from engine.adapters.sql_store.codec import columns
from engine.adapters.sql_store.connect import (
    Call,
    Database,
    FileDatabase,
    address,
    driver_error,
    is_twice,
    shown,
    translated,
)
from engine.adapters.sql_store.conversations import conversations, drop_conversation, put_conversation
from engine.adapters.sql_store.fences import Fences, check, confirmed, holder_of, put_heartbeat, take
from engine.adapters.sql_store.group import GroupCommit
from engine.adapters.sql_store.outside import correlations, put_correlations
from engine.adapters.sql_store.schema import bring_up_to_date
from engine.core.announcement import Announcement
from engine.core.chain import Link
from engine.core.journal import BadRow, Entry
from engine.core.lots import LotSale
from engine.core.nouns import AccountId, Change, ClosedTrade, Decision, Fill, LedgerRow, Order, Recommendation, Snapshot
from engine.core.preferences import Preferences
from engine.core.standing import TierChange
from engine.core.state import State
from engine.core.units import Ticker
from engine.ports import Batch, Checkpoint, Conversation, Counts, Duplicate, Heartbeat, Held, Unavailable

P = ParamSpec("P")
T = TypeVar("T")


class SqlStore:
    """Accounts in a SQL database; every write is on the disk when it returns. Made by `open`."""

    def __init__(self, database: Database, where: str) -> None:
        self._database, self._where = database, where
        self._group = GroupCommit(database)

    @classmethod
    async def open(cls, place: str | Path) -> Self:
        """Connect to a file or a database address; create or migrate its tables where that is needed.

        Raises Unavailable when it is no database, another program's, a newer version's, or out of reach.
        """
        url = address(place)
        store = cls(database(url), shown(url))
        try:
            with translated(store._where):
                await store._database.prepare(bring_up_to_date, store._where)
        except BaseException:
            await store.close()
            raise
        return store

    async def _read(self, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with translated(self._where):
            return await self._database.read(call, *args, **kwargs)

    async def _write(self, call: Call[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with translated(self._where):
            return await self._database.write(call, *args, **kwargs)

    async def load(self, account: AccountId) -> State | None:
        return await self._read(read.state, account)

    async def save(self, batch: Batch) -> None:
        try:
            with translated(self._where):
                await self._group.save(batch)
        except IntegrityError as error:
            if not is_twice(error):
                raise
            raise Duplicate(f"account {batch.new.account}: {driver_error(error)}") from error

    async def decisions(self, account: AccountId, limit: int) -> Sequence[Decision]:
        return await self._read(read.decisions, account, limit)

    async def trades(self, account: AccountId, limit: int) -> Sequence[ClosedTrade]:
        return await self._read(read.trades, account, limit)

    async def fills(self, account: AccountId, limit: int) -> Sequence[Fill]:
        return await self._read(read.fills, account, limit)

    async def snapshots(self, account: AccountId, since: date | None = None) -> Sequence[Snapshot]:
        return await self._read(read.snapshots, account, since)

    async def changes(self, account: AccountId, limit: int) -> Sequence[Change]:
        return await self._read(read.settings_changes, account, limit)

    async def sales(self, account: AccountId, limit: int) -> Sequence[LotSale]:
        return await self._read(read.sales, account, limit)

    async def recommendations(self, account: AccountId, limit: int) -> Sequence[Recommendation]:
        return await self._read(read.recommendations, account, limit)

    async def tier_changes(self, account: AccountId, limit: int) -> Sequence[TierChange]:
        return await self._read(read.tier_changes, account, limit)

    async def ledger(self, account: AccountId, limit: int) -> Sequence[LedgerRow]:
        return await self._read(read.ledger, account, limit)

    async def correlations(self, session: date) -> Mapping[tuple[Ticker, Ticker], float] | None:
        return await self._read(correlations, session)

    async def keep_correlations(self, session: date, pairs: Mapping[tuple[Ticker, Ticker], float]) -> None:
        await self._write(put_correlations, session, pairs)

    async def order(self, account: AccountId, client_order_id: str) -> Order | None:
        return await self._read(read.order, account, client_order_id)

    async def last_execution(self, account: AccountId) -> str | None:
        return await self._read(read.last_execution, account)

    async def journal(self, account: AccountId, after: int = 0) -> Sequence[Entry]:
        return await self._read(read.journal, account, after)

    async def undelivered(self, account: AccountId, limit: int) -> Sequence[Announcement]:
        return await self._read(read.undelivered, account, limit)

    async def delivered(self, account: AccountId, announcement_id: str, at: datetime) -> None:
        await self._write(mark_delivered, account, announcement_id, at, self._group.fences)

    async def preferences(self, account: AccountId) -> tuple[int, Preferences] | None:
        return await self._read(read.versioned, account)

    async def heads(self) -> Mapping[AccountId, tuple[int, str]]:
        return await self._read(read.heads)

    async def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        await self._write(put_checkpoint, checkpoint, self._group.fences)

    async def checkpoints(self, newest: int | None = None) -> Sequence[Checkpoint]:
        return await self._read(read.checkpoints, newest)

    async def walk(self, account: AccountId) -> Link | BadRow:
        """Check one account's journal where it lies: the place where it ends, or its first bad row."""
        return await self._read(walked, account)

    async def counts(self, account: AccountId) -> Counts:
        return await self._read(read.counts, account)

    async def take(self, account: AccountId, holder: str) -> int:
        with translated(self._where):
            held = await self._database.hold(account)
        if not held:
            raise Held(f"account {account} is run by {await self._read(holder_of, account)} already: talk to that one")
        fence = await self._write(take, account, holder)
        self._group.fences[account] = fence
        return fence

    async def confirm(self, account: AccountId) -> str | None:
        return None if self._database.alone else await self._read(confirmed, self._group.fences, account)

    async def beat(self, heartbeat: Heartbeat) -> None:
        await self._write(put_heartbeat, heartbeat)

    async def heartbeats(self) -> Sequence[Heartbeat]:
        return await self._read(read.heartbeats)

    async def keep(self, account: AccountId, conversation: Conversation, since: datetime) -> None:
        await self._write(put_conversation, account, conversation, since, self._group.fences)

    async def recall(self, account: AccountId) -> Sequence[Conversation]:
        return await self._read(conversations, account)

    async def forget(self, account: AccountId, person: str, place: str) -> None:
        await self._write(drop_conversation, account, person, place)

    async def close(self) -> None:
        await self._database.close()


def database(url: URL) -> Database:
    if url.drivername == "sqlite":
        return FileDatabase(url)
    if url.get_backend_name() == "sqlite":
        from engine.adapters.sql_store.async_database import AsyncDatabase  # noqa: PLC0415  # a file needs none of it

        return AsyncDatabase(url)
    if any(find_spec(name) is None for name in ("asyncpg", "greenlet")):
        raise Unavailable("database_url needs the extra postgres: uv sync --extra postgres")
    from engine.adapters.sql_store.postgres import PostgresDatabase  # noqa: PLC0415

    return PostgresDatabase(url)


def mark_delivered(
    connection: Connection, account: AccountId, announcement_id: str, at: datetime, fences: Fences
) -> None:
    """Once: an announcement delivered before keeps its time."""
    check(connection, fences, account)
    table = t.notifications
    where = (table.c.account == account) & (table.c.id == announcement_id) & (table.c.status == "pending")
    values = {"status": "delivered", "delivered_at": at, "attempts": table.c.attempts + 1}
    connection.execute(update(table).where(where).values(values))


def put_checkpoint(connection: Connection, checkpoint: Checkpoint, fences: Fences) -> None:
    check(connection, fences)
    connection.execute(insert(t.checkpoints), columns(checkpoint))
