"""Journals on disk for the tests of the audit trail: two accounts, checkpoints every so many rows."""

import asyncio
import itertools
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine.adapters.audit.database import Beside, check_database
from engine.adapters.audit.keys import Trust, public_key
from engine.adapters.audit.notary import Notary, Places
from engine.adapters.audit.report import Report
from engine.adapters.sql_store import SqlStore
from engine.adapters.sql_store.audit import hash_of, read_trail
from engine.core import events as e
from engine.core.apply import apply
from engine.core.journal import digest
from engine.core.state import State
from engine.core.words import Topic
from engine.ports import Batch
from tests.builders import NOON, a_batch, a_decision, a_state, an_entry

ACCOUNTS = ("paper", "other")


class Wall:
    """People's time; a second passes with every look."""

    def __init__(self) -> None:
        self._seconds = itertools.count()

    def market(self) -> datetime:
        return NOON

    def wall(self) -> datetime:
        return NOON + timedelta(seconds=next(self._seconds), microseconds=7)


@dataclass(frozen=True)
class Book:
    """A folder with a journal, its checkpoints and its key."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "parley.sqlite"

    @property
    def places(self) -> Places:
        return Places(key=self.folder / "audit.key", file=self.folder / "checkpoints.jsonl")

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(self.places.file.read_text().splitlines())

    @property
    def trust(self) -> Trust:
        return Trust(frozenset({public_key(self.places.key)}), "")


def event(number: int) -> e.Event:
    """Rows of several kinds, with signs of all sorts in them."""
    if number % 3:
        return e.Witnessed(
            topic=Topic.REFUSED, facts={"said": f"kauf \u201e{number}\u201c \u2014 \t \U0001f4b6", "n": number}
        )
    return e.Decided(decision=a_decision(id=f"d{number}", recommendation_id=None))


def opening(state: State) -> e.Event:
    assert state.opened_at is not None
    return e.AccountOpened(kind=state.kind, cash=state.cash, at=state.opened_at)


def row(state: State, number: int) -> Batch:
    """One more row of this account, at an instant of its own; the first opens it."""
    old, told = (state, event(number)) if state.seq else (None, opening(state))
    setting: dict[str, Any] = {"path": "risk.reserve_pct", "old": "20", "new": str(number)} if number % 5 == 0 else {}
    at = NOON + timedelta(milliseconds=250 * number)
    entry = replace(an_entry(old, told, account=state.account, at=at), **setting)
    entry = replace(entry, hash=digest(entry))
    new = apply(state, told)
    whole = a_batch(old, new, (told,))
    return replace(whole, new=replace(new, seq=entry.seq, head=entry.hash), entries=(entry,))


async def write(folder: Path, rows: int, signed_every: int) -> Book:
    """Rows of two accounts in turn, and a checkpoint at the end whatever their number."""
    book = Book(folder)
    store = await SqlStore.open(book.database)
    notary = Notary(store, Wall(), book.places)
    states = {name: a_state(account=name) for name in ACCOUNTS}
    for number in range(rows):
        name = ACCOUNTS[number % 2]
        batch = row(states[name], number)
        await store.save(batch)
        states[name] = batch.new
        if number % signed_every == signed_every - 1:
            await notary.sign()
    await notary.sign()
    await store.close()
    return book


def written(folder: Path, rows: int, signed_every: int) -> Book:
    return asyncio.run(write(folder, rows, signed_every))


def copied(book: Book, folder: Path) -> Book:
    return Book(Path(shutil.copytree(book.folder, folder / "copy")))


@contextmanager
def edited(book: Book) -> Iterator[sqlite3.Connection]:
    """The database in the hands of somebody with an editor, who minds no rule."""
    with closing(sqlite3.connect(book.database)) as connection:
        yield connection
        connection.commit()


def check(connection: sqlite3.Connection, lines: Sequence[str] | None, trust: Trust) -> Report:
    """The whole verification of an open database and the lines of its file of checkpoints."""
    trail = read_trail(connection, Path("unused"))
    beside = Beside(lines, lines)
    return check_database(trail, beside, trust, lambda account, link: hash_of(connection, account, link.seq))
