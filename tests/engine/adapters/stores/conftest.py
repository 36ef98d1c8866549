"""The stores that must behave alike."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from engine.adapters.memory_store import MemoryStore
from engine.adapters.sql_store import SqlStore
from engine.ports import Store

EMPTY = Path("set by the fixture")
"""A file with all tables and no rows: copying it is much faster than making it."""


@pytest.fixture(scope="session", autouse=True)
def _empty(tmp_path_factory: pytest.TempPathFactory) -> None:
    global EMPTY  # noqa: PLW0603  # also for stores opened inside Hypothesis tests, which take no fixture
    EMPTY = tmp_path_factory.mktemp("empty") / "parley.db"
    asyncio.run(make(EMPTY))


async def make(path: Path) -> None:
    await (await SqlStore.open(path)).close()


def a_file(folder: Path) -> Path:
    return Path(shutil.copy(EMPTY, folder / "parley.db"))


OpenStore: TypeAlias = Callable[[Path], Awaitable[Store]]


async def in_memory(_folder: Path) -> Store:
    return MemoryStore()


async def in_a_file(folder: Path) -> Store:
    return await SqlStore.open(a_file(folder))


async def by_async_driver(folder: Path) -> Store:
    return await SqlStore.open(f"sqlite+aiosqlite:///{a_file(folder)}")


STORES: dict[str, OpenStore] = {"memory": in_memory, "file": in_a_file, "async": by_async_driver}


@asynccontextmanager
async def opened(kind: str, folder: Path) -> AsyncIterator[Store]:
    store = await STORES[kind](folder)
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(request.param, tmp_path) as found:
        yield found


@pytest.fixture
async def sql_store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    found = await SqlStore.open(a_file(tmp_path))
    yield found
    await found.close()
