"""A replay walks its sessions in order, waits for answers, after a death anywhere goes on as if nothing had been."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.journal import first_bad
from engine.core.moments import next_deadline
from engine.core.nouns import Order, Pause, Term
from engine.core.policy import DEFAULT_POLICY, Policy
from engine.core.session import Session
from engine.core.units import money
from engine.core.words import BreakerKind, OrderStatus, Origin, Side, Skip
from engine.loops import alarm, lapse, recover
from engine.ports import Batch, Receipt
from tests.builders import a_breaker, a_plan, a_recommendation, an_order
from tests.engine.scenes import (
    ACCOUNT,
    TODAY,
    FakeSource,
    FrailStore,
    Hands,
    HonestMarket,
    House,
    an_account,
    opened,
    prefer,
    session_of,
    the_calendar,
)
from tests.fakes import FakeBroker, Fault

NAMES = ("AAPL", "JNJ", "JPM", "KO", "XOM")
FIRST = session_of(TODAY.date - timedelta(days=4))
"""Monday, 16 November 2026."""


class Killed(BaseException):
    """The process dies here."""


@dataclass
class World:
    """Everything that outlives the process: prices, the broker's book, the stored account."""

    days: list[Session]
    clock: Hands
    market: HonestMarket
    broker: FakeBroker
    source: FakeSource
    store: Any = None
    deaths: list[str] = field(default_factory=list)
    policy: Policy = DEFAULT_POLICY

    async def house(self, **changes: Any) -> House:
        """The engine, new or after a restart, as the wiring starts it."""
        saved = await self.store.load(ACCOUNT) if self.store else None
        if saved is not None:
            self.clock.market_now = saved.market_at
        usual: dict[str, Any] = {"sources": (self.source,), "ends_at": self.days[-1].closes_at, "policy": self.policy}
        house = await opened(self.clock, self.market, self.broker, self.store, **usual | changes)
        self.store = house.store
        await house.reconcile.run()
        if self.clock.market() == house.state.opened_at:
            await house.replay.begin()
        await house.do(c.Note(topic="engine_started", facts={}))
        return house


def a_world(rows: list[list[int]], opinions: list[list[tuple[str, str, float]]] | None = None) -> World:
    """Sessions from Monday on; `rows` are prices in cents of NAMES a session, `opinions` what is said before each."""
    days = list(the_calendar().sessions(FIRST.date, FIRST.date + timedelta(days=60))[: len(rows)])
    clock = Hands(days[0].opens_at)
    market = HonestMarket(clock)
    source = FakeSource()
    calendar = the_calendar()
    broker = FakeBroker(market, clock, money("100000"), lambda now: calendar.session_at(now) is not None)
    before = calendar.previous_session(days[0].opens_at)
    assert before is not None
    for number, (day, row) in enumerate(zip(days, rows, strict=True)):
        prices = {name: cents * 100 for name, cents in zip(NAMES, row, strict=True)}
        market.show(day.opens_at, prices)
        market.close(day.closes_at, prices)
        spoken = opinions[number] if opinions else []
        asked_of = before if number == 0 else days[number - 1]
        for place, (ticker, side, confidence) in enumerate(spoken):
            wanted = a_recommendation(
                id=f"r{number}-{place}",
                ticker=ticker,
                action=Side(side),
                confidence=confidence,
                generated_at=asked_of.closes_at + timedelta(minutes=1),
            )
            source.say(asked_of.date, wanted)
    return World(days, clock, market, broker, source)


STEADY = [[6000] * 5, [6010] * 5, [6020] * 5]
BUY_KO = [[("KO", "buy", 0.8)], [], []]


async def ended(house: House, most: int = 400) -> House:
    for _ in range(most):
        if house.replay.ended:
            return house
        await house.replay.beat()
    raise AssertionError("the replay does not come to its end")


async def moments(house: House) -> list[datetime]:
    """The market's times at which the replay wakes, to its end."""
    found: list[datetime] = []
    while not house.replay.ended:
        await house.replay.beat()
        found.append(house.clock.market())
    return found[:-1]


async def told(house: House) -> list[str]:
    return [one.event_type for one in await house.store.undelivered(ACCOUNT, 9999)]


# --- walking


async def test_each_sessions_moments_come_in_order_and_nothing_between() -> None:
    world = a_world(STEADY)
    woken = await moments(await world.house())
    expected = [
        at
        for day in world.days
        for at in (
            day.opens_at,
            day.opens_at + timedelta(minutes=15),
            day.closes_at,
            day.closes_at + timedelta(minutes=1),
            day.closes_at + timedelta(minutes=30),
        )
    ]
    assert woken == expected


async def test_a_half_day_closes_early_and_is_told_at_the_usual_hour() -> None:
    """27 November closes at 13:00; the summary stays at 16:30."""
    friday = session_of(FIRST.date + timedelta(days=11))
    world = a_world([[6000] * 5] * 9)
    woken = await moments(await world.house())
    assert [at for at in woken if at.date() == friday.date][2:] == [
        friday.closes_at,
        friday.closes_at + timedelta(minutes=1),
        friday.opens_at + timedelta(hours=7),
    ]


async def test_an_idea_is_filled_at_the_next_price_and_each_day_is_recorded() -> None:
    world = a_world(STEADY, BUY_KO)
    house = await ended(await world.house())
    (order,) = world.broker.sent
    assert order.intended_at == world.days[0].opens_at + timedelta(minutes=15)
    assert house.state.positions["KO"].entry == money("60")
    snapshots = await house.store.snapshots(ACCOUNT)
    assert [snapshot.session for snapshot in snapshots] == [day.date for day in world.days]
    assert (await told(house)).count("daily_summary") == 3
    assert snapshots[-1].equity == money("100000") + 42 * money("0.20")


async def test_the_end_of_the_data_is_said_once_and_nothing_is_sold() -> None:
    world = a_world(STEADY, BUY_KO)
    house = await ended(await world.house())
    assert "KO" in house.state.positions
    for _ in range(3):
        await house.replay.beat()
    again = await ended(await world.house())
    assert (await told(again)).count("replay_ended") == 1


async def test_the_end_is_said_even_when_it_cannot_be_stored_at_first() -> None:
    world = a_world(STEADY)
    first = await world.house()
    frail = FrailStore(first.store)
    house = await world.house(kept=frail)
    while house.clock.market() < world.days[-1].closes_at + timedelta(minutes=30):
        await house.replay.beat()
    frail.down = Fault.BEFORE
    await house.replay.beat()
    frail.down = None
    await recover(house.crew)
    await ended(house)
    assert (await told(house)).count("replay_ended") == 1


async def test_it_holds_while_a_question_is_open_and_goes_on_after_the_answer() -> None:
    world = a_world(STEADY, BUY_KO)
    house = await world.house(autonomy="ask")
    while not house.state.proposals:
        await house.replay.beat()
    asked_at = house.clock.market()
    for _ in range(5):
        await house.replay.beat()
    assert house.clock.market() == asked_at
    await house.do(c.Approve(by="owner"))
    assert house.state.positions["KO"].entry == money("60")
    await house.replay.beat()
    assert house.clock.market() > asked_at


async def test_a_question_that_nobody_answers_lapses_and_lets_it_go_on() -> None:
    world = a_world(STEADY, BUY_KO)
    house = await world.house(autonomy="ask")
    while not house.state.proposals:
        await house.replay.beat()
    await lapse(house.crew)
    assert house.state.proposals
    house.clock.wait(minutes=5)
    await lapse(house.crew)
    assert house.state.proposals == {}
    await ended(house)
    assert world.broker.sent == []


async def test_a_deadline_inside_a_session_wakes_it() -> None:
    world = a_world(STEADY, BUY_KO)
    house = await world.house()
    until = world.days[0].opens_at + timedelta(hours=2)
    await house.do(c.PauseEntries(until=until, by="owner"))
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(id="late", ticker="XOM")))
    woken = await moments(house)
    assert until in woken
    assert house.state.pause is None
    decisions = await house.store.decisions(ACCOUNT, 9)
    assert {decision.reason for decision in decisions} == {Skip.PAUSED}


def test_the_nearest_deadline_is_that_of_pause_or_breaker() -> None:
    at = TODAY.opens_at
    before = at - timedelta(minutes=1)
    assert next_deadline(an_account(), before) is None
    endless = a_breaker(kind=BreakerKind.MANUAL, until=None)
    state = an_account(breakers={(BreakerKind.MANUAL, None): endless}, pause=Pause(since=at, until=None))
    assert next_deadline(state, before) is None
    ends = a_breaker(until=at + timedelta(hours=2))
    state = replace(state, breakers={**state.breakers, (BreakerKind.DAILY_LOSS, None): ends})
    assert next_deadline(state, before) == at + timedelta(hours=2)
    assert next_deadline(replace(state, pause=Pause(since=at, until=at + timedelta(1))), at) == at + timedelta(hours=2)
    assert next_deadline(replace(state, pause=Pause(since=at, until=at)), before) == at


def test_a_deadline_that_is_past_hides_none_to_come() -> None:
    at = TODAY.opens_at
    ends = a_breaker(until=at + timedelta(hours=2))
    state = an_account(breakers={(BreakerKind.DAILY_LOSS, None): ends}, pause=Pause(since=at, until=at))
    assert next_deadline(state, at) == at + timedelta(hours=2)
    assert next_deadline(state, at + timedelta(hours=2)) is None


def test_parts_waiting_orders_and_settings_for_a_time_are_deadlines_too() -> None:
    at = TODAY.opens_at
    plan = a_plan(next_at=at + timedelta(minutes=5))
    assert next_deadline(an_account(tranches=(plan,)), at) == at + timedelta(minutes=5)
    assert next_deadline(an_account(tranches=(replace(plan, left=()),)), at) is None
    term = Term(path="risk.reserve_pct", until=at + timedelta(hours=1), back=20, seq=3)
    assert next_deadline(an_account(terms=(term,)), at) == at + timedelta(hours=1)
    order = an_order(intended_at=at, status=OrderStatus.ACCEPTED)
    slow = prefer(trading__order_timeout_seconds=90)
    assert next_deadline(an_account(orders={"o": order}, preferences=slow), at) == at + timedelta(seconds=90)
    for other in (replace(order, status=OrderStatus.CANCELLING), replace(order, side=Side.SELL)):
        assert next_deadline(an_account(orders={"o": other}), at) is None


# --- faults


async def test_a_source_that_raises_is_told_once_and_the_rest_goes_on() -> None:
    world = a_world(STEADY)
    world.source.fails = ZeroDivisionError("a strategy's fault")
    house = await ended(await world.house())
    assert (await told(house)).count("loop_error") == 1
    assert (await told(house)).count("daily_summary") == 3


async def test_a_failure_that_came_back_is_told_again() -> None:
    world = a_world([[6000] * 5] * 6)
    house = await world.house()
    for fails in (ZeroDivisionError(), None, ZeroDivisionError()):
        world.source.fails = fails
        for _ in range(5):
            await house.replay.beat()
    assert (await told(house)).count("loop_error") == 2


async def test_time_stands_still_while_the_broker_is_silent_and_the_moment_comes_again() -> None:
    world = a_world(STEADY, BUY_KO)
    house = await world.house()
    await house.replay.beat()
    world.broker.fault = Fault.AFTER
    for _ in range(4):
        await house.replay.beat()
    assert house.clock.market() == world.days[0].opens_at + timedelta(minutes=15)
    await alarm(house.crew)
    world.broker.fault = None
    await recover(house.crew)
    await ended(house)
    assert len(world.broker._fills) == 1
    assert house.state.positions["KO"].entry == money("60")
    assert [name for name in await told(house) if name.startswith("engine_") and name != "engine_started"] == [
        "engine_degraded",
        "engine_recovered",
    ]


async def test_a_deadline_that_was_cut_short_comes_again() -> None:
    world = a_world(STEADY)
    house = await world.house()
    until = world.days[0].opens_at + timedelta(hours=2)
    await house.do(c.PauseEntries(until=until, by="owner"))
    while house.clock.market() < until - timedelta(hours=1, minutes=45):
        await house.replay.beat()
    world.broker.fault = Fault.BEFORE
    await house.replay.beat()
    assert house.clock.market() == until
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(id="late", ticker="XOM")))
    world.broker.fault = None
    await recover(house.crew)
    await house.replay.beat()
    assert house.clock.market() == until
    assert "XOM" in house.state.positions


# --- restarts


class MortalStore(FrailStore):
    """Dies before or after a save; the world remembers that it did."""

    def __init__(self, world: World, at_save: int, *, after: bool) -> None:
        super().__init__(world.store)
        self._world, self._left, self._after = world, at_save, after

    def dies_at(self, save: int) -> None:
        """The save after so many is the last."""
        self._left = save

    async def save(self, batch: Batch) -> None:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Killed
        await super().save(batch)
        if self._left == 0:
            raise Killed


class MortalBroker:
    """Dies before or after an order was taken."""

    def __init__(self, broker: FakeBroker, at_order: int, *, after: bool) -> None:
        self._broker, self._left, self._after = broker, at_order, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def submit(self, order: Order) -> Receipt:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Killed
        receipt = await self._broker.submit(order)
        if self._left == 0:
            raise Killed
        return receipt


async def story(world: World) -> dict[str, Any]:
    """What an account's records tell, without numbers that count rows."""
    store = world.store
    decisions = [
        (d.at, d.ticker, d.side, d.origin, d.reason, d.shares, d.price, d.stop, d.take, d.recommendation_id)
        for d in reversed(await store.decisions(ACCOUNT, 9999))
    ]
    trades = [
        (t.ticker, t.shares, t.entry, t.exit, t.realised, t.origin, t.opened_at, t.closed_at)
        for t in reversed(await store.trades(ACCOUNT, 9999))
    ]
    state = await store.load(ACCOUNT)
    positions = {ticker: replace(position, decision_id="") for ticker, position in state.positions.items()}
    return {
        "decisions": decisions,
        "trades": trades,
        "positions": positions,
        "snapshots": list(await store.snapshots(ACCOUNT)),
        "money": (state.cash, state.reserve, state.realised, state.peak),
        "breakers": dict(state.breakers),
        "tally": state.tally,
        "waiting": (set(state.pending), set(state.orders), state.frozen, len(state.tranches)),
        "told": [one.key for one in await store.undelivered(ACCOUNT, 9999) if one.event_type == "trade_opened"],
        "fills": [(f.ticker, f.side, f.shares, f.price, f.at) for f in world.broker._fills],
        "summaries": sum(one.event_type == "daily_summary" for one in await store.undelivered(ACCOUNT, 9999)),
    }


async def prepared(world: World) -> None:
    """The account is opened, and paused until shortly before its first window opens."""
    house = await world.house()
    until = world.days[0].opens_at + timedelta(minutes=10)
    await house.do(c.PauseEntries(until=until, by="owner", key="pause"))


async def uninterrupted(world: World) -> dict[str, Any]:
    await prepared(world)
    await ended(await world.house())
    assert first_bad(await world.store.journal(ACCOUNT)) is None
    return await story(world)


async def restarted_every(world: World, beats: int) -> dict[str, Any]:
    """A new engine after every so many beats, of which the first goes over the moment of the last commit again.

    At least three: a window without a wish and a close without an idea commit nothing.
    """
    await prepared(world)
    house = await world.house()
    while not house.replay.ended:
        house = await world.house()
        for _ in range(beats):
            await house.replay.beat()
    assert first_bad(await world.store.journal(ACCOUNT)) is None
    return await story(world)


async def killed_at(world: World, *, save: int = 0, order: int = 0, after: bool) -> dict[str, Any]:
    """The process dies in the middle of that save or order, and is started again."""
    await prepared(world)
    store = MortalStore(world, save, after=after)
    door = MortalBroker(world.broker, order, after=after)
    try:
        await ended(await world.house(kept=store, door=door))
    except Killed:
        world.deaths.append("killed")
    await ended(await world.house())
    assert first_bad(await world.store.journal(ACCOUNT)) is None
    return await story(world)


SESSIONS = 6
rows = st.lists(st.lists(st.integers(-450, 450), min_size=5, max_size=5), min_size=SESSIONS - 1, max_size=SESSIONS - 1)
opinion = st.tuples(st.sampled_from(NAMES), st.sampled_from(["buy", "buy", "buy", "sell"]), st.floats(0.7, 1))
opinions = st.lists(st.lists(opinion, max_size=4), min_size=SESSIONS, max_size=SESSIONS)


def priced(steps: list[list[int]]) -> list[list[int]]:
    """Prices in cents, from 60 dollars on, moved by so many hundredths of a percent a session."""
    found = [[6000] * 5]
    for row in steps:
        found.append([price * (10_000 + step) // 10_000 for price, step in zip(found[-1], row, strict=True)])
    return found


# a day on which much happens: entries, a take, stops, a loss of more than 10 %, sells, entries again
EVENTFUL = [
    [6000, 6000, 6000, 6000, 6000],
    [6010, 5990, 6000, 6020, 6000],
    [6400, 5700, 6000, 5300, 5990],
    [6300, 5650, 5500, 5400, 6200],
    [6350, 5600, 5450, 5450, 6250],
    [6500, 5900, 5500, 5500, 6300],
]
SPOKEN = [
    [("AAPL", "buy", 0.9), ("JNJ", "buy", 0.8), ("JPM", "buy", 0.7)],
    [("KO", "buy", 0.85), ("XOM", "buy", 0.95), ("JPM", "buy", 0.8)],
    [("XOM", "sell", 0.5), ("KO", "buy", 0.9)],
    [("KO", "buy", 0.9), ("AAPL", "buy", 0.77)],
    [("JNJ", "buy", 0.99), ("AAPL", "sell", 0.9)],
    [("KO", "buy", 0.99)],
]


async def test_the_eventful_week_has_all_that_is_to_be_repeated() -> None:
    found = await uninterrupted(a_world(EVENTFUL, SPOKEN))
    origins = {decision[3] for decision in found["decisions"]}
    assert origins >= {Origin.RECOMMENDED, Origin.STOP, Origin.TAKE}
    reasons = {decision[4] for decision in found["decisions"]}
    assert reasons >= {Skip.NONE, Skip.LOW_CONFIDENCE}
    assert len(found["trades"]) >= 3
    assert found["summaries"] == SESSIONS


@pytest.mark.parametrize("beats", [3, 4, 7])
async def test_restarting_at_every_beat_changes_nothing(beats: int) -> None:
    assert await restarted_every(a_world(EVENTFUL, SPOKEN), beats) == await uninterrupted(a_world(EVENTFUL, SPOKEN))


async def test_a_death_at_any_save_changes_nothing() -> None:
    """Every fourth one; the night tries them all, before it is done and after it."""
    await any_save(range(1, 1_000, 4))


@pytest.mark.slow
async def test_a_death_at_every_save_changes_nothing() -> None:
    await any_save(range(1, 1_000), both=True)


async def any_save(places: range, *, both: bool = False) -> None:
    expected = await uninterrupted(a_world(EVENTFUL, SPOKEN))
    for save in places:
        world = a_world(EVENTFUL, SPOKEN)
        assert await killed_at(world, save=save, after=save % 8 < 4) == expected, f"save {save}"
        if both:
            other = a_world(EVENTFUL, SPOKEN)
            assert await killed_at(other, save=save, after=save % 8 >= 4) == expected, f"save {save}"
        if not world.deaths:
            break
    assert save > 60


async def test_a_death_in_the_middle_of_a_deadline_does_not_skip_the_rest_of_it() -> None:
    """The pause has ended and is stored; what it held back is still to be decided."""
    world = a_world(STEADY)
    await world.house()
    store = MortalStore(world, 0, after=True)
    house = await world.house(kept=store)
    until = world.days[0].opens_at + timedelta(hours=2)
    await house.do(c.PauseEntries(until=until, by="owner"))
    for _ in range(2):
        await house.replay.beat()
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(id="late", ticker="XOM")))
    store.dies_at(1)
    with pytest.raises(Killed):
        await ended(house)
    house = await world.house()
    assert (house.state.pause, house.clock.market()) == (None, until)
    await house.replay.beat()
    assert "XOM" in house.state.positions
    assert house.clock.market() == until


@pytest.mark.parametrize("after", [False, True])
async def test_a_death_at_any_order_changes_nothing_and_sends_none_twice(*, after: bool) -> None:
    expected = await uninterrupted(a_world(EVENTFUL, SPOKEN))
    order = 0
    while True:
        order += 1
        world = a_world(EVENTFUL, SPOKEN)
        assert await killed_at(world, order=order, after=after) == expected, f"order {order}"
        names = [sent.client_order_id for sent in world.broker.sent]
        assert len(names) == len(set(names))
        if not world.deaths:
            break
    assert order > 5


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=rows, spoken=opinions, save=st.integers(1, 90), after=st.booleans())
async def test_whatever_the_market_does_a_death_at_any_save_changes_nothing(
    *, steps: list[list[int]], spoken: list[list[tuple[str, str, float]]], save: int, after: bool
) -> None:
    expected = await uninterrupted(a_world(priced(steps), spoken))
    assert await killed_at(a_world(priced(steps), spoken), save=save, after=after) == expected
    assert await restarted_every(a_world(priced(steps), spoken), 3) == expected
