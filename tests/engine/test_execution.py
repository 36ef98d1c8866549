"""Orders and the broker: sent once, booked once, and asked about where the answer was lost."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

import pytest

from engine.core import commands as c
from engine.core.nouns import Order
from engine.core.refusals import Refusal, Refused
from engine.core.units import money
from engine.core.words import BreakerKind, OrderStatus, Origin, Side
from engine.ports import Receipt
from tests.builders import a_fill, a_recommendation
from tests.engine.scenes import ACCOUNT, NOON, FrailStore, House, a_house, an_outside, opened
from tests.fakes import FakeBroker, Fault

KO = a_recommendation(id="r1", confidence=0.8)


async def wants(house: House, **changes: Any) -> None:
    """A recommendation comes and is decided."""
    wanted = replace(KO, **changes)
    await house.do(c.ReceiveRecommendation(recommendation=wanted))
    await house.do(c.Consider(recommendation_id=wanted.id))


async def test_an_act_is_sent_once_and_filled() -> None:
    house = await a_house()
    await wants(house)
    (sent,) = house.broker.sent
    assert sent.status is OrderStatus.INTENDED
    assert house.state.positions["KO"].shares == sent.shares == 42
    assert house.state.orders == {}
    assert house.state.cash == (await house.broker.holdings()).cash == money("97480")


async def test_what_the_broker_refuses_ends_with_its_reason() -> None:
    house = await a_house()
    house.broker.refuses = "halted"
    await wants(house)
    assert house.state.orders == {}
    assert house.state.reserved == 0
    told = await house.store.undelivered(ACCOUNT, 99)
    assert (told[-1].event_type, told[-1].facts["reason"]) == ("order_rejected", "halted")
    assert house.health.ok


async def test_a_broker_that_is_silent_leaves_the_order_in_doubt_and_the_engine_unwell() -> None:
    for fault in Fault:
        house = await a_house()
        house.broker.fault = fault
        await wants(house)
        (order,) = house.state.orders.values()
        assert order.status is OrderStatus.IN_DOUBT
        assert order.reserved > 0
        assert not house.health.ok
        assert len(house.broker.sent) == (0 if fault is Fault.BEFORE else 1)


async def test_an_order_in_doubt_that_arrived_is_found_and_never_sent_again() -> None:
    house = await a_house()
    house.broker.fault = Fault.AFTER
    await wants(house)
    assert not await house.reconcile.run()
    house.broker.fault = None
    assert await house.reconcile.run()
    assert len(house.broker.sent) == 1
    assert house.state.orders == {}
    assert house.state.positions["KO"].shares == 42


async def test_an_exit_in_doubt_that_never_arrived_is_sent_under_the_same_name() -> None:
    house = await a_house()
    await wants(house)
    house.broker.fault = Fault.BEFORE
    await house.do(c.ClosePosition(tickers=("KO",)))
    (identity,) = house.state.orders
    house.broker.fault = None
    assert await house.reconcile.run()
    assert [order.client_order_id for order in house.broker.sent][1:] == [identity]
    assert house.state.positions == {}


async def test_an_order_filled_in_parts_is_booked_part_by_part() -> None:
    house = await a_house()
    house.broker.holds_back = True
    await wants(house)
    (identity,) = house.state.orders
    assert house.state.orders[identity].status is OrderStatus.ACCEPTED
    house.broker.execute(identity, 10, money("60"))
    await house.execution.collect()
    assert house.state.positions["KO"].shares == 10
    assert house.state.orders[identity].filled_shares == 10
    house.broker.execute(identity, 32, money("59"))
    await house.execution.collect()
    assert house.state.orders == {}
    assert house.state.positions["KO"].cost == 10 * money("60") + 32 * money("59")


async def test_fills_are_booked_before_their_order_ends() -> None:
    house = await a_house()
    house.broker.holds_back = True
    await wants(house)
    (identity,) = house.state.orders
    house.broker.execute(identity, 10, money("60"))
    await house.do(c.StopEverything())
    assert house.state.orders == {}
    assert house.state.positions["KO"].shares == 10
    assert house.state.frozen == frozenset()


class Deaf:
    """A broker that answers all but one kind of question."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker
        self.unasked: str | None = None

    def __getattr__(self, name: str) -> Any:
        if name == self.unasked:
            self._broker.fault = Fault.BEFORE
            found = getattr(self._broker, name)

            async def silent(*args: Any) -> Any:
                try:
                    return await found(*args)
                finally:
                    self._broker.fault = None

            return silent
        return getattr(self._broker, name)


async def test_an_order_does_not_end_while_its_fills_cannot_be_read() -> None:
    """Ten are bought, the rest is cancelled, and the list of executions is out of reach."""
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    door = Deaf(broker)
    house = await opened(clock, market, broker, door=door)
    broker.holds_back = True
    await wants(house)
    (identity,) = house.state.orders
    broker.execute(identity, 10, money("60"))
    door.unasked = "fills"
    await house.do(c.StopEverything())
    assert house.state.orders[identity].status is OrderStatus.CANCELLING
    assert not house.health.ok
    door.unasked = None
    assert await house.reconcile.run()
    assert house.state.orders == {}
    assert house.state.positions["KO"].shares == 10
    assert house.state.frozen == frozenset()
    assert house.state.breakers == {}


async def test_an_execution_seen_twice_is_booked_once() -> None:
    house = await a_house()
    house.broker.holds_back = True
    await wants(house)
    (identity,) = house.state.orders
    house.broker.execute(identity, 10, money("60"))
    await house.execution.collect()
    again = await opened(house.clock, house.market, house.broker, house.store)
    again.execution._last = None
    await again.execution.collect()
    assert again.state.positions["KO"].shares == 10
    assert again.state.frozen == frozenset()


async def test_a_broker_that_will_not_be_given_up_is_given_up() -> None:
    """It swallows its cancellation, as a thread would, and places the order long after nobody waits any more."""
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    stubborn = Stubborn(broker)
    house = await opened(clock, market, broker, door=stubborn)
    house.execution.line.deadline_s = 0.01
    await wants(house)
    (order,) = house.state.orders.values()
    assert (order.status, order.reserved) == (OrderStatus.IN_DOUBT, money("2520"))
    assert house.health.why == "the broker did not answer: no answer in time"
    assert await house.reconcile.run()
    assert house.state.orders.keys() == {order.client_order_id}, "nobody can say yet that it never arrived"
    assert broker.sent == []
    stubborn.may_go.set()
    await stubborn.arrived.wait()
    await asyncio.sleep(0)
    assert await house.reconcile.run()
    assert (len(broker.sent), house.state.orders) == (1, {})
    assert house.state.positions["KO"].shares == 42


async def test_what_is_withdrawn_while_it_may_still_arrive_is_cancelled_when_it_has() -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    stubborn = Stubborn(broker)
    house = await opened(clock, market, broker, door=stubborn)
    house.execution.line.deadline_s = 0.01
    broker.holds_back = True
    await wants(house)
    await house.do(c.StopEverything(by="owner"))
    (order,) = house.state.orders.values()
    assert order.status is OrderStatus.CANCELLING
    assert await house.reconcile.run()
    assert house.state.orders.keys() == {order.client_order_id}
    stubborn.may_go.set()
    await stubborn.arrived.wait()
    await asyncio.sleep(0)
    assert await house.reconcile.run()
    assert house.state.orders == {}
    assert [receipt.status for receipt in broker._receipts.values()] == [OrderStatus.CANCELLED]


@pytest.mark.parametrize(
    ("error", "why"),
    [(ConnectionResetError("reset by peer"), "reset by peer"), (TimeoutError(), "no answer in time")],
)
async def test_a_line_that_breaks_leaves_the_order_in_doubt(error: OSError, why: str) -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    slow = Slow(broker)
    house = await opened(clock, market, broker, door=slow)

    async def breaks() -> None:
        raise error

    slow.meanwhile = breaks
    await wants(house)
    (order,) = house.state.orders.values()
    assert order.status is OrderStatus.IN_DOUBT
    assert house.health.why == f"the broker did not answer: {why}"


async def a_frail_house() -> tuple[House, FrailStore]:
    """A house that holds 42 of KO, before a store that may go away."""
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    first = await opened(clock, market, broker)
    await wants(first)
    frail = FrailStore(first.store)
    return await opened(clock, market, broker, first.store, kept=frail), frail


async def test_nothing_is_sent_while_nothing_can_be_recorded() -> None:
    """The store goes away after an intent was stored; the broker hears of it when the store is back, once."""
    house, frail = await a_frail_house()
    broker = house.broker
    broker.fault = Fault.BEFORE
    await house.do(c.ClosePosition(tickers=("KO",)))
    broker.fault = None
    frail.down = Fault.BEFORE
    assert isinstance(await house.do(c.PauseEntries()), Refused)
    for _ in range(3):
        assert not await house.reconcile.run()
    (order,) = house.state.orders.values()
    await house.execution.send(order)
    assert len(broker.sent) == 1
    frail.down = None
    assert await house.reconcile.run()
    assert [one.client_order_id for one in broker.sent][1:] == [order.client_order_id]
    assert house.state.positions == {}
    (row,) = [row for row in await house.store.journal(ACCOUNT) if row.kind == "Witnessed"]
    assert row.body == {"topic": "store_back", "facts": {"why": "the disk is full"}}


async def test_an_order_keeps_its_name_over_a_restart() -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    house = await opened(clock, market, broker)
    await wants(house)
    broker.fault = Fault.BEFORE
    await house.do(c.ClosePosition(tickers=("KO",)))
    (identity,) = house.state.orders
    broker.fault = None
    again = await opened(clock, market, broker, house.store)
    assert await again.reconcile.run()
    assert [order.client_order_id for order in broker.sent][1:] == [identity]


async def test_an_execution_of_no_order_of_ours_freezes_its_ticker() -> None:
    house = await a_house()
    foreign = replace(KO, id="x")
    await wants(house, id=foreign.id)
    await house.broker.submit(an_order_of_another())
    await house.execution.collect()
    assert house.state.frozen == {"PEP"}


def an_order_of_another() -> Order:
    from tests.builders import an_order

    return an_order(client_order_id="another-1", ticker="PEP", shares=1)


async def test_a_fill_that_cannot_be_stored_is_booked_when_the_store_is_back() -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    first = await opened(clock, market, broker)
    frail = FrailStore(first.store)
    house = await opened(clock, market, broker, first.store, kept=frail)
    broker.holds_back = True
    await wants(house)
    broker.holds_back = False
    frail.down = Fault.BEFORE
    assert not await house.execution.collect()
    assert not house.health.ok
    frail.down = None
    assert await house.execution.collect()
    assert house.state.positions["KO"].shares == 42
    assert house.state.frozen == frozenset()


async def test_a_fill_that_met_another_writer_is_booked_on_the_next_try() -> None:
    house = await a_house()
    house.broker.holds_back = True
    await wants(house)
    other = await opened(house.clock, house.market, house.broker, house.store)
    await other.do(c.ChangePreferences(patch={"risk.reserve_pct": 3}))
    house.broker.holds_back = False
    await house.execution.collect()
    await house.execution.collect()
    assert house.state.positions["KO"].shares == 42
    assert house.state.frozen == frozenset()


async def test_an_order_being_cancelled_that_was_filled_is_a_position() -> None:
    house = await a_house()
    house.broker.holds_back = True
    await wants(house)
    (identity,) = house.state.orders
    house.broker.execute(identity, 42, money("60"))
    await house.do(c.PauseEntries())
    assert house.state.orders == {}
    assert house.state.positions["KO"].shares == 42


async def test_a_cancellation_that_got_no_answer_is_asked_for_again() -> None:
    house = await a_house()
    house.broker.holds_back = True
    await wants(house)
    house.broker.fault = Fault.BEFORE
    await house.do(c.PauseEntries())
    (order,) = house.state.orders.values()
    assert order.status is OrderStatus.CANCELLING
    house.broker.fault = None
    assert await house.reconcile.run()
    assert house.state.orders == {}
    (identity,) = house.broker._receipts
    assert house.broker._receipts[identity].status is OrderStatus.CANCELLED


class Slow:
    """A broker that lets others speak while an order is on its way to it."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def submit(self, order: Order) -> Receipt:
        if self.meanwhile is not None:
            act, self.meanwhile = self.meanwhile, None
            await act()
        return await self._broker.submit(order)


class Stubborn:
    """A broker that places no order until it may, and cannot be talked out of it."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker
        self.may_go, self.arrived = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def submit(self, order: Order) -> Receipt:
        with suppress(asyncio.CancelledError):
            await self.may_go.wait()
        await self.may_go.wait()
        try:
            return await self._broker.submit(order)
        finally:
            self.arrived.set()


async def test_a_kill_switch_while_an_order_is_on_its_way_cancels_it_when_it_has_arrived() -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    slow = Slow(broker)
    house = await opened(clock, market, broker, door=slow)
    broker.holds_back = True
    slow.meanwhile = lambda: house.do(c.StopEverything(by="owner"))
    await wants(house)
    assert house.state.killed_at == NOON
    assert house.state.orders == {}
    assert [receipt.status for receipt in broker._receipts.values()] == [OrderStatus.CANCELLED]


async def test_what_is_filled_although_it_was_to_be_cancelled_on_its_way_is_a_position() -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    slow = Slow(broker)
    house = await opened(clock, market, broker, door=slow)
    slow.meanwhile = lambda: house.do(c.StopEverything(by="owner"))
    await wants(house)
    assert house.state.positions["KO"].shares == 42
    assert (house.state.frozen, house.state.orders) == (frozenset(), {})


@pytest.mark.parametrize("killed", [False, True])
async def test_a_reconciliation_leaves_an_order_alone_that_is_on_its_way(*, killed: bool) -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    slow = Slow(broker)
    house = await opened(clock, market, broker, door=slow)

    async def meanwhile() -> None:
        if killed:
            await house.do(c.StopEverything())
        await house.reconcile.run()

    slow.meanwhile = meanwhile
    await wants(house)
    assert len(broker.sent) == 1
    assert house.state.positions["KO"].shares == 42
    assert house.state.frozen == frozenset()
    assert (BreakerKind.MANUAL, None) not in house.state.breakers


async def test_orders_of_one_answer_are_sent_in_turn() -> None:
    house = await a_house()
    await wants(house)
    await wants(house, id="r2", ticker="PEP")
    await house.do(c.ClosePosition(tickers=("KO", "PEP")))
    assert [(order.ticker, order.side.value) for order in house.broker.sent] == [
        ("KO", "buy"),
        ("PEP", "buy"),
        ("KO", "sell"),
        ("PEP", "sell"),
    ]
    assert house.state.positions == {}
    assert house.state.cash == (await house.broker.holdings()).cash


async def test_collecting_at_once_books_each_execution_once() -> None:
    house = await a_house()
    house.broker.holds_back = True
    await wants(house)
    house.broker.holds_back = False
    await asyncio.gather(*(house.execution.collect() for _ in range(5)))
    assert house.state.positions["KO"].shares == 42
    assert (await house.store.counts(ACCOUNT)).fills == 1
    assert a_fill().fee == 0


async def test_what_is_filled_while_all_is_being_sold_is_sold_before_the_answer() -> None:
    """Five shares of a buy were filled before its withdrawal arrived."""
    house = await a_house()
    house.broker.holds_back = True
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(confidence=0.9)))
    await house.step.run()
    (buy,) = house.state.orders.values()
    house.broker.execute(buy.client_order_id, 5, money("60"))
    await house.do(c.Flatten(by="owner"))
    assert house.state.positions["KO"].shares == 5
    (sell,) = house.state.orders.values()
    assert (sell.side, sell.origin, sell.shares) == (Side.SELL, Origin.FLATTEN, 5)
    house.broker.execute(sell.client_order_id, 5, money("60"))
    assert await house.execution.collect()
    assert (house.state.positions, house.state.orders) == ({}, {})


# --- between the intent and its sending


class Slowly(FrailStore):
    """A store that lets others speak while it is asked whose the account is."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def confirm(self, account: str) -> None:
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            await act()
        await self._store.confirm(account)


async def a_slow_house() -> tuple[House, Slowly]:
    outside = an_outside(NOON, {"KO": "60", "PEP": "150", "JNJ": "150"})
    first = await opened(*outside)
    slowly = Slowly(first.store)
    return await opened(*outside, first.store, kept=slowly), slowly


@pytest.mark.parametrize("command", [c.CancelOrders(by="owner"), c.PauseEntries(), c.StopEverything(by="owner")])
async def test_what_is_withdrawn_before_it_is_sent_is_never_sent(command: c.Command) -> None:
    house, slowly = await a_slow_house()
    slowly.meanwhile = lambda: house.do(command)
    await wants(house)
    assert (house.broker.sent, house.state.orders, house.state.positions) == ([], {}, {})


async def test_an_entry_is_not_sent_while_a_kill_switch_is_owed() -> None:
    house, slowly = await a_slow_house()
    owed: list[Refused] = []

    async def stop() -> None:
        slowly.down = Fault.BEFORE
        owed.append(await house.do(c.StopEverything(by="owner")))
        slowly.down = None

    slowly.meanwhile = stop
    await wants(house)
    assert house.bus.owed is not None
    assert (owed[0].code, house.broker.sent) == (Refusal.STOP_OWED, [])


async def test_an_order_is_sent_as_it_is_by_then() -> None:
    """Nothing that was found out meanwhile is forgotten: an order that has ended is not sent."""
    house, slowly = await a_slow_house()

    async def end() -> None:
        (identity,) = house.state.orders
        await house.do(c.RecordOrder(client_order_id=identity, status=OrderStatus.CANCELLED, why="cancelled"))

    slowly.meanwhile = end
    await wants(house)
    assert (house.broker.sent, house.state.orders) == ([], {})


async def approved(house: House, *tickers: str) -> None:
    """Questions about these, and one yes to all of them."""
    await house.do(c.ChangePreferences(patch={"trading.autonomy": "ask"}, by="owner", key="ask"))
    for ticker in tickers:
        await wants(house, id=ticker, ticker=ticker)
    await house.do(c.Approve(by="owner", tickers=tickers))


async def test_entries_of_one_answer_are_not_sent_once_the_broker_is_silent() -> None:
    """The first is in doubt; the others are given up, which is told."""
    house, _ = await a_slow_house()
    slow = Slow(house.broker)
    house.execution.line.broker = cast("Any", slow)

    async def breaks() -> None:
        raise ConnectionResetError("reset by peer")

    slow.meanwhile = breaks
    await approved(house, "KO", "PEP", "JNJ")
    (order,) = house.state.orders.values()
    assert (order.ticker, order.status, house.broker.sent) == ("JNJ", OrderStatus.IN_DOUBT, [])
    told = [one for one in await house.store.undelivered(ACCOUNT, 99) if one.key == "push.order_cancelled"]
    assert [(one.facts["ticker"], one.facts["reason"]) for one in told] == [("KO", "degraded"), ("PEP", "degraded")]


async def test_exits_of_one_answer_are_sent_although_the_broker_was_silent() -> None:
    house, _ = await a_slow_house()
    await wants(house)
    await wants(house, id="r2", ticker="PEP")
    slow = Slow(house.broker)
    house.execution.line.broker = cast("Any", slow)

    async def breaks() -> None:
        raise ConnectionResetError("reset by peer")

    slow.meanwhile = breaks
    await house.do(c.ClosePosition(tickers=("KO", "PEP")))
    assert [order.ticker for order in house.broker.sent] == ["KO", "PEP", "PEP"]
    assert [(one.ticker, one.status) for one in house.state.orders.values()] == [("KO", OrderStatus.IN_DOUBT)]


async def test_what_is_paused_behind_an_order_that_hangs_is_not_sent() -> None:
    """Of two that were approved the first gets no answer; meanwhile entries are paused, and no cancelling is heard."""
    house, _ = await a_slow_house()
    slow = Slow(house.broker)
    house.execution.line.broker = cast("Any", slow)

    async def pause() -> None:
        house.broker.fault = Fault.BEFORE
        await house.do(c.PauseEntries(by="owner"))
        house.broker.fault = None
        house.health.recovers()

    slow.meanwhile = pause
    await approved(house, "KO", "PEP")
    assert [order.ticker for order in house.broker.sent] == ["KO"]
    assert house.state.positions.keys() == {"KO"}
    assert house.state.orders == {}
