"""The kill switch: thrown once it stays, whatever the file looks like."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.adapters.kill_file import KillFile
from engine.ports import KillSwitch
from tests.fakes import FakeKillSwitch

SWITCHES: dict[str, Callable[[Path], KillSwitch]] = {
    "file": lambda folder: KillFile(folder / "kill"),
    "fake": lambda _: FakeKillSwitch(),
}


@pytest.fixture(params=SWITCHES)
def switch(request: pytest.FixtureRequest, tmp_path: Path) -> KillSwitch:
    return SWITCHES[request.param](tmp_path)


# --- every switch


def test_nobody_has_thrown_a_new_one(switch: KillSwitch) -> None:
    assert switch.thrown() is None


def test_thrown_it_says_by_whom_until_it_is_cleared(switch: KillSwitch) -> None:
    switch.throw("Anna")
    assert (switch.thrown() or "").startswith("Anna")

    switch.clear()
    assert switch.thrown() is None


def test_thrown_again_it_stays_as_it_was(switch: KillSwitch) -> None:
    switch.throw("Anna")
    switch.throw("Bert")

    assert (switch.thrown() or "").startswith("Anna")


def test_clearing_what_nobody_threw_changes_nothing(switch: KillSwitch) -> None:
    switch.clear()

    assert switch.thrown() is None


# --- the file


def test_the_file_says_who_and_when_to_its_owner_alone(tmp_path: Path) -> None:
    KillFile(tmp_path / "kill").throw("Anna")

    text = (tmp_path / "kill").read_text(encoding="utf-8")
    assert text.startswith("Anna, 20")
    assert text.endswith(" UTC\n")
    assert (tmp_path / "kill").stat().st_mode & 0o777 == 0o600


def empty(place: Path) -> None:
    place.touch()


def folder(place: Path) -> None:
    place.mkdir()


def to_nowhere(place: Path) -> None:
    place.symlink_to("nowhere")


def no_text(place: Path) -> None:
    place.write_bytes(b"\xff\x00\x1b[2J" * 100)


@pytest.mark.parametrize("made", [empty, folder, to_nowhere, no_text])
def test_whatever_is_there_counts_as_thrown(tmp_path: Path, made: Callable[[Path], None]) -> None:
    made(tmp_path / "kill")

    who = KillFile(tmp_path / "kill").thrown()

    assert who
    assert who.isprintable()


def test_one_that_cannot_be_looked_at_counts_as_thrown(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    assert KillFile(tmp_path / "data" / "kill").thrown() == "a kill file that cannot be looked at"


def test_one_that_cannot_be_made_is_an_error_and_not_a_silence(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        KillFile(tmp_path / "gone" / "kill").throw("Anna")


def test_it_is_on_the_disk_when_throwing_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file first, then the folder that names it."""
    synced: list[str] = []
    fsync = os.fsync

    def noted(number: int) -> None:
        synced.append(Path(f"/proc/self/fd/{number}").readlink().name)
        fsync(number)

    monkeypatch.setattr(os, "fsync", noted)
    switch = KillFile(tmp_path / "kill")

    switch.throw("Anna")
    assert synced == ["kill", tmp_path.name]

    switch.clear()
    assert synced == ["kill", tmp_path.name, tmp_path.name]


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_it_leaves_no_file_open(tmp_path: Path) -> None:
    switch, before = KillFile(tmp_path / "kill"), open_files()
    for _ in range(5):
        switch.throw("Anna")
        switch.thrown()
        switch.clear()

    assert open_files() == before


def test_it_needs_nothing_that_is_slow_to_load() -> None:
    """A command that stops everything must not wait for libraries."""
    slow = ("sqlalchemy", "asyncio", "yaml", "pydantic")
    code = f"import sys, engine.adapters.kill_file; print([one for one in {slow} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_without_room_for_a_word_it_stands_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int, _text: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.adapters.kill_file.os.write", full)
    KillFile(tmp_path / "kill").throw("Anna")

    assert KillFile(tmp_path / "kill").thrown() == "somebody who left no word"
