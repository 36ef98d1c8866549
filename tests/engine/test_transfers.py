"""Paper money and the broker: booked once, whatever dies or falls silent; a reset leaves nothing of before."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.nouns import Transfer
from engine.core.state import State
from engine.core.units import money
from engine.core.words import BreakerKind, OrderStatus
from engine.loops import recover
from engine.ports import Batch, Rejected
from tests.builders import a_recommendation
from tests.engine.scenes import NOON, FrailStore, House, a_house, an_outside, opened
from tests.fakes import FakeBroker, Fault

KO = a_recommendation(id="r1", confidence=0.8)
IN = c.MoveCash(amount=money("5000"), by="owner")
OUT = c.MoveCash(amount=money("-5000"), by="owner")
ANEW = c.ResetAccount(cash=money("20000"), by="owner")


async def wants(house: House, **changes: Any) -> None:
    """A recommendation comes and is decided."""
    wanted = replace(KO, **changes)
    await house.do(c.ReceiveRecommendation(recommendation=wanted))
    await house.do(c.Consider(recommendation_id=wanted.id))


async def agrees(house: House) -> None:
    """Both books say the same, nothing is open between them, and nothing was frozen or stopped over it."""
    theirs = await house.broker.holdings()
    held = {ticker: position.shares for ticker, position in house.state.positions.items()}
    assert (house.state.cash, held) == (theirs.cash, dict(theirs.shares))
    assert house.state.transfers == ()
    assert house.state.frozen == frozenset()
    assert (BreakerKind.MANUAL, None) not in house.state.breakers
    assert conserved(house.state)


def well(house: House) -> bool:
    return house.health.ok


def conserved(state: State) -> bool:
    cost = sum(position.cost for position in state.positions.values())
    return state.cash + cost == state.contributed + state.realised - state.fees


@pytest.mark.parametrize(("command", "cash"), [(IN, "105000"), (OUT, "95000"), (ANEW, "20000")])
async def test_the_broker_books_it_before_the_answer_is_there(command: c.Command, cash: str) -> None:
    house = await a_house()
    await house.do(command)
    assert (await house.broker.holdings()).cash == house.state.cash == money(cash)
    await agrees(house)
    before = house.state
    assert await house.reconcile.run()
    assert house.state is before


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize(("command", "cash"), [(IN, "105000"), (OUT, "95000"), (ANEW, "20000")])
async def test_a_broker_that_is_silent_books_it_once_when_it_is_back(
    fault: Fault, command: c.Command, cash: str
) -> None:
    house = await a_house()
    house.broker.fault = fault
    await house.do(command)
    assert not well(house)
    assert len(house.state.transfers) == 1
    assert not await house.reconcile.run()
    house.broker.fault = None
    await recover(house.crew)
    assert well(house)
    assert house.state.cash == money(cash)
    await agrees(house)


async def test_what_is_open_is_booked_in_its_order() -> None:
    house = await a_house()
    house.broker.fault = Fault.BEFORE
    for command in (IN, ANEW, OUT):
        await house.do(command)
    house.broker.fault = None
    await recover(house.crew)
    assert [one.amount for one in house.broker._transfers] == [money("20000"), money("-5000")]
    await agrees(house)


async def test_money_on_its_way_is_no_difference() -> None:
    """The broker booked it, and our note of that could not be stored."""
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    first = await opened(clock, market, broker)
    frail = NoNote(first.store)
    house = await opened(clock, market, broker, first.store, kept=frail)
    await house.do(IN)
    assert (len(house.state.transfers), well(house)) == (1, False)
    assert not await house.reconcile.run()
    frail.fails = False
    await recover(house.crew)
    await agrees(house)


class NoNote(FrailStore):
    """A store that loses every note that money was booked, while it `fails`."""

    fails = True

    async def save(self, batch: Batch) -> None:
        noting = any(type(event).__name__ == "TransferBooked" for event in batch.events)
        self.down = Fault.BEFORE if self.fails and noting else None
        await super().save(batch)


async def test_what_the_broker_has_too_little_for_stops_entries_and_stays_open() -> None:
    house = await a_house()
    house.broker._cash = money("4000")
    await house.do(OUT)
    (found,) = house.state.differences
    assert (found.ticker, found.ours, found.theirs) == (None, money("100000"), money("4000"))
    assert len(house.state.transfers) == 1
    house.broker._cash = money("100000")
    assert await house.reconcile.run()
    await agrees(house)


# --- deaths


class Killed(BaseException):
    """The process dies here."""


class Mortal:
    """Dies before or after the call of a name, counted over all such calls."""

    def __init__(self, behind: Any, name: str, at: int, *, after: bool) -> None:
        self._behind, self._name, self._left, self._after = behind, name, at, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._behind, name)
        return self._guarded(found) if name == self._name else found

    def _guarded(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def mortal(*args: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise Killed
            answer = await call(*args)
            if self._left == 0:
                raise Killed
            return answer

        return mortal


POINTS = [(name, at, after) for name, at in (("save", 1), ("transfer", 1), ("save", 2)) for after in (False, True)]


@pytest.mark.parametrize(("name", "at", "after"), POINTS)
@pytest.mark.parametrize(("command", "cash"), [(IN, "102480"), (OUT, "92480"), (ANEW, "20000")])
async def test_killed_at_any_point_it_is_done_once_or_not_at_all(
    command: c.Command, cash: str, name: str, at: int, *, after: bool
) -> None:
    """Before and after what is stored first, what the broker does, and what is stored then."""
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    first = await opened(clock, market, broker)
    await wants(first)
    store, door = first.store, broker
    kept: Any = Mortal(store, name, at, after=after) if name == "save" else None
    mortal: Any = Mortal(door, name, at, after=after) if name == "transfer" else None
    house = await opened(clock, market, broker, store, kept=kept, door=mortal)
    with pytest.raises(Killed):
        await house.do(command)
    again = await opened(clock, market, broker, store)
    assert await again.reconcile.run()
    nothing = name == "save" and at == 1 and not after
    assert again.state.cash == money("97480" if nothing else cash)
    await agrees(again)
    assert await again.reconcile.run()
    await agrees(again)


# --- what is under way when the account begins anew


class Slow:
    """A broker that lets others speak while a call of a name is on its way to it."""

    def __init__(self, broker: FakeBroker, name: str) -> None:
        self._broker, self._name = broker, name
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._broker, name)
        return self._slowed(found) if name == self._name else found

    def _slowed(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def slow(*args: Any) -> Any:
            if self.meanwhile is not None:
                act, self.meanwhile = self.meanwhile, None
                await act()
            return await call(*args)

        return slow


class Refusing:
    """A broker that does not begin anew while it `refuses`."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker, self.refuses = broker, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def transfer(self, transfer: Transfer) -> None:
        if self.refuses:
            raise Rejected("not today")
        await self._broker.transfer(transfer)


async def test_a_broker_that_does_not_begin_anew_is_trouble_until_it_does() -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    refusing = Refusing(broker)
    house = await opened(clock, market, broker, door=refusing)
    await house.do(ANEW)
    assert (well(house), house.health.why) == (False, "the broker does not begin anew: not today")
    await recover(house.crew)
    assert not well(house)
    refusing.refuses = False
    await recover(house.crew)
    assert well(house)
    await agrees(house)


async def slow_house(name: str) -> tuple[House, Slow]:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    slow = Slow(broker, name)
    return await opened(clock, market, broker, door=slow), slow


async def test_an_order_on_its_way_arrives_before_the_book_is_emptied() -> None:
    house, slow = await slow_house("submit")
    resets: list[asyncio.Task[Any]] = []

    async def meanwhile() -> None:
        resets.append(asyncio.create_task(house.do(ANEW)))
        for _ in range(20):
            await asyncio.sleep(0)

    slow.meanwhile = meanwhile
    await wants(house)
    await resets[0]
    assert house.state.positions == {}
    assert [one.status for one in house.broker._receipts.values()] == [OrderStatus.FILLED]
    assert house.state.cash == money("20000")
    await agrees(house)
    assert await house.reconcile.run()
    await agrees(house)


async def test_an_order_that_comes_while_the_book_is_being_emptied_is_sent_after_it() -> None:
    house, slow = await slow_house("transfer")
    slow.meanwhile = lambda: wants(house)
    await house.do(ANEW)
    (sent,) = house.broker.sent
    assert house.state.positions["KO"].shares == sent.shares
    await agrees(house)


async def test_executions_being_booked_when_the_account_begins_anew_are_dropped() -> None:
    """They were fetched before and come to the door after."""
    house, _ = await slow_house("none")
    house.broker.holds_back = True
    await wants(house)
    (identity,) = house.state.orders
    for _ in range(3):
        house.broker.execute(identity, 10, money("60"))
    booked = asyncio.Event()

    async def saw(_: object) -> None:
        booked.set()

    house.bus.listen(saw)
    collecting = asyncio.create_task(house.execution.collect())
    await booked.wait()
    assert house.state.positions["KO"].shares == 10
    await house.do(ANEW)
    assert not await collecting
    assert house.state.positions == {}
    await agrees(house)
    assert await house.execution.collect()


async def test_executions_of_before_are_never_booked() -> None:
    """Filled while the list of executions was out of reach, and the account begun anew before it could be read."""
    house = await a_house()
    house.broker.holds_back = True
    await wants(house)
    await wants(house, id="r2", ticker="PEP")
    filled, waiting = house.state.orders
    house.broker.execute(filled, 42, money("60"))
    house.broker.fault = Fault.BEFORE
    await house.do(ANEW)
    assert not await house.execution.collect()
    assert not well(house)
    house.broker.fault, house.broker.holds_back = None, False
    again = await opened(house.clock, house.market, house.broker, house.store)
    assert await again.reconcile.run()
    assert again.state.positions == {}
    assert house.broker._receipts[waiting].status is OrderStatus.CANCELLED
    await agrees(again)


async def test_nothing_is_entered_while_the_broker_has_yet_to_begin_anew() -> None:
    house = await a_house()
    house.broker.fault = Fault.BEFORE
    await house.do(ANEW)
    await wants(house)
    assert (house.state.orders, house.broker.sent) == ({}, [])
    house.broker.fault = None
    await recover(house.crew)
    await wants(house, id="r2")
    assert house.state.positions["KO"].cost == money("480")
    await agrees(house)


async def test_an_order_that_ended_is_not_sent_any_more() -> None:
    house = await a_house()
    house.broker.fault = Fault.BEFORE
    await wants(house)
    (order,) = house.state.orders.values()
    house.broker.fault = None
    await house.do(ANEW)
    await house.execution.send(order)
    assert house.broker.sent == []


# --- any sequence

PRICES = {"KO": "60", "PEP": "150", "XOM": "110"}
steps = st.one_of(
    st.tuples(st.just("wants"), st.sampled_from(sorted(PRICES))),
    st.tuples(st.just("price"), st.sampled_from(sorted(PRICES)), st.integers(4_000, 20_000)),
    st.tuples(st.just("close"), st.floats(0.1, 1)),
    st.tuples(st.just("move"), st.integers(-3_000_000, 3_000_000)),
    st.tuples(st.just("reset"), st.none() | st.integers(1, 10_000_000)),
    st.tuples(st.just("fault"), st.sampled_from([None, *Fault])),
    st.tuples(st.just("hold"), st.booleans()),
    st.tuples(st.just("execute"), st.integers(1, 10)),
    st.tuples(st.just("restart")),
    st.tuples(st.just("turn")),
)


class Life:
    """One account under everything that can happen to its money."""

    def __init__(self, house: House) -> None:
        self.house, self.number = house, 0

    async def wants(self, ticker: str) -> None:
        self.number += 1
        await wants(self.house, id=f"r{self.number}", ticker=ticker)

    async def price(self, ticker: str, cents: int) -> None:
        self.house.market.show(self.house.clock.market(), {ticker: cents * 100})

    async def close(self, fraction: float) -> None:
        for ticker in sorted(self.house.state.positions):
            await self.house.do(c.ClosePosition(tickers=(ticker,), fraction=fraction))

    async def move(self, cents: int) -> None:
        await self.house.do(c.MoveCash(amount=cents * 100))

    async def reset(self, cents: int | None) -> None:
        await self.house.do(c.ResetAccount(cash=cents and cents * 100))

    async def fault(self, fault: Fault | None) -> None:
        self.house.broker.fault = fault

    async def hold(self, holds: bool) -> None:  # noqa: FBT001  # as it was drawn
        self.house.broker.holds_back = holds

    async def execute(self, part: int) -> None:
        """A part of every order that waits at the broker, at the price of now."""
        broker = self.house.broker
        for order in broker._waiting():
            left = order.shares - broker._receipts[order.client_order_id].filled_shares
            price = (await self.house.market.quotes(self.house.clock.market()))[order.ticker].price
            shares = max(1, left // part)
            if not broker._missing(order, price, shares):
                broker.execute(order.client_order_id, shares, price)

    async def restart(self) -> None:
        house = self.house
        self.house = await opened(house.clock, house.market, house.broker, house.store)
        await self.house.reconcile.run()

    async def turn(self) -> None:
        await self.house.step.run()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=st.lists(steps, max_size=20))
async def test_p38_no_money_appears_or_vanishes(sequence: list[tuple[Any, ...]]) -> None:
    """Cash and the cost of positions are what was put in and realised, less fees; and the broker's book agrees."""
    life = Life(await a_house(prices=PRICES))
    for name, *rest in sequence:
        await getattr(life, name)(*rest)
        assert conserved(life.house.state)
    life.house.broker.fault, life.house.broker.holds_back = None, False
    assert await life.house.reconcile.run()
    if life.house.state.transfers:  # an order that waited cost more than was held for it, and the broker had too little
        assert life.house.state.difference(None) is not None
        return
    await agrees(life.house)
