"""Clocks that jump, machines that sleep, and an event loop that is held up."""

import asyncio
import time
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from engine.watchdog import ClockWatch, Jump, LoopWatch, awake_and_asleep
from engine.wiring.watches import noted
from tests.builders import NOON


class Machine:
    """Three clocks: people's, one that stands still in sleep, one that does not."""

    def __init__(self) -> None:
        self.wall_s = self.awake_s = self.always_s = 0.0
        self.heard: list[Jump] = []

    def passes(self, seconds: float) -> None:
        self.wall_s += seconds
        self.awake_s += seconds
        self.always_s += seconds

    def sleeps(self, seconds: float) -> None:
        self.wall_s += seconds
        self.always_s += seconds

    async def hear(self, jump: Jump) -> None:
        self.heard.append(jump)

    def watch(self) -> ClockWatch:
        return ClockWatch(
            lambda: NOON + timedelta(seconds=self.wall_s), self.hear, lambda: self.awake_s, lambda: self.always_s
        )


def test_time_that_passes_is_no_jump() -> None:
    machine = Machine()
    watch = machine.watch()
    for seconds in (1.0, 3600.0):
        machine.passes(seconds)
        assert watch.look() is None


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_put_back_or_forward_is_noticed_once(hours: int) -> None:
    machine = Machine()
    watch = machine.watch()
    machine.passes(1.0)
    machine.wall_s += 3600 * hours
    jump = watch.look()
    assert jump is not None
    assert (round(jump.jumped_s), round(jump.slept_s)) == (3600 * hours, 0)
    machine.passes(1.0)
    assert watch.look() is None


def test_a_machine_that_slept_has_a_clock_that_is_right() -> None:
    machine = Machine()
    watch = machine.watch()
    machine.sleeps(28_800.0)
    jump = watch.look()
    assert jump is not None
    assert (round(jump.jumped_s), round(jump.slept_s)) == (0, 28_800)


def test_a_small_correction_is_none() -> None:
    machine = Machine()
    watch = machine.watch()
    machine.wall_s += 2.9
    assert watch.look() is None


@pytest.mark.parametrize(
    ("jump", "topic", "facts"),
    [
        (Jump(-3600.2, 0.0), "clock_jumped", {"back": 3600}),
        (Jump(7200.0, 0.0), "clock_jumped", {"ahead": 7200}),
        (Jump(0.4, 28_800.0), "machine_slept", {"seconds": 28_800}),
    ],
)
def test_what_the_owner_is_told_of_it(jump: Jump, topic: str, facts: dict[str, int]) -> None:
    note = noted(jump)
    assert (note.topic, note.facts) == (topic, facts)


async def test_it_looks_every_second_and_goes_on_when_nobody_could_hear() -> None:
    machine = Machine()
    slept: list[float] = []

    async def deaf(jump: Jump) -> None:
        machine.heard.append(jump)
        raise OSError("nobody there")

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 4:
            raise asyncio.CancelledError
        machine.passes(seconds)
        machine.wall_s += 60.0

    watch = ClockWatch(
        lambda: NOON + timedelta(seconds=machine.wall_s), deaf, lambda: machine.awake_s, lambda: machine.always_s
    )
    with pytest.raises(asyncio.CancelledError), capture_logs():
        await watch.run(sleep)
    assert slept == [1.0] * 4
    assert len(machine.heard) == 3


def test_the_clock_that_goes_on_in_sleep_goes_forward() -> None:
    before = awake_and_asleep()
    assert awake_and_asleep() >= before


def held_up_here() -> None:
    time.sleep(0.25)


async def test_a_loop_that_is_held_up_is_logged_with_its_stack_and_told_when_it_is_over() -> None:
    heard: list[float] = []

    async def over(seconds: float) -> None:
        heard.append(seconds)

    with capture_logs() as logs:
        watch = asyncio.create_task(LoopWatch(over, limit_s=0.1, every_s=0.01).run())
        await asyncio.sleep(0.05)
        assert logs == []
        held_up_here()
        blocked = [entry for entry in logs if entry["event"] == "loop.blocked"]
        await asyncio.sleep(0.05)
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
    assert len(blocked) == 1, "told once, and while it lasted"
    assert "held_up_here" in blocked[0]["stack"]
    assert len(heard) == 1
    assert 0.15 < heard[0] < 5.0
