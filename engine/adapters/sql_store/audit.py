"""The trail straight from the tables: every chain walked, in several processes where there is much of it."""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.connect import BUSY_S
from engine.core.chain import COLUMNS, START, Frames, Link, Row, Seal, Trail, line, walk
from engine.core.journal import BadRow
from engine.core.nouns import AccountId
from engine.ports import Unavailable

WORTH_PROCESSES: Final = 400_000
"""Rows under which starting processes takes longer than walking."""
AT_ONCE: Final = 25_000

_ROWS: Final = f"SELECT {', '.join(COLUMNS)} FROM journal WHERE account = ? AND seq BETWEEN ? AND ? ORDER BY seq"  # noqa: S608  # names from the core
_ALL: Final = f"SELECT {', '.join(COLUMNS)} FROM journal WHERE account = ? AND seq > ? ORDER BY seq"  # noqa: S608
_BEFORE: Final = "SELECT seq, hash FROM journal WHERE account = ? AND seq = ?"
_LAST: Final = "SELECT seq, hash FROM journal WHERE account = ? ORDER BY seq DESC LIMIT 1"
_FRACTIONS: Final = {".000000": ""}


def iso(at: str) -> str:
    """ISO 8601 of an instant as it stands in a SQLite file, `2026-11-20 17:00:00.000000`; nonsense for other texts."""
    fraction = at[19:]
    return f"{at[:10]}{'T' if at[10] == ' ' else '?'}{at[11:19]}{_FRACTIONS.get(fraction, fraction or '?')}+00:00"


class Stretch(NamedTuple):
    """Rows of one account in a file, from `first` to `last`, both included."""

    path: str
    account: AccountId
    first: int
    last: int


def read_only(path: Path | str) -> sqlite3.Connection:
    """A connection that writes nothing, beside whoever works on the file."""
    where = f"{Path(path).resolve().as_uri()}?mode=ro"
    connection = sqlite3.connect(where, uri=True, timeout=BUSY_S, isolation_level=None)
    connection.execute("PRAGMA mmap_size = 4294967296")
    return connection


def tolerant(text: bytes) -> str:
    """Also of bytes that are no UTF-8, which no hash fits."""
    return text.decode(errors="surrogateescape")


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """One picture of everything, whatever is written meanwhile."""
    with closing(read_only(path)) as connection:
        connection.text_factory = tolerant
        connection.execute("BEGIN")
        yield connection


def read_trail(connection: sqlite3.Connection, path: Path, processes: int | None = None) -> Trail:
    """Walk every chain. `processes` is how many walk at once where there is much to walk; None: one a core."""
    found = plain_rows(connection, "SELECT account, count(*) FROM journal GROUP BY account", ()).fetchall()
    rows: dict[AccountId, int] = {account: many for account, many in found if is_name(account)}
    nameless = [BadRow(str(account), 1, "its account's name is no text") for account, _ in found if account not in rows]
    much = sum(rows.values()) >= WORTH_PROCESSES
    whole = side_by_side(path, rows, processes or os.cpu_count() or 1) if much else {}
    walked = [end_of(connection, account, whole.get(account, 0)) for account in rows]
    return Trail(
        stands=accounts(connection),
        ends={account: last(connection, account) for account in rows},
        rows=rows,
        bad=(*nameless, *(found for found in walked if isinstance(found, BadRow))),
        seals=tuple(seals(connection)),
    )


def is_name(account: object) -> bool:
    """Whether an account can be called so: text, and of whole characters."""
    return isinstance(account, str) and account == account.encode(errors="replace").decode()


def accounts(connection: sqlite3.Connection) -> dict[AccountId, Link]:
    """Where each account believes to stand."""
    found = plain_rows(connection, "SELECT account, seq, head FROM accounts", ())
    return {account: link(seq, head) for account, seq, head in found if is_name(account)}


def end_of(connection: sqlite3.Connection, account: AccountId, known: int = 0) -> Link | BadRow:
    """Walk one chain from the row after `known`, up to which it is known to hold."""
    since = Link(*plain_rows(connection, _BEFORE, (account, known)).fetchone()) if known else START
    strict: Any = connection.text_factory
    try:
        connection.text_factory = str  # three times as fast as any other
        return walk(account, plain_rows(connection, _ALL, (account, known)), since, iso)
    except sqlite3.OperationalError:
        connection.text_factory = tolerant
        return walk(account, plain_rows(connection, _ALL, (account, known)), since, iso)
    finally:
        connection.text_factory = strict


def plain_rows(connection: sqlite3.Connection, query: str, values: Sequence[object]) -> sqlite3.Cursor:
    """Rows as tuples, whatever the connection makes of them."""
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(query, values)


def last(connection: sqlite3.Connection, account: AccountId) -> Link:
    found = plain_rows(connection, _LAST, (account,)).fetchone()
    return link(*found) if found else START


def link(seq: object, head: object) -> Link:
    """A place in a chain, also where somebody has put what is neither number nor hash: then it is none there can be."""
    return Link(seq if isinstance(seq, int) else -1, str(head))


def hash_of(connection: sqlite3.Connection, account: AccountId, seq: int) -> str | None:
    """The hash that stands on a row; None where there is no such row."""
    found = plain_rows(connection, _BEFORE, (account, seq)).fetchone()
    return found[1] if found else None


def seals(connection: sqlite3.Connection) -> Iterator[Seal]:
    """The table of checkpoints as it is, right or wrong."""
    for row in plain_rows(connection, "SELECT at, heads, key, signature FROM checkpoints ORDER BY number", ()):
        yield seal_of(*row)


def seal_of(at: object, heads: object, key: object, signature: object) -> Seal:
    when = iso(at) if isinstance(at, str) and len(at) > len("2026-11-20") else "?"
    return Seal(when, str(heads), str(key), str(signature))


def lines(connection: sqlite3.Connection, account: AccountId, after: int) -> Iterator[str]:
    """Every row with a number above `after` as one line of canonical JSON, in order."""
    frames = Frames(account)
    for row in plain_rows(connection, _ALL, (account, after)):
        seq, at, *others = row
        yield line(frames, (seq, iso(at), *others))


def export_lines(connection: sqlite3.Connection, after: int, account: AccountId | None) -> Iterator[str]:
    """Rows of one account or of all, then the newest checkpoint, which signs them."""
    known = [name for (name,) in connection.execute("SELECT account FROM accounts ORDER BY account")]
    if account not in (None, *known):
        raise Unavailable(f"the database has no account {account}: it has {', '.join(known) or 'none'}")
    for name in known if account is None else (account,):
        yield from lines(connection, name, after)
    newest = "SELECT at, heads, key, signature FROM checkpoints ORDER BY number DESC LIMIT 1"
    for row in plain_rows(connection, newest, ()):
        yield seal_of(*row).line


# --- any database


def walked(connection: Connection, account: AccountId) -> Link | BadRow:
    """Walk one chain in whatever database it lies: where it ends, or its first bad row."""
    table = t.journal
    query = select(*(table.c[name] for name in COLUMNS)).where(table.c.account == account).order_by(table.c.seq)
    found = connection.execution_options(yield_per=AT_ONCE).execute(query)
    return walk(account, ((seq, at.isoformat(), *others) for seq, at, *others in found))


# --- several processes


def side_by_side(path: Path, rows: Mapping[AccountId, int], processes: int) -> dict[AccountId, int]:
    """Up to which row each chain holds, found by several processes, a stretch at a time."""
    work = [
        Stretch(str(path), account, first, min(first + AT_ONCE - 1, many))
        for account, many in sorted(rows.items())
        for first in range(1, many + 1, AT_ONCE)
    ]
    with ProcessPoolExecutor(min(processes, len(work)), get_context("spawn")) as pool:
        holds = list(pool.map(holding, work))
    known: dict[AccountId, int] = {}
    for stretch, held in zip(work, holds, strict=True):
        if held and known.get(stretch.account, 0) == stretch.first - 1:
            known[stretch.account] = stretch.last
    return known


def holding(stretch: Stretch) -> bool:
    """Whether all rows of a stretch are there, untouched and bound, the first to the stored hash of the row before it.

    Anything that keeps it from being read counts as not holding: who walks it again says what is wrong.
    """
    path, account, first, until = stretch
    try:
        with closing(read_only(path)) as connection:
            before: Any = (0, "") if first == 1 else connection.execute(_BEFORE, (account, first - 1)).fetchone()
            rows: Iterator[Row] = connection.execute(_ROWS, (account, first, until))
            found = walk(account, rows, Link(*before), iso) if before else None
    except sqlite3.Error:
        return False
    return isinstance(found, Link) and found.seq == until
