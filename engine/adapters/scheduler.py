"""The embedded scheduler: what runs every so many seconds of people's time, never twice at once."""

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

    def every(self, name: str, seconds: float, run: Callable[[], Awaitable[None]]) -> None:
        """Run `run` every so many seconds, from one interval after the start on."""
        self._jobs.add_job(run, "interval", seconds=max(seconds, SHORTEST_S), id=name, name=name)

    def start(self) -> None:
        self._jobs.start()

    def stop(self) -> None:
        """No job begins any more; one that runs is left to end."""
        if self._jobs.running:
            self._jobs.shutdown(wait=False)


def _failed(event: JobExecutionEvent) -> None:
    log.error("job.failed", job=event.job_id, error=repr(event.exception))
