"""Signed checkpoints as lines of a file, the database's witness."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

BLOCK: Final = 1 << 16


def append(path: Path, lines: Sequence[str]) -> None:
    """Put lines at the end, on the disk when this returns; half a line that a crash left there goes. Raises OSError."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        file.truncate(_last_break(file))
        file.seek(0, os.SEEK_END)
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> tuple[str, ...] | None:
    """All whole lines; None for no such file. Raises OSError."""
    try:
        held = path.read_bytes()
    except FileNotFoundError:
        return None
    return tuple(held.decode(errors="replace").split("\n")[:-1])


def last(path: Path) -> str | None:
    """The last whole line; None where there is none. Raises OSError."""
    try:
        with path.open("rb") as file:
            end = _last_break(file)
            begin = _last_break(file, end - 1) if end else 0
            file.seek(begin)
            return file.read(end - begin).decode(errors="replace").rstrip("\n") or None
    except FileNotFoundError:
        return None


def _last_break(file: BinaryIO, before: int | None = None) -> int:
    """Where the line begins that stands at this place, or at the file's end."""
    place = file.seek(0, os.SEEK_END) if before is None else before
    while place:
        begin = max(0, place - BLOCK)
        file.seek(begin)
        found = file.read(place - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        place = begin
    return 0
