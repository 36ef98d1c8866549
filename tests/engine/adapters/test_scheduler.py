"""The embedded scheduler on the machine's own clock: due jobs run for their hour, one at a time, late ones once."""

import asyncio
from datetime import UTC, datetime, timedelta

from engine.adapters.scheduler import Scheduler

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
