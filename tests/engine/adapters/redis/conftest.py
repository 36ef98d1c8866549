"""A real Redis, an account that is mirrored to it, and a look at what stands there."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.engine.adapters.redis.house import Desk, a_desk, looking


@pytest.fixture
async def desk(redis_address: str) -> AsyncIterator[Desk]:
    async with a_desk(redis_address) as found:
        yield found


@pytest.fixture
async def there(redis_address: str) -> AsyncIterator[Redis]:
    async with looking(redis_address) as redis:
        yield redis
