"""Accounts of every age follow from their journals, as far as their journals go; and what no account follows from."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.adapters.sql_store import SqlStore
from engine.adapters.sql_store.follows import Followed, followed
from engine.core import events as e
from engine.core.apply import apply
from engine.core.journal import digest, plain
from engine.core.people import Person
from engine.core.preferences import patched
from engine.core.state import State
from engine.core.units import money
from engine.core.words import AccountKind, EventScope, Role, Topic
from tests.builders import (
    ACCOUNT,
    DAY,
    NOON,
    a_batch,
    a_change,
    a_lot,
    a_lot_sale,
    a_market_event,
    a_recommendation,
    a_snapshot,
    a_strategy,
    a_tier_change,
    an_action,
    an_entry,
)
from tests.engine.adapters.stores.conftest import a_file

OPENED = e.AccountOpened(kind=AccountKind.PAPER, cash=money(10_000), at=NOON)
CONFIGURED = e.Witnessed(topic=Topic.ENGINE_CONFIG, facts={"digest": "ab"})
FIVE = ("trading.max_open_positions", 10, 5)


def changed(state: State) -> e.PreferencesChanged:
    return e.PreferencesChanged(
        change=a_change(fields=(FIVE,), seq=state.seq + 1),
        preferences=patched(state.preferences, {FIVE[0]: FIVE[2]}),
        loosened=False,
    )


async def add(store: SqlStore, state: State, event: e.Event, body: dict[str, Any] | None = None) -> State:
    """Save what an event makes of an account; `body` is how the journal has it where that is not as we write it."""
    old, new = state if state.seq else None, replace(apply(state, event), market_at=NOON)
    batch = a_batch(old, new, (event,))
    entry = replace(batch.entries[0], body=plain(event) if body is None else body)
    entry = replace(entry, hash=digest(entry))
    await store.save(replace(batch, entries=(entry,), new=replace(batch.new, head=entry.hash)))
    return replace(batch.new, head=entry.hash)


def looked_at(path: Path) -> Followed:
    with closing(sqlite3.connect(path)) as connection:
        return followed(connection, ACCOUNT)


def edited(path: Path, statement: str) -> Followed:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert connection.execute(statement).rowcount > 0
    return looked_at(path)


async def an_old_account(path: Path) -> None:
    """Rows as the first version wrote them, then people of whom no row tells, and a start of today's program."""
    store = await SqlStore.open(path)
    state = await add(store, State(account=ACCOUNT), OPENED)
    wanted = changed(state)
    whole = {"change": {"seq": 2, "at": NOON.isoformat(), "by": "owner", "fields": [FIVE]}, "loosened": False}
    state = await add(store, state, wanted, {**whole, "undoes": [], "preferences": wanted.preferences.model_dump()})
    taken = e.SnapshotTaken(snapshot=a_snapshot())
    body: dict[str, Any] = plain(taken)
    del body["snapshot"]["benchmark_ticker"], body["snapshot"]["contributed"]
    state = await add(store, state, taken, body)
    state = await add(store, state, CONFIGURED)
    await store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO account_people VALUES ('paper', 'terminal:local', 'owner', '2026-01-01', '')")
        connection.execute("UPDATE accounts SET acted_at = '[]'")
        connection.execute("""UPDATE accounts SET changes = replace(changes, ',"message":null', '')""")


async def test_what_the_first_version_wrote_is_not_called_wrong(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    await an_old_account(path)
    assert looked_at(path) == Followed(
        (), ("paper: let in before journals had people in them, and not compared: terminal:local",)
    )
    assert [one.sentence for one in edited(path, "UPDATE preferences SET value = '7'").found] == [
        "setting trading.max_open_positions is 7 in the table, but the journal says 5"
    ]


async def test_people_of_today_are_compared_in_an_old_account_too(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    await an_old_account(path)
    store = await SqlStore.open(path)
    state = await store.load(ACCOUNT)
    assert state is not None
    person = Person(id="chat:7", role=Role.VIEWER, since=NOON, name="Anna")
    await add(store, state, e.Admitted(person=person, code=None))
    await store.close()
    assert looked_at(path).found == ()
    (found,) = edited(path, "UPDATE account_people SET role = 'owner' WHERE id = 'chat:7'").found
    assert found.sentence == "person chat:7: role is owner in the table, but the journal says viewer"


async def test_a_new_account_has_nobody_of_whom_no_row_tells(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    store = await SqlStore.open(path)
    await add(store, await add(store, State(account=ACCOUNT), OPENED), CONFIGURED)
    await store.close()
    assert looked_at(path) == Followed(())
    someone = "INSERT INTO account_people VALUES ('paper', 'chat:6', 'owner', '2026-01-01 00:00:00.000000', '')"
    assert [one.code for one in edited(path, someone).found] == ["account_people_differ"]


async def test_only_people_and_what_was_not_kept_are_left_alone(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    await an_old_account(path)
    for column, value in {"pause": "'x'", "version": 7, "config": "''", "changes": "'[]'", "peak": 1}.items():
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"UPDATE accounts SET {column} = {value}")
            assert [one.code for one in followed(connection, ACCOUNT).found] == ["accounts_differ"], column


async def test_a_journal_that_does_not_open_the_account_is_told(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    store = await SqlStore.open(path)
    await add(store, State(account=ACCOUNT), e.Noted(topic="engine_started", facts={}))
    await store.close()
    (found,) = looked_at(path).found
    assert found.code == "journal_untold"
    assert found.sentence.startswith("row 1 of the journal is Noted: the first row opens the account")


async def test_rows_that_follow_from_nothing_are_told(tmp_path: Path) -> None:
    for number, (kind, body) in enumerate(
        {
            "StopMoved": {"ticker": "KO", "old": 1, "new": 2, "high": 2, "atr": 1, "reason": "trailing"},
            "PreferencesChanged": {"change": {"fields": [["no.such", 1, 2]]}},
            "Miracle": {},
            "Filled": {"fill": []},
        }.items()
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = a_file(folder)
        store = await SqlStore.open(path)
        state = await add(store, State(account=ACCOUNT), OPENED)
        entry = an_entry(state, kind=kind, body=body)
        batch = a_batch(state, state, ())
        await store.save(replace(batch, entries=(entry,), new=replace(batch.new, head=entry.hash)))
        await store.close()
        (found,) = looked_at(path).found
        assert found.sentence == (
            f"row 2 of the journal, {kind}, does not follow from the rows before it: "
            "the tables cannot be held against it"
        )


async def test_a_recommendation_that_waits_must_wait_in_the_table(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    store = await SqlStore.open(path)
    state = await add(store, State(account=ACCOUNT), OPENED)
    state = await add(store, state, e.RecommendationReceived(recommendation=a_recommendation()))
    await store.close()
    assert looked_at(path).found == ()
    assert [one.sentence for one in edited(path, "UPDATE recommendations SET pending = 0").found] == [
        "recommendation momentum-2026-11-19-KO: pending is 0 in the table, but the journal says 1"
    ]


# --- tax lots, the tier's moves, earnings, market events, strategies


LIVED = (
    OPENED,
    CONFIGURED,
    e.LotOpened(lot=a_lot()),
    e.LotOpened(lot=a_lot(id="x3", ticker="T")),
    e.LotSold(sale=a_lot_sale(shares=4, proceeds="232", cost="240"), left=a_lot(shares=6, cost="360")),
    e.LotOpened(lot=a_lot(id="x4")),
    e.WashSaleFound(
        sale=a_lot_sale(shares=4, proceeds="232", cost="240", replaced=4, disallowed=80_000),
        lot=a_lot(id="x4", tax_basis=6_080_000, replaces=4),
    ),
    e.LotSold(sale=a_lot_sale(id="x5/x3", lot_id="x3", ticker="T", proceeds="700"), left=None),
    e.TierChanged(change=a_tier_change()),
    e.EarningsImported(dates={"KO": (DAY, DAY + timedelta(days=91)), "T": (DAY,)}, source="csv"),
    e.EarningsImported(dates={"T": ()}, source="csv"),
    e.EventMarked(event=a_market_event()),
    e.EventMarked(event=a_market_event(id="e2", scope=EventScope.MARKET, target=None)),
    e.EventMarked(event=a_market_event(title="it is worse")),
    e.EventEnded(event=a_market_event(title="it is worse"), called_off=True),
    e.StrategySet(strategy=a_strategy()),
    e.StrategySet(strategy=a_strategy(on=True, why="owner")),
    e.DividendPaid(action=an_action(), shares=10, amount=money("5")),
    e.FlattenBegan(at=NOON),
)


@pytest.fixture
async def lived(tmp_path: Path) -> Path:
    path = a_file(tmp_path)
    store = await SqlStore.open(path)
    state = State(account=ACCOUNT)
    for event in LIVED:
        state = await add(store, state, event)
    assert await store.load(ACCOUNT) == state
    await store.close()
    return path


TAMPERED = {
    "UPDATE tax_lots SET cost = 3500000 WHERE id = 'x1'": (
        "tax_lots_differ: tax lot x1: cost is $350.00 in the table, but the journal says $360.00"
    ),
    "UPDATE tax_lots SET shares = 10 WHERE id = 'x3'": (
        "tax_lots_differ: tax lot x3: shares is 10 in the table, but the journal says 0"
    ),
    "UPDATE tax_lots SET number = CASE id WHEN 'x1' THEN 9 WHEN 'x4' THEN 8 ELSE 1 END": (
        "tax_lots_order: tax lot x3 does not stand where the journal has it, "
        "tax_lots_order: tax lot x4 does not stand where the journal has it, "
        "tax_lots_order: tax lot x1 does not stand where the journal has it"
    ),
    "DELETE FROM tax_lots WHERE id = 'x4'": "tax_lots_differ: tax lot x4 is in the journal, but not in the table",
    "UPDATE tax_lot_sales SET disallowed = 0 WHERE id = 'x2/x1'": (
        "tax_lot_sales_differ: sale of a tax lot x2/x1: disallowed is $0.00 in the table, but the journal says $8.00"
    ),
    "INSERT INTO tax_lot_sales SELECT 9, account, 'x6/x4', 'x4', ticker, shares, proceeds, cost, tax_basis, realised, "
    "opened_at, closed_at, 0, 0, '[]' FROM tax_lot_sales WHERE id = 'x5/x3'": (
        "tax_lot_sales_differ: sale of a tax lot x6/x4 is in the table, but not in the journal"
    ),
    "UPDATE risk_tier_history SET source = 'owner'": (
        "risk_tier_history_differ: move of the risk tier at 2026-11-20 17:00:00.000000: "
        "source is owner in the table, but the journal says auto"
    ),
    "UPDATE risk_tier_history SET drawdown = 0.05": (
        "risk_tier_history_differ: move of the risk tier at 2026-11-20 17:00:00.000000: "
        "drawdown is 0.05 in the table, but the journal says 0.16"
    ),
    "UPDATE earnings_calendar SET date = '2026-11-23' WHERE date = '2026-11-20'": (
        "earnings_calendar_differ: earnings of KO 2026-11-20 is in the journal, but not in the table, "
        "earnings_calendar_differ: earnings of KO 2026-11-23 is in the table, but not in the journal"
    ),
    "UPDATE market_events SET standing = 0 WHERE id = 'e2'": (
        "market_events_differ: market event e2: standing is 0 in the table, but the journal says 1"
    ),
    "UPDATE market_events SET ends_at = '2026-11-20 17:30:00.000000' WHERE id = 'e2'": (
        "market_events_differ: market event e2: ends_at is 2026-11-20 17:30:00.000000 in the table, "
        "but the journal says 2026-11-20 21:00:00.000000"
    ),
    'UPDATE strategies SET "on" = 0': (
        "strategies_differ: strategy momentum: on is 0 in the table, but the journal says 1"
    ),
    "UPDATE accounts SET flatten_at = NULL": (
        "accounts_differ: the account: flatten_at is none in the table, but the journal says 2026-11-20 17:00:00.000000"
    ),
    "UPDATE accounts SET dividends = 70000": (
        "accounts_differ: the account: dividends is $7.00 in the table, but the journal says $5.00"
    ),
}


def test_what_follows_from_the_journal_is_sound(lived: Path) -> None:
    assert looked_at(lived) == Followed(())


@pytest.mark.parametrize("statement", TAMPERED)
def test_whatever_was_edited_is_named(lived: Path, statement: str) -> None:
    assert ", ".join(": ".join(one) for one in edited(lived, statement).found) == TAMPERED[statement]


def test_market_events_told_anew_have_a_row_each(lived: Path) -> None:
    with closing(sqlite3.connect(lived)) as connection:
        rows = connection.execute("SELECT id, title, standing FROM market_events ORDER BY number").fetchall()
        ended = connection.execute("SELECT shares, bought, cost, tax_basis FROM tax_lots WHERE id = 'x3'").fetchall()
    assert rows == [("e1", "a product is recalled", 0), ("e2", "a product is recalled", 1), ("e1", "it is worse", 0)]
    assert ended == [(0, 10, 0, 0)]
