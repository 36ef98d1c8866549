"""Loops that hang, looks that raise, a replay that stands still: told, counted, and what still works then."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.bus import Done
from engine.core import commands as c
from engine.core.announcement import Announcement
from engine.core.scene import Quote, Scene
from engine.core.session import Session
from engine.core.state import State
from engine.core.words import Priority
from engine.heart import Condition, Heart, Hold
from engine.latch import Latch
from engine.loops import Crew, alarm, recover, regain
from engine.ports import Unavailable
from engine.pulse import PROTECTING, REPLAY, Ailment, Pulse, Ran
from engine.timetable import TIMETABLE, Run, carried_out
from tests.builders import a_recommendation
from tests.engine.scenes import ACCOUNT, TODAY, Fault, FrailStore, House, a_house, an_outside, opened
from tests.fakes import FakeKillSwitch


class Ticks:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def news(house: House) -> list[tuple[str, Priority]]:
    return [(one.event_type, one.priority) for one in await house.store.undelivered(ACCOUNT, 99)]


def a_crew(house: House) -> tuple[Crew, Ticks]:
    ticks = Ticks()
    return replace(house.crew, pulse=Pulse(house.clock.wall, ticks), patience_s=0.01), ticks


def row_that_waits(name: str, free: asyncio.Event) -> Run:
    async def waits(_crew: Crew, _session: Session) -> None:
        await free.wait()

    row = next(row for row in TIMETABLE if row.name == name)
    return Run(row._replace(loops=(waits,)), TODAY)


async def begun(crew: Crew, run: Run) -> "asyncio.Task[Ran]":
    task = asyncio.create_task(carried_out(crew, run))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("watch stops", ("protection_hangs", Priority.CRITICAL)),
        ("breakers", ("protection_hangs", Priority.CRITICAL)),
        ("figures", ("loop_hangs", Priority.HIGH)),
    ],
)
async def test_a_loop_that_hangs_is_told_once_and_once_that_it_goes_on(name: str, told: tuple[str, Priority]) -> None:
    house, free = await a_house(), asyncio.Event()
    crew, ticks = a_crew(house)
    before = len(await news(house))
    running = await begun(crew, row_that_waits(name, free))
    ticks.now = 30.0
    await alarm(crew)
    assert len(await news(house)) == before
    ticks.now = 31.0
    await alarm(crew)
    await alarm(crew)
    assert (await news(house))[before:] == [told]
    free.set()
    await running
    await alarm(crew)
    await alarm(crew)
    assert (await news(house))[before:] == [told, ("loop_goes_on", Priority.HIGH)]


async def test_a_loop_that_hangs_is_no_sign_of_health() -> None:
    house, pings, free = await a_house(), list[bool](), asyncio.Event()
    crew, ticks = a_crew(house)
    condition = Condition(house.clock, house.health, crew.pulse)
    heart = Heart(house.bus, house.store, condition, Hold("host:1", 7), pings.append)
    running = await begun(crew, row_that_waits("watch stops", free))
    for ticks.now in (30.0, 3600.0):
        await heart.beat()
    (sign,) = await house.store.heartbeats()
    assert (sign.healthy, sign.why) == (False, "watch stops: hanging for 3600 s")
    free.set()
    await running
    await heart.beat()
    (sign,) = await house.store.heartbeats()
    assert (sign.healthy, sign.why, pings) == (True, "", [True, False, True])


async def test_a_loop_that_hangs_at_the_door_is_said_without_it() -> None:
    house, free, cried = await a_house(), asyncio.Event(), list[Announcement]()
    crew, ticks = a_crew(house)

    async def cry(one: Announcement) -> None:
        cried.append(one)

    crew.criers.append(cry)
    await house.bus.scene()
    async with house.bus._door:
        running = await begun(crew, row_that_waits("watch stops", free))
        ticks.now = 31.0
        await alarm(crew)
        await alarm(crew)
    assert [one.event_type for one in cried] == ["protection_hangs"]
    free.set()
    await running


def test_what_protects_is_in_the_table() -> None:
    assert PROTECTING - {REPLAY} <= {row.name for row in TIMETABLE}


class Broken:
    """A feed before another, whose prices raise what no feed should until it is `mended`."""

    def __init__(self, feed: Any) -> None:
        self._feed, self.mended = feed, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feed, name)

    async def quotes(self, at: datetime) -> Mapping[str, Quote]:
        if not self.mended:
            raise ValueError("bad row")
        return await self._feed.quotes(at)  # type: ignore[no-any-return]


async def test_a_feed_that_raises_anything_is_a_silent_feed_and_comes_back() -> None:
    house = await a_house()
    await house.do(c.Buy(ticker="KO", shares=10, by="owner"))
    lookout: Any = house.bus._look._look
    lookout._market = feed = Broken(house.market)
    row = next(row for row in TIMETABLE if row.name == "watch stops")
    assert await carried_out(house.crew, Run(row, TODAY)) is Ran.CUT
    assert (house.health.ok, house.health.why) == (False, "no prices: ValueError")
    await alarm(house.crew)
    assert (await news(house))[-1] == ("engine_degraded", Priority.CRITICAL)
    feed.mended = True
    await recover(house.crew)
    assert house.health.ok


async def test_where_nothing_can_be_seen_the_kill_switch_stands_and_trouble_is_told() -> None:
    house = await a_house()
    switch = FakeKillSwitch()
    house.bus.latch = Latch(switch)

    async def blind(_state: State) -> Scene:
        raise KeyError("calendar")

    house.bus._look._look = blind
    with pytest.raises(KeyError):
        await house.do(c.PauseEntries(by="owner"))
    assert (house.health.ok, house.health.why) == (False, "no picture of the outside: KeyError")
    row = next(row for row in TIMETABLE if row.name == "watch stops")
    assert await carried_out(house.crew, Run(row, TODAY)) is Ran.FAILED
    assert (await news(house))[-1] == ("loop_error", Priority.HIGH)
    assert isinstance(await house.do(c.StopEverything(by="owner")), Done)
    assert house.state.killed_at is not None
    assert switch.thrown() is not None


async def test_a_first_look_that_is_silent_stops_nothing_either() -> None:
    house = await a_house()

    async def silent(_state: State) -> Scene:
        raise Unavailable("no answer")

    house.bus._look._look = silent
    assert isinstance(await house.do(c.StopEverything(by="owner")), Done)


async def test_trouble_that_can_neither_be_stored_nor_seen_is_said() -> None:
    outside = an_outside(TODAY.opens_at, {"KO": "60"})
    house, cried = await opened(*outside), list[Announcement]()
    house.bus._store = frail = FrailStore(house.store)

    async def cry(one: Announcement) -> None:
        cried.append(one)

    async def blind(_state: State) -> Scene:
        raise KeyError("calendar")

    house.crew.criers.append(cry)
    house.bus._look._look, frail.down = blind, Fault.BEFORE
    house.health.fails("the store is down")
    await alarm(house.crew)
    assert [one.key for one in cried] == ["push.engine_degraded.unsold"]


async def test_a_store_that_was_lost_is_tried_again_before_the_broker_and_stops_are_sold_then() -> None:
    house = await a_house()
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(id="r1", confidence=0.8)))
    await house.do(c.Consider(recommendation_id="r1"))
    house.bus._store = frail = FrailStore(house.store)
    frail.down = Fault.BEFORE
    await house.do(c.ClosePosition(tickers=("KO",)))
    await regain(house.crew)
    assert (house.health.ok, house.state.orders) == (False, {})
    frail.down = None
    await regain(house.crew)
    assert house.health.ok
    await house.do(c.ClosePosition(tickers=("KO",)))
    assert house.state.positions == {}


async def test_the_store_is_not_asked_while_it_records() -> None:
    house = await a_house()
    house.health.fails("the broker did not answer")
    await regain(house.crew)
    assert not house.health.ok


def a_replay_pulse(house: House) -> tuple[Pulse, Ticks]:
    ticks = Ticks()
    pulse = Pulse(house.clock.wall, ticks)
    house.replay._crew = replace(house.crew, pulse=pulse)
    return pulse, ticks


async def test_a_replay_records_how_late_its_beats_came_and_what_comes_next() -> None:
    house = await a_house(TODAY.opens_at)
    pulse, ticks = a_replay_pulse(house)
    pulse.expects(1.0)
    ticks.now = 8.5
    await house.replay.beat()
    turn = pulse.of("open the session")
    assert (turn.late_s, turn.by_market) == (7.5, True)
    assert turn.next_at is not None
    assert turn.next_at > house.clock.market()
    assert pulse.of("snapshot and risk tier").next_at == TODAY.closes_at
    late = [beat.name for beat in pulse.beats if beat.runs]
    assert pulse.ailments() == tuple(Ailment(name, "late", 7.5) for name in late)
    ticks.now = 9.5
    await house.replay.beat()
    house.clock.wait(days=9)
    assert all(one.seconds == 7.5 for one in pulse.ailments()), "the market's moments wait for nobody"


async def test_a_replay_that_comes_no_more_is_missed_unless_it_waits_or_has_ended() -> None:
    house = await a_house(TODAY.opens_at)
    pulse, ticks = a_replay_pulse(house)
    assert pulse.beaten() == 0.0
    pulse.expects(1.0)
    house.replay._hold = lambda: True
    for ticks.now in (1.0, 20.0, 50.0):
        await house.replay.beat()
    assert pulse.ailments() == ()
    ticks.now = 81.0
    assert pulse.ailments() == ()
    ticks.now = 82.0
    assert pulse.ailments() == (Ailment(REPLAY, "still", 31.0),)
    house.replay._hold, house.replay._ends_at = lambda: False, house.clock.market() - timedelta(days=30)
    house.replay._fresh = False
    await house.replay.beat()
    assert house.replay.ended
    ticks.now = 999.0
    assert pulse.ailments() == ()
