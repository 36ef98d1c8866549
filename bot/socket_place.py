"""Where an account's local socket is: in its folder or, where that path is too long, in a private one of its own."""

import os
import socket
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

LONGEST: Final = 100
"""Bytes of a path that every system takes for a socket."""

SOCKET: Final = "parley.sock"
NOTE: Final = "socket"
"""The file in the folder that says where the socket is, when it is elsewhere."""

MODE: Final = 0o600
PREFIX: Final = "parley-"


def place_of(folder: Path) -> Path:
    """Where the socket of this folder is, if there is one."""
    with suppress(OSError, ValueError):
        noted = (folder / NOTE).read_text(encoding="utf-8").strip()
        if noted:
            return Path(noted)
    return folder / SOCKET


def bound(folder: Path) -> tuple[socket.socket, Path]:
    """A new socket that nobody but its owner can open, in place of one left by a process that died.

    The caller has the folder's lock. Raises OSError where none can be made.
    """
    remove(folder)
    place = folder / SOCKET
    if len(os.fsencode(place)) <= LONGEST:
        with suppress(OSError):  # not every file system has sockets
            return _bound(place), place
    place = Path(tempfile.mkdtemp(prefix=PREFIX)) / SOCKET
    try:
        (folder / NOTE).write_text(f"{place}\n", encoding="utf-8")
        return _bound(place), place
    except OSError:
        place.parent.rmdir()
        raise


def remove(folder: Path) -> None:
    """Take away this folder's socket and what led to it; only ever sockets of our own."""
    place = place_of(folder)
    with suppress(OSError):
        if _ours(place):
            place.unlink()
    if place.parent != folder and place.parent.name.startswith(PREFIX):
        with suppress(OSError):
            place.parent.rmdir()
    with suppress(OSError):
        (folder / NOTE).unlink()
    with suppress(OSError):
        if _ours(folder / SOCKET):
            (folder / SOCKET).unlink()


def _ours(place: Path) -> bool:
    found = place.lstat()
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == os.getuid()


def _bound(place: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.bind(str(place))
        place.chmod(MODE)  # before it listens: until then nobody can connect
    except OSError:
        made.close()
        raise
    made.setblocking(False)  # noqa: FBT003  # the library's own signature
    return made
