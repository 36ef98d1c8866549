"""Tells the journals of accounts to the stream: each row once it is stored, in its order, at least once."""

import json
from collections.abc import Sequence
from typing import Any, Protocol
from uuid import uuid4

import structlog
from redis.asyncio import Redis

from engine.adapters.redis import keys, writes
from engine.adapters.redis.link import Command, Link
from engine.adapters.redis.writes import Mark
from engine.core.journal import Entry
from engine.core.nouns import AccountId
from engine.core.state import State
from engine.ports import Unavailable

log = structlog.get_logger(__name__)


class Journals(Protocol):
    """Where journals can be read again; a Store is one."""

    async def journal(self, account: AccountId, after: int = 0) -> Sequence[Entry]:
        """Journal rows with a number above `after`, in order."""


class Stream:
    """Knows up to which row each journal was told; what it was not handed it reads from the store."""

    def __init__(self, link: Link, store: Journals) -> None:
        self._link, self._store = link, store
        self._marks: dict[AccountId, Mark] = {}
        self._rows: dict[AccountId, list[Entry]] = {}

    def history(self, account: AccountId) -> str | None:
        """The name of this account's history; None until Redis was asked for it."""
        mark = self._marks.get(account)
        return mark.history if mark else None

    def stored(self, account: AccountId, entries: Sequence[Entry]) -> None:
        """These rows were just stored. They wait here only while Redis takes them."""
        if self._link.up:
            self._rows.setdefault(account, []).extend(entries)

    def behind(self, state: State) -> bool:
        """Whether rows of this account are not told yet."""
        mark = self._marks.get(state.account)
        return mark is None or mark.seq < state.seq

    def overtaken(self, state: State) -> bool:
        """Whether another engine of this account has told more than this one knows."""
        mark = self._marks.get(state.account)
        return mark is not None and mark.seq > state.seq

    async def begin(self, state: State) -> None:
        """Find out how far this account was told, and whether that was this history of it; raises Unavailable."""
        self._rows.pop(state.account, None)
        there = mark_in(await self._link.ask(lambda redis: got(redis, keys.told(state.account))))
        if there is not None and await self._is_ours(state, there):
            self._marks[state.account] = there
        else:
            self._marks[state.account] = Mark(max(0, state.seq - keys.STREAM_LENGTH), "", uuid4().hex)

    async def untold(self, state: State) -> list[Entry]:
        """Rows that are still to be told, in their order; none while the store does not answer."""
        account = state.account
        after = self._marks[account].seq
        rows = [row for row in self._rows.pop(account, []) if row.seq > after]
        if [row.seq for row in rows] == list(range(after + 1, state.seq + 1)):
            return rows
        try:
            return list(await self._store.journal(account, after))
        except Unavailable as silence:
            log.warning("stream.waiting", account=account, error=str(silence))
            return []

    def commands(self, rows: Sequence[Entry]) -> list[Command]:
        return writes.events(rows, self._marks[rows[0].account].history) if rows else []

    def told(self, rows: Sequence[Entry]) -> None:
        """Redis has these now."""
        for row in rows[-1:]:
            self._marks[row.account] = self._marks[row.account]._replace(seq=row.seq, hash=row.hash)

    async def _is_ours(self, state: State, mark: Mark) -> bool:
        """Whether the row that was told last is the one that stands in the journal under its number."""
        if mark.seq == state.seq:
            return mark.hash == state.head
        rows = await self._store.journal(state.account, mark.seq - 1)
        return bool(rows) and rows[0].hash == mark.hash


async def got(redis: Redis, key: str) -> str | None:
    found: Any = await redis.get(key)  # the pool decodes
    return found if found is None else str(found)


def mark_in(text: str | None) -> Mark | None:
    """What stands under the key; None for what nobody of this version wrote."""
    try:
        read = json.loads(text or "")
        return Mark(read["seq"], read["hash"], read["history"]) if read["v"] == keys.VERSION else None
    except (ValueError, KeyError, TypeError):
        return None
