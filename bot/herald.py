"""News where nobody listens: they go to the log as they happen, and wait in the store for whoever connects next.

What is grave, and that the engine starts and stops, is said on standard error, too: whoever keeps a service's words,
as journald does, has them although the disk of the log is full.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from bot.notify import worded
from bot.phrases import Phrases
from engine.bus import Done
from engine.core.announce import announced
from engine.core.announcement import Announcement, Moment
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.words import Priority

log = structlog.get_logger(__name__)

GRAVE: Final = frozenset({Priority.HIGH, Priority.CRITICAL})
SAID: Final = frozenset({"engine_started", "engine_stopped", "loop_recovered"})


def say(text: str) -> None:
    """A line on standard error; one that is closed or full is nobody's trouble."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


class Herald:
    """Stands where a notifier does, and delivers nothing."""

    def __init__(self, look: Callable[[], Awaitable[Scene]], phrases: Phrases) -> None:
        self._look, self._phrases = look, phrases

    async def __call__(self, done: Done) -> None:
        for announcement in announced(done.events, Moment(done.old, done.new, await self._look())):
            await self.cry(announcement)

    async def run(self) -> None:
        """Nothing is to be delivered, for ever."""
        await asyncio.Event().wait()

    async def flush(self) -> None:
        """What is stored stays stored."""

    async def remind(self, state: State, scene: Scene) -> None:
        """Open questions are told to whoever connects."""

    async def cry(self, announcement: Announcement) -> None:
        write = log.warning if announcement.priority in GRAVE else log.info
        text, _ = worded(announcement, self._phrases)
        if announcement.priority in GRAVE or announcement.event_type in SAID:
            say(text)
        write("news", id=announcement.id, key=announcement.key, text=text)
