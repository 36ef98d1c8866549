"""The market as it was: close-only rows, told one session at a time."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.adapters.calendar import Calendar
from engine.adapters.tables.closes import Closes
from engine.core.abilities import Ability
from engine.core.happenings import CorporateAction
from engine.core.rules.splits import split_price
from engine.core.scene import Quote
from engine.core.session import Session
from engine.core.units import Money, Ticker
from engine.core.words import ActionKind

DAY_S: Final = 86_400
INDEX: Final = frozenset({"SPY", "SPX"})
"""Names of the index that the rows carry: the S&P 500, and the fund that follows it."""


class Halt(NamedTuple):
    """A time, from `since` to before `until`, in which a ticker is not traded."""

    ticker: Ticker
    since: datetime
    until: datetime


class ReplayMarket:
    """Past closes as a market: each is the price from its session's open until the next one's.

    It shows a row only once its session has begun, and counts it as a close only once its session has ended. Rows are
    as they were printed then; from a split's session on, all before it count in new shares.
    """

    def __init__(
        self, closes: Closes, calendar: Calendar, actions: Sequence[CorporateAction] = (), halts: Sequence[Halt] = ()
    ) -> None:
        """Raises ValueError for rows that are missing, incomplete, out of order or on days without a session."""
        sessions = _sessions(closes.dates, calendar)
        _check_complete({**closes.prices, "the benchmark": closes.benchmark}, len(sessions))
        self._opens = [session.opens_at for session in sessions]
        self._ends = [session.closes_at for session in sessions]
        self._closes = closes.prices
        self._benchmark = closes.benchmark
        self._tickers = frozenset(closes.prices)
        self._actions = sorted(actions, key=lambda action: action.opens_at)
        self._halts = tuple(halts)
        self._shown: tuple[tuple[int, int], Mapping[Ticker, Quote]] = ((0, 0), MappingProxyType({}))

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
        begun = bisect_right(self._opens, at), self._in_force(at)
        if self._shown[0] != begun:
            self._shown = (begun, MappingProxyType(self._quotes_after(begun[0], at)))
        return self._shown[1]

    async def history(self, ticker: Ticker, at: datetime, sessions: int) -> Sequence[Money]:
        ended = bisect_right(self._ends, at)
        row = self._closes.get(ticker, ())
        first = max(0, ended - sessions)
        return self._counted(ticker, row[first:ended], first, at)

    async def actions(self, after: datetime, at: datetime) -> Sequence[CorporateAction]:
        begun = self._actions[: self._in_force(at)]
        return tuple(replace(action, close=self._close_before(action)) for action in begun if action.opens_at > after)

    async def halted(self, at: datetime) -> frozenset[Ticker]:
        return frozenset(halt.ticker for halt in self._halts if halt.since <= at < halt.until)

    @property
    def abilities(self) -> frozenset[Ability]:
        """Prices in market hours, and nothing else."""
        return frozenset()

    async def benchmark(self, at: datetime, ticker: Ticker) -> Money | None:
        begun = bisect_right(self._opens, at)
        row = self._benchmark if ticker in INDEX else self._closes.get(ticker)
        return row[begun - 1] if begun and row else None

    def _quotes_after(self, begun: int, at: datetime) -> dict[Ticker, Quote]:
        if not begun:
            return {}
        first = max(0, begun - 2)
        rows = {name: self._counted(name, row[first:begun], first, at) for name, row in self._closes.items()}
        opened_at = self._opens[begun - 1]
        return {name: Quote(row[-1], opened_at, row[0] if begun > 1 else None) for name, row in rows.items()}

    def _in_force(self, at: datetime) -> int:
        """How many of the splits and dividends are in force."""
        return bisect_right(self._actions, at, key=lambda action: action.opens_at)

    def _counted(self, ticker: Ticker, row: Sequence[Money], first: int, at: datetime) -> Sequence[Money]:
        """Prices from the session at place `first` on, in the shares of that instant."""
        for action in self._actions[: self._in_force(at)]:
            if action.ticker == ticker and action.kind is ActionKind.SPLIT:
                before = max(0, bisect_left(self._opens, action.opens_at) - first)
                row = (*(split_price(price, action.new, action.old) for price in row[:before]), *row[before:])
        return row

    def _close_before(self, action: CorporateAction) -> Money:
        """The last close before it, in the shares that it makes; 0 where there is none."""
        place = bisect_left(self._opens, action.opens_at) - 1
        row = self._closes.get(action.ticker, ())[max(0, place) : place + 1]
        return self._counted(action.ticker, row, place, action.opens_at)[0] if row else 0


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
