"""Putting a fleet together: many paper accounts of one process in one database, before one market."""

import gc
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from engine.actions import Actions
from engine.adapters.calendar import load_calendar
from engine.adapters.example_strategies import Breakout, MeanReversion, Momentum
from engine.adapters.instruments import load_instruments
from engine.adapters.paper_broker import EXACT, PaperBooks, Terms
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
from engine.loops import Crew
from engine.nearest import Nearest
from engine.ports import Broker, Clock, Market, RecommendationSource, Store
from engine.reconcile import Reconcile
from engine.sharing import SharedLook
from engine.step import Step
from engine.wiring.plan import Plan, myself
from engine.wiring.starts import first_open


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
async def open_fleet(plan: Plan, names: Sequence[AccountId], terms: Terms = EXACT) -> AsyncIterator[FleetReplay]:
    """Many paper accounts over the replayed market: one database, one book, one look; closed when left.

    Raises BadStart for a day without prices, Unavailable when database or book cannot be opened.
    """
    calendar = load_calendar()
    market = ReplayMarket(load_closes(), calendar)
    clock = ReplayClock(first_open(plan.start, calendar, market))
    async with AsyncExitStack() as files:
        store = await SqlStore.open(plan.server or plan.database)
        files.push_async_callback(store.close)
        for name in names:
            await store.take(name, myself())
        states = {name: await store.load(name) or State(account=name) for name in names}
        clock.advance(max([clock.market(), *(state.market_at for state in states.values() if state.market_at)]))
        books = PaperBooks.open(plan.book, market, clock, calendar, terms)
        files.callback(books.close)
        sources = (Breakout(market), MeanReversion(market), Momentum(market))
        lookout = Lookout(
            clock,
            market,
            calendar,
            load_instruments(),
            Health(),
            Venue(market, clock, calendar, terms).abilities,
            tuple(source.name for source in sources),
            policy=plan.policy,
            kept=store,
        )
        ground = Ground(
            store=store,
            clock=clock,
            market=market,
            look=SharedLook(lookout, clock, market, calendar),
            policy=plan.policy,
            broker=lambda name: books.broker(name, plan.cash),
            sources=sources,
        )
        fleet = await assembled(ground, states)
        await begun(fleet, plan.cash)
        yield FleetReplay(fleet, clock, market, calendar, plan.policy)


async def begun(fleet: Fleet, cash: Money) -> None:
    """New accounts begin with so much paper money; every account is brought together with its broker's book."""

    async def begin(crew: Crew) -> None:
        if crew.bus.state.opened_at is None:
            await crew.bus.do(c.OpenAccount(cash=cash, key="open"))
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
