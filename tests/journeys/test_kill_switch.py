"""The kill switch holds: while the engine hangs, over kill -9 at the worst instants, and until the owner resumes."""

import asyncio
import os
import signal
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

from bot import cli_kill
from bot.cli import main
from bot.cli_kill import heeding
from bot.socket_server import served
from engine.adapters.kill_file import KillFile
from engine.adapters.sql_store import SqlStore
from engine.bus import Done
from engine.core import events as e
from engine.core.words import Side
from tests.journeys.house import People, Visit, copied, visit

# 3.12 warns of every fork beside a thread; ours goes its own way at once and never comes back
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

LONGEST_S = 20.0
Life = Callable[[Visit, Path], Awaitable[str]]


@contextmanager
def born(folder: Path, life: Life) -> Iterator[tuple[int, int]]:
    """Another process in this folder, and where its last words come out; it never outlives the test."""
    out, last_words = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(out)
        lived(folder, life, last_words)
    os.close(last_words)
    try:
        yield process, out
    finally:
        os.close(out)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def lived(folder: Path, life: Life, last_words: int) -> NoReturn:
    async def whole() -> str:
        async with visit(folder, People()) as visitor, served(folder, visitor.house.errands.run):
            return await life(visitor, folder)

    try:
        with heeding(folder):
            os.write(last_words, asyncio.run(whole()).encode())
    except BaseException:  # noqa: BLE001  # whatever it was, the test is told, and nothing of the runner goes on here
        os.write(last_words, traceback.format_exc().encode())
    os._exit(0)


def waited_for(place: Path) -> None:
    latest = time.monotonic() + LONGEST_S
    while not place.exists():
        assert time.monotonic() < latest, f"{place.name} never came"
        time.sleep(0.01)


def heard(out: int) -> str:
    """All that it says until it is gone."""
    with os.fdopen(os.dup(out), "rb") as words:
        return words.read().decode()


async def hangs_before_its_first_entry_is_sent(visitor: Visit, folder: Path) -> str:
    """Its own code holds the loop up between the commit of an entry and its sending."""

    async def hang(done: Done) -> None:
        if not (folder / "hangs").exists() and any(buys(event) for event in done.events):
            (folder / "hangs").touch()
            while not (folder / "go").exists():
                pass

    engine = visitor.house.engine
    engine.bus._listeners.insert(0, hang)  # before execution
    await visitor.agree("trade for me")
    await visitor.until(lambda _: (folder / "hangs").exists())
    ended = [one.order for one in visitor.events if isinstance(one, e.OrderUpdated) and one.order.side is Side.BUY]
    return f"{sorted(f'{one.status.value} {one.why}' for one in ended)} {sorted(visitor.state.positions)}"


def buys(event: e.Event) -> bool:
    return isinstance(event, e.OrderIntended) and event.order.side is Side.BUY


def by_command(folder: Path, _process: int) -> None:
    assert main(["kill", "--data", str(folder)]) == 0


def by_signal(_folder: Path, process: int) -> None:
    os.kill(process, signal.SIGUSR1)


@pytest.mark.parametrize("throw", [by_command, by_signal])
def test_an_engine_that_hangs_sends_no_entry_when_it_goes_on(
    begun_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, throw: Callable[[Path, int], None]
) -> None:
    monkeypatch.setattr(cli_kill, "ANSWER_S", 0.2)
    folder = copied(begun_files, tmp_path / "account")
    with born(folder, hangs_before_its_first_entry_is_sent) as (process, out):
        waited_for(folder / "hangs")
        throw(folder, process)
        waited_for(folder / "kill")
        (folder / "go").touch()
        said = heard(out)

    assert said.startswith("['cancelled killed'"), said
    assert said.endswith("[]"), said


def test_the_command_says_so_when_the_engine_does_not(
    begun_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli_kill, "ANSWER_S", 0.2)
    folder = copied(begun_files, tmp_path / "account")
    with born(folder, hangs_before_its_first_entry_is_sent):
        waited_for(folder / "hangs")
        by_command(folder, 0)

    assert capsys.readouterr().out == (
        "Thrown: nothing is bought from now on. "
        "The engine said nothing (it does not answer); it stops by itself as soon as it goes on.\n"
    )


async def stops(visitor: Visit, _folder: Path) -> str:
    async def dies(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqlStore, "save", dies)
        return await visitor.say("stop everything")


async def stops_and_resumes(visitor: Visit, _folder: Path) -> str:
    def dies(_: KillFile) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    await visitor.say("stop everything")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KillFile, "clear", dies)
        return await visitor.agree("resume")


@pytest.mark.parametrize("life", [stops, stops_and_resumes])
async def test_a_process_killed_between_the_switch_and_its_commit_comes_up_stopped(
    begun_files: Path, tmp_path: Path, people: People, life: Life
) -> None:
    """Between throwing it and storing that, and between storing that it is lifted and clearing it."""
    folder = copied(begun_files, tmp_path / "account")
    with born(folder, life) as (_, out):
        assert await asyncio.to_thread(heard, out) == ""

    async with visit(folder, people) as again:
        assert again.killed()
        assert any("STOPPED by the kill switch" in one for one in await again.news())


def test_thrown_without_an_engine_the_next_start_is_stopped_until_the_owner_resumes(
    begun_files: Path, tmp_path: Path, people: People, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(begun_files, tmp_path / "account")
    assert main(["kill", "--data", str(folder)]) == 0
    assert "No engine runs there; the next start comes up stopped." in capsys.readouterr().out
    assert main(["kill", "--status", "--data", str(folder)]) == 1

    async def starts() -> None:
        async with visit(folder, people) as visitor:
            assert visitor.killed()
            await visitor.agree("trade for me")
            await visitor.days(2)
            assert visitor.state.positions == {}
            await visitor.agree("resume")
            assert not (folder / "kill").exists()
        async with visit(folder, people) as visitor:
            assert not visitor.killed()

    asyncio.run(starts())
    assert main(["kill", "--status", "--data", str(folder)]) == 0


async def test_chat_throws_the_file_and_a_running_engine_heeds_one_within_a_second(new: Visit, tmp_path: Path) -> None:
    switch = KillFile(tmp_path / "account" / "kill")
    await new.say("stop everything")
    assert (switch.thrown() or "").startswith("terminal:local, ")
    await new.agree("resume")
    assert switch.thrown() is None

    switch.throw("SIGUSR1")
    await new.seconds_pass()

    assert new.killed()
    (news,) = [one for one in await new.news() if "STOPPED" in one]
    assert "thrown by SIGUSR1" in news
    assert new.well()


async def test_the_command_makes_a_running_engine_withdraw_and_say_so(new: Visit, tmp_path: Path) -> None:
    folder = tmp_path / "account"
    async with served(folder, new.house.errands.run):
        code = await asyncio.to_thread(main, ["kill", "--data", str(folder)])

    assert code == 0
    assert new.killed()


# --- what can go wrong


def test_where_there_is_no_account_there_is_nothing_to_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kill", "--data", str(tmp_path / "nowhere")]) == 3
    assert capsys.readouterr().err.startswith(f"no account in {tmp_path / 'nowhere'}")
    assert not (tmp_path / "nowhere").exists()


def read_only(_switch: KillFile, _who: str) -> None:
    raise OSError(30, "Read-only file system")


def no_room(_file: object, _text: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_folder_that_cannot_be_written_to_is_complained_of_loudly(
    begun_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(begun_files, tmp_path / "account")
    monkeypatch.setattr(KillFile, "throw", read_only)

    assert main(["kill", "--data", str(folder)]) == 3
    assert capsys.readouterr().err == (
        f"NOT STOPPED: {folder / 'kill'} cannot be made (Read-only file system); "
        "make the folder writable, or end the process\n"
    )


def test_on_a_full_disk_it_is_thrown_without_a_word_of_who_did_it(
    begun_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(begun_files, tmp_path / "account")
    monkeypatch.setattr("engine.adapters.kill_file.os.write", no_room)

    assert main(["kill", "--data", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "There was no room to note who threw it: free space on the disk."
    assert KillFile(folder / "kill").thrown() == "somebody who left no word"


def test_a_disk_too_full_for_the_file_itself_is_to_be_freed(
    begun_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copied(begun_files, tmp_path / "account")
    monkeypatch.setattr(KillFile, "throw", no_room)

    assert main(["kill", "--data", str(folder)]) == 3
    assert capsys.readouterr().err == (
        f"NOT STOPPED: {folder / 'kill'} cannot be made (No space left on device); "
        "free space on its disk, or end the process\n"
    )


async def test_without_its_file_a_running_engine_is_stopped_all_the_same(
    new: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "account"
    monkeypatch.setattr(KillFile, "throw", read_only)
    async with served(folder, new.house.errands.run):
        code = await asyncio.to_thread(main, ["kill", "--data", str(folder)])

    assert code == 3
    assert new.killed()
    told = capsys.readouterr()
    assert told.out.startswith("Thrown. STOPPED.")
    assert "only the running engine holds entries back" in told.err


def test_a_signal_that_cannot_throw_it_says_so_and_ends_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGUSR1)
    with heeding(tmp_path / "gone"):
        os.kill(os.getpid(), signal.SIGUSR1)

    assert capfd.readouterr().err == "SIGUSR1: the kill switch cannot be thrown (No such file or directory)\n"
    assert signal.getsignal(signal.SIGUSR1) == before
