"""The market as it was: close-only rows, told one session at a time."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from engine.adapters.calendar import Calendar
from engine.adapters.tables.closes import Closes
from engine.core.abilities import Ability
from engine.core.scene import Quote
from engine.core.session import Session
from engine.core.units import Money, Ticker

DAY_S: Final = 86_400
INDEX: Final = frozenset({"SPY", "SPX"})
"""Names of the index that the rows carry: the S&P 500, and the fund that follows it."""


class ReplayMarket:
    """Past closes as a market: each is the price from its session's open until the next one's.

    It shows a row only once its session has begun, and counts it as a close only once its session has ended.
    """

    def __init__(self, closes: Closes, calendar: Calendar) -> None:
        """Raises ValueError for rows that are missing, incomplete, out of order or on days without a session."""
        sessions = _sessions(closes.dates, calendar)
        _check_complete({**closes.prices, "the benchmark": closes.benchmark}, len(sessions))
        self._opens = [session.opens_at for session in sessions]
        self._ends = [session.closes_at for session in sessions]
        self._closes = closes.prices
        self._benchmark = closes.benchmark
        self._tickers = frozenset(closes.prices)
        self._shown: tuple[int, Mapping[Ticker, Quote]] = (0, MappingProxyType({}))

    @property
    def interval_s(self) -> int:
        return DAY_S

    @property
    def starts_at(self) -> datetime:
        """The open of the first session with prices."""
        return self._opens[0]

    @property
    def ends_at(self) -> datetime:
        """The close of the last session with prices; nothing new comes after it."""
        return self._ends[-1]

    def tickers(self) -> frozenset[Ticker]:
        return self._tickers

    async def quotes(self, at: datetime) -> Mapping[Ticker, Quote]:
        begun = bisect_right(self._opens, at)
        if self._shown[0] != begun:
            self._shown = (begun, MappingProxyType(self._quotes_after(begun)))
        return self._shown[1]

    async def history(self, ticker: Ticker, at: datetime, sessions: int) -> Sequence[Money]:
        ended = bisect_right(self._ends, at)
        row = self._closes.get(ticker, ())
        return row[max(0, ended - sessions) : ended]

    @property
    def abilities(self) -> frozenset[Ability]:
        """Prices in market hours, and nothing else."""
        return frozenset()

    async def benchmark(self, at: datetime, ticker: Ticker) -> Money | None:
        begun = bisect_right(self._opens, at)
        row = self._benchmark if ticker in INDEX else self._closes.get(ticker)
        return row[begun - 1] if begun and row else None

    def _quotes_after(self, begun: int) -> dict[Ticker, Quote]:
        if not begun:
            return {}
        now, opened_at = begun - 1, self._opens[begun - 1]
        return {
            ticker: Quote(row[now], opened_at, row[now - 1] if now else None) for ticker, row in self._closes.items()
        }


def _sessions(days: Sequence[date], calendar: Calendar) -> list[Session]:
    sessions = [session for day in days if (session := calendar.session_on(day))]
    if not days:
        raise ValueError("there are no prices to replay")
    if len(sessions) < len(days):
        strange = min(set(days) - {session.date for session in sessions})
        raise ValueError(f"there is a price for {strange}, a day without a session")
    if any(later.date <= earlier.date for earlier, later in pairwise(sessions)):
        raise ValueError("the days of the prices are not in rising order")
    return sessions


def _check_complete(rows: Mapping[str, Sequence[Money]], sessions: int) -> None:
    for name, row in rows.items():
        if len(row) != sessions or min(row) <= 0:
            raise ValueError(f"{name} has no price for some of the {sessions} sessions")
