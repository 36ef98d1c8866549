"""What is watched beside an engine while it runs, and what follows from it."""

import asyncio

from engine.bus import Bus
from engine.core import commands as c
from engine.live import Live
from engine.ports import Clock
from engine.watchdog import ClockWatch, Jump, LoopWatch


def noted(jump: Jump) -> c.Note:
    """What the owner is told of it: a sleep, or a clock put forward or back, whichever was longer."""
    if jump.slept_s > abs(jump.jumped_s):
        return c.Note(topic="machine_slept", facts={"seconds": round(jump.slept_s)})
    seconds = round(jump.jumped_s)
    return c.Note(topic="clock_jumped", facts={"back" if seconds < 0 else "ahead": abs(seconds)})


def watched(bus: Bus, live: Live, clock: Clock) -> list[asyncio.Task[None]]:
    """Watch the machine's clock and the event loop, until these tasks are cancelled."""

    async def jumped(jump: Jump) -> None:
        live.retime()
        await bus.do(noted(jump))

    async def stood(seconds: float) -> None:
        await bus.do(c.Note(topic="loop_blocked", facts={"seconds": round(seconds)}))

    machine, loop = ClockWatch(clock.wall, jumped), LoopWatch(stood)
    return [asyncio.create_task(machine.run()), asyncio.create_task(loop.run())]
