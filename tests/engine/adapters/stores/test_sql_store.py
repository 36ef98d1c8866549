"""What only a database in a file can go through: reopening, other programs, a full disk, a killed process."""

import ast
import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from sqlalchemy import BigInteger, Connection, Double, Table, event

from engine.adapters.sql_store import SqlStore, connect, group, tables, write
from engine.adapters.sql_store.columns import Instant
from engine.adapters.sql_store.connect import FileDatabase
from engine.core import events as e
from engine.core import happenings, lots, nouns, people, standing
from engine.core.announcement import Announcement
from engine.core.journal import Entry, first_bad
from engine.core.state import State
from engine.core.units import money
from engine.ports import Batch, Checkpoint, Conflict, Unavailable, Unknown
from tests import strategies
from tests.builders import ACCOUNT, NOON, a_batch, a_decision, a_state, an_announcement, an_order
from tests.engine.adapters.stores.conftest import a_file
from tests.engine.adapters.stores.test_contract import a_buy, begun

ROOT = Path(__file__).parents[4]

HOLDS: dict[Table, type[Any]] = {
    tables.people: people.Person,
    tables.recommendations: nouns.Recommendation,
    tables.decisions: nouns.Decision,
    tables.orders: nouns.Order,
    tables.fills: nouns.Fill,
    tables.closed_trades: nouns.ClosedTrade,
    tables.lots: lots.Lot,
    tables.lot_sales: lots.LotSale,
    tables.tier_changes: standing.TierChange,
    tables.market_events: happenings.MarketEvent,
    tables.strategies: standing.StrategyStanding,
    tables.ledger: nouns.LedgerRow,
    tables.breakers: nouns.Breaker,
    tables.snapshots: nouns.Snapshot,
    tables.notifications: Announcement,
    tables.journal: Entry,
}


# --- the tables fit what they hold


@pytest.mark.parametrize("table", HOLDS, ids=str)
def test_every_field_of_a_noun_has_a_column(table: Table) -> None:
    assert {field.name for field in fields(HOLDS[table])} <= set(table.c.keys())


def test_every_field_of_a_position_and_of_a_state_has_its_place() -> None:
    position = {field.name for field in fields(nouns.Position)}
    assert position == (set(tables.positions.c.keys()) | set(tables.stop_levels.c.keys())) - {"account", "number"}
    assert set(write._PLAIN) | set(write.MADE) == set(tables.accounts.c.keys()) - {"fence"}


@pytest.mark.parametrize("table", tables.CATALOGUE.sorted_tables, ids=str)
def test_columns_are_wide_enough(table: Table) -> None:
    """Amounts in 64 bits, fractions in double precision, instants with their zone: on every database."""
    for column in table.c:
        kind = column.type.python_type
        if kind is int:
            assert isinstance(column.type, BigInteger), column
        if kind is float:
            assert isinstance(column.type, Double), column
        if kind is datetime:
            assert isinstance(column.type, Instant), column


def test_every_field_is_tried_by_the_strategies() -> None:
    """The strategies leave no field of a noun, or of a state, at its default."""
    calls = [node for node in ast.walk(ast.parse(Path(strategies.__file__).read_text())) if isinstance(node, ast.Call)]
    built = {ast.unparse(call.args[0]): call.keywords for call in calls if ast.unparse(call.func) == "st.builds"}
    for name, keywords in built.items():
        kind = getattr(strategies, name)
        names = kind._fields if hasattr(kind, "_fields") else {field.name for field in fields(kind)}
        assert set(names) - {keyword.arg for keyword in keywords} == ({"seq", "head"} if kind is State else set()), name
    assert {"State", "Lot", "LotSale", "TierChange", "MarketEvent", "StrategyStanding"} <= built.keys()


def test_hints_of_nouns_can_be_read() -> None:
    """Also those that only the bodies of rows hold."""
    for kind in (State, nouns.Proposal, nouns.Change, standing.Rebalance):
        assert get_type_hints(kind)


# --- the file


async def test_reopened_the_file_holds_the_same(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    store = await SqlStore.open(path)
    state = await a_buy(store)
    journal = await store.journal(ACCOUNT)
    await store.close()
    again = await SqlStore.open(f"sqlite:///{path}")
    assert await again.load(ACCOUNT) == state
    assert await again.journal(ACCOUNT) == journal
    assert await again.decisions(ACCOUNT, 5) == (a_decision(),)
    await again.close()


async def test_every_commit_is_on_the_disk(sql_store: SqlStore) -> None:
    def settings(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert await sql_store._write(settings) == ["wal", 2, 1, 5000]


async def test_amounts_are_whole_numbers_in_the_file(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    store = await SqlStore.open(path)
    await begun(store, cash="999999999999.9999")
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT cash, typeof(cash) FROM accounts").fetchone() == (
            9_999_999_999_999_999,
            "integer",
        )


async def test_instants_without_a_zone_are_refused(sql_store: SqlStore) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(Exception, match="no time zone"):
        await sql_store.save(a_batch(new=a_state(opened_at=naive)))
    assert await sql_store.load(ACCOUNT) is None


async def test_an_order_cannot_leave_without_its_end(sql_store: SqlStore) -> None:
    order = an_order()
    state = await begun(sql_store, orders={order.client_order_id: order})
    with pytest.raises(ValueError, match=r"paper-d1-1 left"):
        await sql_store.save(a_batch(state, replace(state, orders={})))
    assert await sql_store.load(ACCOUNT) == state


async def test_only_what_differs_is_written(sql_store: SqlStore) -> None:
    state = await a_buy(sql_store)
    seen: list[str] = []

    def watched(connection: Connection, batch: Batch) -> None:
        event.listen(connection, "before_cursor_execute", lambda _c, _cursor, statement, *_: seen.append(statement))
        group.write_group(connection, [batch])

    levels = {"KO": replace(state.positions["KO"], stop=money("59"))}
    await sql_store._write(watched, a_batch(state, replace(state, cash=5, positions=levels)))
    assert [re.split(r" WHERE|\(", line)[0].strip() for line in seen] == [
        "UPDATE accounts SET cash=?, seq=?, head=?",
        "UPDATE position_stop_levels SET stop=?, initial_stop=?, take=?, high=?, atr=?, stop_why=?",
        "INSERT INTO journal",
    ]


# --- two at once


async def test_saves_that_wait_go_together_and_a_refused_one_takes_no_other_with_it(sql_store: SqlStore) -> None:
    begun_ones = [replace(a_state(), account=f"a{n}", seq=0) for n in range(20)]
    first = [a_batch(None, replace(state, cash=n)) for n, state in enumerate(begun_ones)]
    commits = await counted(sql_store, first)
    assert commits <= 3
    second = [a_batch(batch.new, replace(batch.new, cash=-1)) for batch in first]
    outdated = replace(second[7], old=replace(first[7].new, seq=99))
    await counted(sql_store, [*second[:7], outdated, *second[8:]])
    cash = [found.cash for batch in first if (found := await sql_store.load(batch.new.account))]
    assert cash == [7 if n == 7 else -1 for n in range(20)]


async def counted(store: SqlStore, batches: list[Batch]) -> int:
    """Save all at once; how many transactions that took."""
    commits: list[Connection] = []
    database = store._database
    assert isinstance(database, FileDatabase)
    note: Callable[[Connection], None] = commits.append
    event.listen(database._engine, "commit", note)
    outcomes = await asyncio.gather(*(store.save(batch) for batch in batches), return_exceptions=True)
    event.remove(database._engine, "commit", note)
    assert [type(one) for one in outcomes if one is not None] in ([], [Conflict])
    return len(commits)


async def test_two_stores_on_one_file_do_not_corrupt(tmp_path: Path) -> None:
    """Two writers of the same accounts, as fast as they can: every batch whole, every chain unbroken."""
    path = a_file(tmp_path)
    stores = [await SqlStore.open(path), await SqlStore.open(path)]

    async def writer(store: SqlStore, name: str) -> int:
        won = 0
        for number in range(15):
            old = await store.load(ACCOUNT)
            told = (an_announcement(id=f"{name}-{number}"),)
            try:
                await store.save(a_batch(old, old or a_state(), announcements=told))
                won += 1
            except Conflict:
                pass
        return won

    won = await asyncio.gather(*(writer(store, str(number)) for number, store in enumerate(stores)))
    journal = await stores[0].journal(ACCOUNT)
    assert first_bad(journal) is None
    assert len(journal) == sum(won) == (await stores[1].counts(ACCOUNT)).notifications
    for store in stores:
        await store.close()


async def test_a_file_held_by_another_program_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connect.SQLITE, "timeout", 0.05)
    path = a_file(tmp_path)
    store = await SqlStore.open(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match=r"parley\.db is held by another program"):
            await begun(store)
        assert await store.load(ACCOUNT) is None  # reading goes on
    await begun(store)
    await store.close()


async def test_a_cancelled_save_is_whole_or_absent(sql_store: SqlStore) -> None:
    state = await begun(sql_store)
    batch = a_batch(state, replace(state, cash=1), announcements=(an_announcement(),))
    saving = asyncio.create_task(sql_store.save(batch))
    await asyncio.sleep(0)
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    await sql_store.add_checkpoint(Checkpoint(at=NOON, heads={}, key="", signature=""))  # writers wait in turn
    found = await sql_store.load(ACCOUNT)
    assert found in (state, batch.new)
    assert (await sql_store.counts(ACCOUNT)).notifications == (found == batch.new)


# --- what keeps it from working


async def refused(place: Path, words: str) -> None:
    with pytest.raises(Unavailable, match=words) as caught:
        await SqlStore.open(place)
    assert str(place) in str(caught.value)


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("shopping: milk, bread, and a very long list of other things" * 20)
    await refused(path, "is not a database: move it away")


async def test_a_database_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    await refused(path, "is a database of another program")


async def test_a_folder_in_its_place(tmp_path: Path) -> None:
    await refused(tmp_path, "cannot be opened: its folder is missing, or may not be entered")


async def test_a_missing_folder(tmp_path: Path) -> None:
    await refused(tmp_path / "nowhere" / "parley.db", "cannot be opened: its folder is missing")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_an_unreadable_file(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    path.chmod(0)
    await refused(path, "cannot be opened")


async def test_a_server_out_of_reach_is_named_without_its_password() -> None:
    assert connect.shown(connect.address("postgresql://parley:secret@localhost:1/parley")) == (
        "postgresql://parley:***@localhost:1/parley"
    )


async def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))
    with pytest.raises(Unavailable, match="is damaged: restore a copy"):
        await (await SqlStore.open(path)).load(ACCOUNT)


async def test_a_full_disk_loses_nothing_and_works_again_when_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_file(tmp_path)
    pages = path.stat().st_size // 4096
    monkeypatch.setattr(connect, "PRAGMAS", f"{connect.PRAGMAS} PRAGMA max_page_count = {pages + 12};")
    store = await SqlStore.open(path)
    state = await begun(store)
    said = ""
    for number in range(200):
        long = an_announcement(id=f"{number}", facts={"text": "x" * 900})
        decided = e.Decided(decision=a_decision(id=f"d{number}", recommendation_id=None))
        batch = a_batch(state, replace(state, cash=number), (decided,), (long,), key=f"k{number}")
        try:
            await store.save(batch)
        except Unavailable as error:
            said = str(error)
            break
        state = batch.new
    assert said == f"no room to write {path}: free some space there; nothing of this change was written"
    assert number > 3
    assert await store.load(ACCOUNT) == state
    assert (await store.counts(ACCOUNT)).decisions == (await store.counts(ACCOUNT)).notifications == number
    await store.close()

    monkeypatch.undo()
    freed = await SqlStore.open(path)
    await freed.save(batch)
    assert await freed.load(ACCOUNT) == batch.new
    assert (await freed.counts(ACCOUNT)).decisions == number + 1
    assert first_bad(await freed.journal(ACCOUNT)) is None
    await freed.close()


async def test_a_disk_freed_under_a_running_engine(tmp_path: Path) -> None:
    """No reopening: the same store goes on."""
    store = await SqlStore.open(a_file(tmp_path))

    def limit(connection: Connection, pages: int) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await store._write(limit, 1)  # never below what is there: the file just cannot grow
    big = tuple(an_announcement(id=str(n), facts={"text": "x" * 3000}) for n in range(40))
    with pytest.raises(Unavailable, match="no room"):
        await store.save(a_batch(announcements=big))
    assert await store.load(ACCOUNT) is None
    await store._write(limit, 1_000_000)
    await store.save(a_batch(announcements=big))
    assert len(await store.undelivered(ACCOUNT, 100)) == 40
    await store.close()


async def test_a_faulty_batch_fails_no_other_that_is_written_with_it(tmp_path: Path) -> None:
    store = await SqlStore.open(a_file(tmp_path))
    accounts = {name: a_state(account=name) for name in ("first", "good", "bad")}
    accounts["bad"] = replace(accounts["bad"], cash=10**30)
    saves = (store.save(a_batch(None, state)) for state in accounts.values())
    outcomes = await asyncio.gather(*saves, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), OverflowError]
    assert set(await store.heads()) == {"first", "good"}
    await store.close()


@pytest.mark.parametrize(
    ("code", "known"), [(sqlite3.SQLITE_FULL, True), (sqlite3.SQLITE_BUSY, True), (sqlite3.SQLITE_IOERR, False)]
)
async def test_only_an_end_that_fails_leaves_in_doubt_what_was_stored(
    tmp_path: Path, code: int, *, known: bool
) -> None:
    store = await SqlStore.open(a_file(tmp_path))
    database = store._database
    assert isinstance(database, FileDatabase)
    failure = sqlite3.OperationalError("the end")
    failure.sqlite_errorcode = code

    def fails(_connection: Connection) -> None:
        raise failure

    event.listen(database._engine, "commit", fails)
    with pytest.raises(Unavailable) as caught:
        await store.save(a_batch(None, a_state()))
    assert isinstance(caught.value, Unknown) is not known
    await store.close()


# --- killed in the middle


KILLED = """
import asyncio, sys, time
from dataclasses import replace
from engine.adapters.sql_store import SqlStore, group
from engine.adapters.sql_store.group import write_group
from engine.core import events as e
from tests.builders import *

def stalled(connection, batches, fences):
    write_group(connection, batches, fences)
    print("written, not committed", flush=True)
    time.sleep(60)

async def main():
    found = await SqlStore.open(sys.argv[1])
    state = await found.load(ACCOUNT)
    group.write_group = stalled
    events = (e.Decided(decision=a_decision(id="lost", recommendation_id=None)),)
    await found.save(a_batch(state, replace(state, cash=0), events, (an_announcement(id="lost"),), key="lost"))

asyncio.run(main())
"""


async def test_a_process_killed_in_the_middle_of_a_save_leaves_no_trace_of_it(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    store = await SqlStore.open(path)
    state = await a_buy(store)
    before = await store.counts(ACCOUNT)
    await store.close()
    await asyncio.to_thread(kill_in_the_middle, path)
    again = await SqlStore.open(path)
    assert await again.load(ACCOUNT) == state
    assert await again.counts(ACCOUNT) == before
    await again.save(replace(a_batch(state), key="lost"))
    await again.close()


def kill_in_the_middle(path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "written, not committed\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait(5) == -signal.SIGKILL
