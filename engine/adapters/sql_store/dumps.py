"""Databases on a server, written out and read in by the server's own programs."""

import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, text

from engine.adapters.sql_store import read
from engine.adapters.sql_store.connect import Database, address, shown, translated
from engine.adapters.sql_store.copying import Heads
from engine.adapters.sql_store.schema import version_of
from engine.adapters.sql_store.store import database
from engine.ports import Unavailable

LONGEST_S: Final = 3_600
MISMATCH: Final = re.compile(r"server version: ([\d.]+)[^;]*; pg_\w+ version: ([\d.]+)")


@asynccontextmanager
async def reached(url: URL) -> AsyncIterator[Database]:
    """The database for as long as this lasts. Raises Unavailable."""
    found = database(url)
    try:
        with translated(shown(url)):
            yield found
    finally:
        await found.close()


async def dumped(place: str, to: Path) -> tuple[str, Heads]:
    """Write the database out as it is at one instant; its schema's revision and the ends of all journals then.

    Raises Unavailable where it cannot be reached, is not ours, or `pg_dump` is missing.
    """
    url = address(place)
    async with reached(url) as source:
        return await source.read(_dump, url, to)


async def loaded(place: str, dump: Path) -> None:
    """Read a dump into an empty database, all of it or nothing. Raises Unavailable."""
    url = address(place)
    async with reached(url) as target:
        await target.read(_must_be_empty, shown(url))
    run(url, "pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(dump))


async def heads(place: str) -> Heads:
    """Last number and hash of each account's journal. Raises Unavailable."""
    async with reached(address(place)) as source:
        return await source.read(read.heads)


async def mark_restored(place: str, name: str) -> None:
    """Give all accounts the name of this restoring. Raises Unavailable."""
    async with reached(address(place)) as target:
        await target.write(_marked, name)


async def schema(place: str) -> str | None:
    """The schema's revision; None for an empty database. Raises Unavailable."""
    url = address(place)
    async with reached(url) as source:
        return await source.read(version_of, shown(url))


def _marked(connection: Connection, name: str) -> None:
    connection.execute(text("UPDATE accounts SET restored = :name"), {"name": name})


def _dump(connection: Connection, url: URL, to: Path) -> tuple[str, Heads]:
    version = version_of(connection, shown(url))
    if version is None:
        raise Unavailable(f"{shown(url)} holds no accounts of ours")
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
    found = read.heads(connection)
    run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={to}")
    return version, found


def _must_be_empty(connection: Connection, where: str) -> None:
    query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()"
    if connection.execute(text(query)).scalar_one():
        raise Unavailable(f"{where} is not empty: restore into a new database")


def run(url: URL, program: str, *arguments: str) -> None:
    """Run one of the server's programs on this database; its password goes by the environment alone."""
    found = shutil.which(program)
    if found is None:
        raise Unavailable(f"{program} is not on the PATH: install the server's client programs")
    done = subprocess.run(  # noqa: S603  # a program found by its name, without a shell
        [found, *arguments, f"--dbname={url.database}"],
        env={**os.environ, **surroundings(url)},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        if versions := MISMATCH.search(done.stderr):
            theirs, ours = versions.groups()
            major = theirs.partition(".")[0]
            what = f"install the client programs of version {major} (postgresql-client-{major}), first on the PATH"
            raise Unavailable(f"{program} is of version {ours}, the server of {theirs}: {what}")
        raise Unavailable(f"{program}: {said[0]}")


def surroundings(url: URL) -> dict[str, str]:
    """An address as the server's programs look for it."""
    given = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
    ssl = url.query.get("sslmode")
    return {name: str(value) for name, value in {**given, "PGSSLMODE": ssl}.items() if value is not None}
