"""`db verify`: a sound account is called sound, also at work; whatever was changed by hand is named."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from bot import cli
from engine.adapters.calendar import load_calendar
from engine.adapters.paper_broker import PaperBroker, read_book
from engine.adapters.replay_clock import ReplayClock
from engine.adapters.replay_market import ReplayMarket
from engine.adapters.sql_store import SqlStore
from engine.adapters.tables.closes import load_closes
from engine.core import commands as c
from engine.core.happenings import CorporateAction
from engine.core.nouns import Transfer
from engine.core.policy import DEFAULT_POLICY
from engine.core.units import money
from engine.core.words import ActionKind, OrderStatus
from engine.execution import Execution
from engine.ports import Unavailable
from engine.verify import Report, verify_files
from engine.wiring import Engine, Plan, open_engine


def plan(folder: Path) -> Plan:
    return Plan(
        database=folder / "parley.sqlite",
        book=folder / "paper.sqlite",
        start=date(2020, 2, 3),
        start_asked=False,
        cash=money(100_000),
        policy=DEFAULT_POLICY,
    )


async def trading(folder: Path, beats: int) -> Engine:
    engine = await open_engine(plan(folder), lambda: False)
    await engine.bus.do(c.ChangePreferences(patch={"trading.autonomy": "auto"}))
    for _ in range(beats):
        await engine.replay.beat()
    return engine


@pytest.fixture(scope="module")
def sound_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An account that has bought, sold and set something aside."""
    folder = tmp_path_factory.mktemp("sound")

    async def trade() -> None:
        await (await trading(folder, 22)).stop()

    asyncio.run(trade())
    return folder


@pytest.fixture
def folder(sound_files: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound_files, tmp_path / "account")


def verified(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    code = cli.main(["--data", str(folder), "db", "verify", *more])
    return code, capsys.readouterr().out


def test_a_sound_account(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = verified(folder, capsys)
    assert code == 0
    counts, verdict = said.splitlines()
    assert counts.startswith("paper: ")
    assert counts.endswith("notifications")
    assert verdict == "sound"
    code, said = verified(folder, capsys, "--json")
    assert code == 0
    told = json.loads(said)
    assert told["ok"] is True
    assert told["findings"] == []
    assert told["fills"] == told["orders"] > 5
    assert told["decisions"] > told["orders"]


DAMAGE = {
    "an edited journal row": (
        "parley",
        "UPDATE journal SET body = replace(body, 'UNH', 'XOM') WHERE seq > 20",
        "journal_chain",
    ),
    "a missing journal row": ("parley", "DELETE FROM journal WHERE seq = 9", "journal_chain"),
    "a journal cut short": ("parley", "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)", "journal_head"),
    "a missing fill": ("parley", "DELETE FROM fills WHERE number = 1", "execution_lost"),
    "more cash": ("parley", "UPDATE accounts SET cash = cash + 10000", "cash_differs"),
    "a fill at another price": ("parley", "UPDATE fills SET price = price + 100 WHERE number = 1", "cash_and_fills"),
    "more shares of a position": ("parley", "UPDATE positions SET shares = shares + 1", "shares_differ"),
    "a lost order": ("parley", "DELETE FROM orders WHERE number = 1", "order_unknown"),
    "a lost decision": ("parley", "DELETE FROM decisions WHERE reason = 'none'", "order_without_decision"),
    "a reserve that is not its ledger's": ("parley", "UPDATE accounts SET reserve = reserve + 100", "reserve"),
    "more cash at the broker": ("paper", "UPDATE book SET cash = cash + 10000", "cash_differs"),
    "more shares at the broker": ("paper", "UPDATE holdings SET shares = shares + 1", "shares_differ"),
    "a holding gone from the broker": ("paper", "DELETE FROM holdings WHERE ticker = 'MSFT'", "shares_differ"),
    "an execution gone from the broker": ("paper", "DELETE FROM executions WHERE number = 1", "execution_unknown"),
    "an order that we never sent": (
        "paper",
        "UPDATE orders SET client_order_id = 'paper-x-1' WHERE number = 1",
        "order_unknown",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_was_changed_by_hand_is_named(folder: Path, damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    file, statement, code = DAMAGE[damage]
    with closing(sqlite3.connect(folder / f"{file}.sqlite", isolation_level=None)) as connection:
        assert connection.execute(statement).rowcount > 0
    found, said = verified(folder, capsys)
    assert found == 1
    assert said.splitlines()[-1] == "NOT SOUND"
    lines = [line for line in said.splitlines() if line.startswith(f"{code}: ")]
    assert lines, said
    assert all(len(line) > len(code) + 10 for line in lines)
    told = json.loads(verified(folder, capsys, "--json")[1])
    assert told["ok"] is False
    assert code in {one["code"] for one in told["findings"]}


async def test_a_running_engine_is_sound_at_any_moment(tmp_path: Path) -> None:
    """Looked at between two sessions, and all the time while it trades as fast as it can."""
    engine = await trading(tmp_path, 0)
    trade = asyncio.create_task(beat(engine, 30))
    looked = 0
    while not trade.done():
        report = await asyncio.to_thread(verify_files, tmp_path / "parley.sqlite", tmp_path / "paper.sqlite")
        assert report.sound, report.as_text()
        looked += 1
    await engine.stop()
    assert looked > 3


async def beat(engine: Engine, beats: int) -> None:
    for _ in range(beats):
        await engine.replay.beat()


class Died(BaseException):
    """Nothing catches it, as nothing catches death."""


async def test_executions_that_are_not_booked_yet_are_waiting_not_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the broker's commit and ours; the order is still open here."""
    engine = await trading(tmp_path, 0)

    async def dies(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(Execution, "settle", dies)
        with pytest.raises(Died):
            await beat(engine, 2)
    assert [order.status for order in engine.bus.state.orders.values()] == [OrderStatus.INTENDED]
    await engine.stop()
    report = verify_files(tmp_path / "parley.sqlite", tmp_path / "paper.sqlite")
    assert report.sound
    assert report.waiting == 1
    assert "executions at the broker that the engine will book next: 1" in report.as_text()
    again = await open_engine(plan(tmp_path), lambda: False)
    assert not again.bus.state.orders
    assert len(again.bus.state.positions) == 1
    await again.stop()
    report = verify_files(tmp_path / "parley.sqlite", tmp_path / "paper.sqlite")
    assert report.sound
    assert report.waiting == 0


MOVES = {
    "money put in": c.MoveCash(amount=money(500)),
    "money taken out": c.MoveCash(amount=money(-500)),
    "begun anew": c.ResetAccount(cash=money(70_000)),
}


def checked(folder: Path) -> Report:
    return verify_files(folder / "parley.sqlite", folder / "paper.sqlite")


@pytest.mark.parametrize("move", MOVES)
async def test_an_account_is_sound_after_money_was_moved(folder: Path, move: str) -> None:
    """With positions, closed trades, a reserve and orders that wait for the open; and when it has traded on."""
    engine = await open_engine(plan(folder), lambda: False)
    state = engine.bus.state
    assert state.positions
    assert state.reserve
    await engine.bus.do(MOVES[move])
    assert checked(folder).sound, checked(folder).as_text()
    before = engine.bus.state.cash
    await beat(engine, 15)
    assert engine.bus.state.cash != before, "it traded on"
    await engine.bus.do(c.MoveCash(amount=money(1)))
    await engine.stop()
    assert checked(folder).sound, checked(folder).as_text()
    assert checked(folder).transfers == 0


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("after", [False, True])
async def test_a_transfer_that_is_open_is_waiting_not_wrong(
    folder: Path, move: str, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> None:
    """Between our commit and the broker's, and between the broker's and our note of it."""
    engine = await open_engine(plan(folder), lambda: False)
    book = PaperBroker.transfer

    async def dies(broker: PaperBroker, transfer: Transfer) -> None:
        if after:
            await book(broker, transfer)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(PaperBroker, "transfer", dies)
        with pytest.raises(Died):
            await engine.bus.do(MOVES[move])
    await engine.stop()
    report = checked(folder)
    assert report.sound, report.as_text()
    assert report.transfers == (0 if after else 1)
    assert ("transfers that the broker will book next: 1" in report.as_text()) is not after
    again = await open_engine(plan(folder), lambda: False)
    assert again.bus.state.transfers == ()
    assert again.bus.state.breakers == engine.bus.state.breakers
    await again.stop()
    report = checked(folder)
    assert report.sound, report.as_text()
    assert report.transfers == 0


async def test_executions_of_before_a_reset_are_neither_waiting_nor_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order was filled, we died before we heard of it, and the account began anew before we asked."""
    engine = await trading(tmp_path, 0)

    async def dies(*_: object) -> None:
        raise Died

    async def deaf(*_: object) -> bool:
        return False

    with monkeypatch.context() as patch:
        patch.setattr(Execution, "settle", dies)
        with pytest.raises(Died):
            await beat(engine, 2)
        patch.setattr(Execution, "collect", deaf)
        await engine.bus.do(c.ResetAccount())
    await beat(engine, 12)
    await engine.stop()
    report = checked(tmp_path)
    assert report.sound, report.as_text()
    assert (report.waiting, report.transfers) == (0, 0)
    book = read_book(tmp_path / "paper.sqlite")
    assert len(book.executions) == report.counts["paper"].fills + 1


LAST = "WHERE number = (SELECT max(number) FROM fills)"
MONEY_DAMAGE = {
    "a transfer gone from the broker": ("paper", "DELETE FROM transfers WHERE NOT resets", "transfer_lost"),
    "a transfer that we never made": ("paper", "UPDATE transfers SET id = 't0' WHERE resets", "transfer_unknown"),
    "another amount": ("paper", "UPDATE book SET cash = cash + 1", "cash_differs"),
    "shares of before the reset": ("parley", "UPDATE positions SET shares = shares + 1", "position_shares"),
    "a fill of after the reset at another price": ("parley", f"UPDATE fills SET price = 1 {LAST}", "cash_and_fills"),
    "a fill of before the reset gone": ("parley", "DELETE FROM fills WHERE number = 1", "execution_lost"),
}


@pytest.mark.parametrize("damage", MONEY_DAMAGE)
async def test_what_was_changed_by_hand_after_a_reset_is_named(folder: Path, damage: str) -> None:
    engine = await open_engine(plan(folder), lambda: False)
    await engine.bus.do(c.ResetAccount())
    await beat(engine, 12)
    await engine.bus.do(c.MoveCash(amount=money(500)))
    await engine.stop()
    file, statement, code = MONEY_DAMAGE[damage]
    with closing(sqlite3.connect(folder / f"{file}.sqlite", isolation_level=None)) as connection:
        assert connection.execute(statement).rowcount > 0
    assert code in {one.code for one in checked(folder).found}


@pytest.mark.parametrize("missing", ["parley.sqlite", "paper.sqlite"])
def test_what_is_not_there_cannot_be_verified(folder: Path, missing: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / missing).unlink()
    assert cli.main(["--data", str(folder), "db", "verify"]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"{folder / missing} is not there; name the account's folder with --data DIR\n"


def test_a_file_that_is_no_book(folder: Path) -> None:
    (folder / "paper.sqlite").write_bytes(b"nothing like it" * 100)
    with pytest.raises(Unavailable, match="cannot be used"):
        read_book(folder / "paper.sqlite")


async def test_a_start_that_ended_before_its_first_commit_is_sound(tmp_path: Path) -> None:
    """Database and book are there, the account is not; its next start begins it."""
    store = await SqlStore.open(plan(tmp_path).database)
    await store.close()
    calendar = load_calendar()
    market = ReplayMarket(load_closes(), calendar)
    clock = ReplayClock(market.starts_at)
    PaperBroker.open(plan(tmp_path).book, market, clock, calendar, money(100_000)).close()
    assert verify_files(plan(tmp_path).database, plan(tmp_path).book).sound


async def split_at_the_broker(folder: Path) -> str:
    """At the next session's open something that is held is split at the broker; the engine did not come to it."""
    store = await SqlStore.open(folder / "parley.sqlite")
    state = await store.load("paper")
    await store.close()
    assert state
    assert state.market_at
    coming, ticker = load_calendar().next_session(state.market_at), min(state.positions)
    split = CorporateAction(
        id="split", kind=ActionKind.SPLIT, ticker=ticker, ex_date=coming.date, opens_at=coming.opens_at, new=7, old=3
    )
    market = ReplayMarket(load_closes(), load_calendar(), [split])
    book = folder / "paper.sqlite"
    with closing(PaperBroker.open(book, market, ReplayClock(coming.opens_at), load_calendar(), 0)) as broker:
        await broker.holdings()
    return ticker


async def test_a_split_that_the_engine_will_book_next_is_no_difference(folder: Path) -> None:
    ticker = await split_at_the_broker(folder)
    (booked,) = read_book(folder / "paper.sqlite").actions
    assert (booked.id, booked.ticker, booked.shares > 0) == ("split", ticker, True)
    assert verify_files(folder / "parley.sqlite", folder / "paper.sqlite").sound


async def test_shares_that_no_split_explains_are_a_difference(folder: Path) -> None:
    ticker = await split_at_the_broker(folder)
    with closing(sqlite3.connect(folder / "paper.sqlite")) as connection, connection:
        connection.execute("UPDATE actions SET shares = shares - 1")
    found = verify_files(folder / "parley.sqlite", folder / "paper.sqlite").found
    assert [one.code for one in found] == ["shares_differ"]
    assert found[0].sentence.startswith(f"{ticker}: ")
