"""Many accounts before one market: everybody is reached, nobody waits for another's failure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.adapters.memory_store import MemoryStore
from engine.adapters.sql_store import SqlStore
from engine.bus import Bus, Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.journal import first_bad
from engine.core.policy import DEFAULT_POLICY
from engine.core.scene import Quote
from engine.core.state import State
from engine.core.units import money
from engine.core.words import Origin
from engine.fleet import Deadlines, Fleet
from engine.look import Health, Lookout
from engine.ports import Batch, Broker, Store, Unavailable
from engine.sharing import SharedLook
from engine.wiring.fleet import Ground, assembled, begun
from tests.builders import NOON, a_recommendation, a_state
from tests.engine.scenes import INSTRUMENTS, TODAY, Hands, HonestMarket, a_scene, prefer, the_calendar
from tests.fakes import FakeBroker, FakeSource

CASH = money("100000")
WANTED = a_recommendation(ticker="KO", generated_at=NOON)


class CountedMarket(HonestMarket):
    """A market that counts how often it is asked for its prices."""

    asked = 0

    async def quotes(self, at: datetime) -> Mapping[str, Quote]:
        self.asked += 1
        return await super().quotes(at)


class BadStore:
    """A store before another that takes nothing of some accounts."""

    def __init__(self, store: Store, without: Sequence[str]) -> None:
        self._store, self.without, self.batches = store, without, Counter[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(self, batch: Batch) -> None:
        if batch.new.account in self.without:
            raise Unavailable("no room for this account")
        self.batches[batch.new.account] += 1
        await self._store.save(batch)


class BadBroker:
    """A broker whose every answer is a bug."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"{name} is broken")


@dataclass
class World:
    clock: Hands
    market: CountedMarket
    store: BadStore
    fleet: Fleet
    brokers: dict[str, FakeBroker]

    def state(self, name: str) -> State:
        return self.fleet.crews[name].bus.state


async def a_world(
    count: int = 3, *, store: Store | None = None, broken: Sequence[str] = (), sources: Sequence[FakeSource] = ()
) -> World:
    """So many accounts, named a0, a1, …, that act alone, of which some have a broken broker, at KO 60 and PEP 150."""
    clock = Hands(NOON)
    market = CountedMarket(clock, 60)
    market.show(NOON, {"KO": money("60"), "PEP": money("150")})
    lookout = Lookout(clock, market, the_calendar(), INSTRUMENTS, Health())
    kept = BadStore(store or MemoryStore(), ())
    brokers = {f"a{number}": FakeBroker(market, clock, CASH) for number in range(count)}
    ground = Ground(
        store=kept,
        clock=clock,
        market=market,
        look=SharedLook(lookout, clock, market, the_calendar()),
        policy=DEFAULT_POLICY,
        broker=lambda name: bad_or(name, brokers, broken),
        sources=sources,
    )
    fleet = await assembled(ground, {name: await kept.load(name) or State(account=name) for name in brokers})
    await begun(fleet, CASH)
    await fleet.each("set", lambda crew: crew.bus.do(alone()))
    return World(clock, market, kept, fleet, brokers)


def bad_or(name: str, brokers: Mapping[str, FakeBroker], broken: Sequence[str]) -> Broker:
    return BadBroker() if name in broken else brokers[name]


def alone() -> c.Command:
    return c.ChangePreferences(patch={"trading.autonomy": "auto", "trading.gradual_entry": False}, by="owner")


async def test_a_recommendation_reaches_every_account() -> None:
    world = await a_world(5)
    assert (await world.fleet.receive(WANTED))[:3] == (5, 0, 0)
    for name, broker in world.brokers.items():
        assert [order.client_order_id for order in broker.sent] == [f"{name}-d5-1"]
        assert world.state(name).positions["KO"].shares == 42
        assert WANTED.id in world.state(name).decided
    assert (await world.fleet.receive(WANTED))[:3] == (0, 5, 0)
    assert [len(broker.sent) for broker in world.brokers.values()] == [1, 1, 1, 1, 1]


async def test_every_decision_is_stored_before_the_first_order_is_sent() -> None:
    world = await a_world(4)
    seen: list[int] = []
    submit = FakeBroker.submit
    first = world.brokers["a0"]

    async def watched(order: Any) -> Any:
        seen.append(sum(WANTED.id in world.state(name).decided for name in world.brokers))
        return await submit(first, order)

    first.submit = watched  # type: ignore[method-assign]  # to look around when the order comes
    await world.fleet.receive(WANTED)
    assert seen == [4]


async def test_a_recommendation_and_its_decision_are_one_transaction() -> None:
    world = await a_world(1)
    before = world.store.batches["a0"]
    kept = await world.fleet.crews["a0"].step.take_in(WANTED)
    assert isinstance(kept, Done)
    assert [type(event) for event in kept.events] == [e.RecommendationReceived, e.Decided, e.OrderIntended]
    assert world.store.batches["a0"] == before + 1


async def both_ways(store: Store, *, together: bool) -> tuple[State, Any, Any]:
    """An account that received and decided a recommendation, in one transaction or in two, and all that was stored."""

    async def look(_state: State) -> Any:
        return a_scene()

    bus = Bus(State(account="ann"), store, look, DEFAULT_POLICY)
    await bus.do(c.OpenAccount(cash=CASH))
    await bus.do(alone())
    decide = c.Consider(recommendation_id=WANTED.id)
    receive = c.ReceiveRecommendation(recommendation=WANTED)
    if together:
        await bus.keep(receive, lambda _state, _scene: decide)
    else:
        await bus.do(receive)
        await bus.do(decide)
    told = await store.undelivered("ann", 99)
    return bus.state, await store.journal("ann"), (told, await store.decisions("ann", 9), await store.load("ann"))


async def test_one_transaction_stores_what_two_would(tmp_path: Path) -> None:
    one, two = await SqlStore.open(tmp_path / "one.sqlite"), await SqlStore.open(tmp_path / "two.sqlite")
    try:
        first, second = await both_ways(one, together=True), await both_ways(two, together=False)
    finally:
        await one.close()
        await two.close()
    assert first == second
    assert first_bad(first[1]) is None
    assert [row.kind for row in first[1]][-3:] == ["RecommendationReceived", "Decided", "OrderIntended"]


async def test_what_follows_and_raises_leaves_the_command_itself() -> None:
    store = MemoryStore()

    async def look(_state: State) -> Any:
        return a_scene()

    def broken(_state: State, _scene: Any) -> c.Command:
        raise RuntimeError("a bug")

    bus = Bus(State(account="ann"), store, look, DEFAULT_POLICY)
    outcome = await bus.keep(c.OpenAccount(cash=CASH), broken)
    assert isinstance(outcome, Done)
    refused = await bus.keep(
        c.ReceiveRecommendation(recommendation=WANTED), lambda _s, _o: c.Consider(recommendation_id="?")
    )
    assert isinstance(refused, Done)
    assert [type(event) for event in refused.events] == [e.RecommendationReceived]
    assert (await store.load("ann")) == bus.state


async def test_the_market_is_asked_once_for_all() -> None:
    world = await a_world(20)
    world.clock.stand_at(NOON.replace(minute=31))
    before = world.market.asked, world.fleet.look.looks
    await world.fleet.crews["a0"].bus.scene()
    scenes = [await crew.bus.scene() for crew in world.fleet.crews.values()]
    assert world.fleet.look.looks == before[1] + 1
    assert all(scene is scenes[0] for scene in scenes)


async def test_only_accounts_at_a_level_take_a_turn_on_a_price() -> None:
    world = await a_world(4)
    for name in ("a1", "a3"):
        await world.fleet.crews[name].step.go_on(taken(await world.fleet.crews[name].step.take_in(WANTED)))
    stop = world.state("a1").positions["KO"].stop
    world.clock.stand_at(NOON.replace(minute=31))
    world.market.show(world.clock.market(), {"KO": money("60.10")})
    assert await world.fleet.prices() == []
    world.clock.stand_at(NOON.replace(minute=32))
    world.market.show(world.clock.market(), {"KO": stop})
    assert await world.fleet.prices() == ["a1", "a3"]
    assert [world.brokers[name].sent[-1].origin for name in ("a1", "a3")] == [Origin.STOP, Origin.STOP]
    assert [world.brokers[name].sent for name in ("a0", "a2")] == [[], []]
    assert len(world.fleet.nearest) == 0


def taken(outcome: object) -> Done:
    assert isinstance(outcome, Done)
    return outcome


async def test_a_pause_that_ends_is_a_reason_for_a_turn() -> None:
    world = await a_world(3)
    until = NOON.replace(minute=40)
    await world.fleet.crews["a2"].bus.do(c.PauseEntries(until=until, by="owner"))
    assert world.fleet.deadlines.next() == until
    world.clock.stand_at(until)
    assert await world.fleet.prices() == ["a2"]
    assert world.state("a2").pause is None
    assert world.fleet.deadlines.next() is None


def test_deadlines_are_given_in_order_and_once() -> None:
    deadlines = Deadlines()
    deadlines.put("bob", NOON.replace(minute=40))
    deadlines.put("ann", NOON.replace(minute=40))
    deadlines.put("cid", NOON.replace(minute=50))
    deadlines.put("cid", NOON.replace(minute=35))
    assert deadlines.due(NOON) == []
    assert deadlines.next() == NOON.replace(minute=35)
    assert deadlines.due(NOON.replace(minute=45)) == ["ann", "bob", "cid"]
    assert deadlines.next() is None
    deadlines.begin(a_state(account="dan", preferences=prefer()))
    assert deadlines.next() is None


@settings(max_examples=6)
@given(
    st.sets(st.sampled_from(["a0", "a1", "a2", "a3"]), max_size=3),
    st.sets(st.sampled_from(["a0", "a1", "a2", "a3"]), max_size=3),
)
async def test_whatever_fails_in_some_accounts_the_others_trade(brokers: set[str], stores: set[str]) -> None:
    world = await a_world(4, broken=sorted(brokers))
    world.store.without = sorted(stores)
    await world.fleet.receive(WANTED)
    for name in world.fleet.crews:
        state = world.state(name)
        if name in stores:
            assert (WANTED.id in state.decided, dict(state.positions)) == (False, {})
        elif name not in brokers:
            assert state.positions["KO"].shares == 42
        if name in brokers:
            assert dict(state.positions) == {}


async def test_a_feed_that_falls_silent_makes_every_account_unwell_and_one_that_speaks_again_is_heard() -> None:
    world = await a_world(3)
    world.market.down = True
    world.clock.stand_at(NOON.replace(minute=31))
    assert await world.fleet.prices() == []
    await world.fleet.receive(WANTED)
    assert {crew.health.ok for crew in world.fleet.crews.values()} == {False}
    assert [len(broker.sent) for broker in world.brokers.values()] == [0, 0, 0]
    world.market.down = False
    world.clock.stand_at(NOON.replace(minute=32))
    scene = await world.fleet.crews["a1"].bus.scene()
    assert not scene.healthy
    assert {(await crew.bus.scene(), crew.health.hears)[1] for crew in world.fleet.crews.values()} == {True}


async def test_a_source_that_raises_is_told_to_every_owner_once_and_the_others_are_asked() -> None:
    bad, good = FakeSource("bad"), FakeSource("good")
    bad.fails = RuntimeError("a bug")
    good.say(TODAY.date, WANTED)
    world = await a_world(2, sources=(bad, good))
    await world.fleet.ask(TODAY)
    await world.fleet.ask(TODAY)
    for name in world.fleet.crews:
        told = [one for one in await world.store.undelivered(name, 99) if one.facts.get("loop") == "bad"]
        assert len(told) == 1
        assert WANTED.id in world.state(name).decided
