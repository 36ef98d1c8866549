"""An engine that is put together: started, looked at, laid to rest."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog

from engine.adapters.audit.notary import Notary
from engine.adapters.scheduler import Scheduler
from engine.bus import Bus
from engine.core import commands as c
from engine.core.instruments import Instrument
from engine.core.units import Money, Ticker
from engine.heart import Heart
from engine.known import KnownSettings
from engine.live import Live
from engine.look import Health
from engine.loops import Crew
from engine.ports import Clock, Conversations, Limiter, Store, Unavailable
from engine.pulse import REPLAY
from engine.replay import Replay
from engine.timetable import TIMETABLE
from engine.view import History, View
from engine.wiring.elsewhere import Elsewhere
from engine.wiring.plan import Audit
from engine.wiring.watches import watched

log = structlog.get_logger(__name__)

GRACE_S: Final = 1.5
FAREWELL_S: Final = 0.7
LAST_S: Final = 0.5
"""Together with what a channel takes, stopping comes to less than 5 seconds whatever hangs."""


@dataclass(slots=True, kw_only=True)
class Engine:
    """A trader that runs headless: commands go in by `bus`, answers come out of `view`."""

    bus: Bus
    store: Store
    conversations: Conversations
    clock: Clock
    history: History
    known: KnownSettings
    health: Health
    crew: Crew
    replay: Replay
    scheduler: Scheduler
    live: Live
    notary: Notary
    heart: Heart
    audit: Audit
    instruments: Mapping[Ticker, Instrument]
    tickers: frozenset[Ticker]
    close_adapters: Callable[[], None]
    opening_cash: Money
    is_new: bool
    watches: list[asyncio.Task[None]] = field(default_factory=list)
    limiter: Limiter
    elsewhere: Elsewhere | None
    started: bool = False

    async def view(self) -> View:
        """The account as it is now, to read."""
        stale = (await self.known.get(self.bus.state.account)).stale
        scene, fenced = await self.bus.scene(), self.bus.fenced
        return View(
            self.bus.state,
            scene,
            self.bus.policy,
            self.history,
            stale,
            fenced=fenced,
            pulse=self.crew.pulse,
            why=self.health.why,
        )

    async def tell_start(self) -> None:
        """Let the owner know that it runs, and where it goes on."""
        at = self.clock.market()
        facts = {"begins": at if self.is_new else None, "resumed": None if self.is_new else at}
        await self.bus.do(c.Note(topic="engine_started", facts=facts))
        await self.heart.beat()

    def start(self, pace_s: float) -> None:
        """Let the loops run: those of people's time, and the replay's beat."""
        self.started = True
        self.crew.pulse.know(row.name for row in TIMETABLE)
        self.live.begin()
        beat_s = pace_s / self.replay.wakes
        self.crew.pulse.expects(beat_s)
        self.scheduler.every(REPLAY, beat_s, self.replay.beat)
        self.scheduler.start()
        self.watches += watched(self.bus, self.live, self.clock)

    async def rest(self) -> None:
        """Begin nothing more, and let what runs come to its end; what hangs is left to the next start."""
        self.crew.pulse.expects(None)
        for watch in self.watches:
            watch.cancel()
        if not await self.scheduler.stop(GRACE_S):
            log.warning("engine.stopped_in_flight")

    async def farewell(self) -> None:
        """Give up what was still to be bought in parts, and say what nobody looks after from now on."""
        if not self.started:
            return
        self.started = False
        state = self.bus.state
        facts = {
            "parts": [plan.recommendation.ticker for plan in state.tranches] or None,
            "orders": len(state.orders) or None,
            "positions": len(state.positions) or None,
        }
        async with briefly("farewell", FAREWELL_S):
            await self.bus.do(c.GiveUpParts())
            await self.bus.do(c.Note(topic="engine_stopped", facts=facts))
        async with briefly("last heartbeat", LAST_S):
            await self.heart.last()

    async def stop(self) -> None:
        """Rest, sign what happened, and close every file; nothing of it is waited for long."""
        await self.rest()
        await self.farewell()
        async with briefly("last checkpoint", LAST_S):
            await self.notary.end()
        if self.elsewhere is not None:
            async with briefly("others", LAST_S):
                await self.elsewhere.stop()
        await self.store.close()
        self.close_adapters()
        log.info("engine.stopped", market_at=str(self.bus.state.market_at))


@asynccontextmanager
async def briefly(what: str, seconds: float) -> AsyncIterator[None]:
    """Go on after so long at most, whatever hangs; what was left is logged."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except (TimeoutError, Unavailable) as error:
        log.warning("stop.left", what=what, error=str(error) or "no answer in time")
