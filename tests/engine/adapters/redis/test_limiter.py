"""Limits hold on every counter alike; with Redis for all processes together, without it for each."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.adapters.memory_limiter import MemoryLimiter
from engine.adapters.redis.limiter import RedisLimiter
from engine.ports import Limit, Limiter
from engine.ports.limiter import rate
from tests.builders import NOON
from tests.engine.adapters.redis.house import a_desk, looking

THREE = Limit(3, 60)
KEY = rate("pair", "ann")


class Hand:
    """People's time, which stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(params=["memory", "redis", "redis that is down"])
async def limiter(request: pytest.FixtureRequest, redis_address: str) -> AsyncIterator[Limiter]:
    memory = MemoryLimiter(Hand())
    if request.param == "memory":
        yield memory
        return
    async with a_desk(redis_address) as desk:
        if request.param == "redis that is down":
            desk.link.fails(ConnectionError())
        yield RedisLimiter(desk.link, memory)


async def test_so_many_pass_and_the_next_waits(limiter: Limiter) -> None:
    assert [await limiter.allow(KEY, THREE) for _ in range(3)] == [None, None, None]
    wait = await limiter.allow(KEY, THREE)
    assert wait is not None
    assert 55 < wait <= 60
    assert await limiter.allow(rate("pair", "bob"), THREE) is None


async def test_processes_count_together(redis_address: str) -> None:
    async with a_desk(redis_address) as one, a_desk(redis_address) as other:
        here, there = (RedisLimiter(desk.link, MemoryLimiter(Hand())) for desk in (one, other))
        assert await here.allow(KEY, THREE) is None
        assert await there.allow(KEY, THREE) is None
        assert await here.allow(KEY, THREE) is None
        assert await there.allow(KEY, THREE) is not None
        async with looking(redis_address) as redis:
            assert await redis.keys("*") == ["stonks:trading:rate:pair:ann/3/60/second"]


async def test_a_budget_is_not_had_twice_when_redis_goes(redis_address: str) -> None:
    async with a_desk(redis_address) as desk:
        limiter = RedisLimiter(desk.link, MemoryLimiter(Hand()))
        assert await limiter.allow(KEY, THREE) is None
        assert await limiter.allow(KEY, THREE) is None
        desk.link.fails(ConnectionError())
        assert await limiter.allow(KEY, THREE) is None
        assert await limiter.allow(KEY, THREE) is not None


async def test_time_that_passed_frees_again() -> None:
    hand = Hand()
    memory = MemoryLimiter(hand)
    one = Limit(1, 60)
    assert await memory.allow("a", one) is None
    hand.at += timedelta(seconds=59)
    assert await memory.allow("a", one) == 1
    hand.at += timedelta(seconds=1)
    assert await memory.allow("a", one) is None


async def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    hand = Hand()
    memory = MemoryLimiter(hand)
    hand.at += timedelta(days=1)
    assert await memory.allow("a", Limit(1, 60)) is None
    hand.at = NOON
    assert await memory.allow("a", Limit(1, 60)) is None


async def test_a_crowd_is_forgotten_from_its_oldest() -> None:
    memory = MemoryLimiter(Hand(), most=3)
    for name in ("a", "b", "c", "d"):
        assert await memory.allow(name, Limit(1, 60)) is None
    assert await memory.allow("a", Limit(1, 60)) is None
    assert await memory.allow("d", Limit(1, 60)) == 60


@given(st.lists(st.integers(0, 40), max_size=40), st.integers(1, 5))
async def test_never_more_than_so_many_within_any_window(pauses: list[int], most: int) -> None:
    hand, passed = Hand(), []
    memory = MemoryLimiter(hand)
    for pause in pauses:
        hand.at += timedelta(seconds=pause)
        if await memory.allow("a", Limit(most, 60)) is None:
            passed.append(hand.at)
    for at in passed:
        assert sum(1 for one in passed if at <= one < at + timedelta(seconds=60)) <= most
