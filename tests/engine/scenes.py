"""Scenes, grounds and a whole small house for the engine's tests: a test names only what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from engine.actions import Actions
from engine.adapters.calendar import Calendar, load_calendar
from engine.adapters.memory_store import MemoryStore
from engine.bus import Bus
from engine.core import commands as c
from engine.core.apply import applied
from engine.core.events import Event
from engine.core.instruments import Instrument
from engine.core.judge import Ground, judge
from engine.core.nouns import Position
from engine.core.policy import DEFAULT_POLICY, Policy
from engine.core.preferences import Preferences, patched
from engine.core.questions import open_questions
from engine.core.refusals import Refused
from engine.core.scene import Quote, Scene
from engine.core.session import Session
from engine.core.state import State, Tally
from engine.core.units import money
from engine.enforce import Enforce
from engine.execution import Execution
from engine.look import Health, Lookout
from engine.loops import Crew
from engine.ports import Batch, RecommendationSource, Unavailable, Unknown
from engine.reconcile import Reconcile
from engine.replay import Replay
from engine.step import Step
from tests.builders import ACCOUNT, DAY, NOON, a_position, a_state
from tests.fakes import FakeBroker, FakeClock, FakeMarket, FakeSource, Fault

MINUTE_S = 60
DAY_S = 86_400

SECTORS = {
    "AAPL": "information_technology",
    "MSFT": "information_technology",
    "JNJ": "health_care",
    "JPM": "financials",
    "KO": "consumer_staples",
    "PEP": "consumer_staples",
    "XOM": "energy",
}
INSTRUMENTS = {ticker: Instrument(ticker, ticker.title(), sector, "equities") for ticker, sector in SECTORS.items()}


@cache
def the_calendar() -> Calendar:
    return load_calendar()


def session_of(day: date) -> Session:
    found = the_calendar().session_on(day)
    assert found is not None
    return found


TODAY = session_of(DAY)


def quoted(prices: Mapping[str, str], at: datetime) -> dict[str, Quote]:
    return {ticker: Quote(money(price), at, None) for ticker, price in prices.items()}


def a_scene(at: datetime = NOON, prices: Mapping[str, str] | None = None, **changes: Any) -> Scene:
    """The outside at `at`: every quote is fresh, every ATR is 2 % of its price."""
    calendar = the_calendar()
    near = calendar.sessions((at - timedelta(days=14)).date(), (at + timedelta(days=14)).date())
    begun = [session for session in near if session.opens_at <= at]
    quotes = quoted(prices if prices is not None else {"KO": "60", "PEP": "150"}, at)
    usual: dict[str, Any] = {
        "at": at,
        "wall": at,
        "session": begun[-1] if at < begun[-1].closes_at else None,
        "day": begun[-1],
        "recent": tuple(begun[-6:-1]),
        "upcoming": tuple(near[len(begun) : len(begun) + 5]),
        "quotes": quotes,
        "instruments": INSTRUMENTS,
        "interval_s": DAY_S,
        "atr": {ticker: quote.price // 50 for ticker, quote in quotes.items()},
    }
    return Scene(**usual | changes)


def later(scene: Scene, prices: Mapping[str, str] | None = None, **span: float) -> Scene:
    """The same outside after some time, at other prices where given."""
    known = {ticker: str(quote.price / 10_000) for ticker, quote in scene.quotes.items()}
    kept = {"interval_s": scene.interval_s, "healthy": scene.healthy, "atr": scene.atr}
    return a_scene(scene.at + timedelta(**span), {**known, **(prices or {})}, **kept)


def prefer(**fields: Any) -> Preferences:
    """Preferences of an engine that acts alone; `risk__reserve_pct=5` names a field."""
    patch = {"trading.autonomy": "auto", **{name.replace("__", "."): value for name, value in fields.items()}}
    return patched(Preferences(), patch)


def an_account(cash: str = "100000", **changes: Any) -> State:
    """An account that acts alone, in today's session; `preferences` and every other field may be given."""
    usual: dict[str, Any] = {"preferences": prefer(), "tally": Tally(session=DAY)}
    return a_state(cash, **usual | changes)


def holding(state: State, *positions: Position) -> State:
    """The same account with these positions, paid for from its cash."""
    cost = sum(position.cost for position in positions)
    return replace(
        state,
        cash=state.cash - cost,
        positions={**state.positions, **{position.ticker: position for position in positions}},
    )


def a_ground(state: State | None = None, scene: Scene | None = None, policy: Policy = DEFAULT_POLICY) -> Ground:
    return Ground(state or an_account(), scene or a_scene(), policy)


def judged(command: c.Command, state: State, scene: Scene | None = None) -> tuple[Event, ...]:
    """What comes of a command that is expected to be done."""
    verdict = judge(command, a_ground(state, scene))
    assert not isinstance(verdict, Refused), verdict
    return verdict


def refused(command: c.Command, state: State, scene: Scene | None = None) -> Refused:
    """Why a command is not done that is expected to be refused."""
    verdict = judge(command, a_ground(state, scene))
    assert isinstance(verdict, Refused), verdict
    return verdict


def done(state: State, command: c.Command, scene: Scene | None = None) -> State:
    """The account after a command that is expected to be done; journal numbers move on as in the bus."""
    events = judged(command, state, scene)
    return replace(applied(state, events), seq=state.seq + len(events))


def a_holding(ticker: str = "KO", entry: str = "60", shares: int = 100, **changes: Any) -> Position:
    usual: dict[str, Any] = {"ticker": ticker, "sector": SECTORS.get(ticker), "stop": None, "take": None}
    return a_position(entry, shares, **usual | changes)


class Hands(FakeClock):
    """A fake clock that a replay can put forward; people's time stands still until a test moves it."""

    def advance(self, to: datetime) -> None:
        assert to >= self.market_now
        self.market_now = to

    def wait(self, **span: float) -> None:
        """Let people's time pass."""
        self.wall_now += timedelta(**span)


class HonestMarket(FakeMarket):
    """A market that fails the test when it is asked about the future."""

    def __init__(self, clock: FakeClock, interval_s: int = DAY_S) -> None:
        super().__init__(interval_s)
        self._watch = clock

    async def quotes(self, at: datetime) -> Mapping[str, Quote]:
        assert at <= self._watch.market()
        return await super().quotes(at)

    async def history(self, ticker: str, at: datetime, sessions: int) -> Any:
        assert at <= self._watch.market()
        return await super().history(ticker, at, sessions)

    async def actions(self, after: datetime, at: datetime) -> Any:
        assert at <= self._watch.market()
        return await super().actions(after, at)

    async def halted(self, at: datetime) -> frozenset[str]:
        assert at <= self._watch.market()
        return await super().halted(at)


class FrailStore:
    """A store before another: `down` makes saving Unavailable, before or after it was done."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.down: Fault | None = None
        self.saved: list[Batch] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(self, batch: Batch) -> None:
        if self.down is Fault.BEFORE:
            raise Unavailable("the disk is full")
        await self._store.save(batch)
        self.saved.append(batch)
        if self.down is Fault.AFTER:
            raise Unknown("the connection was lost")


@dataclass(slots=True)
class House:
    """A whole engine over fakes; `opened` makes a new one over the same outside, as a restart does."""

    clock: Hands
    market: FakeMarket
    broker: FakeBroker
    store: MemoryStore
    health: Health
    bus: Bus
    execution: Execution
    reconcile: Reconcile
    step: Step
    crew: Crew
    replay: Replay

    @property
    def state(self) -> State:
        return self.bus.state

    async def do(self, command: c.Command) -> Any:
        return await self.bus.do(command)


def an_outside(
    at: datetime, prices: Mapping[str, str], cash: str = "100000", interval_s: int = DAY_S
) -> tuple[Hands, HonestMarket, FakeBroker]:
    clock = Hands(at)
    market = HonestMarket(clock, interval_s)
    market.show(at, {ticker: money(price) for ticker, price in prices.items()})
    calendar = the_calendar()

    def closing(now: datetime) -> datetime:
        session = calendar.session_at(now)
        assert session
        return session.closes_at

    broker = FakeBroker(market, clock, money(cash), lambda now: calendar.session_at(now) is not None, closing)
    return clock, market, broker


async def opened(
    clock: Hands,
    market: FakeMarket,
    broker: FakeBroker,
    store: MemoryStore | None = None,
    *,
    kept: Any = None,
    ends_at: datetime | None = None,
    sources: tuple[RecommendationSource, ...] = (),
    policy: Policy = DEFAULT_POLICY,
    cash: str = "100000",
    autonomy: str = "auto",
    door: Any = None,
) -> House:
    """An engine as the wiring makes it; `kept` and `door` stand before store and broker where a test needs it."""
    store = store or MemoryStore()
    saved = await store.load(ACCOUNT)
    health = Health()
    names = tuple(source.name for source in sources)
    able = broker.abilities
    lookout = Lookout(clock, market, the_calendar(), INSTRUMENTS, health, able, names, policy=policy, kept=store)
    bus = Bus(saved or State(account=ACCOUNT), kept or store, lookout, policy, health.fails)
    actions = Actions(bus, market, clock)
    execution = Execution(bus, door or broker, health, await store.last_execution(ACCOUNT), actions)
    bus.listen(execution)
    bus.listen(Enforce(bus))
    reconcile = Reconcile(bus, execution, health)
    step = Step(bus, execution, health)
    crew = Crew(bus, step, reconcile, sources, health)
    replay = Replay(
        crew,
        clock,
        the_calendar(),
        ends_at or datetime(2026, 12, 31, 21, tzinfo=UTC),
        lambda: bool(open_questions(bus.state)),
    )
    house = House(clock, market, broker, store, health, bus, execution, reconcile, step, crew, replay)
    if saved is None:
        await bus.do(c.OpenAccount(cash=money(cash), key="open"))
        if autonomy != "off":
            await bus.do(c.ChangePreferences(patch={"trading.autonomy": autonomy}, by="owner", key="autonomy"))
    return house


async def a_house(
    at: datetime = NOON, prices: Mapping[str, str] | None = None, *, interval_s: int = DAY_S, **kwargs: Any
) -> House:
    """A new engine at `at` with these prices."""
    outside = an_outside(at, prices or {"KO": "60", "PEP": "150"}, interval_s=interval_s)
    return await opened(*outside, **kwargs)


__all__ = [
    "ACCOUNT",
    "DAY",
    "DAY_S",
    "MINUTE_S",
    "NOON",
    "TODAY",
    "FakeSource",
    "Fault",
    "FrailStore",
    "Hands",
    "HonestMarket",
    "House",
    "a_ground",
    "a_holding",
    "a_house",
    "a_scene",
    "an_account",
    "an_outside",
    "done",
    "holding",
    "judged",
    "later",
    "opened",
    "prefer",
    "refused",
    "session_of",
    "the_calendar",
]
