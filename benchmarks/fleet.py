"""Many accounts on one process: how fast a recommendation reaches all of them, and what a price costs."""

import asyncio
import logging
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from benchmarks.committing import Raw, raw_postgres, raw_sqlite, told
from benchmarks.deciding import AT, account, position, recommendation
from benchmarks.measure import Figure, a_folder
from engine.adapters.calendar import load_calendar
from engine.adapters.instruments import load_instruments
from engine.adapters.paper_broker import PaperBooks
from engine.adapters.replay_clock import ReplayClock
from engine.adapters.replay_market import ReplayMarket
from engine.adapters.sql_store import SqlStore
from engine.adapters.tables.closes import load_closes
from engine.core import commands as c
from engine.core.decide import safeguards
from engine.core.policy import DEFAULT_POLICY
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import DOLLAR
from engine.fleet import Fleet
from engine.look import Health, Lookout
from engine.nearest import Nearest
from engine.sharing import SharedLook
from engine.wiring.fleet import Ground, assembled, begun
from tests.servers import postgres

ACCOUNTS: Final = 1_000
HELD: Final = 10
ROUNDS: Final = 5
TICKS: Final = 200_000
CASH: Final = 100_000 * DOLLAR


class Reach(NamedTuple):
    """Median seconds in which one recommendation was stored as decided everywhere, and in which all was filled."""

    stored_s: float
    filled_s: float


def figures() -> Iterator[Figure]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with a_folder() as folder:
        raw = raw_sqlite(folder / "raw.sqlite")
        yield from told("SQLite", raw)
        yield from shown("SQLite", asyncio.run(reached(folder, folder / "fleet.sqlite")), raw)
    with a_folder() as folder, postgres(fsync=True) as server:
        raw = asyncio.run(raw_postgres(server.new_database()))
        yield from told("PostgreSQL", raw)
        yield from shown("PostgreSQL", asyncio.run(reached(folder, server.new_database())), raw)
    yield from asyncio.run(watched())


def shown(name: str, reach: Reach, raw: Raw) -> Iterator[Figure]:
    rate = ACCOUNTS / reach.stored_s
    title = f"{name}: a recommendation to {ACCOUNTS:,} accounts"
    yield Figure(title, reach.stored_s, "s", "received, decided, orders intended, on the disk; aim < 1 s")
    beside = f"{rate / raw.single:.2f} × one bare row a commit, {rate / raw.grouped:.3f} × 64"
    yield Figure("… accounts × recommendations", rate, "a second", beside)
    yield Figure("… until all orders were filled and booked", reach.filled_s, "s")


async def reached(folder: Path, place: Path | str) -> Reach:
    """Medians of several recommendations, after one to warm up."""
    async with a_fleet(folder, place) as (fleet, tickers):
        await fleet.receive(recommendation(tickers[0], 0))
        stored, filled = [], []
        for number in range(1, ROUNDS + 1):
            begun_at = time.perf_counter()
            found = await fleet.receive(recommendation(tickers[number], number))
            filled.append(time.perf_counter() - begun_at)
            stored.append(found.stored_s)
            assert found.kept == ACCOUNTS, found
    return Reach(statistics.median(stored), statistics.median(filled))


@asynccontextmanager
async def a_fleet(folder: Path, place: Path | str) -> AsyncIterator[tuple[Fleet, list[str]]]:
    """So many accounts that act alone and hold nothing yet, at an hour at which entries are possible."""
    calendar, clock = load_calendar(), ReplayClock(AT)
    market = ReplayMarket(load_closes(), calendar)
    store = await SqlStore.open(place)
    books = PaperBooks.open(folder / "books.sqlite", market, clock, calendar)
    lookout = Lookout(clock, market, calendar, load_instruments(), Health())
    ground = Ground(
        store=store,
        clock=clock,
        market=market,
        look=SharedLook(lookout, clock, market, calendar),
        policy=DEFAULT_POLICY,
        broker=lambda name: books.broker(name, CASH),
    )
    try:
        names = [f"paper-{number:04}" for number in range(ACCOUNTS)]
        fleet = await assembled(ground, {name: State(account=name) for name in names})
        await begun(fleet, CASH)
        await fleet.each("set", lambda crew: crew.bus.do(c.ChangePreferences(patch=ALONE, by="owner")))
        yield fleet, various(await ground.look.refresh())
    finally:
        books.close()
        await store.close()


ALONE: Final[Mapping[str, object]] = {"trading.autonomy": "auto", "trading.max_daily_trades": 50}


def various(scene: Scene) -> list[str]:
    """A ticker of each of several sectors, so that no limit stands in the way."""
    found: dict[str | None, str] = {}
    for ticker in sorted(scene.quotes):
        found.setdefault(scene.sector(ticker), ticker)
    return list(found.values())


async def watched() -> list[Figure]:
    """What a price costs that reaches nothing, and a look at every position of every account."""
    calendar, clock = load_calendar(), ReplayClock(AT)
    market = ReplayMarket(load_closes(), calendar)
    scene = await Lookout(clock, market, calendar, load_instruments(), Health())(State(account=""))
    held = {ticker: position(ticker, scene) for ticker in sorted(scene.quotes)[:HELD]}
    held = {ticker: replace(one, atr=scene.atr[ticker]) for ticker, one in held.items()}
    states = [account(f"paper-{number:04}", held) for number in range(ACCOUNTS)]
    nearest = Nearest(DEFAULT_POLICY)
    for state in states:
        nearest.begin(state)
    ticker = next(iter(held))
    price = scene.quotes[ticker].price
    count = f"{len(nearest):,} positions of {ACCOUNTS:,} accounts"
    each = f"each of {HELD} held, all that protects"
    return [
        Figure("a tick that reaches nothing", ticking(nearest, ticker, price), "µs", count),
        Figure("a tick that reaches a stop of every account", hitting(nearest, ticker), "ms"),
        Figure(f"stop watch of {len(nearest):,} positions", swept(states, scene), "ms", f"{each}; aim < 100 ms"),
    ]


def ticking(nearest: Nearest, ticker: str, price: int) -> float:
    """Microseconds; the loop that asks is counted with it."""
    times = []
    for _ in range(ROUNDS):
        begun_at = time.perf_counter()
        for _ in range(TICKS):
            nearest.hit(ticker, price)
        times.append((time.perf_counter() - begun_at) / TICKS * 1e6)
    return statistics.median(times)


def hitting(nearest: Nearest, ticker: str) -> float:
    times = []
    for _ in range(ROUNDS):
        begun_at = time.perf_counter()
        assert len(nearest.hit(ticker, 1)) == ACCOUNTS
        times.append((time.perf_counter() - begun_at) * 1e3)
    return statistics.median(times)


def swept(states: list[State], scene: Scene) -> float:
    times = []
    for _ in range(ROUNDS):
        begun_at = time.perf_counter()
        for state in states:
            safeguards(state, scene, DEFAULT_POLICY)
        times.append((time.perf_counter() - begun_at) * 1e3)
    return statistics.median(times)
