"""Watching the machine under the engine: a clock that jumps, a sleep, an event loop that is held up."""

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, NamedTuple

import structlog

log = structlog.get_logger(__name__)

JUMP_S: Final = 3.0
"""A clock that is off by more than this since the last look has jumped."""

BLOCKED_S: Final = 3.0
"""An event loop that does nothing for longer than this is held up."""

LOOK_S: Final = 1.0


class Jump(NamedTuple):
    """How far people's clock went beyond its own pace (back: negative), and how long the machine slept; seconds."""

    jumped_s: float
    slept_s: float


def awake_and_asleep() -> float:
    """Seconds by a clock that goes on while the machine sleeps; where the system has none, by one that does not."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class ClockWatch:
    """Holds people's clock against two that nobody can set: one that stands still while the machine sleeps."""

    def __init__(
        self,
        wall: Callable[[], datetime],
        noticed: Callable[[Jump], Awaitable[None]],
        awake: Callable[[], float] = time.monotonic,
        always: Callable[[], float] = awake_and_asleep,
    ) -> None:
        """`noticed` hears of every jump and every sleep of more than a few seconds."""
        self._wall, self._noticed, self._awake, self._always = wall, noticed, awake, always
        self._last = self._now()

    def _now(self) -> tuple[float, float, float]:
        return self._wall().timestamp(), self._awake(), self._always()

    def look(self) -> Jump | None:
        """What happened since the last look; None where every clock kept its pace."""
        now, last = self._now(), self._last
        wall, awake, always = (after - before for after, before in zip(now, last, strict=True))
        self._last = now
        jump = Jump(wall - always, always - awake)
        return jump if max(abs(jump.jumped_s), jump.slept_s) > JUMP_S else None

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look every second, for ever."""
        while True:
            await sleep(LOOK_S)
            jump = self.look()
            if jump is None:
                continue
            log.warning("clock.jumped", seconds=jump.jumped_s, slept=jump.slept_s)
            try:
                await self._noticed(jump)
            except Exception:  # what follows from one jump must not blind us for the next
                log.exception("clock.unheard")


class LoopWatch:
    """A thread that sees when the event loop stands still, and writes down what holds it up."""

    def __init__(
        self, over: Callable[[float], Awaitable[None]], limit_s: float = BLOCKED_S, every_s: float = 0.5
    ) -> None:
        """`over` hears for how many seconds it stood, once it goes on."""
        self._over, self._limit_s, self._every_s = over, limit_s, every_s
        self._touched = time.monotonic()
        self._done = threading.Event()

    async def run(self) -> None:
        """Breathe for ever, while the thread listens."""
        self._touched = time.monotonic()
        thread = threading.Thread(target=self._listen, args=(threading.get_ident(),), name="loop-watch", daemon=True)
        thread.start()
        try:
            await self._breathe()
        finally:
            self._done.set()

    async def _breathe(self) -> None:
        while True:
            self._touched = before = time.monotonic()
            await asyncio.sleep(self._every_s)
            stood = time.monotonic() - before - self._every_s
            if stood <= self._limit_s:
                continue
            try:
                await self._over(stood)
            except Exception:  # it is watched on, whoever could not hear of it
                log.exception("loop.unheard")

    def _listen(self, watched: int) -> None:
        """In a thread of its own: tell once, while it lasts, where the event loop stands."""
        told = 0.0
        while not self._done.wait(self._every_s):
            touched = self._touched
            stands = time.monotonic() - touched - self._every_s
            if stands > self._limit_s and told != touched:
                told = touched
                log.error("loop.blocked", seconds=stands, stack=stack_of(watched))


def stack_of(thread: int) -> str:
    """Where a thread is now, as a traceback shows it."""
    frame = sys._current_frames().get(thread)  # noqa: SLF001  # there is no other way to another thread's stack
    return "".join(traceback.format_stack(frame)) if frame is not None else ""
