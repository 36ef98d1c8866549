"""How fast the replayed market goes by, with everything stored as it happens."""

import asyncio
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from benchmarks.measure import Figure, a_folder
from bot.log import start_log
from engine.core import commands as c
from engine.core.policy import DEFAULT_POLICY
from engine.core.units import DOLLAR
from engine.wiring import Plan, open_engine

SESSIONS: Final = 40


def figures() -> Iterator[Figure]:
    with a_folder() as folder:
        rate, commits = asyncio.run(replayed(folder))
        yield Figure(
            "replayed sessions", rate, "a second", f"trading alone, {commits / SESSIONS:.0f} journal rows each"
        )


async def replayed(folder: Path) -> tuple[float, int]:
    """Sessions a second, and how many journal rows they wrote."""
    plan = Plan(
        database=folder / "parley.sqlite",
        book=folder / "paper.sqlite",
        start=date(2020, 2, 3),
        start_asked=False,
        cash=100_000 * DOLLAR,
        policy=DEFAULT_POLICY,
    )
    start_log(folder / "parley.log", "info")
    engine = await open_engine(plan, lambda: False)
    await engine.bus.do(c.ChangePreferences(patch={"trading.autonomy": "auto"}, by="benchmark"))
    first, begun = engine.bus.state.seq, time.perf_counter()
    while len(engine.history.snapshots) < SESSIONS:
        await engine.replay.beat()
    took = time.perf_counter() - begun
    rows = engine.bus.state.seq - first
    await engine.stop()
    return SESSIONS / took, rows
