"""Decisions a second: in the core alone, stored one by one, and stored for 64 accounts at once."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.measure import Figure, a_folder, median_s, sync_s
from engine.adapters.calendar import load_calendar
from engine.adapters.instruments import load_instruments
from engine.adapters.replay_clock import ReplayClock
from engine.adapters.replay_market import ReplayMarket
from engine.adapters.sql_store import SqlStore
from engine.adapters.tables.closes import load_closes
from engine.bus import Bus, Done
from engine.core import commands as c
from engine.core.case import Case
from engine.core.evaluate import decision
from engine.core.exiting import exits
from engine.core.judge import Ground
from engine.core.judge.entries import case_of
from engine.core.nouns import Position, Recommendation
from engine.core.policy import DEFAULT_POLICY
from engine.core.preferences import patched
from engine.core.scene import Scene
from engine.core.state import State, Tally
from engine.core.stopping import Watch, raised_stops
from engine.core.units import DOLLAR
from engine.core.words import Origin, Side
from engine.look import Health, Lookout

AT: Final = datetime(2020, 6, 10, 15, 0, tzinfo=UTC)
HELD: Final = 10
GROUP: Final = 64
MANY: Final = 10_000
EACH: Final = 20


def figures() -> Iterator[Figure]:
    scene = asyncio.run(look())
    waiting = case(scene)
    core_s = median_s(lambda: decision(waiting, "d1"), 2_000)
    yield Figure("one decision in the core", core_s * 1e6, "µs", f"{1 / core_s:,.0f} a second, {HELD} positions held")
    ground = Ground(waiting.state, scene, DEFAULT_POLICY)
    whole_s = median_s(lambda: decision(case_of(ground, waiting.recommendation, Origin.RECOMMENDED), "d1"), 2_000)
    yield Figure("… with limits and valuation made anew", whole_s * 1e6, "µs", f"{whole_s / core_s:.2f} × without")
    yield from looking(scene)
    with a_folder() as folder:
        disk = 1 / sync_s(folder)
        yield Figure("sync one block", 1e6 / disk, "µs", f"{disk:,.0f} a second: the disk's own limit")
        single = asyncio.run(durable(folder / "one.sqlite", scene, 1))
        yield Figure("durable decisions, one a commit", single, "a second", f"{single / disk:.2f} × the sync rate")
        many = asyncio.run(durable(folder / "many.sqlite", scene, GROUP))
        beside = f"{many / disk:.2f} × the sync rate; {many / single:.1f} × one a commit"
        yield Figure(f"durable decisions, {GROUP} accounts together", many, "a second", beside)


def looking(scene: Scene) -> Iterator[Figure]:
    """What it takes to see which of many positions are at a level, and which stops a rule would raise."""
    ticker = min(scene.quotes)
    held, quote = position(ticker, scene), scene.quotes[ticker]
    many = {f"T{number}": replace(held, ticker=f"T{number}") for number in range(MANY)}
    seen = replace(scene, quotes=dict.fromkeys(many, quote), atr=dict.fromkeys(many, held.atr))
    ground = Ground(account("many", many), seen, DEFAULT_POLICY)
    check_s = median_s(lambda: list(exits(ground)), 20)
    yield Figure(f"stop check of {MANY:,} positions", check_s * 1e3, "ms", f"{check_s / MANY * 1e6:.2f} µs each")
    watch = Watch(ground.state, seen, ground.limits, DEFAULT_POLICY)
    raised_s = median_s(lambda: list(raised_stops(watch)), 5)
    yield Figure("… and each stop looked at anew", raised_s * 1e3, "ms", f"{raised_s / MANY * 1e6:.2f} µs each")


async def look() -> Scene:
    """A real scene of the replayed market, at an hour at which entries are possible."""
    calendar = load_calendar()
    market = ReplayMarket(load_closes(), calendar)
    return await Lookout(ReplayClock(AT), market, calendar, load_instruments(), Health())(account("looked at", {}))


def account(name: str, positions: dict[str, Position]) -> State:
    auto = patched(State(account=name).preferences, {"trading.autonomy": "auto", "trading.max_open_positions": 50})
    cash = 100_000 * DOLLAR
    today = Tally(session=AT.date())
    return State(
        account=name, cash=cash, contributed=cash, peak=cash, preferences=auto, positions=positions, tally=today
    )


def case(scene: Scene) -> Case:
    """A recommendation before an account that holds ten companies."""
    held = {ticker: position(ticker, scene) for ticker in sorted(scene.quotes)[:HELD]}
    ground = Ground(account("core", held), scene, DEFAULT_POLICY)
    wanted = recommendation(sorted(scene.quotes)[HELD], 1)
    return Case(wanted, Origin.RECOMMENDED, ground.state, scene, ground.limits, DEFAULT_POLICY, ground.worth)


def position(ticker: str, scene: Scene) -> Position:
    price = scene.quotes[ticker].price
    return Position(
        ticker=ticker,
        shares=5,
        cost=5 * price,
        atr=price // 50,
        confidence=0.8,
        sector=scene.sector(ticker),
        opened_at=AT - timedelta(days=3),
        decision_id="d0",
        stop=price * 9 // 10,
        initial_stop=price * 9 // 10,
        take=price * 12 // 10,
        high=price,
    )


def recommendation(ticker: str, number: int, confidence: float = 0.8) -> Recommendation:
    return Recommendation(
        id=f"r{number}",
        source="benchmark",
        ticker=ticker,
        action=Side.BUY,
        confidence=confidence,
        window="7d",
        thesis="",
        generated_at=AT - timedelta(hours=1),
    )


async def durable(path: Path, scene: Scene, accounts: int) -> float:
    """Decisions a second when each account decides one after another, all of them at once; each is on the disk."""
    store = await SqlStore.open(path)
    buses = [await opened(store, scene, f"account-{number}", accounts) for number in range(accounts)]
    count = len(buses[0].state.pending)
    begun = time.perf_counter()
    await asyncio.gather(*(decided(bus) for bus in buses))
    took = time.perf_counter() - begun
    await store.close()
    return accounts * count / took


async def opened(store: SqlStore, scene: Scene, name: str, accounts: int) -> Bus:
    """An account that has recommendations to decide, all of them too unsure to be acted on."""

    async def seen(_state: State) -> Scene:
        return scene

    bus = Bus(account(name, {}), store, seen, DEFAULT_POLICY)
    bus.state = replace(bus.state, cash=0, contributed=0, peak=0)
    await bus.do(c.OpenAccount(cash=100_000 * DOLLAR))
    tickers = sorted(scene.quotes)
    for number in range(EACH if accounts > 1 else EACH * 20):
        wanted = recommendation(tickers[number % len(tickers)], number, confidence=0.3)
        await bus.do(c.ReceiveRecommendation(recommendation=wanted))
    return bus


async def decided(bus: Bus) -> None:
    waiting: Sequence[str] = list(bus.state.pending)
    for identity in waiting:
        outcome = await bus.do(c.Consider(recommendation_id=identity))
        assert isinstance(outcome, Done), outcome
