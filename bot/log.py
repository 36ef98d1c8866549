"""The log: JSON, one object a line, in the data folder and never in the chat; nobody ever waits for its disk."""

import json
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, TextIO, cast

import structlog

MODE: Final = 0o644


class LogFile:
    """A file that takes every line for which there is room, and never raises.

    What it cannot take is left out: the first time it says so on standard error, and how many lines are missing stands
    in the file, once it takes lines again. `lost` counts them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._broken = self._said = False
        self.lost = 0

    def write(self, text: str) -> int:
        """Append whole lines; how many characters there were."""
        try:
            self._put(self._missing() + text)
        except OSError as error:
            self.lost += 1
            self._say(error)
        else:
            self.lost, self._said = 0, False
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def _missing(self) -> str:
        """What tells of the lines that were left out before; empty where none were."""
        if not self.lost:
            return ""
        return ("\n" if self._broken else "") + json.dumps({"event": "log.lost", "lines": self.lost}) + "\n"

    def _put(self, text: str) -> None:
        if self._file is None:
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, MODE)
        rest = text.encode("utf-8", "backslashreplace")
        while rest:
            rest = rest[os.write(self._file, rest) :]
            self._broken = bool(rest)

    def _say(self, error: OSError) -> None:
        if not self._said:
            self._said = True
            with suppress(OSError, ValueError, AttributeError):  # nor may standard error be in the way
                why = error.strerror or error
                sys.stderr.write(f"the log {self._path} cannot be written ({why}); all else goes on\n")
                sys.stderr.flush()


def start_log(path: Path, level: str) -> None:
    """Send every later log line of `level` and above to this file."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", LogFile(path))),
        cache_logger_on_first_use=False,
    )
