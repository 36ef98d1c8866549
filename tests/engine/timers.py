"""A timer that a test drives: it calls what is due by the fake clock, as the scheduler does by the machine's."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from tests.engine.scenes import Hands


class FakeTimer:
    """Jobs by name; those that come due together run in the order in which they were added, one after the other."""

    def __init__(self, clock: Hands) -> None:
        self.clock = clock
        self.planned: dict[str, datetime] = {}
        self._jobs: dict[str, tuple[Callable[[datetime], datetime], Callable[[datetime], Awaitable[None]]]] = {}
        self._soon: list[Callable[[], Awaitable[None]]] = []

    def add(self, name: str, after: Callable[[datetime], datetime], run: Callable[[datetime], Awaitable[None]]) -> None:
        self._jobs[name] = (after, run)
        self.planned[name] = after(self.clock.wall_now)

    def soon(self, run: Callable[[], Awaitable[None]]) -> None:
        self._soon.append(run)

    def retime(self, *names: str) -> None:
        for name in names or self._jobs:
            if self.planned[name] > self.clock.wall_now:
                self.planned[name] = self._jobs[name][0](self.clock.wall_now)

    async def settle(self) -> None:
        """Run what was asked for at once."""
        while self._soon:
            await self._soon.pop(0)()

    async def until(self, at: datetime) -> None:
        """Let time pass to this instant, and run all that comes due on the way, at its time."""
        await self.settle()
        while (first := min(self.planned.values())) <= at:
            self.set(max(first, self.clock.wall_now))
            await self.ring()
        self.set(at)

    async def ring(self) -> None:
        """Run whatever is due now, once each, however late."""
        now = self.clock.wall_now
        for name in [name for name, at in self.planned.items() if at <= now]:
            after, run = self._jobs[name]
            due, self.planned[name] = self.planned[name], after(max(now, self.planned[name]))
            await run(due)
        await self.settle()

    def set(self, at: datetime) -> None:
        """Put both times there, which are one in a live market."""
        self.clock.wall_now = self.clock.market_now = at

    def jump(self, span: timedelta) -> None:
        """Put people's clock, and so the market's, forward or back."""
        self.set(self.clock.wall_now + span)
