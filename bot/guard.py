"""The dead man's switch: a process of its own that reads the engine's signs of life and tells when they stop.

It only reads, needs no engine, and loads little, so that it goes on where an engine cannot.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

BUSY_S: Final = 5.0
OLD: Final = "its tables are from before there were signs of life: start Parley on it once, or parley db upgrade"
QUERY: Final = "SELECT account, at, healthy, why, holder, stopped FROM heartbeats ORDER BY account"
ALL: Final = ""
"""Stands for every account, where nothing can be said of one."""


class Unreadable(Exception):
    """The signs of life could not be read; the text says why."""


class Sign(NamedTuple):
    """The last sign of life of an account: `at` in people's time, `why` what is wrong with it, if anything."""

    account: str
    at: datetime
    healthy: bool
    why: str
    holder: str
    stopped: bool


class News(NamedTuple):
    """What is told: the phrase `guard.<kind>` with its facts."""

    kind: str
    account: str
    facts: Mapping[str, Any] = MappingProxyType({})


Read: TypeAlias = Callable[[], Sequence[Sign]]


def from_file(path: Path) -> Read:
    """Reads a database file, also while an engine works on it."""

    def read() -> Sequence[Sign]:
        try:
            place = f"{path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(place, uri=True, timeout=BUSY_S)) as connection:
                return [sign_of(row) for row in connection.execute(QUERY)]
        except sqlite3.Error as error:
            raise Unreadable(f"{path}: {_unread(error)}") from error

    return read


def _unread(error: sqlite3.Error) -> str:
    if "no such table" in str(error):
        return OLD
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        return "it cannot be opened for reading while nobody works on it: the guard must be able to write its folder"
    return str(error)


def from_server(url: str, timeout_s: float = BUSY_S) -> Read:
    """Reads a PostgreSQL database; raises Unreadable at once where the extra is missing, or it is no address."""
    try:
        from engine.adapters.sql_store.postgres import Patience  # noqa: PLC0415  # an extra brings its driver
        from engine.adapters.sql_store.session import checked, session  # noqa: PLC0415
    except ModuleNotFoundError:
        raise Unreadable("database_url needs the extra postgres: uv sync --extra postgres") from None
    import asyncio  # noqa: PLC0415

    from engine.ports import Unavailable  # noqa: PLC0415

    async def rows() -> Sequence[Sign]:
        async with session(url, Patience(timeout_s, timeout_s)) as connection:
            return [sign_of(tuple(row)) for row in await connection.fetch(QUERY)]

    def read() -> Sequence[Sign]:
        try:
            return asyncio.run(rows())
        except Unavailable as error:
            raise Unreadable(f"the database server: {error}") from error

    try:
        checked(url)
    except Unavailable as error:
        raise Unreadable(str(error)) from None
    return read


def sign_of(row: Sequence[Any]) -> Sign:
    account, at, healthy, why, holder, stopped = row
    when = datetime.fromisoformat(at) if isinstance(at, str) else at
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return Sign(account, aware, bool(healthy), why, holder, bool(stopped))


@dataclass(slots=True)
class Seen:
    """What is known of an account: its last sign, since when (seconds of a clock that only goes forward) it is that,
    how many looks in a row found it unwell, and what is told of it: "" while all is well.
    """

    sign: Sign
    since_s: float
    unwell: int = 0
    told: str = ""


@dataclass(slots=True)
class Watch:
    """Finds what is to be told: each outage once, and once that it is over.

    A sign that changed since the last look counts as new whatever the machine's clock says. An engine is unwell when
    two looks in a row found it so, unless `at_once`; what was never seen is missed after `after_s`.
    """

    after_s: float
    at_once: bool = False
    _seen: dict[str, Seen] = field(default_factory=dict)
    _began_s: float | None = None
    _whole: str = ""

    def look(self, read: Read, wall: datetime, ticks: float) -> list[News]:
        """What is new; `wall` is people's time, `ticks` seconds of a clock that only goes forward."""
        self._began_s = ticks if self._began_s is None else self._began_s
        try:
            signs = read()
        except Unreadable as error:
            return self._of_all("unreadable", {"why": str(error)})
        if not signs and not self._seen:
            waited = self.at_once or ticks - self._began_s >= self.after_s
            return self._of_all("never" if waited else self._whole, {"seconds": self.after_s})
        return [*self._of_all(""), *(news for sign in signs for news in self._of(sign, wall, ticks))]

    def _of_all(self, kind: str, facts: Mapping[str, Any] = MappingProxyType({})) -> list[News]:
        """Trouble with everything, told once, as is its end."""
        before, self._whole = self._whole, kind
        if kind == before:
            return []
        return [News(kind, ALL, facts)] if kind else [News("readable", ALL)]

    def _of(self, sign: Sign, wall: datetime, ticks: float) -> Iterator[News]:
        seen = self._seen.get(sign.account)
        if seen is None:
            age = max(0.0, (wall - sign.at).total_seconds())
            seen = self._seen[sign.account] = Seen(sign, ticks - age)
        elif seen.sign != sign:
            seen.since_s = ticks
        seen.sign = sign
        seen.unwell = 0 if sign.healthy or sign.stopped else seen.unwell + 1
        kind = self._kind(seen, ticks - seen.since_s)
        if kind == seen.told:
            return
        before, seen.told = seen.told, kind
        facts = {"at": f"{sign.at:%Y-%m-%d %H:%M:%S} UTC", "holder": sign.holder, "why": sign.why or None}
        if kind or before:
            yield News(kind or ("stopped" if sign.stopped else "back"), sign.account, facts)

    def _kind(self, seen: Seen, age_s: float) -> str:
        if seen.sign.stopped:
            return ""
        if age_s > self.after_s:
            return "silent"
        return "unwell" if seen.unwell > (0 if self.at_once else 1) else ""

    @property
    def well(self) -> bool:
        """Whether nothing is told that is not over."""
        return not self._whole and not any(seen.told for seen in self._seen.values())
