import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.folder import DataFolder, FolderBusy, FolderUnusable

HOLDER = """
import sys, time
from pathlib import Path
from bot.folder import DataFolder
with DataFolder.open(Path(sys.argv[1])):
    print("open", flush=True)
    time.sleep(60)
"""


def test_it_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path / "a" / "b") as folder:
        assert folder.path == tmp_path / "a" / "b"
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        assert {folder.database.name, folder.broker_book.name, folder.history.name, folder.log.name} == {
            "parley.sqlite",
            "paper.sqlite",
            "history",
            "parley.log",
        }


def test_it_can_be_opened_again_after_closing(tmp_path: Path) -> None:
    for _ in range(2):
        with DataFolder.open(tmp_path) as folder:
            assert (folder.path / "pid").exists()
        assert not (tmp_path / "pid").exists()


def test_a_second_process_is_told_which_one_has_it_and_a_killed_one_frees_it(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(FolderBusy) as caught:
            DataFolder.open(tmp_path)
        assert str(caught.value) == (
            f"another Parley (process {holder.pid}) is running on {tmp_path}; "
            "talk to that one, or use --data DIR for a second account"
        )
        holder.send_signal(signal.SIGKILL)
    DataFolder.open(tmp_path).close()


def test_busy_without_a_readable_pid(tmp_path: Path) -> None:
    with DataFolder.open(tmp_path):
        (tmp_path / "pid").write_text("?")
        with pytest.raises(FolderBusy, match=r"^another Parley is running"):
            DataFolder.open(tmp_path)


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_file_is_not_a_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable, match="is not a folder; name another with --data DIR"):
        DataFolder.open(tmp_path / name)


@pytest.mark.parametrize("path", ["/proc/parley", "/proc/1"])
def test_a_place_that_cannot_be_written_is_refused_with_what_to_do(path: str) -> None:
    with pytest.raises(FolderUnusable, match=r"cannot be used \(.*\); make it a folder that you can write to"):
        DataFolder.open(Path(path))


def test_a_folder_whose_files_cannot_be_written_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "pid").mkdir()
    with pytest.raises(FolderUnusable):
        DataFolder.open(tmp_path)
    (tmp_path / "pid").rmdir()
    DataFolder.open(tmp_path).close()
