"""The embedded scheduler on the machine's own clock: due jobs run for their hour, one at a time, late ones once."""

import asyncio
from datetime import UTC, datetime, timedelta

import apscheduler.schedulers.base
import pytest

import engine.adapters.scheduler
from engine.adapters.scheduler import Paced, Scheduler

TICK = timedelta(milliseconds=20)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def soon(after: datetime) -> datetime:
    """The next fiftieth of a second."""
    return EPOCH + ((after - EPOCH) // TICK + 1) * TICK


async def test_a_job_runs_at_the_hours_that_it_asks_for() -> None:
    scheduler, due = Scheduler(), []

    async def run(at: datetime) -> None:
        assert at <= datetime.now(UTC)
        due.append(at)

    scheduler.add("job", soon, run)
    scheduler.start()
    await asyncio.sleep(0.25)
    assert await scheduler.stop(1.0)
    assert len(due) >= 5
    assert due == sorted(set(due))
    assert all((at - EPOCH) % TICK == timedelta() for at in due)


async def test_one_under_way_is_not_begun_again_and_what_it_missed_is_made_up_once() -> None:
    scheduler, began, free = Scheduler(), [], asyncio.Event()

    async def run(at: datetime) -> None:
        began.append(at)
        await free.wait()

    scheduler.add("job", soon, run)
    scheduler.start()
    await asyncio.sleep(0.15)
    assert len(began) == 1
    free.set()
    await asyncio.sleep(0.05)
    assert 1 < len(began) < 6
    assert await scheduler.stop(1.0)


async def test_a_loop_that_was_held_up_makes_up_once() -> None:
    scheduler, due = Scheduler(), []

    async def run(at: datetime) -> None:
        due.append(at)

    scheduler.add("job", soon, run)
    scheduler.start()
    await asyncio.sleep(0.03)
    before = len(due)
    held_until = datetime.now(UTC) + timedelta(milliseconds=200)
    while datetime.now(UTC) < held_until:
        pass
    await asyncio.sleep(0)
    await asyncio.sleep(0.005)
    assert len(due) - before <= 2
    assert await scheduler.stop(1.0)


async def test_a_job_that_is_timed_anew_comes_at_its_new_hour() -> None:
    scheduler, ran, far = Scheduler(), asyncio.Event(), [timedelta(hours=1)]

    async def run(at: datetime) -> None:
        ran.set()

    scheduler.add("job", lambda after: after + far[0], run)
    scheduler.start()
    await asyncio.sleep(0.02)
    far[0] = timedelta(milliseconds=10)
    scheduler.retime("job")
    await asyncio.wait_for(ran.wait(), 2.0)
    assert await scheduler.stop(1.0)


async def test_what_is_asked_for_at_once_is_waited_for_at_the_end() -> None:
    scheduler, done = Scheduler(), []

    async def run() -> None:
        await asyncio.sleep(0.05)
        done.append(1)

    scheduler.start()
    scheduler.soon(run)
    await asyncio.sleep(0)
    assert await scheduler.stop(1.0)
    assert done == [1]


async def test_what_hangs_is_ended_when_the_grace_is_over() -> None:
    scheduler = Scheduler()
    scheduler.start()
    scheduler.soon(asyncio.Event().wait)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert not await scheduler.stop(0.02)


async def test_a_job_that_raises_runs_again() -> None:
    scheduler, times = Scheduler(), []

    async def run(at: datetime) -> None:
        times.append(at)
        raise KeyError("x")

    scheduler.add("job", soon, run)
    scheduler.start()
    await asyncio.sleep(0.1)
    assert len(times) > 1
    assert await scheduler.stop(1.0)


async def test_a_clock_that_is_put_back_holds_up_no_job_that_is_timed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    off = [timedelta()]

    class Machine(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + off[0]

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Machine)
    monkeypatch.setattr(engine.adapters.scheduler, "datetime", Machine)
    scheduler, ran = Scheduler(), {"replay": 0, "row": 0}

    async def beat() -> None:
        ran["replay"] += 1

    async def row(_at: datetime) -> None:
        ran["row"] += 1

    scheduler.every("replay", 0.02, beat)
    scheduler.add("row", lambda after: after + TICK, row)
    scheduler.start()
    await asyncio.sleep(0.1)
    off[0] = timedelta(hours=-1)
    await asyncio.sleep(0.03)
    before = dict(ran)
    scheduler.retime()
    await asyncio.sleep(0.15)
    assert await scheduler.stop(1.0)
    assert all(ran[name] - before[name] > 1 for name in ran)


def test_what_runs_every_so_often_keeps_its_pace_and_makes_up_once() -> None:
    paced, second = Paced(10.0), timedelta(seconds=1)
    assert paced.get_next_fire_time(None, EPOCH) == EPOCH + 10 * second
    assert paced.get_next_fire_time(EPOCH, EPOCH + second) == EPOCH + 10 * second
    assert paced.get_next_fire_time(EPOCH, EPOCH + 35 * second) == EPOCH + 40 * second
    assert paced.get_next_fire_time(EPOCH, EPOCH - 3600 * second) == EPOCH + 10 * second
