"""Dates of earnings and market events as CSV: every line that cannot be read is named, and then nothing is taken."""

import csv
import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from io import StringIO
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from engine.core import commands as c
from engine.core.happenings import MarketEvent
from engine.core.units import Ticker
from engine.core.words import EventScope, Sector, Severity
from engine.ports import BadRow, BadRows

SOURCE: Final = "csv"
LONGEST: Final = 100_000
"""Bytes of a file."""

EARNINGS: Final = ("ticker", "date")
EVENTS: Final = ("title", "scope", "target", "severity", "from", "until")
EXCHANGE: Final = ZoneInfo("America/New_York")
YEARS: Final = range(1990, 2101)
TITLE: Final = 200
QUOTED: Final = 40
"""So much of a value that cannot be is repeated."""

DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*", re.ASCII)

Row = tuple[int, list[str]]
T = TypeVar("T")
W = TypeVar("W", bound=StrEnum)


class Bad(Exception):
    """A value that cannot be; `problem` names the sentence that says so, `facts` what it needs."""

    def __init__(self, problem: str, **facts: Any) -> None:  # noqa: ANN401  # facts are of any kind
        super().__init__(problem)
        self.problem, self.facts = problem, facts


def earnings_of(text: str, known: Collection[Ticker]) -> c.ImportEarnings:
    """The dates in `ticker,date`, a line a date as 2020-04-21, for tickers among `known`; raises BadRows."""
    found = _all(_rows(text, EARNINGS), lambda row: _earnings(row, known))
    dates: dict[Ticker, set[date]] = {}
    for ticker, day in found:
        dates.setdefault(ticker, set()).add(day)
    return c.ImportEarnings(dates={one: tuple(sorted(dates[one])) for one in sorted(dates)}, source=SOURCE)


def events_of(text: str, known: Collection[Ticker]) -> c.ImportEvents:
    """The events in `title,scope,target,severity,from,until`; raises BadRows.

    Instants are ISO 8601; without an offset they are the exchange's own time. The same line again is the same event.
    """
    found = _all(_rows(text, EVENTS), lambda row: _event(row, known))
    return c.ImportEvents(events=tuple({event.id: event for event in found}.values()))


def _rows(text: str, header: Sequence[str]) -> list[Row]:
    """The lines after the header, with their numbers; empty ones are left out."""
    if len(text.encode(errors="replace")) > LONGEST:
        raise BadRows([BadRow(1, "too_long", {"limit": LONGEST // 1000})])
    reader = csv.reader(StringIO(text, newline=""), strict=True, skipinitialspace=True)
    rows: list[Row] = []
    try:
        rows += [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row))]
    except csv.Error as error:
        raise BadRows([BadRow(reader.line_num, "csv", {"why": str(error)})]) from None
    if not rows or [cell.casefold() for cell in rows[0][1]] != list(header):
        raise BadRows([BadRow(rows[0][0] if rows else 1, "header", {"wanted": ",".join(header)})])
    if len(rows) == 1:
        raise BadRows([BadRow(rows[0][0], "empty", {})])
    return rows[1:]


def _all(rows: list[Row], read: Callable[[list[str]], T]) -> list[T]:
    """What every line says; raises BadRows with all that cannot be read."""
    found: list[T] = []
    bad: list[BadRow] = []
    for line, cells in rows:
        try:
            found.append(read(cells))
        except Bad as error:
            bad.append(BadRow(line, error.problem, error.facts))
    if bad:
        raise BadRows(bad)
    return found


def _earnings(cells: list[str], known: Collection[Ticker]) -> tuple[Ticker, date]:
    ticker, day = _cells(cells, EARNINGS)
    return _ticker(ticker, known), _day(day)


def _event(cells: list[str], known: Collection[Ticker]) -> MarketEvent:
    title, scope_word, target, severity, starts, ends = _cells(cells, EVENTS)
    scope, starts_at, ends_at = _word(scope_word, EventScope, "scope"), _instant(starts), _instant(ends)
    if ends_at <= starts_at:
        raise Bad("span")
    if len(title) > TITLE or not title.isprintable():
        raise Bad("title", limit=TITLE)
    about = _target(target, scope, known)
    return MarketEvent(
        id=_id(title, scope, about or "", starts_at.isoformat(), ends_at.isoformat()),
        scope=scope,
        target=about,
        severity=_word(severity, Severity, "severity"),
        title=title,
        starts_at=starts_at,
        ends_at=ends_at,
        source=SOURCE,
    )


def _id(*said: str) -> str:
    """The same for the same event, how severe it may be."""
    digest = sha256("\n".join(said).encode()).hexdigest()
    return f"{SOURCE}-{digest[:16]}"


def _cells(cells: list[str], header: Sequence[str]) -> list[str]:
    if len(cells) != len(header):
        raise Bad("columns", wanted=",".join(header), count=len(header), found=len(cells))
    return cells


def _ticker(text: str, known: Collection[Ticker]) -> Ticker:
    if text.upper() not in known:
        raise Bad("ticker", text=_short(text))
    return text.upper()


def _target(text: str, scope: EventScope, known: Collection[Ticker]) -> str | None:
    """A sector or a ticker, by the scope; None for the whole market, which has no name."""
    if scope is EventScope.TICKER:
        return _ticker(text, known)
    if scope is EventScope.SECTOR:
        return _word(text, Sector, "sector").value
    if text:
        raise Bad("target", text=_short(text))
    return None


def _word(text: str, words: type[W], problem: str) -> W:
    code = text.casefold().replace(" ", "_")
    found = next((word for word in words if word.value == code), None)
    if found is None:
        raise Bad(problem, text=_short(text), words=[word.value for word in words])
    return found


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise Bad("date", text=_short(text))
    return day


def _instant(text: str) -> datetime:
    """Aware UTC."""
    try:
        said = datetime.fromisoformat(text) if INSTANT.fullmatch(text) else None
    except ValueError:
        said = None
    if said is None or said.year not in YEARS:
        raise Bad("time", text=_short(text))
    return (said if said.tzinfo else said.replace(tzinfo=EXCHANGE)).astimezone(UTC)


def _short(text: str) -> str:
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"
