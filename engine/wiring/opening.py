"""Putting an engine together: the only place that knows which clock, market, broker and store it is."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from engine.actions import Actions
from engine.adapters.asides import asides
from engine.adapters.audit.notary import Notary
from engine.adapters.calendar import load_calendar
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
from engine.pulse import Pulse
from engine.reconcile import Reconcile
from engine.replay import Replay
from engine.step import Step
from engine.timetable import PEOPLES, SIGNING, paced
from engine.view import History
from engine.wiring.brokers import broker_of
from engine.wiring.elsewhere import Shown, elsewhere
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


async def _put_together(plan: Plan, hold: Callable[[], bool], files: AsyncExitStack) -> Engine:
    """An engine as its files left it; what it opens is put on `files`, to be closed should the start fail."""
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
    broker, close, cash = await broker_of(plan, market, clock, calendar, is_new=saved is None)
    files.callback(close)
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

    shown = Shown(lookout)
    bus = Bus(saved or State(account=ACCOUNT), store, shown, plan.policy, fails)
    if plan.kill is not None:
        bus.latch = Latch(KillFile(plan.kill))
    known.heard(bus.state)
    others = elsewhere(plan.redis, bus, store, clock, known)
    if others is not None:
        shown.to = others.mirror.priced
    history = await History.load(store, ACCOUNT)
    actions = Actions(bus, market, clock)
    execution = Execution(bus, broker, health, await store.last_execution(ACCOUNT), actions)
    notary = Notary(store, clock, places(plan.database, plan.audit))
    await notary.begin()
    bus.listen(known)
    bus.listen(history)
    bus.listen(execution)
    bus.listen(Enforce(bus))
    reconcile = Reconcile(bus, execution, health)
    crew = Crew(bus, Step(bus, execution, health), reconcile, sources, health, pulse=Pulse(clock.wall))
    crew.chores[SIGNING] = notary.sign
    ping = UrlPing(plan.signs.ping_url) if plan.signs.ping_url else quietly
    heart = Heart(bus, store, Condition(clock, health, crew.pulse), given, ping)
    crew.chores[BEAT] = heart.beat
    scheduler, paces = Scheduler(), {SIGNING: plan.audit.every_s, BEAT: plan.signs.every_s}
    return Engine(
        bus=bus,
        store=store,
        clock=clock,
        history=history,
        known=known,
        health=health,
        crew=crew,
        replay=Replay(crew, clock, calendar, market.ends_at, lambda: bool(open_questions(bus.state)) or hold()),
        scheduler=scheduler,
        live=Live(crew, clock, calendar, scheduler, paced(PEOPLES, paces)),
        notary=notary,
        heart=heart,
        audit=plan.audit,
        instruments=instruments,
        tickers=market.tickers(),
        close_adapters=close,
        opening_cash=cash,
        is_new=saved is None,
        limiter=others.limiter if others else MemoryLimiter(clock.wall),
        elsewhere=others,
    )


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
