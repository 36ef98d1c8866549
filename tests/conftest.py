"""What holds for all tests."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.servers import Postgres, Redis, postgres, redis

# how long one example takes says more about the machine than about the rule
settings.register_profile("parley", deadline=None, max_examples=50)
settings.load_profile("parley")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL for all tests of this process that do not kill it."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres_server: Postgres) -> str:
    """The name of a database with our tables, from which others are copied."""
    from engine.adapters.sql_store import SqlStore

    async def made(address: str) -> None:
        await (await SqlStore.open(address)).close()

    address = postgres_server.new_database()
    asyncio.run(made(address))
    return address.rpartition("/")[2]


@pytest.fixture
def postgres_address(postgres_server: Postgres, migrated: str) -> str:
    """A database of one's own on a real server, with our tables and nothing in them."""
    return postgres_server.new_database(template=migrated)


@pytest.fixture(params=["sqlite", "postgres"])
def database_place(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where `SqlStore.open` makes or finds an account: a file that is yet to come, or a database on a real server."""
    if request.param == "sqlite":
        return tmp_path / "parley.sqlite"
    address: str = request.getfixturevalue("postgres_address")
    return address


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """One Redis for all tests of this process that do not kill it."""
    with redis() as server:
        yield server


@pytest.fixture
def redis_address(redis_server: Redis) -> str:
    """A real server, emptied."""
    redis_server.empty()
    return redis_server.address
