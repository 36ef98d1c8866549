"""An account behind a door of its own, put to a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis

from engine.adapters.memory_store import MemoryStore
from engine.adapters.redis.link import Link, Patience
from engine.adapters.redis.mirror import Mirror
from engine.core.events import Event
from engine.core.state import State
from engine.ports import Batch, Unavailable
from tests.builders import a_batch, a_state

QUICK = Patience(ask_s=0.1, write_s=1.0, look_s=0.05, pauses_s=(0.02,))
"""As patient as a test can be."""


@dataclass
class Told:
    """What a bus tells of a batch."""

    batch: Batch

    @property
    def events(self) -> tuple[Event, ...]:
        return self.batch.events

    @property
    def entries(self) -> Any:
        return self.batch.entries

    @property
    def new(self) -> State:
        return self.batch.new


@dataclass
class Tenant:
    """Writes all anew when Redis comes back, and keeps what was told of it."""

    mirror: Mirror
    news: list[str] = field(default_factory=list)

    async def moved_in(self) -> None:
        await self.mirror.write_all()
        self.news.append("in")

    async def stays(self) -> None:
        if not await self.mirror.stands():
            await self.mirror.write_all()
            self.news.append("again")

    async def lost(self, why: str) -> None:
        if self.news[-1:] != [why]:
            self.news.append(why)


@dataclass
class Desk:
    """An account that is stored and mirrored; `do` stores another batch of it and tells it."""

    link: Link
    store: MemoryStore
    mirror: Mirror
    tenant: Tenant
    state: State | None = None

    async def do(self, new: State | None = None, *events: Event) -> State:
        batch = a_batch(self.state, new or self.state or a_state(), events)
        await self.store.save(batch)
        self.state = batch.new
        await self.mirror(Told(batch))
        return batch.new

    async def written(self) -> None:
        await self.mirror.flush()


@asynccontextmanager
async def a_desk(address: str, store: MemoryStore | None = None, patience: Patience = QUICK) -> AsyncIterator[Desk]:
    """Behind a link that is kept, as long as this lasts."""
    link, kept = Link(address, patience), store or MemoryStore()
    mirror = Mirror(link, kept)
    desk = Desk(link, kept, mirror, Tenant(mirror))
    await link.reach(desk.tenant)
    tasks = [asyncio.create_task(link.keep(desk.tenant)), asyncio.create_task(mirror.run())]
    try:
        yield desk
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await link.close()


@asynccontextmanager
async def looking(address: str) -> AsyncIterator[Redis]:
    """A client of one's own, to see what stands there."""
    redis = Redis.from_url(address, decode_responses=True)
    try:
        yield redis
    finally:
        await redis.aclose()


async def until(holds: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = 5.0) -> None:
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.005)


async def tried(work: Awaitable[Any]) -> bool:
    """Whether it was answered."""
    with suppress(Unavailable):
        await work
        return True
    return False
