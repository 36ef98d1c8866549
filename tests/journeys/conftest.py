"""Accounts to begin a journey with: each is made once, and every test goes on with a copy of its files."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from tests.journeys.house import People, Visit, copied, visit


@pytest.fixture(scope="session", autouse=True)
def _quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture(scope="session")
def begun_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new account on the morning of 3 February 2020."""
    folder = tmp_path_factory.mktemp("begun")

    async def begin() -> None:
        async with visit(folder, People()) as first:
            await first.news()

    asyncio.run(begin())
    return folder


@pytest.fixture(scope="session")
def invested_files(begun_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same account after four sessions of trading by itself, moderate; its first act was said a day ago."""
    folder = copied(begun_files, tmp_path_factory.mktemp("invested"))

    async def trade() -> None:
        people = People()
        people.wait(-2 * 86400)
        async with visit(folder, people) as week:
            await week.agree("trade for me")
            await week.agree("set my risk to moderate")
            await week.days(4)
            await week.news()

    asyncio.run(trade())
    return folder


@pytest.fixture
async def new(begun_files: Path, tmp_path: Path, people: People) -> AsyncIterator[Visit]:
    async with visit(copied(begun_files, tmp_path / "account"), people) as found:
        await found.news()
        yield found


@pytest.fixture
async def invested(invested_files: Path, tmp_path: Path, people: People) -> AsyncIterator[Visit]:
    async with visit(copied(invested_files, tmp_path / "account"), people) as found:
        await found.news()
        yield found
