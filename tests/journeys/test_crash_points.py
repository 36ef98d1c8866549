"""Each named instant of death is met once by an account that trades: nothing is lost and nothing done twice."""

import asyncio
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Sequence
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from bot.bad_config import BadConfig
from bot.config import load
from bot.message import Button
from bot.notify import Notifier
from bot.phrases import Phrases
from engine import crash
from engine.adapters.paper_broker.broker import Venue
from engine.core import commands as c
from engine.core.policy import DEFAULT_POLICY
from engine.core.units import money
from engine.verify import verify_files
from engine.wiring import Engine, Plan, open_engine
from tests.journeys.house import in_a_hurry
from tests.journeys.test_kill import told_of, what_happened

# 3.12 warns of every fork beside a thread; ours goes its own way at once and never comes back
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

ELSEWHERE: Final = {"before_push", "after_push"}
"""Points of the queue to an outside broker: tests/engine/adapters/test_queue_broker.py visits them."""
LAST: Final = date(2020, 2, 4)
WAITS: Final = "KO"
"""The broker never sees a price of it: an order in it waits until it is cancelled."""
OFTEN: Final = {
    "before_commit": 30,
    "in_commit": 41,
    "after_commit": 23,
    "before_book": 3,
    "in_book": 4,
    "after_book": 5,
}
"""Which time it is met on, where that is not the first."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An account that was never killed; what its life worked out, those that are born after it know."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        asyncio.run(a_life(folder, patch))
    return folder


@pytest.mark.parametrize("point", [point for point in crash.POINTS if point not in ELSEWHERE])
def test_a_death_there_loses_nothing_and_doubles_nothing(point: str, whole: Path, tmp_path: Path) -> None:
    assert lived(tmp_path, f"{point}:{OFTEN.get(point, 1)}") == -signal.SIGKILL
    report = verify_files(tmp_path / "parley.sqlite", tmp_path / "paper.sqlite")
    assert report.sound, report.as_text()
    assert lived(tmp_path) == 0
    assert what_happened(tmp_path) == what_happened(whole)
    assert told_twice(tmp_path) == told_twice(whole) + (point == "after_delivery")
    report = verify_files(tmp_path / "parley.sqlite", tmp_path / "paper.sqlite")
    assert (report.sound, report.waiting, report.transfers) == (True, 0, 0), report.as_text()


@pytest.mark.slow
@pytest.mark.parametrize("point", [point for point in crash.POINTS if point not in ELSEWHERE])
def test_a_death_there_the_next_time_and_the_next(point: str, whole: Path, tmp_path: Path) -> None:
    """Every life ends there on its next turn, until one comes to its end."""
    deaths = 0
    while lived(tmp_path, f"{point}:{deaths % 7 + 1}") == -signal.SIGKILL and deaths < 60:
        deaths += 1
        report = verify_files(tmp_path / "parley.sqlite", tmp_path / "paper.sqlite")
        assert report.sound, report.as_text()
    assert deaths
    assert lived(tmp_path) == 0
    assert what_happened(tmp_path) == what_happened(whole)


def test_the_program_dies_where_the_environment_says(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "--data", str(tmp_path / "data"), "--plain"]
    environment = {**os.environ, crash.VARIABLE: "in_commit:2"}
    found = subprocess.run(command, env=environment, capture_output=True, check=False, input=b"", timeout=60)
    assert found.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (
            "before_comit",
            "'before_comit' is neither a point nor a number of times above 0; did you mean before_commit?",
        ),
        ("in_commit:0", "'0' is neither a point nor a number of times above 0"),
        ("in_commit:", "'' is neither a point nor a number of times above 0"),
        ("in_commit:twice", "'twice' is neither a point nor a number of times above 0"),
    ],
)
def test_an_unknown_point_is_refused_at_the_start(wanted: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(crash.VARIABLE, wanted)
    with pytest.raises(BadConfig) as refused:
        load()
    assert str(refused.value) == f"environment: PARLEY_CRASH_AT: {said}"


def lived(folder: Path, dies_at: str | None = None) -> int:
    """The exit code of a life on this folder, in a process of its own."""
    child = os.fork()
    if not child:
        try:
            crash.aim_at(dies_at)
            asyncio.run(a_life(folder, pytest.MonkeyPatch()))
            os._exit(0)
        except BaseException:  # noqa: BLE001  # it must not come back into the test that it is a copy of
            traceback.print_exc()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


async def a_life(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """From wherever it was to the summary of the last session, with an owner who does the same in every life."""
    in_a_hurry(patch)
    patch.setattr(Venue, "floor", without_prices_of(WAITS))
    engine = await open_engine(plan(folder), lambda: False)
    mine = {"trading.autonomy": "auto", "trading.risk_tolerance": "moderate"}
    await engine.bus.do(c.ChangePreferences(patch=mine, by="owner", key="mine"))
    notifier = Notifier(lambda: engine.bus.state, engine.store, engine.clock, words(), shown_on(folder))
    while not told_of(engine.bus.state, LAST):
        assert engine.health.ok, engine.health.why
        await at_the_end_of_the_day(engine)
        await engine.replay.beat()
        await in_the_window(engine)
        await notifier.flush()
        await engine.notary.sign()
    await engine.stop()


async def at_the_end_of_the_day(engine: Engine) -> None:
    """Once the first day is told he moves money, and the broker books it."""
    if told_of(engine.bus.state, date(2020, 2, 3)):
        await engine.bus.do(c.MoveCash(amount=money(1_000), by="owner", key="in"))
        await engine.bus.do(c.MoveCash(amount=-money(300), by="owner", key="out"))


async def in_the_window(engine: Engine) -> None:
    """On the second day he buys what nobody sells, and thinks better of it."""
    scene = await engine.bus.scene()
    if scene.day.date == date(2020, 2, 4) and scene.session is not None and scene.at > scene.session.opens_at:
        await engine.bus.do(c.Buy(ticker=WAITS, shares=3, by="owner", key="buy"))
        await engine.bus.do(c.CancelOrders(tickers=(WAITS,), by="owner", key="cancel"))


def without_prices_of(ticker: str) -> Any:
    """The broker's market shows none; ours does."""
    floor = Venue.floor

    async def shown(venue: Venue, now: Any) -> Any:
        found = await floor(venue, now)
        return found._replace(shown={name: one for name, one in found.shown.items() if name != ticker})

    return shown


def shown_on(folder: Path) -> Any:
    """A wall that outlives its painter: what was pushed stands in a file."""

    async def push(text: str, _: Sequence[Button]) -> None:
        with (folder / "wall").open("a") as wall:
            wall.write(text.replace("\n", " ") + "\n")

    return push


def told_twice(folder: Path) -> int:
    """How many lines of the wall stand there more often than once, one after the other."""
    lines = (folder / "wall").read_text().splitlines()
    return sum(one == other for one, other in pairwise(lines))


@cache
def words() -> Phrases:
    return Phrases.load()


def plan(folder: Path) -> Plan:
    return Plan(
        database=folder / "parley.sqlite",
        book=folder / "paper.sqlite",
        start=date(2020, 2, 3),
        start_asked=False,
        cash=money(100_000),
        policy=DEFAULT_POLICY,
    )
