"""One look at the market for many accounts: prices, ATR and correlations are asked for once an instant."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import structlog

from engine.core.copying import replace
from engine.core.scene import Quote, Scene
from engine.core.state import State
from engine.core.units import Money, Ticker
from engine.look import Days, Health, Lookout
from engine.ports import Clock, Market, Sessions
from engine.sight import Look

log = structlog.get_logger(__name__)

SHARED: Final = timedelta(milliseconds=250)
"""How long one look may serve all accounts, on either clock."""


class SharedLook:
    """What `lookout` sees, for every account of a fleet; only dates on record, benchmark and health are each one's own.

    A feed that does not answer makes every account unwell, and none goes on before it is heard again.
    """

    def __init__(self, lookout: Lookout, clock: Clock, market: Market, calendar: Sessions) -> None:
        self._lookout, self._clock, self._market, self._calendar = lookout, clock, market, calendar
        self._picture: Scene | None = None
        self._levels: dict[Ticker, Money | None] = {}
        self._looking = asyncio.Lock()
        self.looks = 0

    @property
    def quotes(self) -> Mapping[Ticker, Quote]:
        """The prices of the last look."""
        return self._picture.quotes if self._picture else {}

    async def refresh(self) -> Scene:
        """Look anew, because something is known to be new."""
        async with self._looking:
            return await self._looked()

    def of(self, health: Health) -> Look:
        """The look of one account, whose health this is."""
        days = Days(self._calendar)

        async def look(state: State) -> Scene:
            picture = await self._present()
            feed = self._lookout.health
            health.hears = feed.hears
            if not feed.hears:
                health.fails(feed.why)
            earnings = days.earnings(picture.day.date, state.earnings) if state.earnings else {}
            level = await self._level(picture, state.preferences.performance.benchmark)
            if health.ok and not earnings and level == picture.benchmark:
                return picture
            return replace(picture, earnings=earnings, benchmark=level, healthy=health.ok)

        return look

    async def _present(self) -> Scene:
        picture = self._picture
        if picture is not None and self._holds(picture):
            return picture
        async with self._looking:
            picture = self._picture
            return picture if picture is not None and self._holds(picture) else await self._looked()

    def _holds(self, picture: Scene) -> bool:
        """Whether a picture is still of now; a clock that was put back makes it another time's."""
        market, wall = self._clock.market() - picture.at, self._clock.wall() - picture.wall
        return timedelta(0) <= market <= SHARED and timedelta(0) <= wall <= SHARED

    async def _looked(self) -> Scene:
        self.looks += 1
        scene = await self._lookout(State(account=""))
        if self._lookout.health.hears:
            self._lookout.health.recovers()
        self._picture, self._levels = replace(scene, healthy=True), {}
        return self._picture

    async def _level(self, picture: Scene, ticker: Ticker) -> Money | None:
        if ticker not in self._levels:
            try:
                self._levels[ticker] = await self._market.benchmark(picture.at, ticker)
            except Exception:  # a level is shown, and decides nothing: whatever ails it, the accounts go on
                log.exception("benchmark.failed", ticker=ticker)
                return picture.benchmark if ticker == State(account="").preferences.performance.benchmark else None
        return self._levels[ticker]
