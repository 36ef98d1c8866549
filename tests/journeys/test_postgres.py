"""The whole house with its account on a real PostgreSQL server, and two processes at one account."""

import asyncio
import json
import os
import select
import shutil
import signal
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import app
from bot.app import chat
from bot.cli import main
from bot.config import Options
from engine.adapters.paper_broker import read_book
from engine.core import commands as c
from engine.core.units import money
from engine.loops import alarm, hold
from tests.journeys.house import People, Visit, in_a_hurry, settings_of, visit
from tests.journeys.test_kill import ready_to_be_born
from tests.servers import Postgres

# 3.12 warns of every fork beside a thread; ours goes its own way at once and never comes back
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "account"


@pytest.fixture
async def new(folder: Path, people: People, postgres_address: str) -> AsyncIterator[Visit]:
    async with visit(folder, people, server=postgres_address) as found:
        await found.news()
        yield found


async def test_it_trades_and_goes_on_after_a_restart(folder: Path, people: People, postgres_address: str) -> None:
    async with visit(folder, people, server=postgres_address) as first:
        await first.agree("trade for me")
        await first.agree("set my risk to moderate")
        assert "2%" in await first.say("never lose more than two percent a day")
        await first.days(3)
        held, asked = await first.say("show my positions"), first.state
        assert asked.positions
    async with visit(folder, people, server=postgres_address) as again:
        assert not again.house.engine.is_new
        assert again.state.preferences == asked.preferences
        assert again.state.positions == asked.positions
        assert await again.say("show my positions") == held
        assert "2%" in await again.say("show my settings history")
        assert "3%" in await again.agree("undo")
        await again.days(1)
        assert again.state.frozen == frozenset()
    assert not (folder / "parley.sqlite").exists()
    book = read_book(folder / "paper.sqlite")
    assert book.cash == again.state.cash
    assert dict(book.holdings) == {ticker: one.shares for ticker, one in again.state.positions.items()}


async def test_money_moves_and_the_account_begins_anew(new: Visit) -> None:
    await new.house.engine.bus.do(c.MoveCash(amount=money(5_000), by="owner"))
    assert new.state.cash == money(105_000)
    await new.days(1)
    await new.house.engine.bus.do(c.ResetAccount(by="owner"))
    assert (new.state.cash, new.state.transfers) == (money(100_000), ())
    assert "The account begins anew with $100,000.00." in (await new.news())[-1]


def test_its_trail_is_verified_and_exported(
    folder: Path,
    tmp_path: Path,
    postgres_address: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asyncio.run(a_day(folder, postgres_address))
    monkeypatch.setenv("PARLEY_DATABASE_URL", postgres_address)
    monkeypatch.chdir(tmp_path)
    data = ("--data", str(folder))
    assert main(["audit", "verify", "--json", *data]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["findings"]) == (True, [])
    assert report["rows"] > 5
    assert main(["audit", "export", "trail.jsonl", *data]) == 0
    assert main(["audit", "verify", "trail.jsonl", *data]) == 0
    lines = (tmp_path / "trail.jsonl").read_text().splitlines()
    assert len(lines) == report["rows"] + 1
    capsys.readouterr()
    asyncio.run(tampered(postgres_address))
    assert main(["audit", "verify", *data]) == 1
    assert "contents do not match their hash" in capsys.readouterr().out


async def a_day(folder: Path, server: str) -> None:
    async with visit(folder, People(), server=server) as account:
        await account.agree("trade for me")
        await account.days(1)


async def tampered(server: str) -> None:
    import asyncpg  # type: ignore[import-untyped]  # it has no types

    connection = await asyncpg.connect(server)
    await connection.execute("UPDATE journal SET actor = 'nobody' WHERE seq = 3")
    await connection.close()


# --- two processes


class Process:
    """The house in a process of its own: it trades until it is told what to do at last."""

    def __init__(self, folder: Path, server: str, last: Callable[[Visit, Path], Awaitable[None]]) -> None:
        self.folder, self._server, self._last = folder, server, last
        self._ready, self._tell = os.pipe()
        self.over = False
        self.pid = os.fork()
        if not self.pid:
            self._live()

    def _live(self) -> None:
        code = 1
        try:
            asyncio.run(self._trading())
            code = 0
        except BaseException:  # noqa: BLE001  # it must not come back into the test that it is a copy of
            traceback.print_exc()
        finally:
            os._exit(code)

    async def _trading(self) -> None:
        async with visit(self.folder, People(), server=self._server) as account:
            await account.agree("trade for me")
            await account.agree("set my risk to moderate")
            os.write(self._tell, b".")
            while account.house.engine.bus.fenced is None:
                await account.replay.beat()
                await asyncio.sleep(0)
            await self._last(account, self.folder / "last.json")

    def wait_until_it_trades(self) -> None:
        assert select.select([self._ready], [], [], 60)[0], "it did not start"

    def ends(self) -> int:
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.over = True
        return code

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.ends()


@contextmanager
def process(folder: Path, server: str, last: Callable[[Visit, Path], Awaitable[None]]) -> Iterator[Process]:
    ready_to_be_born()
    found = Process(folder, server, last)
    try:
        found.wait_until_it_trades()
        yield found
    finally:
        if not found.over:
            found.kill()


async def says(account: Visit, to: Path) -> None:
    """What somebody hears of a house that lost its account."""
    crew = account.house.engine.crew
    sent = len(read_book(to.parent / "paper.sqlite").orders)
    await alarm(crew)
    await hold(crew)
    heard = {
        "status": await account.say("status"),
        "refused": await account.say("pause until tomorrow"),
        "stop": await account.say("stop everything"),
        "cried": account.wall.pushed[-1],
        "ok": crew.health.ok,
    }
    await account.recovers()
    heard |= {"ok": crew.health.ok, "sent": len(read_book(to.parent / "paper.sqlite").orders) - sent}
    written(to, json.dumps(heard))


def written(to: Path, text: str) -> None:
    to.write_text(text)


def test_a_second_process_is_told_who_runs_the_account_and_takes_it_when_that_one_is_killed(
    tmp_path: Path, postgres_address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    with process(tmp_path / "one", postgres_address, says) as first:
        in_a_hurry(monkeypatch)
        monkeypatch.setattr(app, "start_log", lambda *_: None)
        assert asyncio.run(chat(settings_of(other, server=postgres_address), Options(run_s=0))) == 3
        said = capsys.readouterr().err
        assert f"(process {first.pid}) already: talk to that one" in said
        first.kill()
        brought(tmp_path / "one", other)
        asyncio.run(goes_on(other, postgres_address))


def brought(one: Path, other: Path) -> None:
    """The paper broker's book goes with the account."""
    other.mkdir(exist_ok=True)
    for file in one.glob("paper.sqlite*"):
        shutil.copy(file, other / file.name)


async def goes_on(folder: Path, server: str) -> None:
    async with visit(folder, People(), server=server) as account:
        assert not account.house.engine.is_new
        assert account.state.preferences.trading.autonomy == "auto"
        await account.days(1)
        assert account.state.frozen == frozenset()


def test_one_that_slept_while_another_took_over_neither_stores_nor_sends(
    tmp_path: Path, postgres_server: Postgres, postgres_address: str
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    name = postgres_address.rpartition("/")[2]
    with process(one, postgres_address, says) as first:
        os.kill(first.pid, signal.SIGSTOP)
        postgres_server.query(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        brought(one, two)
        asyncio.run(goes_on(two, postgres_address))
        before = what_stands(postgres_server, name)
        orders = len(read_book(one / "paper.sqlite").orders)
        os.kill(first.pid, signal.SIGCONT)
        assert first.ends() == 0
    assert what_stands(postgres_server, name) == before
    assert len(read_book(one / "paper.sqlite").orders) - orders <= 1, "one may have been on its way"
    heard = json.loads((one / "last.json").read_text())
    runs = f"(process {os.getpid()}) now"
    assert (heard["ok"], heard["sent"]) == (False, 0)
    assert "This process does nothing any more: account paper is run by" in heard["status"]
    assert all(runs in heard[each] for each in ("status", "refused", "stop", "cried"))
    assert heard["refused"].startswith("Nothing was changed: ")
    assert "I do nothing for this account any more" in heard["cried"]


def what_stands(server: Postgres, name: str) -> list[str]:
    """Journal, orders and checkpoints, counted, and the journal's end."""
    tables = ("journal", "orders", "fills", "notifications", "checkpoints", "commands")
    return [server.query(f"SELECT count(*) FROM {table}", name) for table in tables] + [
        server.query("SELECT seq, head, fence FROM accounts", name)
    ]
