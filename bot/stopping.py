"""The end of a process: in good order within seconds, or by force; a second word ends it at once."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final, NoReturn

import structlog

from bot.herald import say

log = structlog.get_logger(__name__)

LATEST_S: Final = 5.0
"""How long a process may take to stop; what still hangs then is left as it is, for the next start to ask about."""

FORCED: Final = (
    "stopped by force after {seconds:g} s: what still hung is left as it is, and asked about at the next start"
)
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def gone(code: int) -> NoReturn:
    """End now, without another step."""
    if sys.stdout is not None:
        sys.stdout.flush()
    os._exit(code)


class Ending:
    """Tells a running process to stop, and makes sure that it does.

    Signals reach it even while the event loop is busy. The clock starts with the first word, or when the person leaves.
    """

    def __init__(self, stop: asyncio.Event, latest_s: float = LATEST_S, end: Callable[[int], object] = gone) -> None:
        self._stop, self._latest_s, self._end = stop, latest_s, end
        self._loop = asyncio.get_running_loop()
        self._timer: threading.Timer | None = None
        self._told = False

    def listen(self) -> None:
        """Take the signals that tell a process to stop."""
        for number in SIGNALS:
            signal.signal(number, self._heard)

    def begin(self) -> None:
        """Stop, in good order and by a deadline."""
        self.leaving()
        self._loop.call_soon_threadsafe(self._stop.set)

    def leaving(self) -> None:
        """From now on the deadline counts."""
        if self._timer is None:
            self._timer = threading.Timer(self._latest_s, self._force)
            self._timer.daemon = True
            self._timer.start()

    def over(self) -> None:
        """It stopped by itself."""
        if self._timer is not None:
            self._timer.cancel()

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        if self._told:
            self._end(128 + number)
        self._told = True
        self.begin()

    def _force(self) -> None:
        log.warning("stop.forced", after_s=self._latest_s)
        say(FORCED.format(seconds=self._latest_s))
        self._end(0)
