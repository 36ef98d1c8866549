"""The log takes what its disk takes, and never gets in the way of what it tells of."""

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot.log import LogFile, start_log


class Disk:
    """What `os.write` reaches: so many bytes of room, or as many as come."""

    def __init__(self) -> None:
        self.room: int | None = None
        self._write = os.write

    def write(self, file: int, text: bytes) -> int:
        if self.room is None:
            return self._write(file, text)
        if self.room == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = self._write(file, text[: self.room])
        self.room -= taken
        return taken


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr("bot.log.os.write", disk.write)
    return disk


@pytest.fixture
def unset() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_lines_without_room_are_left_out_counted_and_said_once(
    tmp_path: Path, disk: Disk, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "parley.log"
    log = LogFile(path)
    log.write("one\n")
    disk.room = 0
    log.write("two\n")
    log.write("three\n")
    assert log.lost == 2
    assert capsys.readouterr().err == (
        f"the log {path} cannot be written (No space left on device); all else goes on\n"
    )
    disk.room = None
    log.write("four\n")
    assert path.read_text() == 'one\n{"event": "log.lost", "lines": 2}\nfour\n'
    assert log.lost == 0


def test_a_line_that_broke_off_does_not_spoil_the_next(tmp_path: Path, disk: Disk) -> None:
    log = LogFile(tmp_path / "parley.log")
    disk.room = 3
    log.write("first line\n")
    disk.room = None
    log.write("second line\n")
    assert (tmp_path / "parley.log").read_text() == 'fir\n{"event": "log.lost", "lines": 1}\nsecond line\n'


def test_a_log_that_cannot_be_opened_is_no_reason_to_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = LogFile(tmp_path / "away" / "parley.log")
    log.write("one\n")
    assert "cannot be written (No such file or directory)" in capsys.readouterr().err
    (tmp_path / "away").mkdir()
    log.write("two\n")
    assert (tmp_path / "away" / "parley.log").read_text() == '{"event": "log.lost", "lines": 1}\ntwo\n'


@pytest.mark.usefixtures("unset")
def test_who_logs_is_never_interrupted(tmp_path: Path, disk: Disk) -> None:
    start_log(tmp_path / "parley.log", "info")
    disk.room = 0
    structlog.get_logger().error("disk.full")
    disk.room = None
    structlog.get_logger().info("disk.back")
    rows = [json.loads(line) for line in (tmp_path / "parley.log").read_text().splitlines()]
    assert [row["event"] for row in rows] == ["log.lost", "disk.back"]
