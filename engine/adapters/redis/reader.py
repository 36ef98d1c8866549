"""What another process can read of accounts: from the database where it is at hand, and from Redis."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, NamedTuple

from redis.asyncio import Redis

from engine.adapters.redis import keys, writes
from engine.adapters.redis.link import PATIENCE, Link, Patience
from engine.adapters.redis.stream import got
from engine.core.nouns import AccountId
from engine.core.preferences import Preferences
from engine.core.scene import Quote
from engine.core.units import Ticker
from engine.ports import Store, Unavailable


class Settings(NamedTuple):
    """What an owner has set, with its version; `stale` where it is only what was read last."""

    preferences: Preferences
    version: int
    stale: bool = False


class Held(NamedTuple):
    """What holds an account's entries back, by its name in the hash, with what is known of it; `stale` as above."""

    standing: Mapping[str, Mapping[str, Any]]
    stale: bool = False


class Prices(NamedTuple):
    """Last prices by ticker; `stale` as above."""

    quotes: Mapping[Ticker, Quote]
    stale: bool = False


class Told(NamedTuple):
    """A stored event: a journal row without what only its own account needs. `at` is people's time."""

    account: AccountId
    seq: int
    kind: str
    at: datetime
    body: Mapping[str, Any]


class Reader:
    """Settings and breakers are read from `store`; without one, from Redis; where it is down, what was read last.

    What stands in Redis of an account is stale where its engine has not said for a while that all of it is written.
    Raises Unavailable where nothing was ever known, KeyError for an account that the store does not have.
    """

    def __init__(self, link: Link, store: Store | None = None) -> None:
        self._link, self._store = link, store
        self._settings: dict[AccountId, Settings] = {}
        self._held: dict[AccountId, Held] = {}
        self._prices: Prices | None = None
        self._place = "-"
        self._handed: dict[AccountId, int] = {}

    async def preferences(self, account: AccountId) -> Settings:
        """What the owner has set."""
        try:
            found = await self._stored_settings(account)
        except Unavailable:
            found = await self._shown_settings(account)
        self._settings[account] = found._replace(stale=True)
        return found

    async def breakers(self, account: AccountId) -> Held:
        """Breakers, pause and kill switch; nothing held back is an empty mapping."""
        try:
            found = await self._stored_held(account)
        except Unavailable:
            found = await self._shown_held(account)
        self._held[account] = found._replace(stale=True)
        return found

    async def quotes(self) -> Prices:
        """The last prices that any engine saw."""
        try:
            read = await self._link.ask(lambda redis: hash_at(redis, keys.QUOTES))
        except Unavailable:
            if self._prices is None:
                raise
            return self._prices
        self._prices = Prices({ticker: quote_in(value) for ticker, value in read.items()}, stale=True)
        return self._prices._replace(stale=False)

    async def events(self, since: Mapping[AccountId, int]) -> Sequence[Told]:
        """What was stored after these journal numbers, each row once and in its order within its account.

        Accounts that are not named are told from their first row that is kept. While Redis is down only those that are
        named are told, from the store.
        """
        try:
            rows = await self._link.ask(lambda redis: self._streamed(redis, since))
        except Unavailable:
            rows = await self._journaled(since)
        return self._new(rows, since)

    async def _stored_settings(self, account: AccountId) -> Settings:
        if self._store is None:
            raise Unavailable(f"nothing is known of account {account}")
        found = await self._store.preferences(account)
        if found is None:
            raise KeyError(account)
        return Settings(found[1], found[0])

    async def _shown_settings(self, account: AccountId) -> Settings:
        """What stands in Redis, or what was read last."""
        try:
            return await self._settings_there(account)
        except Unavailable:
            if account not in self._settings:
                raise
            return self._settings[account]

    async def _settings_there(self, account: AccountId) -> Settings:
        kept = await self._kept(account)
        found = settings_in(await self._link.ask(lambda redis: got(redis, keys.preferences(account))))
        if found is None:
            raise Unavailable(f"nothing is known of account {account}")
        return found._replace(stale=not kept)

    async def _kept(self, account: AccountId) -> bool:
        """Whether an engine has just said that all of this account is written."""
        return await self._link.ask(lambda redis: got(redis, keys.whole(account))) is not None

    async def _stored_held(self, account: AccountId) -> Held:
        if self._store is None:
            raise Unavailable(f"nothing is known of account {account}")
        state = await self._store.load(account)
        if state is None:
            raise KeyError(account)
        return Held({name: json.loads(value) for name, value in writes.held_back(state).items()})

    async def _shown_held(self, account: AccountId) -> Held:
        """What stands in Redis, or what was read last."""
        try:
            return await self._held_there(account)
        except Unavailable:
            if account not in self._held:
                raise
            return self._held[account]

    async def _held_there(self, account: AccountId) -> Held:
        """Nothing there means that nothing holds back only while an engine says that all is written."""
        kept = await self._kept(account)
        found = await self._link.ask(lambda redis: hash_at(redis, keys.breakers(account)))
        if not found and not kept:
            raise Unavailable(f"nothing is known of account {account}")
        return Held(found, stale=not kept)

    async def _streamed(self, redis: Redis, since: Mapping[AccountId, int]) -> list[Told]:
        """From where this reader stopped, unless somebody asks for what was told before."""
        if any(since.get(account, 0) < seq for account, seq in self._handed.items()):
            self._place = "-"
        found: Any = await redis.xrange(keys.EVENTS, self._place)
        self._place = f"({found[-1][0]}" if found else self._place
        return [event_in(fields) for _, fields in found]

    async def _journaled(self, since: Mapping[AccountId, int]) -> list[Told]:
        if self._store is None:
            raise Unavailable(self._link.why)
        rows = [row for account, seq in since.items() for row in await self._store.journal(account, seq)]
        return [Told(row.account, row.seq, row.kind, row.at, row.body) for row in rows]

    def _new(self, rows: Sequence[Told], since: Mapping[AccountId, int]) -> list[Told]:
        """Without those that were told twice, or that the reader has."""
        had = dict(since)
        found = []
        for row in rows:
            if row.seq > had.get(row.account, 0):
                found.append(row)
                had[row.account] = row.seq
        self._handed = {account: seq for account, seq in had.items() if seq}
        return found


def settings_in(text: str | None) -> Settings | None:
    """What stands under the key; None where there is nothing, or another version of it."""
    read = json.loads(text) if text else {}
    if read.get("v") != keys.VERSION:
        return None
    return Settings(Preferences.model_validate(read["preferences"]), read["version"])


async def hash_at(redis: Redis, key: str) -> dict[str, Any]:
    """The values of a hash that are of this version, by field."""
    found: Mapping[Any, Any] = await redis.hgetall(key)
    read = {field: json.loads(value) for field, value in found.items()}
    return {field: value for field, value in read.items() if value.get("v") == keys.VERSION}


def quote_in(value: Mapping[str, Any]) -> Quote:
    return Quote(value["price"], datetime.fromisoformat(value["at"]), value["previous"])


def event_in(fields: Mapping[str, str]) -> Told:
    at, body = datetime.fromisoformat(fields["at"]), json.loads(fields["body"])
    return Told(fields["account"], int(fields["seq"]), fields["kind"], at, body)


class _Visitor:
    """Reads only, and so has nothing to write or to tell."""

    async def moved_in(self) -> None: ...

    async def stays(self) -> None: ...

    async def lost(self, why: str) -> None: ...


@asynccontextmanager
async def reading(url: str, store: Store | None = None, patience: Patience = PATIENCE) -> AsyncIterator[Reader]:
    """A reader of this Redis, for another process; one that is down is tried again behind its back."""
    link, visitor = Link(url, patience), _Visitor()
    await link.reach(visitor)
    keeping = asyncio.create_task(link.keep(visitor))
    try:
        yield Reader(link, store)
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await link.close()
