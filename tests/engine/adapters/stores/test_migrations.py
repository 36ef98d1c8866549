"""The tables' history: every database, of whatever age, ends up with the tables of this program, or is left alone."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from engine.adapters.sql_store import SqlStore, schema, tables
from engine.adapters.sql_store.copying import schema_of
from engine.adapters.sql_store.follows import followed
from engine.core import events as e
from engine.core.chain import Link
from engine.core.journal import plain
from engine.core.judge.orders import sold
from engine.core.nouns import Transfer
from engine.core.preferences import patched
from engine.core.refusals import Refused
from engine.core.state import State
from engine.core.units import money
from engine.core.words import AccountKind, BreakerKind, OrderStatus, Side, StopReason, Topic
from engine.ports import Unavailable
from tests.builders import (
    ACCOUNT,
    DAY,
    NOON,
    a_batch,
    a_breaker,
    a_change,
    a_decision,
    a_fill,
    a_ledger_row,
    a_position,
    a_proposal,
    a_snapshot,
    a_trade,
    an_announcement,
    an_order,
)
from tests.engine.adapters.stores.conftest import a_file
from tests.engine.adapters.stores.test_contract import a_buy
from tests.engine.adapters.stores.test_follows import add
from tests.engine.scenes import a_ground


def revisions() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    return ScriptDirectory.from_config(config)


def test_migrations_make_the_tables_of_the_models() -> None:
    with create_engine("sqlite://").begin() as connection:
        schema.upgrade(connection)
        # columns that came later keep the default with which they came to older rows
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.CATALOGUE) == []


def test_the_code_knows_the_newest_revision() -> None:
    found = [each.revision for each in revisions().walk_revisions()]
    assert found[0] == schema.HEAD
    assert found == sorted(found, reverse=True)  # so that comparing texts tells older from newer


async def test_an_empty_file_gets_all_tables(tmp_path: Path) -> None:
    path = tmp_path / "parley.db"
    path.touch()
    store = await SqlStore.open(path)
    await store.save(a_batch())
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (schema.HEAD,)


async def test_a_database_without_revisions_is_migrated(tmp_path: Path) -> None:
    """As a start that was killed before its first migration leaves it."""
    path = tmp_path / "parley.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    store = await SqlStore.open(path)
    assert await store.load(ACCOUNT) is None
    await store.close()


async def test_a_migration_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "parley.db"

    def broken(connection: Connection, revision: str = "head") -> None:
        whole(connection, revision)
        raise RuntimeError("power cut")

    whole = schema.upgrade
    monkeypatch.setattr(schema, "upgrade", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        await SqlStore.open(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    monkeypatch.undo()
    await (await SqlStore.open(path)).close()


async def test_a_newer_database_is_named_and_left_alone(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9001'")
        connection.commit()
    with pytest.raises(Unavailable) as caught:
        await SqlStore.open(path)
    ours = schema.HEAD
    assert str(caught.value) == f"{path} was written by a newer version (schema 9001, here {ours}): update this program"


async def test_opening_an_existing_database_needs_no_alembic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes half a second to load, at every start."""
    assert not {"alembic", "command", "Config"} & vars(schema).keys()
    for name in ("alembic", "alembic.command", "alembic.config"):
        monkeypatch.setitem(sys.modules, name, None)
    await (await SqlStore.open(a_file(tmp_path))).close()
    with pytest.raises(ImportError):
        await SqlStore.open(tmp_path / "new.db")


# --- a database of the first version, with all its rows


FIRST = "0001"
SECOND = "0002"


def emptied(path: Path, revision: str) -> None:
    """Make a database of this revision, with nothing in it."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as begun:
        schema.upgrade(begun, revision)
    engine.dispose()


async def a_rich_account(path: Path) -> State:
    """Rows in every table that the first version had, but for people, whom it kept apart from accounts."""
    store = await SqlStore.open(path)
    state = await a_buy(store)
    asked, tripped = a_proposal(), a_breaker()
    rich = replace(
        state,
        preferences=patched(state.preferences, {"risk.reserve_pct": 10.0, "trading.watchlist": ["KO", "T"]}),
        proposals={asked.decision.id: asked},
        breakers={(tripped.kind, tripped.ticker): tripped},
        changes=(a_change(),),
        pause=None,
        last=a_snapshot(contributed=state.contributed),
    )
    told = (
        e.Proposed(proposal=asked),
        e.BreakerTripped(breaker=tripped),
        e.TradeClosed(trade=a_trade()),
        e.ReserveMoved(row=a_ledger_row()),
        e.SnapshotTaken(snapshot=a_snapshot(contributed=state.contributed)),
    )
    batch = a_batch(state, rich, told, (an_announcement(id="4.0"),), key="rich")
    await store.save(batch)
    await store.close()
    return batch.new


def columns_of(connection: sqlite3.Connection, schema_name: str, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA {schema_name}.table_info({table})")]


def as_the_first_version_had_it(new: Path, old: Path) -> dict[str, list[tuple[object, ...]]]:
    """Make a database of the first version with the same rows and three people; its rows, by table."""
    emptied(old, FIRST)
    with closing(sqlite3.connect(old)) as connection:
        people = [(f"local:{name}", role, "2026-11-20 17:00:00.000000") for name, role in PEOPLE.items()]
        connection.executemany("INSERT INTO people (id, role, since) VALUES (?, ?, ?)", people)
        connection.commit()
        copied(connection, new)
        return rows_of(connection)


def copied(connection: sqlite3.Connection, new: Path) -> None:
    """Take over all rows of `new`, as far as there are tables and columns for them."""
    connection.execute("ATTACH ? AS new", (str(new),))
    kept = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT IN ('alembic_version', 'people')"
    for (table,) in connection.execute(kept).fetchall():
        names = ", ".join(f'"{name}"' for name in columns_of(connection, "main", table))
        connection.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM new.{table}")
    connection.commit()
    connection.execute("DETACH new")


PEOPLE = {"anna": "owner", "ben": "operator", "cleo": "viewer"}


def rows_of(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database, by table, as it reads from the first version's columns."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if table != "alembic_version":
            names = ", ".join(f'"{name}"' for name in columns_of(connection, "main", table))
            found[table] = connection.execute(f"SELECT {names} FROM {table} ORDER BY 1, 2").fetchall()
    return found


async def test_a_database_of_the_first_version_is_upgraded_losing_nothing(tmp_path: Path) -> None:
    state = await a_rich_account(a_file(tmp_path))
    old = tmp_path / "old.sqlite"
    before = await asyncio.to_thread(as_the_first_version_had_it, tmp_path / "parley.db", old)
    assert [table for table, rows in before.items() if not rows] == []
    await (await SqlStore.open(old)).close()

    with closing(sqlite3.connect(old)) as connection:
        after = rows_of(connection)
        people = after.pop("account_people")
        assert after.pop("checkpoints") == []
    assert [(account, name, role) for account, name, role, _since, _called in people] == [
        (ACCOUNT, f"local:{name}", role) for name, role in PEOPLE.items()
    ]
    del before["people"]
    assert [table for table in sorted(after.keys() - before.keys()) if after.pop(table)] == []
    assert sorted(after) == sorted(before)
    assert {table: [row[: len(before[table][0])] for row in rows] for table, rows in after.items()} == before

    store = await SqlStore.open(old)
    found = await store.load(ACCOUNT)
    assert found is not None
    assert {name: person.role.value for name, person in found.people.items()} == {
        f"local:{name}": role for name, role in PEOPLE.items()
    }
    assert replace(found, people={}) == replace(state, tolerance_raised_at=state.changes[-1].at)
    assert (await store.snapshots(ACCOUNT))[0] == state.last
    assert await store.walk(ACCOUNT) == Link(state.seq, state.head)
    assert await store.checkpoints() == ()
    await store.save(a_batch(found, replace(found, cash=1)))
    await store.close()


async def test_people_known_before_there_was_an_account_do_not_stop_an_upgrade(tmp_path: Path) -> None:
    """As a start leaves it that was killed before it opened the account: the owner is let in anew by the next."""
    old = tmp_path / "old.sqlite"
    emptied(old, FIRST)
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute("INSERT INTO people VALUES ('local:anna', 'owner', '2026-11-20 17:00:00.000000')")
    store = await SqlStore.open(old)
    assert await store.load(ACCOUNT) is None
    await store.save(a_batch())
    await store.close()


# --- a database of the second version, from before there were tax lots, and its journal


LATER = {
    *("source", "micro", "expires_at", "settles_on", "day_trade", "session", "large", "waived", "peak", "undoes"),
    "contributed",
}
"""Parts of bodies that the second version did not write, or that may be left out just as well."""
STAY = {"Decided", "SnapshotTaken", "SessionBegan", "CashMoved"}
"""Kinds of rows that have parts of these names in every version."""


def as_written_before(event: e.Event) -> dict[str, Any]:
    body: dict[str, Any] = plain(event)
    return (
        body
        if type(event).__name__ in STAY
        else {name: without(part) for name, part in body.items() if name not in LATER}
    )


def without(part: object) -> object:
    return {key: each for key, each in part.items() if key not in LATER} if isinstance(part, dict) else part


async def a_life_before(path: Path) -> State:
    """What the second version could go through: trades of two years, a reset, a position that is held."""
    store = await SqlStore.open(path)
    state = State(account=ACCOUNT)
    for event in LIFE:
        state = await add(store, state, event, as_written_before(event))
    await store.close()
    return state


def closing_after(number: int, days: int) -> e.TradeClosed:
    return e.TradeClosed(trade=a_trade(client_order_id=f"o{number}", closed_at=NOON + timedelta(days=days)))


def a_move(reason: str, old: str, new: str) -> e.StopMoved:
    """A stop that goes up, or stays while the highest price is noted."""
    return e.StopMoved(
        ticker="KO", old=money(old), new=money(new), high=money("61"), atr=money("1.1"), reason=StopReason(reason)
    )


LIFE = (
    e.AccountOpened(kind=AccountKind.PAPER, cash=money(10_000), at=NOON),
    e.Witnessed(topic=Topic.ENGINE_CONFIG, facts={"digest": "ab"}),
    e.BreakerTripped(breaker=a_breaker()),
    closing_after(1, 0),
    e.AccountReset(transfer=Transfer(id="t1", amount=money(20_000), at=NOON, resets=True), at=NOON),
    e.BreakerTripped(breaker=a_breaker(kind=BreakerKind.MANUAL)),
    closing_after(2, 0),  # at the very instant at which it began anew
    closing_after(3, 30),
    closing_after(4, 380),
    e.Decided(decision=a_decision(recommendation_id=None)),
    e.OrderIntended(order=an_order()),
    e.Filled(fill=a_fill(), order=an_order(status=OrderStatus.FILLED, filled_shares=10), position=a_position()),
    a_move("atr_moved", "58.35", "58.50"),
    a_move("trailing", "58.50", "58.50"),
    e.SessionBegan(session=DAY),
)


async def test_a_database_of_the_second_version_keeps_all_that_was_true(tmp_path: Path) -> None:
    state = await a_life_before(a_file(tmp_path))
    old = tmp_path / "old.sqlite"
    await asyncio.to_thread(emptied, old, SECOND)
    with closing(sqlite3.connect(old)) as connection:
        copied(connection, tmp_path / "parley.db")
    store = await SqlStore.open(old)
    aside = tmp_path / "old.sqlite.before-0005"
    assert (schema_of(aside), schema_of(old)) == (SECOND, schema.HEAD)
    assert aside.stat().st_mode & 0o777 == 0o600
    found = await store.load(ACCOUNT)
    assert found == state
    assert [trade.client_order_id for trade in found.trades] == ["o3", "o4"]
    assert [each.client_order_id for each in await store.trades(ACCOUNT, 9)] == ["o4", "o3", "o2", "o1"]
    assert (found.lots, list(found.breakers)) == ({}, [(BreakerKind.MANUAL, None)])
    with closing(sqlite3.connect(old)) as connection:
        assert followed(connection, ACCOUNT) == ((), ())
    await store.close()


async def test_what_an_older_version_bought_is_sold_from_its_one_lot_and_all_agrees(tmp_path: Path) -> None:
    """Four of the ten shares of KO, by an order that is in the journal, after the upgrade."""
    await a_life_before(a_file(tmp_path))
    old = tmp_path / "old.sqlite"
    await asyncio.to_thread(emptied, old, SECOND)
    with closing(sqlite3.connect(old)) as connection:
        copied(connection, tmp_path / "parley.db")
    store = await SqlStore.open(old)
    found = await store.load(ACCOUNT)
    assert found is not None
    order = an_order("0", client_order_id="s1", side=Side.SELL, shares=4)
    state = await add(store, found, e.OrderIntended(order=order))
    fill = a_fill("62", execution_id="x9", client_order_id="s1", side=Side.SELL, shares=4)
    outcome = sold(a_ground(state), fill, order)
    assert not isinstance(outcome, Refused)
    for event in outcome:
        state = await add(store, state, event)
    (left,) = state.lots["KO"]
    assert (left.id, left.shares, state.positions["KO"].shares) == ("before/KO", 6, 6)
    assert [sale.lot_id for sale in await store.sales(ACCOUNT, 9)] == ["before/KO"]
    assert await store.load(ACCOUNT) == state
    with closing(sqlite3.connect(old)) as connection:
        assert followed(connection, ACCOUNT) == ((), ())
    await store.close()


@pytest.mark.parametrize(
    ("days", "kept"),
    [((), 0), ((0,), 1), ((0, 366), 2), ((0, 367), 1), ((0, 3, 1, 367, 368), 4), ((400, 0, 401), 3)],
)
async def test_trades_of_the_last_year_are_counted_as_they_are_kept(
    tmp_path: Path, days: tuple[int, ...], kept: int
) -> None:
    new, old = a_file(tmp_path), tmp_path / "old.sqlite"
    store = await SqlStore.open(new)
    state = await add(store, State(account=ACCOUNT), LIFE[0])
    for number, day in enumerate(days):
        state = await add(store, state, closing_after(number, day))
    await store.close()
    await asyncio.to_thread(emptied, old, SECOND)
    with closing(sqlite3.connect(old)) as connection:
        copied(connection, new)
    store = await SqlStore.open(old)
    found = await store.load(ACCOUNT)
    assert found == state
    assert len(found.trades) == kept
    await store.close()
