"""How fast the audit trail is verified: rows a second, in one process and in one a core."""

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final

from benchmarks.measure import Figure, a_folder
from engine.adapters.sql_store import SqlStore
from engine.adapters.sql_store.audit import end_of, read_trail, reading
from engine.core.chain import COLUMNS, Frames, Row, line

ROWS: Final = 1_000_000
BODY: Final = json.dumps(
    {
        "order": {
            "client_order_id": "paper-d1-1",
            "decision_id": "d1",
            "intended_at": "2026-11-20T17:00:00+00:00",
            "origin": "recommended",
            "reserved": 6060000,
            "shares": 10,
            "side": "buy",
            "status": "intended",
            "ticker": "KO",
        }
    },
    separators=(",", ":"),
    sort_keys=True,
)


def figures() -> Iterator[Figure]:
    with a_folder() as folder:
        path = folder / "parley.sqlite"
        write(path)
        with reading(path) as connection:
            begun = time.perf_counter()
            end_of(connection, "paper")
            alone = ROWS / (time.perf_counter() - begun)
            begun = time.perf_counter()
            assert read_trail(connection, path).bad == ()
            together = ROWS / (time.perf_counter() - begun)
    cores = os.cpu_count() or 1
    limit = ROWS / hashing_s()
    yield Figure("journal verified, one process", alone, "rows/s", f"{alone / limit:.2f} × hashing alone")
    yield Figure(f"journal verified, {cores} processes", together, "rows/s", f"their start included; {ROWS:,} rows")


def chain() -> Iterator[Row]:
    """Rows as long as those of orders, each bound to the one before."""
    frames, head = Frames("paper"), ""
    for seq in range(1, ROWS + 1):
        at = f"2026-11-20T17:{seq // 60 % 60:02}:{seq % 60:02}.{seq % 999_999 + 1:06}+00:00"
        row: Row = (seq, at, BODY, head, "", "engine", "engine", "OrderIntended", None, None, None, None)
        head = sha256(line(frames, row).replace(',"hash":""', "", 1).encode()).hexdigest()
        yield (*row[:4], head, *row[5:])  # type: ignore[misc]  # a row with its hash


def write(path: Path) -> None:
    asyncio.run(created(path))
    columns = ", ".join(("account", *COLUMNS))
    marks = ", ".join("?" * (len(COLUMNS) + 1))
    found = (("paper", row[0], row[1].replace("T", " ")[:26], *row[2:]) for row in chain())
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany(f"INSERT INTO journal ({columns}) VALUES ({marks})", found)  # noqa: S608  # names of ours
        connection.commit()


async def created(path: Path) -> None:
    await (await SqlStore.open(path)).close()


def hashing_s() -> float:
    """Seconds that the hashes alone take."""
    text = BODY.encode() * 2
    begun = time.perf_counter()
    for _ in range(ROWS):
        sha256(text).hexdigest()
    return time.perf_counter() - begun
