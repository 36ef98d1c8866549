"""Looking at the outside: clock, calendar and market as one picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Final

from engine.core.abilities import BUILT, Ability
from engine.core.instruments import Instrument
from engine.core.rules.atr import wilder_atr
from engine.core.rules.correlation import correlation
from engine.core.scene import Quote, Scene
from engine.core.state import State
from engine.core.units import Money, Ticker
from engine.ports import Clock, Market, Sessions, Unavailable

ATR_SESSIONS: Final = 100
CORRELATION_SESSIONS: Final = 91
"""90 daily returns need one close more."""

NEIGHBOURS: Final = timedelta(days=14)
SESSIONS_SHOWN: Final = 5


@dataclass(slots=True)
class Health:
    """Whether the engine may enter: false, with the reason, while store, broker or feed cannot be trusted.

    `told` is false while the owner does not know of it yet, `hears` while the feed does not answer.
    """

    ok: bool = True
    why: str = ""
    told: bool = True
    hears: bool = True

    def fails(self, why: str) -> None:
        self.told = self.told and not self.ok
        self.ok, self.why = False, why

    def recovers(self) -> None:
        self.ok, self.why, self.told = True, "", True


class Lookout:
    """Makes a Scene of what clock, calendar and market say; what only closes can change is kept for the session.

    While the feed does not answer, the last that it said is shown, and the engine is not well.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # all that can be looked at
        self,
        clock: Clock,
        market: Market,
        calendar: Sessions,
        instruments: Mapping[Ticker, Instrument],
        health: Health,
        broker: frozenset[Ability] = frozenset(),
        sources: tuple[str, ...] = (),
    ) -> None:
        self._clock, self._market, self._calendar = clock, market, calendar
        self._instruments, self.health, self._sources = instruments, health, sources
        self._closed: date | None = None
        self._atr: Mapping[Ticker, Money] = {}
        self._correlation: Mapping[tuple[Ticker, Ticker], float] = {}
        self._quotes: Mapping[Ticker, Quote] = {}
        self._level: tuple[Ticker, Money | None] = ("", None)
        self._abilities = BUILT | market.abilities | broker

    async def __call__(self, state: State) -> Scene:
        at = self._clock.market()
        near = self._calendar.sessions((at - NEIGHBOURS).date(), (at + NEIGHBOURS).date())
        begun = [session for session in near if session.opens_at <= at]
        await self._listen(at, [session.date for session in begun if session.closes_at <= at][-1])
        return Scene(
            at=at,
            wall=self._clock.wall(),
            session=begun[-1] if at < begun[-1].closes_at else None,
            day=begun[-1],
            recent=tuple(begun[-SESSIONS_SHOWN - 1 : -1]),
            upcoming=tuple(near[len(begun) : len(begun) + SESSIONS_SHOWN]),
            quotes=self._quotes,
            instruments=self._instruments,
            interval_s=self._market.interval_s,
            atr=self._atr,
            correlation=self._correlation,
            benchmark=await self._benchmark(at, state.preferences.performance.benchmark),
            healthy=self.health.ok,
            abilities=self._abilities,
            sources=self._sources,
        )

    async def _listen(self, at: datetime, closed: date) -> None:
        """What the market says now; a feed that does not answer leaves what it said last."""
        try:
            await self._measure(at, closed)
            self._quotes = await self._market.quotes(at)
            self.health.hears = True
        except Unavailable as silence:
            self.health.hears = False
            self.health.fails(f"no prices: {silence}")

    async def _benchmark(self, at: datetime, ticker: Ticker) -> Money | None:
        """Its level; while the feed is down what it was last, or None where another was asked for then."""
        try:
            self._level = (ticker, await self._market.benchmark(at, ticker))
        except Unavailable:
            return self._level[1] if self._level[0] == ticker else None
        return self._level[1]

    async def _measure(self, at: datetime, closed: date) -> None:
        """ATR and correlations from completed sessions, anew after each close."""
        if closed == self._closed:
            return
        tickers = sorted(self._market.tickers())
        closes = {ticker: await self._market.history(ticker, at, ATR_SESSIONS) for ticker in tickers}
        ranges = {ticker: wilder_atr(row) for ticker, row in closes.items()}
        self._atr = {ticker: atr for ticker, atr in ranges.items() if atr}
        lately = {ticker: row[-CORRELATION_SESSIONS:] for ticker, row in closes.items()}
        self._correlation = {
            (one, other): correlation(lately[one], lately[other])
            for one, other in combinations(tickers, 2)
            if len(lately[one]) == len(lately[other])
        }
        self._closed = closed
