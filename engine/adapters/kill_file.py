"""The kill switch as a file in the data folder: while it is there, nothing is bought."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.adapters.system_clock import SystemClock

MODE: Final = 0o600
LONGEST: Final = 200
"""Bytes that are read of it; whoever puts a file there by hand may write what he likes."""

NOBODY_SAYS: Final = "somebody who left no word"
UNREADABLE: Final = "a kill file that cannot be looked at"


class KillFile:
    """A file that is made durably, once, and that counts as thrown whatever stands in it.

    `throw` may be called in a signal handler. It raises OSError where the file cannot be made, `clear` where it cannot
    be taken away. On a full disk it is made without a word of who threw it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def thrown(self) -> str | None:
        try:
            self._path.lstat()  # a link that leads nowhere is a file that somebody put there
        except FileNotFoundError:
            return None
        except OSError:
            return UNREADABLE
        return self._who()

    def throw(self, who: str) -> None:
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
        except FileExistsError:
            return
        try:
            with suppress(OSError):
                os.write(file, f"{who}, {SystemClock().wall():%Y-%m-%d %H:%M:%S} UTC\n".encode())
            os.fsync(file)
        finally:
            os.close(file)
        self._keep()

    def clear(self) -> None:
        try:
            self._path.unlink()
        except FileNotFoundError:
            return
        self._keep()

    def _keep(self) -> None:
        """Have the folder remember it, too."""
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _who(self) -> str:
        try:
            with self._path.open("rb") as file:
                words = file.read(LONGEST).decode("utf-8", "replace").split("\n")[0]
        except OSError:
            return UNREADABLE
        return "".join(one for one in words if one.isprintable()).strip() or NOBODY_SAYS


class EitherFile:
    """An account's own file beside one that stops many: either stops it, only its own is thrown and cleared by it."""

    def __init__(self, own: KillFile, of_all: KillFile) -> None:
        self._own, self._of_all = own, of_all

    def thrown(self) -> str | None:
        return self._own.thrown() or self._of_all.thrown()

    def throw(self, who: str) -> None:
        self._own.throw(who)

    def clear(self) -> None:
        self._own.clear()
