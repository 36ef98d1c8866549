"""Backups of accounts: one file that holds database, paper book and checkpoints, and by what to check it.

A SQLite database is copied while the engine works on it, one on a server by its own `pg_dump`. The signing key is not
in it: who has a backup must not be able to sign.
"""

import asyncio
import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from engine.adapters.sql_store import SqlStore, dumps
from engine.adapters.sql_store.copying import Heads, backed_up, copied, heads_of, mark_restored, schema_of
from engine.adapters.sql_store.schema import HEAD
from engine.adapters.system_clock import SystemClock
from engine.ports import Clock, Unavailable
from engine.verify import Report, verify_files

VERSION: Final = 1
DATABASE: Final = "parley.sqlite"
BOOK: Final = "paper.sqlite"
SEALS: Final = "checkpoints.jsonl"
DUMP: Final = "parley.pgdump"
MANIFEST: Final = "manifest.json"
MODE: Final = 0o600


MACHINE: Final = SystemClock()


class BadBackup(Exception):
    """This file is no backup, or not a whole one; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where accounts live: a folder, and the address of a server that holds the database instead of a file there.

    One that trades `outside` has no broker's book in the folder.
    """

    folder: Path
    server: str | None = field(default=None, repr=False)
    outside: bool = False

    @property
    def database(self) -> Path:
        return self.folder / DATABASE

    @property
    def book(self) -> Path:
        return self.folder / BOOK


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself: `heads` are the ends of all journals, `files` SHA-256 by name."""

    made_at: datetime
    schema: str
    heads: Heads
    files: Mapping[str, str]

    @property
    def on_server(self) -> bool:
        return DUMP in self.files


async def verify_place(place: Place) -> Report:
    """Check database and paper book, changing nothing; an engine may be at work on them. Raises Unavailable."""
    book = None if place.outside else place.book
    if place.server is None:
        return await asyncio.to_thread(verify_files, place.database, book)
    with TemporaryDirectory(prefix="parley-") as folder:
        copy = Path(folder) / DATABASE
        await copied(place.server, copy)
        return await asyncio.to_thread(verify_files, copy, book)


async def upgrade_place(place: Place) -> tuple[str | None, str]:
    """Bring the tables up to date: the revision before (None: there were none) and after. Raises Unavailable."""
    before = await _schema(place)
    store = await SqlStore.open(place.server or place.database)
    await store.close()
    return before, HEAD


async def _schema(place: Place) -> str | None:
    if place.server is not None:
        return await dumps.schema(place.server)
    return schema_of(place.database) if place.database.is_file() else None


async def back_up(place: Place, to: Path, clock: Clock = MACHINE) -> Manifest:
    """Write one file with all of it; the engine may be at work. An existing file is replaced at the very end.

    The database comes first: what the broker's book has beyond it is booked at the next start, as after a crash.
    """
    with TemporaryDirectory(prefix="parley-") as folder:
        inside = Path(folder)
        if place.server is None:
            await asyncio.to_thread(backed_up, place.database, inside / DATABASE)
            schema, heads = schema_of(inside / DATABASE), heads_of(inside / DATABASE)
        else:
            schema, heads = await dumps.dumped(place.server, inside / DUMP)
        if place.book.is_file():
            await asyncio.to_thread(backed_up, place.book, inside / BOOK)
        if (place.folder / SEALS).is_file():
            shutil.copyfile(place.folder / SEALS, inside / SEALS)
        files = await asyncio.to_thread(_digests, inside)
        manifest = Manifest(made_at=clock.wall(), schema=schema, heads=heads, files=files)
        await asyncio.to_thread(_packed, inside, manifest, to)
    return manifest


def examined(file: Path) -> None:
    """Raises BadBackup where this file is no whole backup; nothing is written."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(json.loads(archive.read(MANIFEST)))
            for name, digest in manifest.files.items():
                with archive.open(name) as inside:
                    if hashlib.file_digest(inside, "sha256").hexdigest() != digest:  # type: ignore[arg-type]  # it reads
                        raise BadBackup(f"{file}: {name} is not what was backed up")
    except OSError as error:
        raise BadBackup(f"{file} cannot be read: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError) as error:
        raise BadBackup(f"{file} is no backup of Parley's: {error}") from error


async def restore(file: Path, place: Place, clock: Clock = MACHINE) -> tuple[Manifest, Report]:
    """Put a backup where accounts live; what stood there is moved aside, a database on a server must be empty.

    Nothing is touched before the backup was found whole, with its journals ending where it says. Nobody may be at
    work there. Raises BadBackup or Unavailable.
    """
    with TemporaryDirectory(prefix="parley-", dir=place.folder) as folder:
        inside = Path(folder)
        manifest = await asyncio.to_thread(_unpacked, file, inside)
        if manifest.on_server is (place.server is None):
            where = "a server: set database_url" if manifest.on_server else "a file: leave database_url out"
            raise BadBackup(f"{file} was made from a database on {where}")
        name = f"{clock.wall():%y%m%dT%H%M%S}"
        if place.server is None:
            _same_heads(heads_of(inside / DATABASE), manifest)
            mark_restored(inside / DATABASE, name)
        else:
            await dumps.loaded(place.server, inside / DUMP)
            await dumps.mark_restored(place.server, name)
        _moved_in(inside, place.folder, clock.wall())
    report = await verify_place(place)
    _same_heads(await _heads(place), manifest)
    return manifest, report


async def _heads(place: Place) -> Heads:
    return heads_of(place.database) if place.server is None else await dumps.heads(place.server)


def _same_heads(found: Heads, manifest: Manifest) -> None:
    if dict(found) != dict(manifest.heads):
        raise BadBackup("the journals in this backup do not end where it says: it was changed")


def _digests(inside: Path) -> dict[str, str]:
    return {path.name: _digest(path) for path in sorted(inside.iterdir())}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packed(inside: Path, manifest: Manifest, to: Path) -> None:
    """Everything in one file, which is there wholly or not at all."""
    part = to.with_name(f".{to.name}.part")
    try:
        with os.fdopen(_private(part), "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(MANIFEST, json.dumps(_as_json(manifest), indent=2))
                for name in manifest.files:
                    archive.write(inside / name, name)
            file.flush()
            os.fsync(file.fileno())
        part.replace(to)
    except OSError as error:
        raise Unavailable(f"{to} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def _private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)


def _as_json(manifest: Manifest) -> dict[str, Any]:
    heads = {account: list(head) for account, head in manifest.heads.items()}
    at = manifest.made_at.isoformat()
    return {"v": VERSION, "made_at": at, "schema": manifest.schema, "heads": heads, "files": dict(manifest.files)}


def _unpacked(file: Path, inside: Path) -> Manifest:
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(json.loads(archive.read(MANIFEST)))
            for name in manifest.files:
                archive.extract(name, inside)
                (inside / name).chmod(MODE)
    except OSError as error:
        raise BadBackup(f"{file} cannot be read: {error.strerror or error}") from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise BadBackup(f"{file} is no backup of Parley's: {error}") from error
    changed = [name for name, digest in manifest.files.items() if _digest(inside / name) != digest]
    if changed:
        raise BadBackup(f"{file}: {', '.join(changed)} is not what was backed up")
    return manifest


def _manifest(found: Mapping[str, Any]) -> Manifest:
    if found["v"] != VERSION:
        raise ValueError(f"made by another version of this program ({found['v']})")
    if not found["files"].keys() <= {DATABASE, BOOK, SEALS, DUMP}:
        raise ValueError("it holds files that a backup has not")
    return Manifest(
        made_at=datetime.fromisoformat(found["made_at"]),
        schema=str(found["schema"]),
        heads={str(account): (int(seq), str(head)) for account, (seq, head) in found["heads"].items()},
        files={str(name): str(digest) for name, digest in found["files"].items()},
    )


def _moved_in(inside: Path, folder: Path, now: datetime) -> None:
    """Files of the backup instead of those in the folder, which go into a folder of their own."""
    aside = folder / f"before-restore-{now:%Y%m%dT%H%M%S}"
    old = [path for name in (DATABASE, BOOK, SEALS) for path in sorted(folder.glob(f"{name}*")) if path.is_file()]
    if old:
        aside.mkdir(mode=0o700)
    for path in old:
        path.rename(aside / path.name)
    for path in sorted(inside.iterdir()):
        if path.name != DUMP:
            path.rename(folder / path.name)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
