"""Putting an engine together: the only place that knows which clock, market, broker and store it is."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

import structlog

from engine.actions import Actions
from engine.adapters.audit.notary import Notary, Places
from engine.adapters.calendar import Calendar, load_calendar
from engine.adapters.calendar_csv import earnings_of, events_of
from engine.adapters.example_strategies import Breakout, MeanReversion, Momentum
from engine.adapters.instruments import load_instruments
from engine.adapters.paper_broker import PaperBroker
from engine.adapters.replay_clock import ReplayClock
from engine.adapters.replay_market import ReplayMarket
from engine.adapters.scheduler import Scheduler
from engine.adapters.sql_store import SqlStore
from engine.adapters.tables.closes import load_closes
from engine.bus import Bus
from engine.core import commands as c
from engine.core.instruments import Instrument
from engine.core.journal import canonical, plain
from engine.core.policy import Policy
from engine.core.questions import open_questions
from engine.core.state import State
from engine.core.units import Money, Ticker
from engine.core.words import Topic
from engine.enforce import Enforce
from engine.execution import Execution
from engine.known import KnownSettings
from engine.look import Health, Lookout
from engine.loops import WALL_LOOPS, Crew, Occasion, WallLoop, alarm
from engine.ports import Clock, Store
from engine.reconcile import Reconcile
from engine.replay import Replay
from engine.step import Step
from engine.view import History, View

log = structlog.get_logger(__name__)

ACCOUNT: Final = "paper"
HISTORY_NEEDED: Final = timedelta(days=120)
"""Strategies and ATR look back before the first session."""

Reads: TypeAlias = Callable[[str, Collection[Ticker]], c.ImportEarnings | c.ImportEvents]
CALENDARS: Final[Mapping[str, Reads]] = MappingProxyType({"earnings": earnings_of, "events": events_of})
"""Readers of files that can be brought in, by what they hold; each takes the text and the tickers that have prices."""

GRACE_S: Final = 5.0
BEATS: Final = len(Occasion) - 1
"""Moments of a session at which a replay wakes by timetable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """How the journal is vouched for: a checkpoint every so many seconds of people's time, if anything happened.

    `key` is the file of the key that signs (None: `audit.key` beside the database), `copies` the address of a folder
    elsewhere that gets each checkpoint too (None: nowhere).
    """

    key: Path | None = None
    every_s: float = 60.0
    copies: str | None = None


class BadStart(Exception):
    """The replay cannot begin on the day asked for; the message says which days it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an engine is to be: where its files are, when its market begins and how fast it goes.

    `start` is the day to begin a new account with; where `start_asked`, a different account already begun is an
    error. `cash` is what a new paper account begins with.
    """

    database: Path
    book: Path
    start: date
    start_asked: bool
    cash: Money
    policy: Policy
    audit: Audit = Audit()


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


async def open_engine(plan: Plan, hold: Callable[[], bool]) -> Engine:
    """Recover an account from its files, or begin one; `hold` says whether a question is open, which halts a replay.

    Raises BadStart for a day without prices, Unavailable when database or book cannot be opened.
    """
    async with AsyncExitStack() as files:
        engine = await _put_together(plan, hold, files)
        await _begin(engine, plan)
        files.pop_all()
    return engine


async def _put_together(plan: Plan, hold: Callable[[], bool], files: AsyncExitStack) -> Engine:
    """An engine as its files left it; what it opens is put on `files`, to be closed should the start fail."""
    calendar = load_calendar()
    market = ReplayMarket(load_closes(), calendar)
    first = _first_open(plan.start, calendar, market)
    store = await SqlStore.open(plan.database)
    files.push_async_callback(store.close)
    saved = await store.load(ACCOUNT)
    if saved is not None and plan.start_asked:
        _same_start(saved, first)
    clock = ReplayClock(saved.market_at if saved and saved.market_at else first)
    broker = PaperBroker.open(plan.book, market, clock, calendar, plan.cash)
    files.callback(broker.close)
    health, instruments = Health(), load_instruments()
    sources = (Breakout(market), MeanReversion(market), Momentum(market))
    heard_of = tuple(source.name for source in sources)
    lookout = Lookout(
        clock, market, calendar, instruments, health, broker.abilities, heard_of, policy=plan.policy, kept=store
    )
    known = KnownSettings(store)

    def fails(why: str) -> None:
        health.fails(why)
        known.doubt()

    bus = Bus(saved or State(account=ACCOUNT), store, lookout, plan.policy, fails)
    known.heard(bus.state)
    history = await History.load(store, ACCOUNT)
    actions = Actions(bus, market, clock)
    execution = Execution(bus, broker, health, await store.last_execution(ACCOUNT), actions)
    notary = Notary(store, clock, places(plan.database, plan.audit))
    await notary.begin()
    bus.listen(known)
    bus.listen(history)
    bus.listen(execution)
    bus.listen(Enforce(bus))
    reconcile = Reconcile(bus, broker, execution, health)
    crew = Crew(bus, Step(bus, execution, health), reconcile, sources, health)
    return Engine(
        bus=bus,
        store=store,
        clock=clock,
        history=history,
        known=known,
        health=health,
        crew=crew,
        replay=Replay(crew, clock, calendar, market.ends_at, lambda: bool(open_questions(bus.state)) or hold()),
        scheduler=Scheduler(),
        notary=notary,
        audit=plan.audit,
        instruments=instruments,
        tickers=market.tickers(),
        close_adapters=broker.close,
        is_new=saved is None,
    )


async def _begin(engine: Engine, plan: Plan) -> None:
    """A start is a recovery: a new account is opened, an old one is brought together with its broker."""
    if engine.is_new:
        await engine.bus.do(c.OpenAccount(cash=plan.cash, key="open"))
    await engine.bus.do(c.Witness(topic=Topic.ENGINE_CONFIG, facts=in_force(plan.policy)))
    await engine.crew.reconcile.run()
    await alarm(engine.crew)
    if engine.clock.market() == engine.bus.state.opened_at:  # a start that was broken off here is made up for
        await engine.replay.begin()


def places(database: Path, audit: Audit) -> Places:
    """Where the key and the checkpoints of this database are."""
    key = audit.key or database.with_name("audit.key")
    return Places(key=key, file=database.with_name("checkpoints.jsonl"), copies=audit.copies)


def in_force(policy: Policy) -> Mapping[str, object]:
    """The house's own numbers as the journal notes them, with the digest that tells whether they are others."""
    numbers = plain(policy)
    return {"digest": sha256(canonical(numbers).encode()).hexdigest(), "policy": numbers}


def check_start(start: date) -> None:
    """Raises BadStart for a day on which no account can begin; nothing is opened or created."""
    calendar = load_calendar()
    _first_open(start, calendar, ReplayMarket(load_closes(), calendar))


def _first_open(start: date, calendar: Calendar, market: ReplayMarket) -> datetime:
    """The open of the first session on or after `start`; raises BadStart outside the prices on hand."""
    earliest = (market.starts_at + HISTORY_NEEDED).date()
    latest = market.ends_at.date() - timedelta(days=1)
    if not earliest <= start <= latest:
        raise BadStart(f"the replay can begin on days from {earliest} to {latest}, not on {start}")
    midnight = datetime.combine(start, time(), UTC)
    return calendar.next_session(midnight).opens_at


def _same_start(saved: State, first: datetime) -> None:
    if saved.opened_at != first:
        began = saved.opened_at.date() if saved.opened_at else "another day"
        raise BadStart(
            f"this account began on {began} and has come to {saved.market_at:%Y-%m-%d}; "
            "to begin elsewhere name a new folder with --data DIR"
        )
