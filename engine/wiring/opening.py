"""Putting an engine together: the only place that knows which clock, market, broker and store it is."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import NamedTuple

from engine.actions import Actions
from engine.adapters.asides import asides
from engine.adapters.audit.notary import Notary
from engine.adapters.calendar import Calendar, load_calendar
from engine.adapters.example_strategies import Breakout, MeanReversion, Momentum
from engine.adapters.instruments import load_instruments
from engine.adapters.kill_file import KillFile
from engine.adapters.memory_limiter import MemoryLimiter
from engine.adapters.ping import UrlPing
from engine.adapters.replay_clock import ReplayClock
from engine.adapters.replay_market import ReplayMarket
from engine.adapters.scheduler import Scheduler
from engine.adapters.sql_store import SqlStore
from engine.adapters.tables.closes import load_closes
from engine.bus import Bus
from engine.core import commands as c
from engine.core.questions import open_questions
from engine.core.state import State
from engine.core.words import Topic
from engine.enforce import Enforce
from engine.execution import Execution
from engine.heart import BEAT, Condition, Heart, Hold, quietly
from engine.known import KnownSettings
from engine.latch import Latch
from engine.live import Live
from engine.look import Health, Lookout
from engine.loops import Crew, alarm, heed
from engine.ports import RecommendationSource
from engine.pulse import Pulse
from engine.reconcile import Reconcile
from engine.replay import Replay
from engine.step import Step
from engine.timetable import PEOPLES, SIGNING, paced
from engine.view import History
from engine.wiring.brokers import Opened, broker_of
from engine.wiring.elsewhere import Elsewhere, Shown, elsewhere
from engine.wiring.plan import ACCOUNT, Plan, in_force, myself, places
from engine.wiring.running import Engine
from engine.wiring.starts import first_open, same_start


async def open_engine(plan: Plan, hold: Callable[[], bool]) -> Engine:
    """Recover an account from its files, or begin one; `hold` says whether a question is open, which halts a replay.

    Raises BadStart for a day without prices, Unavailable when database or book cannot be opened.
    """
    before = asides(plan.database.parent)
    async with AsyncExitStack() as files:
        engine = await _put_together(plan, hold, files)
        await _begin(engine, plan)
        await _tell_found(engine, plan, sorted(asides(plan.database.parent) - before))
        if engine.elsewhere is not None:
            engine.elsewhere.start()
        files.pop_all()
    return engine


async def _tell_found(engine: Engine, plan: Plan, fresh: Sequence[str]) -> None:
    """What the owner has to know of his files: they were brought up to date, or the signing key is not there."""
    if fresh:
        facts = {"names": fresh, "folder": str(plan.database.parent)}
        await engine.bus.do(c.Note(topic="files_upgraded", facts=facts))
    if engine.notary.lost_key:
        key = places(plan.database, plan.audit).key
        await engine.bus.do(c.Note(topic="audit_key_lost", facts={"key": str(key)}))


class Outside(NamedTuple):
    """What an engine stands on, opened; `saved` is the account as it was left, None where it is new."""

    calendar: Calendar
    market: ReplayMarket
    clock: ReplayClock
    store: SqlStore
    given: Hold
    saved: State | None
    broker: Opened


class Inside(NamedTuple):
    """The door to an account, and those who must know at once what comes through it."""

    bus: Bus
    known: KnownSettings
    health: Health
    others: Elsewhere | None


async def _put_together(plan: Plan, hold: Callable[[], bool], files: AsyncExitStack) -> Engine:
    """An engine as its files left it; what it opens is put on `files`, to be closed should the start fail."""
    out = await _opened(plan, files)
    inside = _door(plan, out)
    bus, clock, calendar = inside.bus, out.clock, out.calendar
    history = await History.load(out.store, ACCOUNT)
    notary = Notary(out.store, clock, places(plan.database, plan.audit))
    await notary.begin()
    crew = await _crew(out, inside, history)
    heart = _heart(plan, out, crew)
    crew.chores.update({SIGNING: notary.sign, BEAT: heart.beat})
    scheduler, paces = Scheduler(), {SIGNING: plan.audit.every_s, BEAT: plan.signs.every_s}
    return Engine(
        bus=bus,
        store=out.store,
        conversations=out.store,
        clock=clock,
        history=history,
        known=inside.known,
        health=inside.health,
        crew=crew,
        replay=Replay(crew, clock, calendar, out.market.ends_at, lambda: bool(open_questions(bus.state)) or hold()),
        scheduler=scheduler,
        live=Live(crew, clock, calendar, scheduler, paced(PEOPLES, paces)),
        notary=notary,
        heart=heart,
        audit=plan.audit,
        instruments=load_instruments(),
        tickers=out.market.tickers(),
        close_adapters=out.broker.close,
        opening_cash=out.broker.cash,
        is_new=out.saved is None,
        limiter=inside.others.limiter if inside.others else MemoryLimiter(clock.wall),
        elsewhere=inside.others,
    )


async def _opened(plan: Plan, files: AsyncExitStack) -> Outside:
    """Market, store, clock and broker, with the account held for this process."""
    calendar = load_calendar()
    market = ReplayMarket(load_closes(), calendar)
    first = first_open(plan.start, calendar, market)
    store = await SqlStore.open(plan.server or plan.database)
    files.push_async_callback(store.close)
    given = Hold(myself(), await store.take(ACCOUNT, myself()))
    saved = await store.load(ACCOUNT)
    if saved is not None and plan.start_asked:
        same_start(saved, first)
    clock = ReplayClock(saved.market_at if saved and saved.market_at else first)
    broker = await broker_of(plan, market, clock, calendar, is_new=saved is None)
    files.callback(broker.close)
    return Outside(calendar, market, clock, store, given, saved, broker)


def _door(plan: Plan, out: Outside) -> Inside:
    """The account behind its one door, with its kill switch, and other programs that see it."""
    health, known = Health(), KnownSettings(out.store)

    def fails(why: str) -> None:
        health.fails(why)
        known.doubt()

    shown = Shown(_lookout(plan, out, health))
    bus = Bus(out.saved or State(account=ACCOUNT), out.store, shown, plan.policy, fails)
    if plan.kill is not None:
        bus.latch = Latch(KillFile(plan.kill))
    known.heard(bus.state)
    others = elsewhere(plan.redis, bus, out.store, out.clock, known)
    if others is not None:
        shown.to = others.mirror.priced
    bus.listen(known)
    return Inside(bus, known, health, others)


def _sources(out: Outside) -> tuple[RecommendationSource, ...]:
    return Breakout(out.market), MeanReversion(out.market), Momentum(out.market)


def _lookout(plan: Plan, out: Outside, health: Health) -> Lookout:
    heard_of = tuple(source.name for source in _sources(out))
    abilities, instruments = out.broker.broker.abilities, load_instruments()
    return Lookout(
        out.clock,
        out.market,
        out.calendar,
        instruments,
        health,
        abilities,
        heard_of,
        policy=plan.policy,
        kept=out.store,
    )


async def _crew(out: Outside, inside: Inside, history: History) -> Crew:
    """Who carries orders out, decides and compares; all that follows from a command is done in the order of joining."""
    bus, health = inside.bus, inside.health
    last = await out.store.last_execution(ACCOUNT)
    execution = Execution(bus, out.broker.broker, health, last, Actions(bus, out.market, out.clock))
    for listener in (history, execution, Enforce(bus)):
        bus.listen(listener)
    step, reconcile = Step(bus, execution, health), Reconcile(bus, execution, health)
    return Crew(bus, step, reconcile, _sources(out), health, pulse=Pulse(out.clock.wall))


def _heart(plan: Plan, out: Outside, crew: Crew) -> Heart:
    ping = UrlPing(plan.signs.ping_url) if plan.signs.ping_url else quietly
    return Heart(crew.bus, out.store, Condition(out.clock, crew.health, crew.pulse), out.given, ping)


async def _begin(engine: Engine, plan: Plan) -> None:
    """A start is a recovery: a new account is opened, an old one is brought together with its broker."""
    if engine.is_new:
        await engine.bus.do(c.OpenAccount(cash=engine.opening_cash, key="open"))
    await engine.bus.do(c.Witness(topic=Topic.ENGINE_CONFIG, facts=in_force(plan.policy)))
    await heed(engine.crew)
    await engine.replay.count()
    await engine.crew.reconcile.run()
    await alarm(engine.crew)
    if engine.clock.market() == engine.bus.state.opened_at:  # a start that was broken off here is made up for
        await engine.replay.begin()
