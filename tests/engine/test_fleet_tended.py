"""What protects each account of a fleet: kill switches, comparison of the books, signs of life, at their own pace."""

from datetime import date
from pathlib import Path

from engine.adapters.kill_file import EitherFile, KillFile
from engine.core import commands as c
from engine.core.policy import DEFAULT_POLICY
from engine.core.units import money
from engine.fleet_replay import FleetReplay
from engine.wiring.fleet import open_fleet
from engine.wiring.plan import Plan

NAMES = ("anna", "bob")


def a_plan(folder: Path) -> Plan:
    return Plan(
        database=folder / "parley.sqlite",
        book=folder / "book.sqlite",
        start=date(2020, 3, 2),
        start_asked=False,
        cash=money("100000"),
        policy=DEFAULT_POLICY,
        kill=folder / "kill",
    )


def stopped(replay: FleetReplay) -> list[str]:
    return [name for name, crew in replay.fleet.crews.items() if crew.bus.state.killed_at is not None]


async def test_each_account_has_a_kill_switch_and_the_folders_stops_all(tmp_path: Path) -> None:
    ticks = [0.0]
    async with open_fleet(a_plan(tmp_path), NAMES) as replay:
        replay._ticks = lambda: ticks[0]
        bob = replay.fleet.crews["bob"].bus
        (tmp_path / "kill-bob").touch()
        await replay.tend()
        assert stopped(replay) == ["bob"]
        await bob.do(c.ResumeEntries(by="owner"))
        assert not (tmp_path / "kill-bob").exists()
        (tmp_path / "kill").touch()
        ticks[0] = 0.9
        await replay.tend()
        assert stopped(replay) == []
        ticks[0] = 1.0
        await replay.tend()
        assert stopped(replay) == ["anna", "bob"]
        await bob.do(c.ResumeEntries(by="owner"))
        ticks[0] = 2.0
        await replay.tend()
        assert stopped(replay) == ["anna", "bob"], "the folder's stands until it is taken away"
        (tmp_path / "kill").unlink()
        await bob.do(c.ResumeEntries(by="owner"))
        ticks[0] = 3.0
        await replay.tend()
        assert stopped(replay) == ["anna"]
    async with open_fleet(a_plan(tmp_path), NAMES) as replay:
        assert stopped(replay) == ["anna"]


async def test_each_account_gives_signs_of_life_compares_its_books_and_stops_in_good_order(tmp_path: Path) -> None:
    ticks = [0.0]
    async with open_fleet(a_plan(tmp_path), NAMES) as replay:
        replay._ticks = lambda: ticks[0]
        bob = replay.fleet.crews["bob"]
        await replay.tend()
        signs = await bob.bus._store.heartbeats()
        assert [(one.account, one.healthy, one.stopped) for one in signs] == [
            ("anna", True, False),
            ("bob", True, False),
        ]
        for ticks[0] in (899.0, 900.0):
            await replay.tend()
        runs = {name: bob.pulse.of(name).runs for name in ("heartbeat", "reconcile with the broker")}
        assert runs == {"heartbeat": 2, "reconcile with the broker": 2}
    async with open_fleet(a_plan(tmp_path), NAMES) as replay:
        signs = await replay.fleet.crews["bob"].bus._store.heartbeats()
        assert [one.stopped for one in signs] == [True, True]


def test_either_file_stops_and_its_own_alone_is_cleared(tmp_path: Path) -> None:
    own, of_all = KillFile(tmp_path / "kill-anna"), KillFile(tmp_path / "kill")
    either = EitherFile(own, of_all)
    assert either.thrown() is None
    either.throw("anna")
    assert (own.thrown() is not None, of_all.thrown()) == (True, None)
    of_all.throw("the host")
    either.clear()
    assert own.thrown() is None
    assert (either.thrown() or "").startswith("the host")
