"""Looking at the outside: clock, calendar and market as one picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Final

import structlog

from engine.core.abilities import BUILT, Ability
from engine.core.instruments import Instrument
from engine.core.policy import DEFAULT_POLICY, Policy
from engine.core.rules.atr import wilder_atr
from engine.core.rules.correlation import correlation
from engine.core.rules.moves import moved_rapidly
from engine.core.scene import Quote, Scene
from engine.core.state import State
from engine.core.units import Money, Ticker
from engine.core.words import ActionKind
from engine.ports import Clock, Market, Sessions, Store, Unavailable

log = structlog.get_logger(__name__)

ATR_SESSIONS: Final = 100
CLOSES_SHOWN: Final = 260
"""A year of sessions, and some."""

CLOSES_DAYS: Final = timedelta(days=400)
"""So many sessions are never more days than this."""

CORRELATION_SESSIONS: Final = 91
"""90 daily returns need one close more."""

NEIGHBOURS: Final = timedelta(days=14)
SESSIONS_SHOWN: Final = 5
LOOKBACK_SESSIONS: Final = 30
LOOKBACK_DAYS: Final = timedelta(days=60)
"""Thirty sessions are never more days than this."""

EARNINGS_AHEAD: Final = timedelta(days=365)
MINUTE_S: Final = 60

Pairs = Mapping[tuple[Ticker, Ticker], float]


@dataclass(slots=True)
class Health:
    """Whether the engine may enter: false, with the reason, while store, broker or feed cannot be trusted.

    `told` is false while the owner does not know of it yet, `hears` while the feed does not answer. It is `lost` for
    good once another process runs the account. `failures` counts all that failed since the start.
    """

    ok: bool = True
    why: str = ""
    told: bool = True
    hears: bool = True
    lost: bool = False
    failures: int = 0

    def fails(self, why: str) -> None:
        self.failures += 1
        if self.lost:
            return
        self.told = self.told and not self.ok
        self.ok, self.why = False, why

    def recovers(self) -> None:
        if not self.lost:
            self.ok, self.why, self.told = True, "", True

    def gives_up(self, why: str) -> None:
        """Nothing here makes it well again."""
        if not self.lost:
            self.ok, self.why, self.told, self.lost = False, why, False, True


def timed(interval_s: int) -> frozenset[Ability]:
    """Figures can be made by the minute where each minute has a price."""
    return frozenset({Ability.METRICS_TIMER} if interval_s <= MINUTE_S else ())


class LastMinutes:
    """Each ticker's prices of the last minutes, in memory: who moved rapidly within them."""

    def __init__(self, policy: Policy) -> None:
        self._share, self._span = policy.rapid_move, timedelta(minutes=policy.rapid_move_min)
        self._prices: dict[Ticker, list[tuple[datetime, Money]]] = {}
        self._heard: Mapping[Ticker, Quote] = {}
        self._rapid: frozenset[Ticker] = frozenset()

    def rapid(self, at: datetime, quotes: Mapping[Ticker, Quote]) -> frozenset[Ticker]:
        """Those whose last price is further than the house's share from any price given since `at` − the span."""
        if quotes is self._heard and not self._rapid:  # without new prices, nobody joins them
            return self._rapid
        for ticker, quote in quotes.items():
            before = [(given, price) for given, price in self._prices.get(ticker, ()) if given >= at - self._span]
            fresh = quote.at >= at - self._span and (quote.at, quote.price) not in before
            self._prices[ticker] = [*before, (quote.at, quote.price)] if fresh else before
        self._heard = quotes
        self._rapid = frozenset(
            ticker
            for ticker, prices in self._prices.items()
            if any(moved_rapidly(prices[-1][1], price, self._share) for _, price in prices)
        )
        return self._rapid

    def forget(self) -> None:
        """After a split prices of before it mean nothing."""
        self._prices, self._rapid = {}, frozenset()


class Days:
    """What the calendar says of days further away, looked up once a session."""

    def __init__(self, calendar: Sessions) -> None:
        self._calendar = calendar
        self._lookback: tuple[date | None, date] = (None, date.min)
        self._earnings: tuple[date | None, Mapping[Ticker, tuple[date, ...]], Mapping[Ticker, int]] = (None, {}, {})

    def lookback(self, day: date) -> date:
        """The first of the last 30 sessions, that day's among them."""
        if self._lookback[0] != day:
            lately = self._calendar.sessions(day - LOOKBACK_DAYS, day)
            self._lookback = (day, lately[-LOOKBACK_SESSIONS:][0].date)
        return self._lookback[1]

    def earnings(self, day: date, dates: Mapping[Ticker, tuple[date, ...]]) -> Mapping[Ticker, int]:
        """Sessions from that day's to each ticker's next date, 0 on the day itself; without one within a year, none."""
        if self._earnings[0] != day or self._earnings[1] is not dates:
            nearest = {
                ticker: min((one for one in known if one >= day), default=None) for ticker, known in dates.items()
            }
            counted = {ticker: self._until(day, next_one) for ticker, next_one in nearest.items() if next_one}
            near = {ticker: count for ticker, count in counted.items() if count is not None}
            self._earnings = (day, dates, near)
        return self._earnings[2]

    def closed(self, last: date) -> tuple[date, ...]:
        """The sessions of the last year up to that one; none where the calendar does not reach so far back."""
        try:
            lately = self._calendar.sessions(last - CLOSES_DAYS, last)
        except LookupError:
            return ()
        return tuple(session.date for session in lately[-CLOSES_SHOWN:])

    def _until(self, day: date, later: date) -> int | None:
        """Sessions to the first on or after that date; None where it is too far away, or beyond the calendar."""
        if later > day + EARNINGS_AHEAD:
            return None
        try:
            between = self._calendar.sessions(day, later)
        except LookupError:
            return None
        return sum(1 for session in between if day < session.date < later) + (later > day)


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
        policy: Policy = DEFAULT_POLICY,
        kept: Store | None = None,
    ) -> None:
        self._clock, self._market, self._calendar = clock, market, calendar
        self._instruments, self.health, self._sources = instruments, health, sources
        self._kept, self._lately, self._days = kept, LastMinutes(policy), Days(calendar)
        self._measured: tuple[date, date] | None = None
        self._seen_at: datetime | None = None
        self._atr: Mapping[Ticker, Money] = {}
        self._closes: Mapping[Ticker, Sequence[Money]] = {}
        self._closed: tuple[date, ...] = ()
        self._correlation: Pairs = {}
        self._halted: frozenset[Ticker] = frozenset()
        self._traded_since: Mapping[Ticker, datetime] = {}
        self._rapid: frozenset[Ticker] = frozenset()
        self._quotes: Mapping[Ticker, Quote] = {}
        self._level: tuple[Ticker, Money | None] = ("", None)
        self._abilities = BUILT | market.abilities | broker | timed(market.interval_s)
        self._stale_s = policy.stale_price_min * MINUTE_S

    async def __call__(self, state: State) -> Scene:
        at = self._clock.market()
        near = self._calendar.sessions((at - NEIGHBOURS).date(), (at + NEIGHBOURS).date())
        begun = [session for session in near if session.opens_at <= at]
        await self._listen(at, begun[-1].date, [session.date for session in begun if session.closes_at <= at][-1])
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
            earnings=self._days.earnings(begun[-1].date, state.earnings),
            benchmark=await self._benchmark(at, state.preferences.performance.benchmark),
            healthy=self.health.ok,
            halted=self._halted,
            traded_since=self._traded_since,
            rapid=self._rapid,
            lookback=self._days.lookback(begun[-1].date),
            abilities=self._abilities,
            sources=self._sources,
            ends_at=self._market.ends_at,
            stale_s=self._stale_s,
            closes=self._closes,
            closed=self._closed,
        )

    async def _listen(self, at: datetime, day: date, closed: date) -> None:
        """What the market says now; a feed that does not answer leaves what it said last."""
        try:
            await self._measure(at, day, closed)
            self._heard_of_halts(at, await self._market.halted(at))
            self._quotes = await self._market.quotes(at)
            self._rapid = self._lately.rapid(at, self._quotes)
            self.health.hears = True
        except Unavailable as silence:
            self._silent(str(silence))
        except Exception as bug:  # a feed that is broken is as good as silent; the last that it said is shown
            if self.health.hears:
                log.exception("feed.failed")
            self._silent(type(bug).__name__)

    def _silent(self, why: str) -> None:
        self.health.hears = False
        self.health.fails(f"no prices: {why}")

    def _heard_of_halts(self, at: datetime, halted: frozenset[Ticker]) -> None:
        """Who is halted no longer is traded since now, as far as anybody here can tell."""
        over = self._halted - halted
        if over:
            self._traded_since = {**self._traded_since, **dict.fromkeys(over, at)}
        self._halted = halted

    async def _benchmark(self, at: datetime, ticker: Ticker) -> Money | None:
        """Its level; while the feed is down what it was last, or None where another was asked for then."""
        try:
            self._level = (ticker, await self._market.benchmark(at, ticker))
        except Exception as silence:
            if not isinstance(silence, Unavailable):
                log.exception("benchmark.failed", ticker=ticker)
            return self._level[1] if self._level[0] == ticker else None
        return self._level[1]

    async def _measure(self, at: datetime, day: date, closed: date) -> None:
        """ATR and correlations from completed sessions, anew after each close, and after a session's splits."""
        if (day, closed) == self._measured:
            return
        split = await self._split_since(at)
        if split:
            self._lately.forget()
        if split or self._measured is None or closed != self._measured[1]:
            closes = {
                name: await self._market.history(name, at, CLOSES_SHOWN) for name in sorted(self._market.tickers())
            }
            ranges = {ticker: wilder_atr(row[-ATR_SESSIONS:]) for ticker, row in closes.items()}
            self._correlation = await self._alike(closed, closes)
            self._atr = {ticker: atr for ticker, atr in ranges.items() if atr}
            self._closes, self._closed = closes, self._days.closed(closed)
        self._measured, self._seen_at = (day, closed), at

    async def _split_since(self, at: datetime) -> bool:
        """Whether a split came into force since the market was measured last."""
        if self._seen_at is None:
            return False
        return any(action.kind is ActionKind.SPLIT for action in await self._market.actions(self._seen_at, at))

    async def _alike(self, closed: date, closes: Mapping[Ticker, Sequence[Money]]) -> Pairs:
        """Correlations after that session's close: those that were kept, or else reckoned now and kept."""
        lately = {ticker: row[-CORRELATION_SESSIONS:] for ticker, row in closes.items()}
        pairs = [(one, other) for one, other in combinations(closes, 2) if len(lately[one]) == len(lately[other])]
        try:
            found = await self._kept.correlations(closed) if self._kept else None
            if found is not None and found.keys() == {*pairs}:
                return found
            reckoned = {(one, other): correlation(lately[one], lately[other]) for one, other in pairs}
            if self._kept:
                await self._kept.keep_correlations(closed, reckoned)
        except Unavailable as silence:  # what is kept saves time, and is needed for nothing
            log.warning("correlations.not_kept", error=str(silence))
            return {(one, other): correlation(lately[one], lately[other]) for one, other in pairs}
        return reckoned
