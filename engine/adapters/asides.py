"""Copies of SQLite files as they were before this program brought them up to date."""

import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Final

MODE: Final = 0o600
MARK: Final = ".before-"


def put_aside(path: Path, revision: str) -> Path:
    """Copy a file beside itself, before it gets this revision; nothing that stands there is written over.

    Raises sqlite3.Error or OSError where there is no room for it.
    """
    names = (f"{path.name}{MARK}{revision}{f'-{number}' if number else ''}" for number in count())
    to = next(place for name in names if not (place := path.with_name(name)).exists())
    part = to.with_name(f".{to.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=MODE)
    try:
        uri = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
        part.rename(to)
    finally:
        part.unlink(missing_ok=True)
    return to


def asides(folder: Path) -> frozenset[str]:
    """The names of all that was put aside in a folder."""
    return frozenset(path.name for path in folder.glob(f"*{MARK}*"))
