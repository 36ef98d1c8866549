"""The audit trail: does it hold, and a copy of it to keep elsewhere."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.adapters.audit import seals
from engine.adapters.audit.copies import read_lines, write_lines
from engine.adapters.audit.database import Beside, check_database, following
from engine.adapters.audit.exported import check_export
from engine.adapters.audit.keys import BadKey as BadKey  # noqa: PLC0414  # said to those who may not look further down
from engine.adapters.audit.keys import public_key, trusted
from engine.adapters.audit.notary import Places
from engine.adapters.audit.report import Finding, Report
from engine.adapters.sql_store.audit import export_lines, hash_of, read_trail, reading
from engine.adapters.sql_store.connect import address, shown, translated
from engine.adapters.sql_store.copying import copied
from engine.adapters.sql_store.follows import followed
from engine.adapters.sql_store.verify import check_version
from engine.core.chain import Trail
from engine.ports import Unavailable
from engine.verify import notes_of


def verify_trail(database: Path | str, at: Places, given: Sequence[str] = (), copies: str | None = None) -> Report:
    """Check every chain and every checkpoint, changing nothing; an engine may be at work on the database.

    `database` is a file, or the address of a server's, which is copied for it. `given` are public keys, in hex or in
    files; `copies` is where checkpoints were copied to. Raises Unavailable, and BadKey where one of the keys is none.
    """
    there(database)
    trust = trusted(given, at.key)
    elsewhere = tuple(read_lines(copies)) if copies else ()
    with translated(named(database)):
        before = seals.read(at.file)
        with at_hand(database) as path, reading(path) as connection:
            check_version(connection, named(database))
            trail = read_trail(connection, path)
            beside = Beside(before, following(at.file, len(trail.seals)), elsewhere)
            report = check_database(trail, beside, trust, lambda account, link: hash_of(connection, account, link.seq))
            return with_tables(report, connection, trail)


def with_tables(report: Report, connection: sqlite3.Connection, trail: Trail) -> Report:
    """A report on the trail, and on what the tables say otherwise."""
    bad = {one.account for one in trail.bad} | {
        name for name in trail.stands if trail.stands[name] != trail.ends.get(name)
    }
    told = {name: followed(connection, name) for name in sorted(trail.stands) if name not in bad}
    found = [Finding(one.code, f"{name}: {one.sentence}", name) for name, each in told.items() for one in each.found]
    notes = (*report.notes, *notes_of(told, bad))
    return replace(report, found=(*report.found, *found), notes=notes)


def verify_export(place: str, at: Places, given: Sequence[str] = ()) -> Report:
    """Check an exported file by itself. Raises Unavailable, and BadKey where one of the keys is none."""
    return check_export(lambda: read_lines(place), trusted(given, at.key))


def export_trail(database: Path | str, place: str, after: int = 0, account: str | None = None) -> int:
    """Write rows with a number above `after`, of one account or of all, and the newest checkpoint; count the lines.

    `place` is a path, an address or `-` for standard output. Raises Unavailable.
    """
    there(database)
    with translated(named(database)), at_hand(database) as path, reading(path) as connection:
        check_version(connection, named(database))
        return write_lines(place, export_lines(connection, after, account))


def key_in_use(at: Places) -> str:
    """The public key, in hex, that checkpoints are checked by. Raises Unavailable where there is no key yet."""
    return public_key(at.key)


def there(database: Path | str) -> None:
    if isinstance(database, Path) and not database.is_file():
        raise Unavailable(f"{database} is not there; name the account's folder with --data DIR")


def named(database: Path | str) -> str:
    """How it is called: a file by its path, a server's without its password."""
    return shown(address(database))


@contextmanager
def at_hand(database: Path | str) -> Iterator[Path]:
    """The file to read: the database itself, or all that a server's holds at this instant."""
    if isinstance(database, Path):
        yield database
        return
    with TemporaryDirectory(prefix="parley-") as folder:
        copy = Path(folder) / "parley.sqlite"
        asyncio.run(copied(database, copy))
        yield copy
