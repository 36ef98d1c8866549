"""Stopping and starting again: it goes on where it was."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot import app, cli, cli_run
from bot.config import Options, Settings
from bot.message import Button
from engine.core.journal import plain
from engine.core.state import State
from engine.core.words import Skip
from engine.replay import Replay
from engine.wiring import BadStart
from tests.journeys.house import People, Visit, Wall, copied, settings_of, the_language, visit


def memory_of(state: State) -> Any:
    """The account, but for what a start itself adds to the journal; as JSON, which does not tell lists from tuples."""
    return plain(replace(state, seq=0, head=""))


async def test_a_stop_and_start_between_any_two_moments_changes_nothing(
    invested_files: Path, tmp_path: Path, people: People
) -> None:
    """Reopened after every beat of a session, an account does what one does that ran through."""
    through, broken = copied(invested_files, tmp_path / "through"), copied(invested_files, tmp_path / "broken")
    async with visit(through, people) as account:
        await account.days(1)
        whole = account.state
        decisions = list(account.house.engine.history.decisions)
    kept, told = None, None
    while told is None or told.last != whole.last or not told.tally.summarised:
        async with visit(broken, people) as account:
            assert kept in (None, memory_of(account.state))
            at = account.house.engine.clock.market()
            await account.replay.beat()
            if account.house.engine.clock.market() == at:  # what was due at the last commit is looked at again
                assert kept in (None, memory_of(account.state))
                await account.replay.beat()
            told, kept = account.state, memory_of(account.state)
            again = list(account.house.engine.history.decisions)
    alike = [replace(one, id="") for one in again]
    assert alike == [replace(one, id="") for one in decisions]
    assert {ticker: (one.shares, one.stop) for ticker, one in told.positions.items()} == {
        ticker: (one.shares, one.stop) for ticker, one in whole.positions.items()
    }
    assert (told.cash, told.reserve, told.realised) == (whole.cash, whole.reserve, whole.realised)


async def test_what_was_said_is_kept(invested_files: Path, tmp_path: Path, people: People) -> None:
    folder = copied(invested_files, tmp_path / "account")
    async with visit(folder, people) as first:
        await first.say("watch apple and coke")
        await first.say("pause until friday")
        await first.agree("close my microsoft position")
        await first.say("set my daily loss limit to 2 percent")
        kept = memory_of(first.state)
        assert first.state.orders
    async with visit(folder, people) as again:
        assert (await again.news())[-1] == "PAPER · Going on where we were: Thu 6 Feb 16:30 in the replayed market."
        assert memory_of(again.state) == kept
        assert "Entries are paused until Fri 7 Feb 00:00" in await again.say("status")
        assert "AAPL" in await again.say("show my watchlist")
        assert "daily loss limit: 2% → 3%" in await again.say("undo")
        await again.say("no")
        await again.until(lambda state: "MSFT" not in state.positions, beats=6)


async def test_open_questions_outlive_a_restart_and_lapse(new: Visit, people: People, tmp_path: Path) -> None:
    await new.agree("ask me before every trade")
    await new.until(lambda state: bool(state.proposals), beats=10)
    await new.house.engine.stop()
    people.wait(60)
    async with visit(copied(tmp_path / "account", tmp_path / "again"), people) as again:
        assert len(again.state.proposals) == 3
        assert (await again.say("approve UNH")).startswith("Approved: buy ")
        await again.seconds_pass(240)
        assert not again.state.proposals
        reasons = {one.ticker: one.reason for one in again.house.engine.history.decisions}
        assert (reasons["UNH"], reasons["XOM"]) == (Skip.NONE, Skip.LAPSED)


async def test_a_first_start_that_is_broken_off_is_made_up_for(
    tmp_path: Path, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening the account and hearing the strategies for the first time, the process dies."""

    async def dies(_: Replay) -> None:
        raise RuntimeError("killed here")

    with monkeypatch.context() as patch:
        patch.setattr(Replay, "begin", dies)
        with pytest.raises(RuntimeError, match="killed here"):
            async with visit(tmp_path, people):
                pass
    async with visit(tmp_path, people) as again:
        assert len(again.state.pending) == 14


async def test_another_day_to_begin_with_is_refused_on_an_old_folder(invested_files: Path, tmp_path: Path) -> None:
    folder = copied(invested_files, tmp_path / "account")
    with pytest.raises(BadStart, match="this account began on 2020-02-03 and has come to 2020-02-06"):
        async with visit(folder, People(), date(2020, 3, 2)):
            pass
    async with visit(folder, People(), date(2020, 2, 3)) as same:
        assert same.state.positions


async def test_the_same_message_twice_is_done_once_across_restarts(
    invested_files: Path, tmp_path: Path, people: People
) -> None:
    folder = copied(invested_files, tmp_path / "account")
    async with visit(folder, people) as first:
        await first.say("set my daily loss limit to 2 percent")
        await first.say("watch apple", name="m7")
        await first.say("unwatch apple")
    async with visit(folder, people) as again:
        assert await again.say("watch apple", name="m7") == "That was done already."
        assert again.state.preferences.trading.watchlist == ()


# --- by the command line: exit codes, one line


def started(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(app, "load_language", the_language)
    monkeypatch.setattr(app, "local_channel", lambda *_, **__: Wall())
    monkeypatch.setattr(app, "start_log", lambda *_: None)
    return cli.main(["--data", str(folder), "--pace", "0", "--for", "0s", *arguments])


def complaint(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *asked: str) -> str:
    """The one line that a start on this folder ends with; its exit code is 3, or 2 for what was asked for."""
    assert started(folder, monkeypatch, *asked) == (2 if asked else 3)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_a_start_and_its_end(
    invested_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert started(copied(invested_files, tmp_path / "account"), monkeypatch) == 0
    assert capsys.readouterr().err == ""


def test_starts_that_cannot_be(
    invested_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(folder: Path, *asked: str) -> str:
        return complaint(folder, monkeypatch, capsys, *asked)

    good = copied(invested_files, tmp_path / "good")
    assert "this account began on 2020-02-03" in said(good, "--from", "2020-03-02")
    assert "the replay can begin on days from " in said(good, "--from", "2031-03-02")

    book = copied(invested_files, tmp_path / "book")
    for file in book.glob("paper.sqlite*"):
        file.unlink()
    (book / "paper.sqlite").write_text("this is no database, but long enough to be read as one" * 20)
    assert "the paper broker's book" in said(book)

    newer = copied(invested_files, tmp_path / "newer")
    with sqlite3.connect(newer / "parley.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "9999" in said(newer)

    strange = copied(invested_files, tmp_path / "strange")
    for file in strange.glob("parley.sqlite*"):
        file.unlink()
    (strange / "parley.sqlite").write_text("this is no database, but long enough to be read as one" * 20)
    assert "is not a database: move it away, or restore a copy" in said(strange)

    (tmp_path / "file").write_text("")
    assert "is not a folder; name another with --data DIR" in said(tmp_path / "file")


async def test_a_second_process_on_the_folder_is_told_so(
    invested: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def second() -> str:
        """In a thread of its own, whose event loop is another one; signals are the main thread's."""
        with monkeypatch.context() as patch:
            patch.setattr(cli_run, "_talked", talk)
            patch.setattr("signal.signal", lambda *_: None)
            return complaint(tmp_path / "account", monkeypatch, capsys)

    async def talk(settings: Settings, _run_s: float | None, _endings: object, *, silent: bool) -> int:
        return await app.chat(settings, Options(silent=silent))

    said = await asyncio.to_thread(second)
    assert f"another Parley (process {os.getpid()}) is running on " in said


def test_files_opened_by_a_start_that_fails_are_closed(invested_files: Path, tmp_path: Path) -> None:
    """Else the interpreter would warn of them, which these tests take for an error."""
    folder = copied(invested_files, tmp_path / "account")
    with pytest.raises(BadStart):
        asyncio.run(entered(folder))
    shutil.rmtree(folder)


async def entered(folder: Path) -> None:
    async with visit(folder, People(), date(2020, 3, 2)):
        pass


async def test_the_whole_of_talk(invested_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Welcome, news, an answer, and the way out, as the command line runs them."""
    options, folder = Options(), copied(invested_files, tmp_path / "account")

    class Reader(Wall):
        """Leaves when the market has gone on."""

        async def push(self, text: str, buttons: Sequence[Button] = ()) -> None:
            await super().push(text, buttons)
            if "Fri 7 Feb" in text:
                options.stop.set()

    wall = Reader()
    monkeypatch.setattr(app, "load_language", the_language)
    monkeypatch.setattr(app, "local_channel", lambda *_, **__: wall)
    monkeypatch.setattr(app, "start_log", lambda *_: None)
    assert await asyncio.wait_for(app.chat(settings_of(folder), options), 60) == 0
    assert wall.pushed[0].startswith("Parley · PAPER account, as you left it; autonomy is auto.")
    assert wall.pushed[1].startswith("PAPER · Going on where we were")


async def test_a_question_that_was_open_is_told_again_at_a_start(
    invested_files: Path, tmp_path: Path, people: People
) -> None:
    """After the welcome, with its buttons and the time that is left; what was never told is told once."""
    folder = copied(invested_files, tmp_path / "account")
    async with visit(folder, people) as before:
        await before.say("ask me before every trade")
        await before.until(lambda state: bool(state.proposals))
        ticker = next(iter(before.state.proposals.values())).decision.ticker
        untold = copied(folder, tmp_path / "untold")
        first = next(one for one in await before.news() if "Shall I" in one)
    people.wait(60)
    for files, again in ((folder, first.replace("within 5 min", "within 4 min")), (untold, first)):
        async with visit(files, people) as after:
            await app.welcome(after.house)
            await after.house.notifier.remind(after.state, await after.house.engine.bus.scene())
            told = await after.news()
            assert [one for one in told if "Shall I" in one] == [again]
            assert told[0].startswith("Parley")
            assert ticker in again
            assert [button.says for button in after.wall.buttons][-3:] == ["yes", "no", "why?"]
