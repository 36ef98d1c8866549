"""Counts what is limited for all processes at once, by the library `limits`; while Redis is down, for this one."""

from typing import Any

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter

from engine.adapters.redis import keys
from engine.adapters.redis.link import Link
from engine.ports import Limit, Limiter, Unavailable


class RedisLimiter:
    """A moving window for each key. `own` counts everything too, so that a budget is not had twice when Redis goes."""

    def __init__(self, link: Link, own: Limiter) -> None:
        self._link, self._own = link, own
        pool: Any = link.pool  # it is handed on to the client, whatever the library says of its options
        storage = RedisStorage("async+redis://", implementation="redispy", key_prefix=keys.ROOT, connection_pool=pool)
        self._windows = MovingWindowRateLimiter(storage)

    async def allow(self, key: str, limit: Limit) -> float | None:
        """Count this one and return None, or the seconds to wait where there were too many, here or elsewhere."""
        try:
            wait = await self._link.ask(lambda _: self._shared(key, limit))
        except Unavailable:
            wait = None
        return await self._own.allow(key, limit) if wait is None else wait

    async def _shared(self, key: str, limit: Limit) -> float | None:
        window = RateLimitItemPerSecond(
            limit.most, limit.seconds, namespace=keys.limited(key).removeprefix(f"{keys.ROOT}:")
        )
        if await self._windows.hit(window):
            return None
        over_at = (await self._windows.get_window_stats(window)).reset_time
        seconds, micros = await self._link.redis.time()
        return min(max(over_at - seconds - micros / 1e6, 0.0), limit.seconds)
