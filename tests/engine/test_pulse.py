"""What is known of each loop: its last run, how long it took, how late it came, what went wrong."""

import asyncio
from datetime import datetime, timedelta

from engine.pulse import Ailment, Pulse, Ran
from tests.builders import NOON


class Time:
    """Both clocks, put forward by hand."""

    def __init__(self) -> None:
        self.passed = 0.0

    def wall(self) -> datetime:
        return NOON + timedelta(seconds=self.passed)

    def ticks(self) -> float:
        return self.passed


def a_pulse() -> tuple[Time, Pulse]:
    time = Time()
    return time, Pulse(time.wall, time.ticks)


async def well() -> bool:
    return True


async def test_a_run_is_recorded_with_its_time_and_its_lateness() -> None:
    time, pulse = a_pulse()

    async def work() -> bool:
        time.passed += 2.5
        return True

    assert await pulse.run("watch stops", work, late_s=1.25) is Ran.WELL
    beat = pulse.of("watch stops")
    assert (beat.runs, beat.failures, beat.last_at, beat.took_s, beat.late_s) == (1, 0, NOON, 2.5, 1.25)
    assert pulse.ailments() == ()


async def test_one_that_raises_is_recorded_and_passes_nothing_on() -> None:
    _, pulse = a_pulse()

    async def bad() -> bool:
        raise KeyError("x")

    assert await pulse.run("watch stops", bad) is Ran.FAILED
    assert await pulse.run("breakers", well) is Ran.WELL
    assert pulse.ailments() == (Ailment("watch stops", "failing", 0.0, "KeyError"),)
    assert await pulse.run("watch stops", well) is Ran.WELL
    assert pulse.ailments() == ()
    assert (pulse.of("watch stops").runs, pulse.of("watch stops").failures) == (2, 1)


async def test_one_that_is_broken_off_by_trouble_is_neither_well_nor_failing() -> None:
    _, pulse = a_pulse()

    async def cut() -> bool:
        return False

    async def bad() -> bool:
        raise KeyError("x")

    assert await pulse.run("close", cut) is Ran.CUT
    assert pulse.ailments() == ()
    await pulse.run("close", bad)
    assert await pulse.run("close", cut) is Ran.CUT
    assert pulse.of("close").failing


async def test_one_under_way_is_not_begun_again_and_hangs_after_half_a_minute() -> None:
    time, pulse = a_pulse()
    free = asyncio.Event()

    async def hangs() -> bool:
        await free.wait()
        return True

    running = asyncio.create_task(pulse.run("watch stops", hangs))
    await asyncio.sleep(0)
    assert await pulse.run("watch stops", well) is Ran.AWAY
    time.passed = 30.0
    assert pulse.ailments() == ()
    time.passed = 31.0
    assert pulse.ailments() == (Ailment("watch stops", "hanging", 31.0),)
    free.set()
    assert await running is Ran.WELL
    assert (pulse.of("watch stops").runs, pulse.ailments()) == (1, ())


async def test_one_that_was_ended_from_outside_can_run_again() -> None:
    _, pulse = a_pulse()
    running = asyncio.create_task(pulse.run("watch stops", asyncio.Event().wait))
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await pulse.run("watch stops", well) is Ran.WELL


async def test_one_that_came_late_or_does_not_come_at_all_is_late() -> None:
    time, pulse = a_pulse()
    await pulse.run("snapshot", well, late_s=5.0)
    assert pulse.ailments() == ()
    await pulse.run("snapshot", well, late_s=6.0)
    assert pulse.ailments() == (Ailment("snapshot", "late", 6.0),)
    await pulse.run("snapshot", well)
    pulse.of("snapshot").next_at = NOON + timedelta(seconds=60)
    time.passed = 65.0
    assert pulse.ailments() == ()
    time.passed = 75.0
    assert pulse.ailments() == (Ailment("snapshot", "late", 15.0),)


def test_loops_are_known_in_the_order_of_the_table() -> None:
    _, pulse = a_pulse()
    pulse.know(["b", "a"])
    pulse.of("c")
    assert [beat.name for beat in pulse.beats] == ["b", "a", "c"]
