"""Whoever edits, deletes, swaps, inserts or cuts anything of the trail, in whatever way, is found out."""

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from engine.adapters.audit.keys import Trust
from engine.core.chain import COLUMNS, Link, Seal, read_seal
from engine.core.journal import canonical
from tests.engine.audit_books import ACCOUNTS, Book, check, written

ROWS: Final = 400
SIGNED_EVERY: Final = 80
FIELDS: Final = ("account", *COLUMNS)


@dataclass
class Hands:
    """What somebody has in front of him: the database, the lines of the file beside it, and dice."""

    database: sqlite3.Connection
    lines: list[str]
    dice: random.Random

    def do(self, query: str, *values: object) -> int:
        return self.database.execute(query, values).rowcount

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.database.execute(query, values).fetchall()

    def a_row(self) -> tuple[str, int]:
        return self.dice.choice(self.all("SELECT account, seq FROM journal"))

    def end(self, account: str) -> Link:
        found = self.all("SELECT seq, hash FROM journal WHERE account = ? ORDER BY seq DESC LIMIT 1", account)
        return Link(*found[0]) if found else Link()

    def believe(self, account: str) -> None:
        """Let the account stand where its journal now ends."""
        self.do("UPDATE accounts SET seq = ?, head = ? WHERE account = ?", *self.end(account), account)


def other(value: object, dice: random.Random) -> object:
    """Another value for a column: near the old one, empty, strange, or of another kind."""
    if isinstance(value, int):
        return dice.choice([value + 1, value - 1, value * 2 + 1, -value, 10**12 + value, f"{value}x"])
    if value is None:
        return dice.choice(["", "null", "x", "0"])
    text = str(value)
    place = dice.randrange(len(text)) if text else 0
    return dice.choice(
        [
            text + " ",
            f" {text}",
            text[:-1],
            text[:place] + "~" + text[place + 1 :],
            text[:place] + text[place + 1 :],
            text.swapcase(),
            "",
            b"\xff" + text.encode(),
            text.replace('":', '": ', 1),
            text.replace("T", " ") if "T" in text else text.replace(" ", "T"),
        ]
    )


# --- ways to tamper: each returns whether it changed anything


def edit(hands: Hands) -> bool:
    """Any column of any row."""
    account, seq = hands.a_row()
    name = hands.dice.choice(FIELDS)
    ((old,),) = hands.all(f"SELECT {name} FROM journal WHERE account = ? AND seq = ?", account, seq)
    new = other(old, hands.dice)
    if name in ("account", "seq") and hands.all(
        f"SELECT 1 FROM journal WHERE account = ? AND {name} = ?", account, new
    ):
        return False
    hands.do(f"UPDATE OR IGNORE journal SET {name} = ? WHERE account = ? AND seq = ?", new, account, seq)
    return (old,) not in hands.all(f"SELECT {name} FROM journal WHERE account = ? AND seq = ?", account, seq)


def delete(hands: Hands) -> bool:
    """Any rows."""
    for _ in range(hands.dice.choice([1, 1, 2, 5, 50])):
        hands.do("DELETE FROM journal WHERE account = ? AND seq = ?", *hands.a_row())
    return True


def delete_and_close_up(hands: Hands) -> bool:
    """A row out of the middle, those after it moved up."""
    account, seq = hands.a_row()
    hands.do("DELETE FROM journal WHERE account = ? AND seq = ?", account, seq)
    hands.do("UPDATE journal SET seq = -seq WHERE account = ? AND seq > ?", account, seq)
    hands.do("UPDATE journal SET seq = -seq - 1 WHERE account = ? AND seq < 0", account)
    hands.believe(account)
    return True


def swap(hands: Hands) -> bool:
    """The contents of two rows, with or without their hashes."""
    account = hands.dice.choice(ACCOUNTS)
    many = hands.end(account).seq
    one, two = hands.dice.sample(range(1, many + 1), 2)
    names = [name for name in COLUMNS if name not in ("seq", hands.dice.choice(["hash", "seq"]))]
    read = f"SELECT {', '.join(names)} FROM journal WHERE account = ? AND seq = ?"
    put = f"UPDATE journal SET {', '.join(f'{name} = ?' for name in names)} WHERE account = ? AND seq = ?"
    (here,), (there,) = hands.all(read, account, one), hands.all(read, account, two)
    hands.do(put, *there, account, one)
    hands.do(put, *here, account, two)
    return here != there


def insert(hands: Hands) -> bool:
    """A copy of a row: at the end, in a gap made for it, or of an account that there is none of."""
    account, seq = hands.a_row()
    names = ", ".join(name for name in COLUMNS if name != "seq")
    copy = (
        f"INSERT INTO journal (account, seq, {names}) SELECT ?, ?, {names} FROM journal WHERE account = ? AND seq = ?"
    )
    where = hands.dice.choice(["end", "between", "nobody"])
    if where == "nobody":
        return hands.do(copy, "nobody", seq, account, seq) == 1
    if where == "end":
        hands.do(copy, account, hands.end(account).seq + 1, account, seq)
    else:
        hands.do("UPDATE journal SET seq = -seq WHERE account = ? AND seq >= ?", account, seq)
        hands.do("UPDATE journal SET seq = 1 - seq WHERE account = ? AND seq < 0", account)
        hands.do(copy, account, seq, account, seq + 1)
    if hands.dice.random() < 0.5:
        hands.believe(account)
    return True


def cut(hands: Hands) -> bool:
    """The newest rows of an account, which may believe to stand there, and checkpoints that know them."""
    account = hands.dice.choice(ACCOUNTS)
    left = hands.dice.randrange(hands.end(account).seq)
    hands.do("DELETE FROM journal WHERE account = ? AND seq > ?", account, left)
    if hands.dice.random() < 0.8:
        hands.believe(account)
    if hands.dice.random() < 0.5:
        forget(hands, account, left)
    return True


def forget(hands: Hands, account: str, seq: int) -> None:
    """Take checkpoints out of the table, or out of the file, that sign rows of this account above that number."""
    if hands.dice.random() < 0.5:
        for number, heads in hands.all("SELECT number, heads FROM checkpoints"):
            if Seal("", heads, "", "").links().get(account, Link()).seq > seq:
                hands.do("DELETE FROM checkpoints WHERE number = ?", number)
    else:
        hands.lines[:] = [line for line in hands.lines if knows_no_more(line, account, seq)]


def knows_no_more(line: str, account: str, seq: int) -> bool:
    seal = read_seal(line)
    assert seal is not None
    return seal.links().get(account, Link()).seq <= seq


def rewrite(hands: Hands) -> bool:
    """A row with another body, and everything after it hashed anew, so that chain and account are in order."""
    account, seq = hands.a_row()
    body = canonical({"topic": "refused", "facts": {"n": hands.dice.random()}})
    hands.do("UPDATE journal SET body = ? WHERE account = ? AND seq = ?", body, account, seq)
    rehash(hands, account, seq)
    hands.believe(account)
    if hands.dice.random() < 0.5:
        forget(hands, account, seq - 1)
    return True


def rehash(hands: Hands, account: str, since: int) -> None:
    from engine.adapters.sql_store.audit import iso
    from engine.core.chain import Frames, line

    before = hands.all("SELECT hash FROM journal WHERE account = ? AND seq = ?", account, since - 1)
    head = before[0][0] if before else ""
    rows = hands.all(
        f"SELECT {', '.join(COLUMNS)} FROM journal WHERE account = ? AND seq >= ? ORDER BY seq", account, since
    )
    for seq, at, body, _previous, found, *others in rows:
        whole = line(Frames(account), (seq, iso(at), body, head, found, *others))
        text = whole.replace(f',"hash":"{found}"', "", 1)
        fresh = sha256(text.encode()).hexdigest()
        hands.do("UPDATE journal SET previous = ?, hash = ? WHERE account = ? AND seq = ?", head, fresh, account, seq)
        head = fresh


def edit_account(hands: Hands) -> bool:
    """What an account says of its journal's end."""
    name, account = hands.dice.choice(["seq", "head"]), hands.dice.choice(ACCOUNTS)
    ((old,),) = hands.all(f"SELECT {name} FROM accounts WHERE account = ?", account)
    hands.do(f"UPDATE accounts SET {name} = ? WHERE account = ?", other(old, hands.dice), account)
    return (old,) not in hands.all(f"SELECT {name} FROM accounts WHERE account = ?", account)


def edit_checkpoint(hands: Hands) -> bool:
    """Any column of the table of checkpoints."""
    name = hands.dice.choice(["at", "heads", "key", "signature"])
    number, old = hands.dice.choice(hands.all(f"SELECT number, {name} FROM checkpoints"))
    hands.do(f"UPDATE checkpoints SET {name} = ? WHERE number = ?", other(old, hands.dice), number)
    return (old,) not in hands.all(f"SELECT {name} FROM checkpoints WHERE number = ?", number)


def delete_checkpoints(hands: Hands) -> bool:
    """Some or all of them, of the table or of the file."""
    if hands.dice.random() < 0.5:
        return hands.do("DELETE FROM checkpoints WHERE number >= ?", hands.dice.randint(1, len(hands.lines))) > 0
    del hands.lines[hands.dice.randrange(len(hands.lines)) :]
    return True


def edit_file(hands: Hands) -> bool:
    """Any line of the file of checkpoints."""
    place = hands.dice.randrange(len(hands.lines))
    old = hands.lines[place]
    new = other(old, hands.dice)
    hands.lines[place] = new.decode(errors="replace") if isinstance(new, bytes) else str(new)
    return hands.lines[place] != old


WAYS: Final[dict[str, Callable[[Hands], bool]]] = {
    way.__name__: way
    for way in (
        edit,
        delete,
        delete_and_close_up,
        swap,
        insert,
        cut,
        rewrite,
        edit_account,
        edit_checkpoint,
        delete_checkpoints,
        edit_file,
    )
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return written(tmp_path_factory.mktemp("audit"), ROWS, SIGNED_EVERY)


@dataclass(frozen=True)
class Original:
    """An untouched book in memory, to be copied as often as needed."""

    database: bytes
    lines: Sequence[str]
    trust: Trust

    @classmethod
    def of(cls, book: Book) -> "Original":
        with closing(sqlite3.connect(book.database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA journal_mode = DELETE")
            return cls(connection.serialize(), book.lines, book.trust)


def goes_unnoticed(original: Original, seed: int, way: Callable[[Hands], bool]) -> bool:
    """Whether nothing is found after this, although something is different."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.deserialize(original.database)
        hands = Hands(connection, list(original.lines), random.Random(seed))
        changed = way(hands)
        return changed and check(connection, hands.lines, original.trust).sound


def seeds(way: str, many: int) -> Iterator[int]:
    first = sum(map(ord, way)) * 1_000_000
    return iter(range(first, first + many))


def test_an_untouched_book_is_sound(book: Book) -> None:
    original = Original.of(book)
    assert not goes_unnoticed(original, 0, lambda _hands: False)
    with closing(sqlite3.connect(book.database)) as connection:
        report = check(connection, book.lines, book.trust)
    assert report.found == ()
    assert (report.rows, report.seals, report.unsigned) == (ROWS, ROWS // SIGNED_EVERY, 0)


@pytest.mark.parametrize("way", WAYS)
def test_tampering_is_found(book: Book, way: str) -> None:
    original = Original.of(book)
    assert [seed for seed in seeds(way, 28) if goes_unnoticed(original, seed, WAYS[way])] == []


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_tampering_is_found_ten_thousand_times(book: Book, way: str) -> None:
    original = Original.of(book)
    assert [seed for seed in seeds(way, 910) if goes_unnoticed(original, seed, WAYS[way])] == []


@pytest.mark.parametrize("way", WAYS)
def test_most_tampering_changes_something(book: Book, way: str) -> None:
    """Otherwise it would be no wonder that nothing goes unnoticed."""
    original = Original.of(book)
    changed = 0
    for seed in seeds(way, 20):
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            connection.deserialize(original.database)
            changed += WAYS[way](Hands(connection, list(original.lines), random.Random(seed)))
    assert changed >= 14


# --- what cannot be found, and what finds it all the same


def cut_everywhere(hands: Hands) -> bool:
    """Table, file and account agree that nothing came after the first checkpoint."""
    del hands.lines[1:]
    seal = read_seal(hands.lines[0])
    assert seal is not None
    hands.do("DELETE FROM checkpoints WHERE number > 1")
    for account, link in seal.links().items():
        hands.do("DELETE FROM journal WHERE account = ? AND seq > ?", account, link.seq)
        hands.believe(account)
    return True


def test_going_back_to_an_older_checkpoint_everywhere_is_found_by_nothing_on_the_machine(book: Book) -> None:
    assert goes_unnoticed(Original.of(book), 0, cut_everywhere)


def test_one_copy_of_a_checkpoint_elsewhere_finds_that_too(book: Book) -> None:
    from engine.adapters.audit.database import Beside, check_database
    from engine.adapters.sql_store.audit import hash_of, read_trail

    original = Original.of(book)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.deserialize(original.database)
        hands = Hands(connection, list(original.lines), random.Random(0))
        cut_everywhere(hands)
        beside = Beside(hands.lines, hands.lines, copies=[book.lines[-1]])
        trail = read_trail(connection, Path("unused"))
        report = check_database(trail, beside, book.trust, lambda account, link: hash_of(connection, account, link.seq))
    assert {(one.code, one.account, one.seq) for one in report.found} == {
        ("signed_row_missing", "paper", 200),
        ("signed_row_missing", "other", 200),
    }


def test_rows_that_no_checkpoint_signs_can_be_written_anew(book: Book) -> None:
    """Only they: what is not signed yet is said."""

    def add(hands: Hands) -> bool:
        seq, head = hands.end("paper")
        names = ", ".join(name for name in COLUMNS if name not in ("seq", "previous"))
        hands.do(
            f"INSERT INTO journal (account, seq, previous, {names}) "
            f"SELECT account, ?, ?, {names} FROM journal WHERE account = 'paper' AND seq = 1",
            seq + 1,
            head,
        )
        rehash(hands, "paper", seq + 1)
        hands.believe("paper")
        return True

    original = Original.of(book)
    assert goes_unnoticed(original, 0, add)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.deserialize(original.database)
        add(Hands(connection, [], random.Random(0)))
        assert check(connection, original.lines, original.trust).unsigned == 1


def test_the_first_bad_row_is_named(book: Book) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.deserialize(Original.of(book).database)
        connection.execute("UPDATE journal SET actor = 'nobody' WHERE account = 'other' AND seq IN (17, 30)")
        report = check(connection, book.lines, book.trust)
    (found,) = report.found
    assert (found.code, found.account, found.seq) == ("chain", "other", 17)
    assert found.sentence == "row 17 of other: contents do not match their hash"
