"""The embedded scheduler: what runs by people's time, every so many seconds or when asked, never twice at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

log = structlog.get_logger(__name__)

SHORTEST_S: Final = 0.001

Next: TypeAlias = Callable[[datetime], datetime]


class Asked(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """When a job runs next is asked anew each time, for an instant later than now: what was missed is made up once."""

    def __init__(self, after: Next) -> None:
        self._after = after
        self.due_at: datetime | None = None

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Remember what is being fired, and say what comes after it; instants are aware UTC."""
        if previous is None:
            return self._after(now)
        self.due_at = previous
        return self._after(max(previous, now))


class Paced(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Every so many seconds, from one interval after now on; what was missed is made up once."""

    def __init__(self, seconds: float) -> None:
        self._span = timedelta(seconds=max(seconds, SHORTEST_S))

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The first instant later than now, whole intervals after the last; aware UTC."""
        last = previous or now
        return last + max((now - last) // self._span + 1, 1) * self._span


class Scheduler:
    """APScheduler in this process. A late run is made up for once; a job that raises is logged and runs again."""

    def __init__(self) -> None:
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what fails is logged by us
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._jobs = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self._jobs.add_listener(_failed, EVENT_JOB_ERROR)
        self._triggers: dict[str, Asked | Paced] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def every(self, name: str, seconds: float, run: Callable[[], Awaitable[None]]) -> None:
        """Run `run` every so many seconds, from one interval after the start on."""
        paced = self._triggers[name] = Paced(seconds)
        self._jobs.add_job(self._counted, paced, args=(run,), id=name, name=name)

    def add(self, name: str, after: Next, run: Callable[[datetime], Awaitable[None]]) -> None:
        """Run `run` whenever `after` says, which is asked for the first instant later than the one that it is given.

        `run` is told for when it was due.
        """
        asked = self._triggers[name] = Asked(after)

        async def due() -> None:
            assert asked.due_at is not None
            at = asked.due_at
            await self._counted(lambda: run(at))

        self._jobs.add_job(due, asked, id=name, name=name)

    def soon(self, run: Callable[[], Awaitable[None]]) -> None:
        """Run `run` as soon as the event loop gets to it."""
        task = asyncio.get_running_loop().create_task(self._counted(run))
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("job.failed", job="soon", error=repr(error))

    def retime(self, *names: str) -> None:
        """Ask anew when these jobs run next, all if none is named; one that is due already stays so."""
        now = datetime.now(UTC)
        for name in names or tuple(self._triggers):
            job = self._jobs.get_job(name)
            planned = getattr(job, "next_run_time", None)
            if planned is None or planned <= now:
                continue
            at = self._triggers[name].get_next_fire_time(None, now)
            if at != planned:
                self._jobs.modify_job(name, next_run_time=at)
        if self._jobs.running:
            self._jobs.wakeup()

    async def _counted(self, run: Callable[[], Awaitable[None]]) -> None:
        self._under_way += 1
        self._idle.clear()
        try:
            await run()
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    def start(self) -> None:
        self._jobs.start()

    async def stop(self, grace_s: float) -> bool:
        """Begin no job any more and wait for those under way; false if they took longer than that and were ended."""
        if not self._jobs.running:
            return True
        self._jobs.pause()
        try:
            await asyncio.wait_for(self._idle.wait(), grace_s)
        except TimeoutError:
            for task in self._tasks:
                task.cancel()
            return False
        finally:
            self._jobs.shutdown(wait=False)
        return True


def _failed(event: JobExecutionEvent) -> None:
    log.error("job.failed", job=event.job_id, error=repr(event.exception))
