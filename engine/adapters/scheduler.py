"""The embedded scheduler: what runs every so many seconds of people's time, never twice at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Final

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger(__name__)

SHORTEST_S: Final = 0.001


class Scheduler:
    """APScheduler in this process. A late run is made up for once; a job that raises is logged and runs again."""

    def __init__(self) -> None:
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of every beat that came too early
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._jobs = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self._jobs.add_listener(_failed, EVENT_JOB_ERROR)
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def every(self, name: str, seconds: float, run: Callable[[], Awaitable[None]]) -> None:
        """Run `run` every so many seconds, from one interval after the start on."""
        seconds = max(seconds, SHORTEST_S)
        self._jobs.add_job(self._counted, "interval", args=(run,), seconds=seconds, id=name, name=name)

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
            return False
        finally:
            self._jobs.shutdown(wait=False)
        return True


def _failed(event: JobExecutionEvent) -> None:
    log.error("job.failed", job=event.job_id, error=repr(event.exception))
