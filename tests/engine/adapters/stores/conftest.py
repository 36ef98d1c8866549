"""The stores that must behave alike."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest

from engine.adapters.memory_store import MemoryStore
from engine.adapters.sql_store import SqlStore
from engine.ports import Store
from tests.servers import Postgres

EMPTY = Path("set by the fixture")
"""A file with all tables and no rows: copying it is much faster than making it."""

NEW: list[Callable[[], str]] = []
"""What gives the address of an empty database on a server, once a test has asked for one."""


@pytest.fixture(scope="session", autouse=True)
def _empty(tmp_path_factory: pytest.TempPathFactory) -> None:
    global EMPTY  # noqa: PLW0603  # also for stores opened inside Hypothesis tests, which take no fixture
    EMPTY = tmp_path_factory.mktemp("empty") / "parley.db"
    asyncio.run(make(EMPTY))


@pytest.fixture(autouse=True)
def _server(request: pytest.FixtureRequest) -> None:
    """Tests that run on a server find one; the others do not wait for it."""
    parameters = getattr(request.node, "callspec", None)
    if parameters is not None and "postgres" in parameters.params.values() and not NEW:
        server: Postgres = request.getfixturevalue("postgres_server")
        NEW.append(partial(server.new_database, template=request.getfixturevalue("migrated")))


async def make(path: Path) -> None:
    await (await SqlStore.open(path)).close()


def a_file(folder: Path) -> Path:
    return Path(shutil.copy(EMPTY, folder / "parley.db"))


@pytest.fixture(params=["file", "postgres"])
def database_place(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where `SqlStore.open` finds tables without rows."""
    return a_file(tmp_path) if request.param == "file" else NEW[0]()


OpenStore: TypeAlias = Callable[[Path], Awaitable[Store]]


async def in_memory(_folder: Path) -> Store:
    return MemoryStore()


async def in_a_file(folder: Path) -> Store:
    return await SqlStore.open(a_file(folder))


async def by_async_driver(folder: Path) -> Store:
    return await SqlStore.open(f"sqlite+aiosqlite:///{a_file(folder)}")


async def on_a_server(_folder: Path) -> Store:
    return await SqlStore.open(NEW[0]())


STORES: dict[str, OpenStore] = {
    "memory": in_memory,
    "file": in_a_file,
    "async": by_async_driver,
    "postgres": on_a_server,
}


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
