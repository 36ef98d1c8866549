"""The trail straight from the tables: in one process or several, from a file or any database."""

import sqlite3
from collections.abc import AsyncIterator
from multiprocessing import get_context
from pathlib import Path

import pytest

from engine.adapters.sql_store import SqlStore, audit
from engine.adapters.sql_store.audit import Stretch, holding, read_trail, reading, side_by_side
from engine.core.chain import Link, Trail
from engine.core.journal import BadRow
from tests.builders import a_state
from tests.engine.adapters.stores.conftest import opened
from tests.engine.audit_books import ACCOUNTS, Book, copied, edited, row, written

ROWS = 120


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return written(tmp_path_factory.mktemp("trail"), ROWS, 50)


@pytest.fixture
def book(whole: Book, tmp_path: Path) -> Book:
    return copied(whole, tmp_path)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches so short that this journal has several, and processes for every journal."""
    monkeypatch.setattr(audit, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(audit, "AT_ONCE", 25)


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that need not import everything anew."""
    monkeypatch.setattr(audit, "get_context", lambda _how: get_context("fork"))


def trail(book: Book, processes: int | None = None) -> Trail:
    with reading(book.database) as connection:
        return read_trail(connection, book.database, processes)


def test_a_sound_trail(book: Book) -> None:
    found = trail(book)
    assert found.bad == ()
    assert found.rows == dict.fromkeys(ACCOUNTS, ROWS // 2)
    assert found.stands == found.ends
    assert {account: link.seq for account, link in found.ends.items()} == dict.fromkeys(ACCOUNTS, ROWS // 2)
    assert tuple(seal.line for seal in found.seals) == book.lines


@pytest.mark.usefixtures("hurried", "forked")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_several_processes_find_the_same_as_one(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    assert trail(book, 2).bad == ()
    with edited(book) as connection:
        connection.execute("UPDATE journal SET reason = 'x' WHERE account = 'other' AND seq = 42")
        connection.execute("DELETE FROM journal WHERE account = 'paper' AND seq = 26")
    found = trail(book, 2)
    assert found.bad == (
        BadRow("other", 42, "contents do not match their hash"),
        BadRow("paper", 26, "row 26 is missing, 27 stands in its place"),
    )
    monkeypatch.setattr(audit, "WORTH_PROCESSES", 10**9)
    assert trail(book) == found


@pytest.mark.usefixtures("hurried")
def test_a_chain_is_known_up_to_the_first_stretch_that_does_not_hold(book: Book) -> None:
    with edited(book) as connection:
        connection.execute("UPDATE journal SET reason = 'x' WHERE account = 'other' AND seq = 42")
    assert side_by_side(book.database, {"other": 60, "paper": 60}, 2) == {"other": 25, "paper": 60}


def test_a_stretch_holds_from_the_stored_hash_before_it(book: Book) -> None:
    path = str(book.database)
    assert holding(Stretch(path, "paper", 1, 60))
    assert holding(Stretch(path, "paper", 31, 60))
    assert not holding(Stretch(path, "paper", 31, 61))
    assert not holding(Stretch(path, "paper", 62, 70))
    assert not holding(Stretch(path, "nobody", 1, 5))
    assert not holding(Stretch(f"{path}.gone", "paper", 1, 60))
    with edited(book) as connection:
        connection.execute("UPDATE journal SET hash = ? WHERE account = 'paper' AND seq = 30", ("0" * 64,))
    assert not holding(Stretch(path, "paper", 31, 60))
    assert holding(Stretch(path, "paper", 32, 60))


@pytest.mark.parametrize("column", ["account", "at", "actor", "body", "path", "previous", "hash"])
def test_bytes_that_are_no_text_are_a_bad_row_and_no_crash(book: Book, column: str) -> None:
    for value in ("CAST(x'ff' AS TEXT)", "x'ff'"):
        with edited(book) as connection:
            connection.execute(f"UPDATE journal SET {column} = {value} WHERE account = 'paper' AND seq = 60")
        found = trail(book)
        assert found.bad or found.ends["paper"] != found.stands["paper"]
    with edited(book) as connection:
        connection.execute("UPDATE accounts SET account = x'ff', head = x'ff', seq = 'x' WHERE account = 'other'")
    assert "other" not in trail(book).stands


def test_reading_changes_nothing(book: Book) -> None:
    before = book.database.read_bytes()
    trail(book)
    with reading(book.database) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM journal")
    assert book.database.read_bytes() == before


# --- any database


@pytest.fixture(params=["file", "async", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with opened(request.param, tmp_path) as found:
        assert isinstance(found, SqlStore)
        yield found


async def test_a_chain_is_walked_where_it_lies(store: SqlStore) -> None:
    state = a_state()
    for number in range(12):
        batch = row(state, number)
        await store.save(batch)
        state = batch.new
    assert await store.walk("paper") == Link(12, state.head)
    assert await store.walk("nobody") == Link(0, "")
    await store._write(lambda connection: connection.exec_driver_sql("UPDATE journal SET actor = 'x' WHERE seq = 7"))
    assert await store.walk("paper") == BadRow("paper", 7, "contents do not match their hash")
