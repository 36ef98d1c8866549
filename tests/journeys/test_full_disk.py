"""A disk that runs full under a running engine, and has room again: what was to be sold is sold."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

MOUNT, UMOUNT = shutil.which("mount"), shutil.which("umount")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0 or not MOUNT, reason="a disk of one's own needs root"),
]

BLOCK = bytes(4096)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Twelve megabytes of memory that look like a disk."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run([str(MOUNT), "-t", "tmpfs", "-o", "size=12M", "tmpfs", str(place)], check=False)
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield place
    finally:
        subprocess.run([str(UMOUNT), "-l", str(place)], check=True)


@contextmanager
def running(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "bot", "run", "--data", str(folder), "--pace", "0.5"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as child:
        try:
            yield child
        finally:
            child.kill()


def parley(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "bot", words[0], "--data", str(folder), *words[1:]]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def status(folder: Path) -> dict[str, Any]:
    found = parley(folder, "status", "--json")
    return json.loads(found) if found else {"healthy": None, "positions": 0}


def until(holds: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "that never came about"
        time.sleep(0.3)


def fill(folder: Path) -> Path:
    """Take all room there is."""
    path = folder / "fill"
    with path.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(BLOCK)
        except OSError:
            return path


def exits(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder / 'parley.sqlite'}?mode=ro", uri=True)) as connection:
        count: int = connection.execute("SELECT count(*) FROM journal WHERE kind = 'TradeClosed'").fetchone()[0]
    return count


def test_what_is_held_is_sold_by_its_stops_once_there_is_room_again(disk: Path) -> None:
    with running(disk):
        until(lambda: status(disk)["healthy"] is True)
        parley(disk, "say", "trade for me")
        parley(disk, "say", "yes")
        until(lambda: status(disk)["positions"] >= 3)
        filled = fill(disk)
        until(lambda: status(disk)["healthy"] is False)
        time.sleep(5)
        filled.unlink()
        before = exits(disk)
        until(lambda: status(disk)["healthy"] is True)
        until(lambda: exits(disk) > before)
        until(lambda: status(disk)["unsent"] == 0)
