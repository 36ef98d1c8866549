"""What other processes see and share of an account, by Redis; without it all goes on from the database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from engine.adapters.memory_limiter import MemoryLimiter
from engine.bus import Bus, Done
from engine.core import commands as c
from engine.core.scene import Quote, Scene
from engine.core.state import State
from engine.core.units import Ticker
from engine.known import KnownSettings
from engine.ports import Clock, Limiter, Store
from engine.sight import Look
from engine.wiring.plan import BadStart

if TYPE_CHECKING:
    from engine.adapters.redis.hearing import Hearing
    from engine.adapters.redis.link import Link
    from engine.adapters.redis.mirror import Mirror

log = structlog.get_logger(__name__)

MISSING: Final = "redis_url needs the extra redis: uv sync --extra redis"

Tell: TypeAlias = Callable[[c.Note], Awaitable[object]]


@dataclass(slots=True)
class Elsewhere:
    """Keeps Redis as the account is, and tells the owner, once each, that it is away and that it is back.

    Both are told only of what lasts: a way back that breaks off again at once is none.
    """

    link: "Link"
    mirror: "Mirror"
    limiter: Limiter
    hearing: "Hearing"
    tell: Tell
    told_why: str | None = None
    _tasks: "tuple[asyncio.Task[None], ...]" = ()
    _hearing: "list[asyncio.Task[None]]" = field(default_factory=list)

    def start(self) -> None:
        """Begin to reach it, and to write what is new; nobody waits for either."""
        self._tasks = (asyncio.create_task(self._kept()), asyncio.create_task(self.mirror.run()))

    async def stop(self) -> None:
        """Write what is new a last time, and let go."""
        if self.link.up:
            await self.mirror.flush()
        self._hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._hearing, return_exceptions=True)
        await self.link.close()

    async def moved_in(self) -> None:
        """It answers: everything is written again, and what others say is heard."""
        await self.mirror.write_all()
        self._hang_up()
        self._hearing.append(asyncio.create_task(self.hearing.run()))

    async def stays(self) -> None:
        """It has answered for a while; what it has forgotten is written again."""
        if not await self.mirror.stands():
            log.warning("redis.forgot")
            await self.mirror.write_all()
        if self.told_why is not None and await self._told("redis_back", self.told_why):
            self.told_why = None

    async def lost(self, why: str) -> None:
        """It does not answer; the owner is told once, until it is back."""
        self._hang_up()
        if self.told_why is None and await self._told("redis_lost", why):
            self.told_why = why

    async def _told(self, topic: str, why: str) -> bool:
        return isinstance(await self.tell(c.Note(topic=topic, facts={"why": why})), Done)

    async def _kept(self) -> None:
        await self.link.reach(self)
        await self.link.keep(self)

    def _hang_up(self) -> None:
        for task in self._hearing:
            task.cancel()
        self._hearing = [task for task in self._hearing if not task.done()]


class Shown:
    """A look whose prices others see, too; `to` is told of each."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self.to: Callable[[Mapping[Ticker, Quote]], None] | None = None

    async def __call__(self, state: State) -> Scene:
        scene = await self._look(state)
        if self.to is not None:
            self.to(scene.quotes)
        return scene


def elsewhere(url: str | None, bus: Bus, store: Store, clock: Clock, known: KnownSettings) -> Elsewhere | None:
    """What `redis_url` asks for, put to the account behind this door; None where it asks for nothing.

    Raises BadStart where the libraries are missing.
    """
    if url is None:
        return None
    try:
        from engine.adapters.redis.hearing import Hearing  # noqa: PLC0415  # an extra brings the libraries
        from engine.adapters.redis.limiter import RedisLimiter  # noqa: PLC0415
        from engine.adapters.redis.link import PATIENCE, Link  # noqa: PLC0415
        from engine.adapters.redis.mirror import Mirror  # noqa: PLC0415
        from engine.adapters.redis.seen import Seen  # noqa: PLC0415
    except ModuleNotFoundError:
        raise BadStart(MISSING) from None
    link = Link(url, PATIENCE)
    mirror = Mirror(link, store)
    if bus.state.seq:
        mirror.knows(bus.state)
    bus.listen(mirror)
    bus.seen = Seen(link, mirror.stream.history)
    limiter = RedisLimiter(link, MemoryLimiter(clock.wall))
    return Elsewhere(link, mirror, limiter, Hearing(link, known.outdated, known.doubt), bus.do)
