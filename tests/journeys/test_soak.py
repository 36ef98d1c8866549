"""Weeks of trading for many accounts while broker, store and a strategy fail at times: all agrees, nothing grows."""

import asyncio
import gc
import os
import statistics
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from structlog.testing import capture_logs

from engine.adapters.calendar import load_calendar
from engine.adapters.example_strategies import MeanReversion, Momentum
from engine.adapters.instruments import load_instruments
from engine.adapters.paper_broker import PaperBooks, read_book
from engine.adapters.replay_clock import ReplayClock
from engine.adapters.replay_market import ReplayMarket
from engine.adapters.sql_store import SqlStore
from engine.adapters.tables.closes import load_closes
from engine.core import commands as c
from engine.core.chain import Link
from engine.core.nouns import Recommendation
from engine.core.policy import DEFAULT_POLICY
from engine.core.session import Session
from engine.core.state import State
from engine.core.units import money
from engine.fleet_replay import FleetReplay
from engine.look import Health, Lookout
from engine.ports import Batch, Broker, Store, Unavailable
from engine.sharing import SharedLook
from engine.wiring.fleet import Ground, assembled, begun

START = datetime(2020, 6, 1, 13, 30, tzinfo=UTC)
CASH = money("100000")
BROKER_FAULTS = 0.05
STORE_FAULTS = 0.01
GROWTH = 1.05


class Luck:
    """Whether something fails this time: drawn, the same in every run; nothing does while `on` is false."""

    def __init__(self, seed: int) -> None:
        self.on = False
        self.faults = 0
        self._random = Random(seed)

    def fails(self, share: float) -> bool:
        found = self.on and self._random.random() < share
        self.faults += found
        return found


class FrailBroker:
    """A broker that falls silent now and then, before it did what it was asked or after."""

    def __init__(self, broker: Broker, luck: Luck) -> None:
        self._broker, self._luck = broker, luck

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._broker, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def call(*args: Any) -> Any:
            if self._luck.fails(BROKER_FAULTS / 2):
                raise Unavailable("the broker does not answer")
            answer = await found(*args)
            if self._luck.fails(BROKER_FAULTS / 2):
                raise Unavailable("the broker's answer was lost")
            return answer

        return call


class FrailStore:
    """A store that takes nothing now and then."""

    def __init__(self, store: Store, luck: Luck) -> None:
        self._store, self._luck = store, luck

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(self, batch: Batch) -> None:
        if self._luck.fails(STORE_FAULTS):
            raise Unavailable("the disk did not answer")
        await self._store.save(batch)


class Moody:
    """A strategy that raises after every third session."""

    name = "moody"

    def __init__(self) -> None:
        self._asked = 0

    async def recommend(self, session: Session) -> Sequence[Recommendation]:
        self._asked += 1
        if self._asked % 3 == 0:
            raise RuntimeError(f"no idea after {session.date}")
        return ()


@dataclass
class Soak:
    replay: FleetReplay
    store: SqlStore
    clock: ReplayClock
    luck: Luck
    book: Path

    @property
    def states(self) -> Mapping[str, State]:
        return {name: crew.bus.state for name, crew in self.replay.fleet.crews.items()}


@asynccontextmanager
async def a_soak(folder: Path, accounts: int) -> AsyncIterator[Soak]:
    calendar, clock, luck = load_calendar(), ReplayClock(START), Luck(7)
    market = ReplayMarket(load_closes(), calendar)
    store = await SqlStore.open(folder / "parley.sqlite")
    book = folder / "book.sqlite"
    books = PaperBooks.open(book, market, clock, calendar)
    lookout = Lookout(clock, market, calendar, load_instruments(), Health(), kept=store)
    ground = Ground(
        store=FrailStore(store, luck),
        clock=clock,
        market=market,
        look=SharedLook(lookout, clock, market, calendar),
        policy=DEFAULT_POLICY,
        broker=lambda name: FrailBroker(books.broker(name, CASH), luck),
        sources=(MeanReversion(market), Momentum(market), Moody()),
    )
    try:
        fleet = await assembled(ground, {name: State(account=name) for name in names(accounts)})
        await begun(fleet, CASH)
        await fleet.each("set", lambda crew: crew.bus.do(ALONE))
        yield Soak(FleetReplay(fleet, clock, market, calendar, DEFAULT_POLICY), store, clock, luck, book)
    finally:
        gc.unfreeze()
        books.close()
        await store.close()


ALONE = c.ChangePreferences(patch={"trading.autonomy": "auto"}, by="owner")


def names(accounts: int) -> list[str]:
    return [f"paper-{number:03}" for number in range(accounts)]


@dataclass(frozen=True)
class Size:
    """What a process holds: kilobytes of memory, open files, tasks."""

    memory: int
    files: int
    tasks: int


def measured() -> Size:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    files = sum(1 for _ in Path("/proc/self/fd").iterdir())
    return Size(pages * os.sysconf("SC_PAGE_SIZE") // 1024, files, len(asyncio.all_tasks()))


async def soaked(soak: Soak, sessions: int) -> list[Size]:
    """Trade so many sessions with faults; what the process holds after each."""
    sizes: list[Size] = []
    day = soak.clock.market().date()
    soak.luck.on = True
    while len(sizes) < sessions:
        await soak.replay.beat()
        assert not soak.replay.ended
        await soak.replay.tend()
        if soak.clock.market().date() != day:
            day = soak.clock.market().date()
            sizes.append(measured())
    soak.luck.on = False
    return sizes


async def settled(soak: Soak) -> None:
    """With everybody answering again, each account recovers by itself."""
    for _ in range(3):
        await soak.replay.tend()
        await soak.replay.beat()
    assert {crew.health.ok for crew in soak.replay.fleet.crews.values()} == {True}


async def in_agreement(soak: Soak) -> None:
    """Nothing lost and nothing doubled: chain, tables, state and the broker's own book say the same."""
    for name, state in soak.states.items():
        book, counts = read_book(soak.book, name), await soak.store.counts(name)
        assert await soak.store.walk(name) == Link(state.seq, state.head)
        assert await soak.store.load(name) == state
        assert counts.journal == state.seq
        assert counts.fills == len(book.executions)
        assert state.cash == book.cash
        assert {ticker: one.shares for ticker, one in state.positions.items()} == dict(book.holdings)
        assert counts.orders >= len(book.orders)
        cost = sum(position.cost for position in state.positions.values())
        assert state.cash + cost == state.contributed + state.realised + state.dividends - state.fees


async def test_some_days_with_faults_leave_every_account_in_agreement(tmp_path: Path) -> None:
    async with a_soak(tmp_path, 3) as soak:
        await soaked(soak, 3)
        await settled(soak)
        await in_agreement(soak)
        assert soak.luck.faults >= 5
        assert all(state.positions for state in soak.states.values())
        told = [one.facts.get("loop") for one in await soak.store.undelivered("paper-000", 500)]
        assert told.count("moody") == 1


@pytest.mark.slow
async def test_thirty_days_of_two_hundred_accounts_grow_nothing(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with a_soak(tmp_path, 200) as soak:
            sizes = []
            for _ in range(30):
                sizes += await soaked(soak, 1)
                logs.clear()
            await settled(soak)
            await in_agreement(soak)
    later = sizes[10:]
    for what in ("memory", "files", "tasks"):
        series = [getattr(size, what) for size in later]
        first, last = statistics.median(series[:5]), statistics.median(series[-5:])
        assert last < first * GROWTH, (what, series)
    assert soak.clock.market() - START > timedelta(days=40)
    assert soak.luck.faults > 1_000
