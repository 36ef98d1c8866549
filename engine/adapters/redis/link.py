"""One connection to Redis, which is up or down; nobody waits for it longer than its deadline."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, TypeVar

import structlog
from redis import exceptions as bad
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from engine.ports import Unavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")
Command: TypeAlias = tuple[str | int, ...]
Work: TypeAlias = Callable[["Redis"], Coroutine[Any, Any, T]]

TURNS: Final = 10
"""Turns of the event loop in which an answer that came while it was busy is still taken."""

LATE: Final = 1.5
"""Times a deadline after which it is noticed only by an event loop that had no time for it."""

FAULTS: Final = (bad.RedisError, OSError, TimeoutError)


class Patience(NamedTuple):
    """Seconds: for one question that somebody waits for, for what is written behind everybody's back, between two
    looks whether it is still there, and between tries to reach it again, of which the last goes on for ever.
    """

    ask_s: float = 0.1
    write_s: float = 1.0
    look_s: float = 5.0
    pauses_s: Sequence[float] = (0.25, 0.5, 1, 2, 4, 8, 16, 30)


PATIENCE: Final = Patience()


class Tenant(Protocol):
    """Whose values stand in Redis."""

    async def moved_in(self) -> None:
        """It answers, and may have forgotten everything: write all of it. Raises Unavailable where that fails."""

    async def stays(self) -> None:
        """It has answered for a while. Raises Unavailable where it does no more."""

    async def lost(self, why: str) -> None:
        """It does not answer."""


class Link:
    """Asks Redis, and notices that it does not answer; `keep` goes on trying to reach it again.

    `up` is true while it answers and has all that belongs there. `url` may hold a password, which is never told.
    """

    def __init__(
        self,
        url: str,
        patience: Patience = PATIENCE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.pool = ConnectionPool.from_url(
            url, decode_responses=True, protocol=2, socket_timeout=None, retry=Retry(NoBackoff(), 0)
        )
        self.redis = Redis(connection_pool=self.pool)
        self.up, self.why = False, "it was not asked yet"
        self._patience, self._sleep = patience, sleep
        self._silent = True
        self._lost = asyncio.Event()

    async def ask(self, work: Work[T], within_s: float | None = None) -> T:
        """What `work` gets from Redis; raises Unavailable, at once where Redis is known to be down."""
        if self._silent:
            raise Unavailable(self.why)
        try:
            return await _within(work(self.redis), within_s or self._patience.ask_s)
        except FAULTS as fault:
            self.fails(fault)
            raise Unavailable(self.why) from fault

    async def send(self, commands: Sequence[Command]) -> None:
        """Carry these out in one transaction, without anybody waiting for it; raises Unavailable."""

        async def written(redis: Redis) -> None:
            async with redis.pipeline(transaction=True) as pipe:
                for command in commands:
                    pipe.execute_command(*command)
                await pipe.execute()

        if commands:
            await self.ask(written, self._patience.write_s)

    def fails(self, fault: Exception) -> None:
        """It has just failed; from now on nobody waits for it."""
        self.up, self._silent, self.why = False, True, told(fault)
        self._lost.set()

    async def keep(self, tenant: Tenant) -> None:
        """For ever, after `reach`: look whether it is still there, and reach it again when it was lost."""
        tries = 0
        while True:
            while await self._holds(tenant):
                tries = 0
            await _safely(tenant.lost(self.why))
            await self._sleep(self._patience.pauses_s[min(tries, len(self._patience.pauses_s) - 1)])
            tries += 1
            await self.reach(tenant)

    async def close(self) -> None:
        """Let go of every connection."""
        with suppress(*FAULTS):
            await self.redis.aclose()
            await self.pool.disconnect(inuse_connections=True)

    async def reach(self, tenant: Tenant) -> None:
        """Try once to connect and to let the tenant move in; then it is `up`, or `why` says why not."""
        with suppress(*FAULTS):
            await self.pool.disconnect(inuse_connections=True)
        self._silent = False
        self._lost.clear()
        with suppress(Unavailable):
            await self.ask(_ping, self._patience.write_s)
            await self._tried(tenant.moved_in())
            self.up = not self._silent

    async def _holds(self, tenant: Tenant) -> bool:
        """Whether it still answered after a while."""
        if not self.up:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.look_s):
                await self._lost.wait()
            return False
        with suppress(Unavailable):
            await self.ask(_ping, self._patience.write_s)
            await self._tried(tenant.stays())
        return self.up

    async def _tried(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Unavailable:
            raise
        except Exception as bug:
            log.exception("redis.tenant_failed")
            self.fails(bug)


async def _ping(redis: Redis) -> None:
    await redis.ping()


async def _within(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Its result, or TimeoutError. An event loop that was busy for so long is no fault of Redis."""
    task = asyncio.ensure_future(work)
    try:
        if await _busy_until(task, seconds):
            await _busy_until(task, seconds)
        if task.done():
            return task.result()
    finally:
        task.cancel()
    await asyncio.wait({task})
    if not task.cancelled() and (fault := task.exception()) is not None:
        raise fault
    raise TimeoutError


async def _busy_until(task: asyncio.Task[Any], seconds: float) -> bool:
    """Wait for it; whether the event loop was too busy to tell whether it could have been done by then."""
    loop = asyncio.get_running_loop()
    over_at = loop.time() + LATE * seconds
    await asyncio.wait({task}, timeout=seconds)
    for _ in range(TURNS):
        if not task.done():
            await asyncio.sleep(0)
    return loop.time() > over_at


async def _safely(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:  # telling of it must not end the trying
        log.exception("redis.tenant_failed")


SAID: Final[tuple[tuple[type[Exception], str], ...]] = (
    (bad.AuthenticationError, "it wants another password"),
    (bad.AuthorizationError, "it does not let us do that"),
    (bad.NoPermissionError, "it does not let us do that"),
    (bad.BusyLoadingError, "it is still loading"),
    (bad.OutOfMemoryError, "it is full"),
    (bad.ReadOnlyError, "it takes nothing new"),
    (bad.TimeoutError, "no answer in time"),
    (TimeoutError, "no answer in time"),
    (bad.ConnectionError, "no connection"),
    (OSError, "no connection"),
)
"""How faults are told; the first that fits. Their own texts may hold more than anybody should read."""

WITHIN: Final = (("OOM", "it is full"), ("READONLY", "it takes nothing new"))
"""How faults are told of which Redis says more only in its text."""


def told(fault: Exception) -> str:
    """What is wrong, in words that hold neither address nor password."""
    kind = next((words for one, words in SAID if isinstance(fault, one)), None)
    found = next((words for mark, words in WITHIN if mark in str(fault)), None)
    return found or kind or f"it answered with {type(fault).__name__}"
