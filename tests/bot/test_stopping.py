"""Stopping a running engine: in good order, within seconds whatever hangs, at once when told twice."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

HANGS = """
import asyncio, sys, time
from pathlib import Path
from bot.cli import process
from engine.adapters.paper_broker import PaperBroker

folder, how = Path(sys.argv[1]), sys.argv[2]
told = PaperBroker.fills

async def fills(broker, after):
    if (folder / "hang").exists():
        (folder / "hangs").touch()
        await asyncio.Event().wait() if how == "waits" else time.sleep(60)
    return await told(broker, after)

if how != "well":
    PaperBroker.fills = fills
sys.argv = ["parley", "run", "--data", str(folder), "--pace", "0.5"]
process()
"""


@contextmanager
def an_engine(folder: Path, how: str) -> Iterator["subprocess.Popen[str]"]:
    """A real engine whose broker hangs when told to; it is gone when this ends, however it ends."""
    child = subprocess.Popen([sys.executable, "-c", HANGS, str(folder), how], stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: "engine.started" in log(folder) or "news" in log(folder))
        yield child
    finally:
        child.kill()
        child.wait()
        if child.stderr:
            child.stderr.close()


def log(folder: Path) -> str:
    return (folder / "parley.log").read_text() if (folder / "parley.log").exists() else ""


def until(holds: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]  # a question
        assert time.monotonic() < deadline, "that never came about"
        time.sleep(0.02)


def stopped(child: "subprocess.Popen[str]") -> float:
    """Tell it to stop, and wait for that; how long it took."""
    began = time.monotonic()
    child.send_signal(signal.SIGTERM)
    child.wait(15)
    return time.monotonic() - began


def last_sign(folder: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(folder / "parley.sqlite")) as connection:
        found: tuple[int, int] = connection.execute("SELECT healthy, stopped FROM heartbeats").fetchone()
    return found


def farewells(folder: Path) -> list[str]:
    lines = [json.loads(line) for line in log(folder).splitlines()]
    return [line["text"] for line in lines if line.get("key") == "push.engine_stopped"]


def test_an_engine_without_a_chat_is_talked_to_by_its_socket_and_stopped_in_good_order(tmp_path: Path) -> None:
    """What it tells goes to the log and waits for whoever connects."""
    with an_engine(tmp_path, "well") as child:
        command = [sys.executable, "-m", "bot", "say", "--data", str(tmp_path), "show the status"]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20, env=os.environ)
        assert "0 positions open" in said.stdout
        assert stopped(child) < 3
        assert (child.returncode, last_sign(tmp_path)) == (0, (1, 1))
        assert farewells(tmp_path) == ["PAPER · I stop now."]
        assert "engine.stopped" in log(tmp_path)
        with closing(sqlite3.connect(tmp_path / "parley.sqlite")) as connection:
            (shown,) = connection.execute("SELECT count(*) FROM notifications WHERE status <> 'pending'").fetchone()
        assert shown == 0


def test_a_broker_that_never_answers_holds_no_stop_up(tmp_path: Path) -> None:
    with an_engine(tmp_path, "waits") as child:
        (tmp_path / "hang").touch()
        until((tmp_path / "hangs").exists)
        assert stopped(child) < 5
        assert (child.returncode, last_sign(tmp_path)[1]) == (0, 1)
        assert len(farewells(tmp_path)) == 1


@pytest.mark.slow
def test_a_process_that_hangs_altogether_is_ended_by_force(tmp_path: Path) -> None:
    with an_engine(tmp_path, "blocks") as child:
        (tmp_path / "hang").touch()
        until((tmp_path / "hangs").exists)
        assert stopped(child) < 6
        assert child.returncode == 0
        assert "stop.forced" in log(tmp_path)


def test_told_twice_it_ends_at_once(tmp_path: Path) -> None:
    with an_engine(tmp_path, "waits") as child:
        (tmp_path / "hang").touch()
        until((tmp_path / "hangs").exists)
        child.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert stopped(child) < 1
        assert child.returncode == 128 + signal.SIGTERM
