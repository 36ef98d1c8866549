"""Raw commits a second of SQLite and PostgreSQL, with full durability: what all that is stored is held against."""

import asyncio
import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg  # type: ignore[import-untyped]  # it has no types

from benchmarks.measure import Figure, a_folder
from tests.servers import postgres

GROUP: Final = 64
COMMITS: Final = 200
ROUNDS: Final = 3
TABLE: Final = "CREATE TABLE raw (number BIGINT, body TEXT)"
BODY: Final = "x" * 500


class Raw(NamedTuple):
    """Rows a second that a database takes one a commit, and 64 a commit."""

    single: float
    grouped: float


def figures() -> Iterator[Figure]:
    with a_folder() as folder:
        yield from told("SQLite", raw_sqlite(folder / "raw.sqlite"))
    with postgres(fsync=True) as server:
        yield from told("PostgreSQL", asyncio.run(raw_postgres(server.new_database())))


def told(name: str, raw: Raw) -> Iterator[Figure]:
    yield Figure(f"{name}: one bare row a commit", raw.single, "rows/s")
    yield Figure(f"{name}: {GROUP} bare rows a commit", raw.grouped, "rows/s", f"{raw.grouped / raw.single:.1f} × one")


def raw_sqlite(path: Path) -> Raw:
    """Medians over a file in WAL mode whose every commit is on the disk."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {TABLE};")

        def rate(rows: int) -> float:
            begun = time.perf_counter()
            for number in range(COMMITS):
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO raw VALUES (?, ?)", [(number, BODY)] * rows)
                connection.execute("COMMIT")
            return COMMITS * rows / (time.perf_counter() - begun)

        rate(GROUP)  # a fresh WAL is slower until it has grown
        return Raw(*(statistics.median(rate(rows) for _ in range(ROUNDS)) for rows in (1, GROUP)))


async def raw_postgres(address: str) -> Raw:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(TABLE)
        return Raw(*[await median_rate(connection, rows) for rows in (1, GROUP)])
    finally:
        await connection.close()


async def median_rate(connection: asyncpg.Connection, rows: int) -> float:
    await written(connection, rows)
    return statistics.median([await written(connection, rows) for _ in range(ROUNDS)])


async def written(connection: asyncpg.Connection, rows: int) -> float:
    """Rows a second, so many in each of many transactions."""
    begun = time.perf_counter()
    for number in range(COMMITS):
        async with connection.transaction():
            await connection.executemany("INSERT INTO raw VALUES ($1, $2)", [(number, BODY)] * rows)
    return COMMITS * rows / (time.perf_counter() - begun)
