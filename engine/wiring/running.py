"""An engine that is put together: started, looked at, laid to rest."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from engine.adapters.audit.notary import Notary
from engine.adapters.scheduler import Scheduler
from engine.bus import Bus
from engine.core import commands as c
from engine.core.instruments import Instrument
from engine.core.units import Ticker
from engine.known import KnownSettings
from engine.look import Health
from engine.loops import WALL_LOOPS, Crew, Occasion, WallLoop
from engine.ports import Clock, Store
from engine.replay import Replay
from engine.view import History, View
from engine.wiring.plan import Audit

log = structlog.get_logger(__name__)

GRACE_S: Final = 5.0
BEATS: Final = len(Occasion) - 1
"""Moments of a session at which a replay wakes by timetable."""


@dataclass(slots=True, kw_only=True)
class Engine:
    """A trader that runs headless: commands go in by `bus`, answers come out of `view`."""

    bus: Bus
    store: Store
    clock: Clock
    history: History
    known: KnownSettings
    health: Health
    crew: Crew
    replay: Replay
    scheduler: Scheduler
    notary: Notary
    audit: Audit
    instruments: Mapping[Ticker, Instrument]
    tickers: frozenset[Ticker]
    close_adapters: Callable[[], None]
    is_new: bool

    async def view(self) -> View:
        """The account as it is now, to read."""
        stale = (await self.known.get(self.bus.state.account)).stale
        return View(self.bus.state, await self.bus.scene(), self.bus.policy, self.history, stale)

    async def tell_start(self) -> None:
        """Let the owner know that it runs, and where it goes on."""
        at = self.clock.market()
        facts = {"begins": at if self.is_new else None, "resumed": None if self.is_new else at}
        await self.bus.do(c.Note(topic="engine_started", facts=facts))

    def start(self, pace_s: float) -> None:
        """Let the loops run: those of people's time, and the replay's beat."""
        for loop in WALL_LOOPS:
            self.scheduler.every(loop.name, loop.every_s, _bound(loop, self.crew))
        self.scheduler.every("replay", pace_s / BEATS, self.replay.beat)
        self.scheduler.every("sign a checkpoint", self.audit.every_s, self.notary.sign)
        self.scheduler.start()

    async def rest(self) -> None:
        """Begin nothing more, and let what runs come to its end."""
        if not await self.scheduler.stop(GRACE_S):
            log.warning("engine.stopped_in_flight")

    async def stop(self) -> None:
        """Rest, sign what happened, and close every file."""
        await self.rest()
        await self.notary.end()
        await self.store.close()
        self.close_adapters()
        log.info("engine.stopped", market_at=str(self.bus.state.market_at))


def _bound(loop: WallLoop, crew: Crew) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await loop.run(crew)

    return run
