"""The kill switch thrown in another folder than that in which the account is run, on one server."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from bot import cli_kill
from bot.cli import main
from engine.adapters.sql_store.session import standing, throw
from engine.core import events as e
from engine.loops import heed
from tests.journeys.house import People, Visit, visit


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_address: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARLEY_DATABASE_URL", postgres_address)
    monkeypatch.setattr(cli_kill, "ANSWER_S", 2.0)


async def heeding(account: Visit) -> None:
    """The row of the timetable, quicker."""
    while True:
        await heed(account.house.engine.crew)
        await asyncio.sleep(0.02)


async def parley(*arguments: str) -> int:
    return await asyncio.to_thread(main, arguments)


@pytest.mark.parametrize("used", [True, False])
async def test_it_stops_the_account_wherever_it_is_run_until_the_owner_resumes_there(
    tmp_path: Path, people: People, postgres_address: str, capsys: pytest.CaptureFixture[str], *, used: bool
) -> None:
    far = tmp_path / "far"
    if used:
        far.mkdir()
        (far / "lock").touch()
    async with visit(tmp_path / "one", people, server=postgres_address) as account:
        await account.house.engine.heart.beat()
        row = asyncio.create_task(heeding(account))
        assert await parley("kill", "--data", str(far)) == 0
        said = capsys.readouterr().out
        assert said.startswith("Thrown: ")
        assert "runs this account and buys nothing from now on" in said
        assert account.killed()
        assert await parley("kill", "--status", "--data", str(far)) == 1
        assert "parley kill of " in capsys.readouterr().out
        assert not (far / "kill").exists()
        assert await parley("status", "--data", str(far)) == 3
        assert f"runs this account, not a Parley on {far}: ask there" in capsys.readouterr().err
        await account.agree("resume")
        assert not account.killed()
        for _ in range(3):
            await heed(account.house.engine.crew)
        assert not account.killed()
        assert (await standing(postgres_address, "paper")).thrown_by is None
        row.cancel()
        with suppress(asyncio.CancelledError):
            await row


async def test_an_entry_that_is_about_to_be_sent_stays_here_before_the_row_was_run(
    tmp_path: Path, people: People, postgres_address: str
) -> None:
    async with visit(tmp_path / "one", people, server=postgres_address) as account:
        await account.agree("trade for me")
        await throw(postgres_address, "paper", "somebody far away")
        await account.until(lambda _: any(skipped(event) for event in account.events))
        assert not account.state.positions


def skipped(event: e.Event) -> bool:
    """An entry that was meant and not sent."""
    return isinstance(event, e.OrderUpdated) and (event.order.status, event.order.why) == ("cancelled", "killed")


async def test_nobody_runs_it_then_the_next_start_comes_up_stopped(
    tmp_path: Path, people: People, postgres_address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with visit(tmp_path / "one", people, server=postgres_address) as account:
        await account.house.engine.heart.last()
    assert await parley("kill", "--data", str(tmp_path / "one")) == 0
    assert "Nobody runs it now; the next start comes up stopped" in capsys.readouterr().out
    async with visit(tmp_path / "one", people, server=postgres_address) as account:
        assert account.state.killed_at is not None


async def test_a_server_out_of_reach_means_not_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARLEY_DATABASE_URL", "postgresql://me:se/cret@127.0.0.1:9/none")
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "lock").touch()
    assert await parley("kill", "--data", str(tmp_path / "far")) == 3
    said = capsys.readouterr().err
    assert said.startswith("NOT STOPPED: ")
    assert said.endswith("If the account is run elsewhere, say it there\n")
    assert "cret" not in said
    assert (tmp_path / "far" / "kill").exists(), "an engine of this folder is held back all the same"
    assert await parley("kill", "--status", "--data", str(tmp_path / "none")) == 3
