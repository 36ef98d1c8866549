"""Killed at any instant, over and over, on one folder: nothing is lost, nothing is done twice."""

import asyncio
import os
import random
import select
import shutil
import signal
import sqlite3
import time
import traceback
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest

from bot import app
from bot.config import Options
from bot.folder import DataFolder
from engine.adapters.sql_store.copying import copied
from engine.core.state import State
from engine.verify import verify_files
from tests.journeys.house import ONCE, People, Visit, Wall, in_a_hurry, settings_of, the_language
from tests.servers import Postgres

# 3.12 warns of every fork beside a thread; ours goes its own way at once and never comes back
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

LONGEST_LIFE_S = 0.15
LOOKED_AT = 5  # on a server, one life in so many is looked at: it has to be copied for that
STARTING = 4  # one life in so many ends before its engine is up
STARTS = ("engine_started", "engine_degraded", "engine_recovered")

DECISIONS = """
    SELECT session, ticker, side, origin, shares, reason, price, stop, take FROM decisions ORDER BY rowid
"""
ORDERS = "SELECT ticker, side, shares, filled_shares, status, proceeds, intended_at FROM orders ORDER BY rowid"
FILLS = "SELECT ticker, side, shares, price, fee, at FROM fills ORDER BY rowid"
TRADES = "SELECT ticker, shares, entry, exit, realised, origin FROM closed_trades ORDER BY rowid"
LEDGER = "SELECT amount, balance_after, at FROM reserve_pool_ledger ORDER BY number"
NEWS = "SELECT event_type, key, priority, facts, at FROM notifications WHERE event_type NOT IN (?, ?, ?) ORDER BY id"
ACCOUNT = "SELECT cash, realised, fees, reserve, peak, version, market_at FROM accounts"
POSITIONS = "SELECT ticker, shares, cost FROM positions ORDER BY ticker"


class Home(NamedTuple):
    """Where an account lives: a folder, and for its database a server's address (None: a file in the folder)."""

    folder: Path
    server: str | None = None


def test_no_kill_loses_or_doubles_anything(tmp_path: Path) -> None:
    live_and_die(Home(tmp_path / "killed"), Home(tmp_path / "whole"), random.Random(15), 15)


def test_no_kill_loses_or_doubles_anything_on_a_server(
    tmp_path: Path, postgres_server: Postgres, migrated: str
) -> None:
    one, other = (postgres_server.new_database(template=migrated) for _ in range(2))
    live_and_die(Home(tmp_path / "killed", one), Home(tmp_path / "whole", other), random.Random(16), 15)


@pytest.mark.slow
def test_a_thousand_kills(tmp_path: Path) -> None:
    live_and_die(Home(tmp_path / "killed"), Home(tmp_path / "whole"), random.Random(1000), 1000)


@pytest.mark.slow
def test_a_thousand_kills_on_a_server(tmp_path: Path, postgres_server: Postgres, migrated: str) -> None:
    one, other = (postgres_server.new_database(template=migrated) for _ in range(2))
    live_and_die(Home(tmp_path / "killed", one), Home(tmp_path / "whole", other), random.Random(1001), 1000)


def live_and_die(killed: Home, whole: Home, chance: random.Random, lives: int) -> None:
    ready_to_be_born()
    counts: dict[str, int] = {}
    for life in range(lives):
        kill_within(killed, chance, starting=life % STARTING == 0)
        if not (killed.folder / "paper.sqlite").exists() or life % (LOOKED_AT if killed.server else 1):
            continue
        with at_hand(killed) as files:
            report = verify_files(files / "parley.sqlite", files / "paper.sqlite")
        assert report.sound, report.as_text()
        counted = asdict(report.counts["paper"]) if report.counts else {}
        assert all(counted.get(what, 0) >= number for what, number in counts.items()), "counts only grow"
        counts = counted
    with at_hand(killed) as files:
        last = the_end(files)
    live(killed, last)
    live(whole, last)
    with at_hand(killed) as one, at_hand(whole) as other:
        assert what_happened(one) == what_happened(other)
        for files in (one, other):
            assert verify_files(files / "parley.sqlite", files / "paper.sqlite").sound


@contextmanager
def at_hand(home: Home) -> Iterator[Path]:
    """Its files; what a server holds is copied into one."""
    if home.server is None:
        yield home.folder
        return
    with TemporaryDirectory() as folder:
        asyncio.run(copied(home.server, Path(folder, "parley.sqlite")))
        for file in home.folder.glob("paper.sqlite*"):
            shutil.copy(file, folder)
        yield Path(folder)


def ready_to_be_born() -> None:
    """What every life needs is made before the first of them."""
    the_language()
    for name in ("load_calendar", "load_closes", "load_instruments"):
        ONCE[name]()


def kill_within(home: Home, chance: random.Random, *, starting: bool) -> None:
    """Begin a life and end it by SIGKILL, before its engine is up or some time after."""
    ready, tell = os.pipe()
    child = born(home, None, tell)
    os.close(tell)
    if not starting:
        assert select.select([ready], [], [], 60)[0], "the engine did not start"
    time.sleep(chance.uniform(0, LONGEST_LIFE_S))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(ready)


def live(home: Home, last: date) -> None:
    """A life that ends by itself, gracefully, with the summary of session `last`."""
    _, status = os.waitpid(born(home, last, os.open(os.devnull, os.O_WRONLY)), 0)
    assert os.waitstatus_to_exitcode(status) == 0


def born(home: Home, last: date | None, ready: int) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        asyncio.run(trading(home, last, ready))
        code = 0
    except BaseException:  # noqa: BLE001  # it must not come back into the test that it is a copy of
        traceback.print_exc()
    finally:
        os._exit(code)


async def trading(home: Home, last: date | None, ready: int) -> None:
    """The house as `parley` runs it: an owner who lets it trade, then engine, scheduler and notifier at full speed."""
    wall = Wall()
    patch = pytest.MonkeyPatch()  # in a process of its own, so nothing is put back
    patch.setattr(app, "local_channel", lambda *_, **__: wall)
    in_a_hurry(patch)
    async with AsyncExitStack() as stack:
        files = stack.enter_context(DataFolder.open(home.folder))
        house = await app.build(settings_of(home.folder, server=home.server), Options(), files, stack)
        owner = Visit(house, People(), wall)
        if owner.state.preferences.trading.autonomy != "auto":
            await owner.agree("trade for me")
        if owner.state.preferences.trading.risk_tolerance != "moderate":
            await owner.agree("set my risk to moderate")
        news = asyncio.create_task(house.notifier.run())
        if last is None:
            house.engine.start(0)
            os.write(ready, b".")
            await asyncio.sleep(60)
        while last is not None and not told_of(owner.state, last):
            await house.engine.replay.beat()
        news.cancel()


def told_of(state: State, session: date) -> bool:
    return state.tally.session is not None and state.tally.session >= session and state.tally.summarised


def the_end(folder: Path) -> date:
    """The session with whose summary both lives are to end: the one that had begun by then."""
    (at,) = rows(folder, "SELECT market_at FROM accounts")[0]
    return datetime.fromisoformat(at).date()


def what_happened(folder: Path) -> dict[str, list[Any]]:
    """Everything that an account did, without the numbers that count commits, and without its starts."""
    queries = {
        "decisions": DECISIONS,
        "orders": ORDERS,
        "fills": FILLS,
        "trades": TRADES,
        "ledger": LEDGER,
        "account": ACCOUNT,
        "positions": POSITIONS,
    }
    told = {name: rows(folder, query) for name, query in queries.items()}
    return {**told, "news": rows(folder, NEWS, STARTS)}


def rows(folder: Path, query: str, values: tuple[str, ...] = ()) -> list[Any]:
    with closing(sqlite3.connect(f"file:{folder}/parley.sqlite?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()
