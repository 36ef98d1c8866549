"""Killed while money moves, over and over, on one account: every move is made once or not at all."""

import asyncio
import os
import random
import signal
import sqlite3
import time
import traceback
from contextlib import closing
from pathlib import Path

import pytest

from engine.core import commands as c
from engine.core.units import money
from engine.verify import verify_files
from engine.wiring import open_engine
from tests.journeys.house import ONCE, in_a_hurry
from tests.journeys.test_crash_points import plan

# 3.12 warns of every fork beside a thread; ours goes its own way at once and never comes back
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

LIVES = 8
PUT_IN = money(3)


def move(number: int) -> c.Command:
    """Every seventh begins anew with a sum that names it, the others put money in; the key makes each one once."""
    if number % 7 == 0:
        return c.ResetAccount(cash=money(10_000 + number), key=f"move-{number}")
    return c.MoveCash(amount=PUT_IN, key=f"move-{number}")


def expected(moves: int) -> int:
    """What is in the account after so many moves."""
    cash = money(100_000)
    for number in range(1, moves + 1):
        cash = money(10_000 + number) if number % 7 == 0 else cash + PUT_IN
    return cash


def test_no_kill_loses_or_doubles_money(tmp_path: Path) -> None:
    for name in ("load_calendar", "load_closes", "load_instruments"):
        ONCE[name]()
    chance = random.Random(38)
    for _ in range(LIVES):
        answered = a_life(tmp_path, chance.randint(1, 25), chance.uniform(0, 0.004))
        report = verify_files(tmp_path / "parley.sqlite", tmp_path / "paper.sqlite")
        assert report.sound, report.as_text()
        moves = stored(tmp_path)
        assert answered <= moves <= answered + 1
    asyncio.run(recovered(tmp_path))
    report = verify_files(tmp_path / "parley.sqlite", tmp_path / "paper.sqlite")
    assert (report.sound, report.transfers) == (True, 0)


def a_life(folder: Path, answers: int, then_s: float) -> int:
    """Kill an engine a moment after so many moves; returns the number of the last that was answered."""
    ready, tell = os.pipe()
    child = os.fork()
    if not child:
        try:
            asyncio.run(moving(folder, tell))
        except BaseException:  # noqa: BLE001  # it must not come back into the test that it is a copy of
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(tell)
    with os.fdopen(ready) as lines:
        told = [lines.readline() for _ in range(answers)]
        time.sleep(then_s)
        os.kill(child, signal.SIGKILL)
        told += lines.readlines()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    return int([line for line in told if line.endswith("\n")][-1])


async def moving(folder: Path, tell: int) -> None:
    patch = pytest.MonkeyPatch()  # in a process of its own, so nothing is put back
    in_a_hurry(patch)
    engine = await open_engine(plan(folder), lambda: False)
    assert engine.bus.state.transfers == ()
    for number in range(stored(folder) + 1, 100_000):
        await engine.bus.do(move(number))
        os.write(tell, f"{number}\n".encode())


async def recovered(folder: Path) -> None:
    """The engine as it comes up after the last death: all that was stored, booked by the broker too."""
    engine = await open_engine(plan(folder), lambda: False)
    state = engine.bus.state
    assert state.transfers == ()
    assert state.cash == state.contributed == expected(stored(folder))
    assert state.breakers == {}
    await engine.stop()


def stored(folder: Path) -> int:
    """How many moves are in the journal."""
    with closing(sqlite3.connect(f"file:{folder}/parley.sqlite?mode=ro", uri=True)) as connection:
        query = "SELECT count(*) FROM journal WHERE kind IN ('CashMoved', 'AccountReset')"
        (found,) = connection.execute(query).fetchone()
        return int(found)
