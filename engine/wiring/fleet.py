"""Putting a fleet together: many paper accounts of one process in one database, before one market."""

import gc
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from filelock import FileLock, Timeout

from engine.actions import Actions
from engine.adapters.calendar import Calendar, load_calendar
from engine.adapters.example_strategies import Breakout, MeanReversion, Momentum
from engine.adapters.instruments import load_instruments
from engine.adapters.paper_broker import PaperBooks
from engine.adapters.paper_broker.broker import Venue
from engine.adapters.replay_clock import ReplayClock
from engine.adapters.replay_market import ReplayMarket
from engine.adapters.sql_store import SqlStore
from engine.adapters.tables.closes import load_closes
from engine.bus import Bus
from engine.core import commands as c
from engine.core.nouns import AccountId
from engine.core.policy import Policy
from engine.core.state import State
from engine.core.units import Money
from engine.enforce import Enforce
from engine.execution import Execution
from engine.fleet import Deadlines, Fleet, Watch
from engine.fleet_replay import FleetReplay
from engine.look import Health, Lookout
from engine.loops import Crew, heed
from engine.nearest import Nearest
from engine.ports import Broker, Clock, Held, Market, RecommendationSource, Store, Unavailable
from engine.reconcile import Reconcile
from engine.sharing import SharedLook
from engine.step import Step
from engine.wiring.plan import Plan, myself
from engine.wiring.starts import first_open
from engine.wiring.tending import latched, rested, signed

LOCK: Final = "lock"
"""The file by which a data folder is one process's, a fleet's as well as a single account's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all accounts of a fleet share."""

    store: Store
    clock: Clock
    market: Market
    look: SharedLook
    policy: Policy
    broker: Callable[[AccountId], Broker]
    sources: Sequence[RecommendationSource] = ()


async def assembled(ground: Ground, states: Mapping[AccountId, State]) -> Fleet:
    """Every account as it was stored, or a new one, each with a door, hands and a broker's book of its own."""
    watch = Watch(Nearest(ground.policy), Deadlines())
    crews = {name: await crew_of(ground, state, watch) for name, state in states.items()}
    return Fleet(crews, ground.look, watch, ground.sources)


async def crew_of(ground: Ground, state: State, watch: Watch) -> Crew:
    """One account with all that works for it."""
    health, broker, store = Health(), ground.broker(state.account), ground.store
    bus = Bus(state, store, ground.look.of(health), ground.policy, health.fails)
    actions = Actions(bus, ground.market, ground.clock)
    execution = Execution(bus, broker, health, await store.last_execution(state.account), actions)
    for listener in (*watch, execution, Enforce(bus)):
        bus.listen(listener)
    for follower in watch:
        follower.begin(state)
    reconcile = Reconcile(bus, execution, health)
    return Crew(bus, Step(bus, execution, health), reconcile, ground.sources, health)


@asynccontextmanager
async def open_fleet(plan: Plan, names: Sequence[AccountId]) -> AsyncIterator[FleetReplay]:
    """Many paper accounts over the replayed market: one database, one book, one look; closed when left.

    Raises BadStart for a day without prices, Held while another process has the folder or an account, Unavailable when
    database or book cannot be opened.
    """
    async with AsyncExitStack() as files:
        files.enter_context(one_process(plan.database.parent))
        floor = floor_of(plan)
        store = await SqlStore.open(plan.server or plan.database)
        files.push_async_callback(store.close)
        states, fences = await taken(store, names)
        floor.clock.advance(max([floor.clock.market(), *(one.market_at for one in states.values() if one.market_at)]))
        books = PaperBooks.open(plan.book, *floor, plan.terms)
        files.callback(books.close)
        fleet = await assembled(ground_of(plan, floor, store, books), states)
        latched(fleet, plan.kill)
        files.push_async_callback(rested, signed(fleet, store, floor.clock, fences))
        await begun(fleet, plan.cash)
        yield FleetReplay(fleet, floor.clock, floor.market, floor.calendar, plan.policy)


@contextmanager
def one_process(folder: Path) -> Iterator[None]:
    """The lock of a data folder, which one process has until it leaves it or dies. Raises Held."""
    lock = FileLock(folder / LOCK, mode=0o600, fallback_to_soft=False, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout as taken_already:
        raise Held(f"another process runs on {folder}: talk to that one, or use another folder") from taken_already
    except (OSError, NotImplementedError) as error:
        raise Unavailable(f"{folder} cannot be locked: {error}") from error
    try:
        yield
    finally:
        lock.release()


class Floor(NamedTuple):
    """Where a fleet trades."""

    market: ReplayMarket
    clock: ReplayClock
    calendar: Calendar


def floor_of(plan: Plan) -> Floor:
    """The replayed market at the open of its first session. Raises BadStart."""
    calendar = load_calendar()
    market = ReplayMarket(load_closes(), calendar)
    return Floor(market, ReplayClock(first_open(plan.start, calendar, market)), calendar)


async def taken(store: Store, names: Sequence[AccountId]) -> tuple[dict[AccountId, State], dict[AccountId, int]]:
    """The accounts as they were stored, or new ones, and the tokens under which nobody else runs them. Raises Held."""
    fences = {name: await store.take(name, myself()) for name in names}
    return {name: await store.load(name) or State(account=name) for name in names}, fences


def ground_of(plan: Plan, floor: Floor, store: SqlStore, books: PaperBooks) -> Ground:
    """What all accounts share on this floor."""
    market, clock, calendar = floor
    sources = (Breakout(market), MeanReversion(market), Momentum(market))
    lookout = Lookout(
        clock,
        market,
        calendar,
        load_instruments(),
        Health(),
        Venue(market, clock, calendar, plan.terms).abilities,
        tuple(source.name for source in sources),
        policy=plan.policy,
        kept=store,
    )
    return Ground(
        store=store,
        clock=clock,
        market=market,
        look=SharedLook(lookout, clock, market, calendar),
        policy=plan.policy,
        broker=lambda name: books.broker(name, plan.cash),
        sources=sources,
    )


async def begun(fleet: Fleet, cash: Money) -> None:
    """New accounts begin with so much paper money; every account is brought together with its broker's book."""

    async def begin(crew: Crew) -> None:
        if crew.bus.state.opened_at is None:
            await crew.bus.do(c.OpenAccount(cash=cash, key="open"))
        await heed(crew)
        await crew.reconcile.run()

    await fleet.each("open", begin)
    settle()


def settle() -> None:
    """What was opened stays: Python's collector need not walk through thousands of accounts again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])


YOUNG: Final = 20_000
"""New objects after which the collector looks at them: a turn of a few accounts makes as many."""
