"""Tables that were edited behind the journal's back are found, whichever column it was; untouched ones are sound."""

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Hashable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table

from bot import cli
from engine.adapters.sql_store import follows
from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.follows import APART, followed
from engine.adapters.sql_store.retold import Told, retold
from engine.core import commands as c
from engine.core.units import money
from engine.core.words import BreakerKind, Role
from engine.trail import verify_trail
from engine.verify import verify_files
from engine.wiring import Audit, Engine, places
from tests.builders import a_market_event
from tests.engine.test_verify import beat, trading

COMPARED = (
    t.accounts,
    t.people,
    t.preferences,
    t.recommendations,
    t.decided,
    t.decisions,
    t.proposals,
    t.orders,
    t.fills,
    t.positions,
    t.stop_levels,
    t.closed_trades,
    t.ledger,
    t.breakers,
    t.snapshots,
    t.lots,
    t.lot_sales,
    t.tier_changes,
    t.earnings,
    t.market_events,
    t.strategies,
)
COLUMNS = [
    f"{table.name}.{column.name}"
    for table in COMPARED
    for column in table.c
    if f"{table.name}.{column.name}" not in APART and column.name != "number"
]


def some_of_each_table(number: int) -> list[str]:
    """That many columns of each table, drawn alike each time; the long run takes all of them."""
    dice, found = random.Random(number), []
    for table in COMPARED:
        own = [one for one in COLUMNS if one.partition(".")[0] == table.name and one != "accounts.account"]
        found += dice.sample(own, min(number, len(own)))
    return found


async def rich(folder: Path) -> None:
    """An account in whose life everything happened that leaves a row somewhere."""
    engine = await trading(folder, 22)
    assert engine.bus.state.reserve
    await prepared(engine)
    await beat(engine, 8)
    await engine.bus.do(c.ResetAccount(cash=money(90_000)))
    await beat(engine, 30)
    await engine.bus.do(c.MoveCash(amount=money("500.25")))
    await engine.bus.do(c.MoveCash(amount=money(-200)))
    await engine.bus.do(c.ClosePosition(tickers=(next(iter(engine.bus.state.positions)),), fraction=0.5))
    await beat(engine, 3)
    await tripped(engine)
    await outside(engine)
    await asked(engine)
    assert engine.bus.state.positions
    assert engine.bus.state.proposals
    assert engine.bus.state.breakers
    assert engine.bus.state.frozen
    await engine.stop()


async def prepared(engine: Engine) -> None:
    do, owner, soon = engine.bus.do, "terminal:local", engine.clock.wall() + timedelta(hours=1)
    await do(c.Admit(person=owner, by=owner))
    for code in ("a" * 64, "b" * 64):
        await do(c.Invite(code=code, role=Role.VIEWER, lapses_at=soon, by=owner))
    await do(c.Admit(person="chat:7", name="Anna", code="a" * 64, by="chat:7"))
    await do(c.SetRole(person="chat:7", role=Role.OPERATOR, by=owner))
    await do(c.ChangePreferences(patch={"trading.risk_tolerance": "moderate"}, by=owner))
    await do(c.ChangePreferences(patch={"trading.excluded_tickers": ["T"], "risk.reserve_pct": 30}, by=owner))
    await do(c.ChangePreferences(patch={"risk.daily_loss_limit_pct": 2}, by=owner))
    await do(c.UndoChanges(count=1, by=owner))
    await do(c.ChangePreferences(patch={"risk.daily_loss_limit_pct": 2}, by=owner))
    until = engine.clock.market() + timedelta(days=200)
    await do(c.ChangePreferences(patch={"trading.max_open_positions": 4}, until=until, by=owner))


async def tripped(engine: Engine) -> None:
    for kind in (BreakerKind.VOLATILITY, BreakerKind.DAILY_LOSS):
        await engine.bus.do(c.TripBreaker(kind=kind, ticker=None, threshold=0.03, actual=0.04))
    await engine.bus.do(c.ResolveBreaker(kind=BreakerKind.DAILY_LOSS, ticker=None))
    await engine.bus.do(c.ResolveBreaker(kind=BreakerKind.VOLATILITY, ticker=None))
    await engine.bus.do(c.PauseEntries(until=engine.clock.market() + timedelta(days=2)))
    await engine.bus.do(c.ResumeEntries())
    await engine.bus.do(c.FreezeTicker(ticker="GE", ours=1, theirs=2))


async def outside(engine: Engine) -> None:
    """Days of high risk, dates of earnings, strategies that are listened to no more, another tier."""
    do, now = engine.bus.do, engine.clock.market()
    for name, source in (("e1", "csv"), ("e2", "owner"), ("e1", "desk")):
        event = a_market_event(id=name, source=source, starts_at=now, ends_at=now + timedelta(days=400))
        await do(c.MarkEvent(event=event))
    await do(c.EndEvent(event_id="e2"))
    days = tuple(now.date() + timedelta(days=90 * quarter) for quarter in range(1, 4))
    await do(c.ImportEarnings(dates={"KO": days, "GE": days[:1]}, source="csv"))
    await do(c.ImportEarnings(dates={"KO": days[:2]}, source="csv"))
    for strategy in ("breakout", "mean_reversion"):
        await do(c.SetStrategy(name=strategy, on=False))
    await do(c.ChangePreferences(patch={"trading.risk_tolerance": "conservative"}, by="terminal:local"))


async def asked(engine: Engine) -> None:
    await engine.bus.do(c.ChangePreferences(patch={"trading.autonomy": "ask"}, by="terminal:local"))
    for _ in range(80):
        if engine.bus.state.proposals:
            break
        await engine.replay.beat()
    await engine.bus.do(c.TripBreaker(kind=BreakerKind.SINGLE_POSITION, ticker="KO", threshold=0.1, actual=0.12))


@pytest.fixture(scope="module", autouse=True)
def _journal_told_once() -> Iterator[None]:
    """The same journal tells the same: only tables are edited here, so that it need not be told for each edit."""
    known: dict[Hashable, list[Told]] = {}

    def told(connection: sqlite3.Connection, account: str) -> Iterator[Told]:
        rows = connection.execute("SELECT seq, kind, body FROM journal WHERE account = ? ORDER BY seq", (account,))
        journal = tuple(tuple(row) for row in rows)
        if journal not in known:
            known[journal] = list(retold(connection, account))
        yield from known[journal]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(follows, "retold", told)
        yield


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lived")
    asyncio.run(rich(folder))
    return folder


@pytest.fixture(scope="module")
def whole(lived: Path) -> bytes:
    with closing(sqlite3.connect(lived / "parley.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
        return connection.serialize()


def opened(whole: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(whole)
    return connection


def codes(connection: sqlite3.Connection) -> set[str]:
    return {one.code for one in followed(connection, "paper").found}


def test_what_nobody_touched_follows(lived: Path, whole: bytes) -> None:
    report = verify_files(lived / "parley.sqlite", lived / "paper.sqlite")
    assert report.sound, report.as_text()
    assert report.notes == ()
    trail = verify_trail(lived / "parley.sqlite", places(lived / "parley.sqlite", Audit()))
    assert trail.sound, trail.as_text()
    with closing(opened(whole)) as connection:
        assert followed(connection, "paper") == ((), ())
        empty = [each.name for each in COMPARED if not connection.execute(f"SELECT 1 FROM {each.name}").fetchone()]
    assert empty == [], "otherwise it would be no wonder that nothing differs"


# --- edited


EDITS_EACH = 1


def other(value: object, dice: random.Random) -> object:
    """Another value for a cell: near the old one, empty, strange, or of another kind; never one that means the same."""
    if isinstance(value, int | float):
        return dice.choice([value + 1, value - 1, -value - 1, value * 2 + 1, f"{value}x", None])
    if value is None:
        return dice.choice(["", "x", 7, "2020-02-03 14:30:00.000000"])
    text = str(value)
    return dice.choice(["", f"{text}x", text[:-1], f"~{text[1:]}", b"\xff" + text.encode(), 7, None])


def edit(connection: sqlite3.Connection, column: str, dice: random.Random) -> bool:
    """Put another value into this column of any row of the account; False where no such row can hold it."""
    table, name = column.split(".")
    rows = connection.execute(f'SELECT rowid, "{name}" FROM {table}').fetchall()
    row, old = dice.choice(rows)
    try:
        connection.execute(f'UPDATE {table} SET "{name}" = ? WHERE rowid = ?', (other(old, dice), row))
    except sqlite3.IntegrityError:
        return False
    (new,) = connection.execute(f'SELECT "{name}" FROM {table} WHERE rowid = ?', (row,)).fetchone()
    return bool(new != old)


@pytest.mark.parametrize("column", some_of_each_table(3))
def test_an_edited_column_is_found(whole: bytes, column: str) -> None:
    dice, edited = random.Random(column), 0
    while edited < EDITS_EACH:
        with closing(opened(whole)) as connection:
            if edit(connection, column, dice):
                edited += 1
                assert f"{column.split('.', maxsplit=1)[0]}_differ" in codes(connection)


@pytest.mark.slow
@pytest.mark.parametrize("column", [column for column in COLUMNS if column != "accounts.account"])
def test_a_column_edited_twenty_times_is_found_each_time(whole: bytes, column: str) -> None:
    for seed in range(20):
        with closing(opened(whole)) as connection:
            if edit(connection, column, random.Random(f"{column} {seed}")):
                assert f"{column.split('.', maxsplit=1)[0]}_differ" in codes(connection)


@pytest.mark.parametrize("column", ["accounts.transfers", "orders.status", "fills.shares", "positions.ticker"])
def test_what_nobody_can_read_any_more_is_told_and_no_crash(lived: Path, tmp_path: Path, column: str) -> None:
    folder = shutil.copytree(lived, tmp_path / "account")
    table, name = column.split(".")
    with closing(sqlite3.connect(folder / "parley.sqlite", isolation_level=None)) as connection:
        connection.execute(f"UPDATE {table} SET {name} = x'ff' WHERE rowid = (SELECT min(rowid) FROM {table})")
    report = verify_files(folder / "parley.sqlite", folder / "paper.sqlite")
    assert f"{table}_differ" in {one.code for one in report.found}
    assert not report.sound
    assert not verify_trail(folder / "parley.sqlite", places(folder / "parley.sqlite", Audit())).sound


@pytest.mark.parametrize("table", [each.name for each in COMPARED if each is not t.accounts])
def test_a_deleted_row_is_found(whole: bytes, table: str) -> None:
    with closing(opened(whole)) as connection:
        rows = connection.execute(f"SELECT rowid FROM {table}").fetchall()
        (row,) = random.Random(table).choice(rows)
        connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
        assert codes(connection) == {f"{table}_differ"}


@pytest.mark.parametrize("table", [each for each in COMPARED if each is not t.accounts], ids=lambda each: each.name)
def test_an_inserted_row_is_found(whole: bytes, table: Table) -> None:
    """A copy of one that is there, under another key where there must be one."""
    with closing(opened(whole)) as connection:
        connection.execute(f"CREATE TABLE copied AS SELECT * FROM {table.name} LIMIT 1")
        if "number" in table.c:
            connection.execute(f"UPDATE copied SET number = (SELECT max(number) + 1 FROM {table.name})")
        for index in connection.execute(
            f"SELECT name FROM pragma_index_list('{table.name}') WHERE [unique]"
        ).fetchall():
            for (name,) in connection.execute("SELECT name FROM pragma_index_info(?)", index).fetchall():
                if name not in ("account", "number"):
                    connection.execute(f"UPDATE copied SET {name} = {KEYS.get(name, KEY)}")
        connection.execute(f"INSERT INTO {table.name} SELECT * FROM copied")
        assert codes(connection) == {f"{table.name}_differ"}


KEY = "'new'"
KEYS = {"session": "'2020-02-02'", "path": "'trading.watchlist'", "date": "'2020-02-02'"}


ORDERED = [
    *(t.decisions, t.fills, t.closed_trades, t.ledger, t.recommendations, t.decided, t.proposals, t.breakers),
    *(t.lots, t.lot_sales, t.tier_changes, t.market_events),
]


@pytest.mark.parametrize("table", ORDERED, ids=lambda each: each.name)
def test_rows_that_changed_places_are_found(whole: bytes, table: Table) -> None:
    with closing(opened(whole)) as connection:
        connection.execute(f"UPDATE {table.name} SET number = -number")
        connection.execute(f"UPDATE {table.name} SET number = -number WHERE number < -2")
        assert codes(connection) == {f"{table.name}_order"}


# --- told


EDITS = {
    "UPDATE preferences SET value = '50' WHERE path = 'risk.daily_loss_limit_pct'": (
        "preferences_differ: setting risk.daily_loss_limit_pct is 50 in the table, but the journal says 2"
    ),
    "DELETE FROM preferences WHERE path = 'trading.excluded_tickers'": (
        'preferences_differ: setting trading.excluded_tickers is [] in the table, but the journal says ["T"]'
    ),
    "INSERT INTO account_people VALUES ('paper', 'chat:666', 'owner', '2020-02-03 00:00:00.000000', '')": (
        "account_people_differ: person chat:666 is in the table, but not in the journal"
    ),
    "UPDATE account_people SET role = 'owner' WHERE id = 'chat:7'": (
        "account_people_differ: person chat:7: role is owner in the table, but the journal says operator"
    ),
    "UPDATE accounts SET peak = 1": "accounts_differ: the account: peak is $0.0001 in the table, but the journal says ",
    "UPDATE position_stop_levels SET stop = 10000": "position_stop_levels_differ: stop levels of ",
    "DELETE FROM decisions WHERE number = 20": "decisions_differ: decision d",
    "UPDATE tax_lots SET tax_basis = 0 WHERE shares > 0": "tax_lots_differ: tax lot ",
    "UPDATE risk_tier_history SET new = 'aggressive' WHERE number = 1": (
        "risk_tier_history_differ: move of the risk tier at 2020-02-07 14:45:00.000000: "
        "new is aggressive in the table, but the journal says moderate"
    ),
    "DELETE FROM earnings_calendar WHERE ticker = 'GE'": "earnings_calendar_differ: earnings of GE 2020-",
    "UPDATE portfolio_snapshots SET equity = equity + 1": "portfolio_snapshots_differ: snapshot of 2020-02-03: equity ",
}


@pytest.mark.parametrize("statement", EDITS)
def test_both_commands_say_what_was_edited(
    lived: Path, tmp_path: Path, statement: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(lived, tmp_path / "account")
    with closing(sqlite3.connect(folder / "parley.sqlite", isolation_level=None)) as connection:
        assert connection.execute(statement).rowcount > 0
    for command in ("db", "audit"):
        assert cli.main(["--data", str(folder), command, "verify"]) == 1
        said = capsys.readouterr().out.replace("paper: ", "")
        assert [line for line in said.splitlines() if line.startswith(EDITS[statement])], said
        assert "NOT SOUND" in said


def test_no_more_than_twenty_differences_are_told(whole: bytes) -> None:
    with closing(opened(whole)) as connection:
        connection.execute("UPDATE decisions SET thesis = 'x'")
        found = followed(connection, "paper").found
    assert len(found) == 21
    assert found[-1].sentence == "only the first 20 differences are told"
