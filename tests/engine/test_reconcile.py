"""Our book against the broker's, at a start and after trouble."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.bus import Done
from engine.core import commands as c
from engine.core.nouns import Difference, Order
from engine.core.units import money
from engine.core.words import BreakerKind, OrderStatus
from engine.loops import alarm, recover
from engine.ports import Holdings, Receipt, Unavailable
from tests.builders import a_recommendation, an_order
from tests.engine.scenes import ACCOUNT, NOON, TODAY, FrailStore, House, a_house, an_outside, opened
from tests.fakes import FakeBroker, Fault

KO = a_recommendation(id="r1", confidence=0.8)


async def wants(house: House, **changes: Any) -> None:
    wanted = replace(KO, **changes)
    await house.do(c.ReceiveRecommendation(recommendation=wanted))
    await house.do(c.Consider(recommendation_id=wanted.id))


async def unsent_entry() -> House:
    """An entry that was stored and never reached the broker."""
    house = await a_house()
    house.broker.fault = Fault.BEFORE
    await wants(house)
    house.broker.fault = None
    return house


async def notes(house: House) -> list[str]:
    return [one.event_type for one in await house.store.undelivered(ACCOUNT, 999)]


async def test_an_order_that_the_broker_refused_late_is_asked_about_by_itself() -> None:
    """It was taken first, and ended without an execution: only asking tells."""
    house = await a_house()
    house.broker.holds_back = True
    await wants(house)
    (order,) = house.state.orders.values()
    assert order.status is OrderStatus.ACCEPTED
    house.broker._end(order.client_order_id, OrderStatus.REJECTED, "halted")
    await house.reconcile.ask()
    assert house.state.orders == {}
    assert [one.key for one in await house.store.undelivered("paper", 100)][-1] == "push.order_rejected"


async def test_books_that_agree_are_left_alone() -> None:
    house = await a_house()
    await wants(house)
    before = house.state
    assert await house.reconcile.run()
    assert house.state is before


async def test_an_exit_that_never_arrived_is_sent_at_any_time() -> None:
    house = await a_house()
    await wants(house)
    house.broker.fault = Fault.BEFORE
    await house.do(c.ClosePosition(tickers=("KO",)))
    house.broker.fault = None
    house.clock.stand_at(TODAY.closes_at + timedelta(hours=5))
    assert await house.reconcile.run()
    assert [order.side.value for order in house.broker.sent] == ["buy", "sell"]
    (order,) = house.state.orders.values()
    assert order.status is OrderStatus.ACCEPTED


async def unsent() -> House:
    """An entry that was stored before its engine died, and the engine that starts after it."""
    house = await a_house()
    house.bus._listeners.clear()
    await wants(house)
    again = await opened(house.clock, house.market, house.broker, house.store)
    assert [order.status for order in again.state.orders.values()] == [OrderStatus.INTENDED]
    return again


@pytest.mark.parametrize("price", ["60", "59.99", "48"])
async def test_an_entry_that_was_never_sent_goes_at_the_next_start_if_it_costs_no_more(price: str) -> None:
    house = await unsent()
    house.clock.forward(timedelta(seconds=50))
    house.market.show(house.clock.market(), {"KO": money(price), "PEP": money("150")})
    assert await house.reconcile.run()
    assert len(house.broker.sent) == 1
    assert house.state.positions["KO"].shares == 42


async def gives_up(house: House) -> None:
    """Neither sent nor kept, and told."""
    assert await house.reconcile.run()
    assert (house.broker.sent, house.state.orders, house.state.reserved) == ([], {}, 0)
    told = [one for one in await house.store.undelivered(ACCOUNT, 99) if one.key == "push.order_cancelled"]
    assert [one.facts["reason"] for one in told] == ["not_sent"]


@pytest.mark.parametrize("price", ["60.01", "69", "90"])
async def test_an_entry_that_was_never_sent_is_given_up_where_it_would_cost_more_by_now(price: str) -> None:
    house = await unsent()
    house.clock.forward(timedelta(seconds=50))
    house.market.show(house.clock.market(), {"KO": money(price), "PEP": money("150")})
    await gives_up(house)


async def test_an_entry_that_was_never_sent_is_given_up_where_it_is_not_safe_any_more() -> None:
    """Its price is far from the last close by now."""
    house = await unsent()
    house.market.close(NOON - timedelta(days=1), {"KO": money("100")})
    house.market.show(NOON, {"KO": money("60"), "PEP": money("150")})
    await gives_up(house)


@pytest.mark.parametrize(
    "span", [timedelta(minutes=5), TODAY.closes_at - timedelta(minutes=14) - NOON, timedelta(days=3)]
)
async def test_an_entry_that_was_never_sent_is_given_up_after_its_time_or_window(span: timedelta) -> None:
    house = await unsent()
    house.clock.forward(span)
    await gives_up(house)


async def test_an_entry_that_never_arrived_is_given_up_while_the_engine_is_not_well() -> None:
    await gives_up(await unsent_entry())


async def test_a_breaker_on_another_ticker_does_not_hold_an_entry_back() -> None:
    house = await unsent()
    await house.do(c.TripBreaker(kind=BreakerKind.SINGLE_POSITION, ticker="PEP", threshold=0.1, actual=0.2))
    assert await house.reconcile.run()
    assert len(house.broker.sent) == 1


@pytest.mark.parametrize(
    "command",
    [
        c.PauseEntries(),
        c.StopEverything(),
        c.ChangePreferences(patch={"trading.autonomy": "off"}),
        c.TripBreaker(kind=BreakerKind.DAILY_LOSS, ticker=None, threshold=0.03, actual=0.04),
        c.TripBreaker(kind=BreakerKind.SINGLE_POSITION, ticker="KO", threshold=0.1, actual=0.2),
        c.FreezeTicker(ticker="KO", ours=1, theirs=2),
    ],
)
async def test_an_entry_that_was_never_sent_is_given_up_when_something_stands_against_it(command: c.Command) -> None:
    house = await unsent()
    house.bus._listeners.clear()
    await house.do(command)
    assert await house.reconcile.run()
    assert (house.broker.sent, house.state.orders) == ([], {})


async def test_an_exit_that_was_withdrawn_and_never_arrived_is_not_sent() -> None:
    house = await a_house()
    await wants(house)
    house.broker.fault = Fault.BEFORE
    await house.do(c.ClosePosition(tickers=("KO",)))
    (identity,) = house.state.orders
    await house.do(c.RecordOrder(client_order_id=identity, status=OrderStatus.CANCELLING, why="broker_accepted"))
    house.broker.fault = None
    assert await house.reconcile.run()
    assert (len(house.broker.sent), house.state.orders) == (1, {})


async def test_an_entry_that_was_taken_and_is_unknown_now_waits_for_the_end_of_its_time() -> None:
    """An outside broker whose queue was lost tells all of it again."""
    house = await a_house()
    house.broker.holds_back = True
    await wants(house)
    (identity,) = house.state.orders
    lost = house.broker._receipts.pop(identity)
    assert await house.reconcile.run()
    assert [order.status for order in house.state.orders.values()] == [OrderStatus.ACCEPTED]
    house.broker._receipts[identity] = lost
    house.broker.execute(identity, 42, money("60"))
    assert await house.reconcile.run()
    assert (house.state.positions["KO"].shares, len(house.broker.sent)) == (42, 1)


async def test_a_difference_in_shares_freezes_that_ticker_only() -> None:
    house = await a_house()
    await wants(house)
    house.broker._shares["KO"] += 3
    assert await house.reconcile.run()
    assert house.state.frozen == {"KO"}
    assert house.state.breakers == {}
    (told,) = [one for one in await house.store.undelivered(ACCOUNT, 99) if one.event_type == "reconcile_difference"]
    assert (told.facts["ticker"], told.facts["ours"], told.facts["theirs"]) == ("KO", 42, 45)
    await house.reconcile.run()
    assert (await notes(house)).count("reconcile_difference") == 1


async def test_a_ticker_is_thawed_and_told_once_when_both_books_agree_again() -> None:
    house = await a_house()
    await wants(house)
    house.broker._shares["KO"] += 3
    assert await house.reconcile.run()
    await house.reconcile.run()
    assert house.state.frozen == {"KO"}, "while they differ"
    house.broker._shares["KO"] -= 3
    assert await house.reconcile.run()
    assert house.state.frozen == frozenset()
    await house.reconcile.run()
    assert (await notes(house)).count("ticker_thawed") == 1
    kept = await house.store.load(ACCOUNT)
    assert kept is not None
    assert kept.frozen == frozenset()


async def test_shares_that_only_the_broker_knows_are_a_difference_too() -> None:
    house = await a_house()
    house.broker._shares["XOM"] = 5
    assert await house.reconcile.run()
    assert house.state.frozen == {"XOM"}


async def test_an_unexplained_difference_in_cash_stops_all_entries() -> None:
    house = await a_house()
    house.broker._cash -= money("5")
    assert await house.reconcile.run()
    assert house.state.frozen == frozenset()
    assert list(house.state.differences) == [Difference(None, money("100000"), money("99995"), NOON)]
    await wants(house)
    assert (house.broker.sent, house.state.orders) == ([], {})
    await house.reconcile.run()
    assert (await notes(house)).count("reconcile_difference") == 1
    house.broker._cash += money("5")
    assert await house.reconcile.run()
    assert not house.state.differences
    assert (await notes(house)).count("reconcile_difference") == 2


async def test_other_numbers_of_a_frozen_ticker_are_told_again() -> None:
    house = await a_house()
    await wants(house)
    for shares in (3, 0, 4):
        house.broker._shares["KO"] += shares
        assert await house.reconcile.run()
    assert house.state.differences == (Difference("KO", 42, 49, NOON),)
    assert (await notes(house)).count("reconcile_difference") == 2


async def test_the_brokers_word_is_in_force_until_it_differs_again() -> None:
    house = await a_house()
    await wants(house)
    house.broker._shares["KO"] += 3
    assert await house.reconcile.run()
    await house.do(c.AcceptBroker(ticker="KO", by="owner"))
    assert (house.state.positions["KO"].shares, house.state.frozen) == (45, frozenset())
    assert await house.reconcile.run()
    assert not house.state.differences
    house.broker._shares["KO"] -= 5
    assert await house.reconcile.run()
    assert house.state.frozen == {"KO"}
    assert list(house.state.differences) == [Difference("KO", 45, 40, NOON)]


async def test_the_brokers_cash_is_ours_once_the_owner_says_so() -> None:
    house = await a_house()
    house.broker._cash -= money("5")
    assert await house.reconcile.run()
    await house.do(c.AcceptBroker(by="owner"))
    assert await house.reconcile.run()
    assert (house.state.cash, house.state.differences) == (money("99995"), ())
    await wants(house)
    assert house.state.positions["KO"].shares == 42


class Moving:
    """A broker that fills a waiting order at the very moment when its book is read."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker
        self.fills_then: list[tuple[str, int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def holdings(self) -> Holdings:
        for identity, shares in self.fills_then[:1]:
            self._broker.execute(identity, shares, money("60"))
        del self.fills_then[:1]
        return await self._broker.holdings()


@pytest.mark.parametrize("parts", [[42], [10, 10, 22]])
async def test_a_fill_while_the_books_are_read_is_no_difference(parts: list[int]) -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    moving = Moving(broker)
    house = await opened(clock, market, broker, door=moving)
    broker.holds_back = True
    await wants(house)
    moving.fills_then = [(next(iter(house.state.orders)), part) for part in parts]
    assert await house.reconcile.run()
    assert house.state.positions["KO"].shares == 42
    assert (house.state.frozen, house.state.breakers) == (frozenset(), {})


def well(house: House) -> bool:
    return house.health.ok


async def test_a_broker_that_is_down_is_told_once_and_the_end_of_it_too() -> None:
    house = await a_house()
    house.broker.fault = Fault.BEFORE
    assert not await house.reconcile.run()
    assert not well(house)
    assert not (await house.bus.scene()).healthy
    await alarm(house.crew)
    await recover(house.crew)
    await alarm(house.crew)
    assert not well(house)
    assert (await notes(house)).count("engine_degraded") == 1
    house.broker.fault = None
    await recover(house.crew)
    assert well(house)
    assert (await house.bus.scene()).healthy
    await recover(house.crew)
    assert (await notes(house)).count("engine_recovered") == 1


async def test_what_fails_while_the_end_of_trouble_is_stored_is_trouble_anew_and_told() -> None:
    house = await a_house()
    house.health.fails("no prices")
    await alarm(house.crew)

    async def breaks(done: Done) -> None:
        if "Noted" in [type(event).__name__ for event in done.events]:
            house.health.fails("the broker did not answer: reset")

    house.bus.listen(breaks)
    await recover(house.crew)
    assert (well(house), house.health.why) == (False, "the broker did not answer: reset")
    del house.bus._listeners[-1]
    await alarm(house.crew)
    assert (await notes(house))[-2:] == ["engine_recovered", "engine_degraded"]
    await recover(house.crew)
    assert well(house)


async def test_an_exit_that_is_in_doubt_again_keeps_the_engine_unwell() -> None:
    """Both books agree, and what was sent meanwhile got no answer."""
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    door = Deaf(broker)
    house = await opened(clock, market, broker, door=door)
    await wants(house)
    door.deaf = True
    await house.do(c.ClosePosition(tickers=("KO",)))
    await recover(house.crew)
    assert not well(house)
    door.deaf = False
    await recover(house.crew)
    assert well(house)
    assert house.state.positions == {}


class Deaf:
    """A broker that answers everything but an order."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker, self.deaf = broker, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def submit(self, order: Order) -> Receipt:
        if self.deaf:
            raise Unavailable("reset")
        return await self._broker.submit(order)


async def test_books_that_never_stand_still_have_not_been_compared() -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    moving = Moving(broker)
    house = await opened(clock, market, broker, door=moving)
    broker.holds_back = True
    await wants(house)
    moving.fills_then = [(next(iter(house.state.orders)), part) for part in [5, 5, 5, 5, 5]]
    broker._cash -= money("5000")
    assert not await house.reconcile.run()
    assert (well(house), house.health.why, house.state.differences) == (False, "books_moved", ())
    await recover(house.crew)
    assert well(house)
    assert [one.ticker for one in house.state.differences] == [None]


async def test_health_comes_back_only_when_prices_come_back() -> None:
    house = await a_house()
    house.market.down = True
    assert not (await house.bus.scene()).healthy
    await recover(house.crew)
    assert not well(house)
    assert "engine_recovered" not in await notes(house)
    house.market.down = False
    await recover(house.crew)
    assert well(house)


async def test_an_owed_kill_switch_stands_before_anything_is_sent() -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    first = await opened(clock, market, broker)
    frail = FrailStore(first.store)
    house = await opened(clock, market, broker, first.store, kept=frail)
    broker.fault = Fault.BEFORE
    await wants(house)
    frail.down = Fault.BEFORE
    await house.do(c.StopEverything(by="owner"))
    broker.fault, frail.down = None, None
    await recover(house.crew)
    assert house.state.killed_at == NOON
    assert (broker.sent, house.state.orders) == ([], {})
    assert well(house)


async def test_an_owed_kill_switch_holds_entries_back_in_the_regular_reconciliation_too() -> None:
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    first = await opened(clock, market, broker)
    frail = FrailStore(first.store)
    house = await opened(clock, market, broker, first.store, kept=frail)
    broker.fault = Fault.BEFORE
    await wants(house)
    frail.down = Fault.BEFORE
    await house.do(c.StopEverything(by="owner"))
    broker.fault = None
    await house.reconcile.run()
    assert broker.sent == []


async def test_another_books_cursor_is_trouble_and_not_a_crash() -> None:
    house = await a_house()
    house.execution._last = "somebody-elses-1"
    assert not await house.reconcile.run()
    assert not house.health.ok


async def test_after_a_restart_everything_open_is_settled() -> None:
    """One filled while we were away, one waiting, one that never arrived."""
    house = await a_house()
    house.broker.holds_back = True
    await wants(house)
    await wants(house, id="r2", ticker="PEP")
    first, second = house.state.orders
    house.broker.execute(first, 42, money("59"))
    again = await opened(house.clock, house.market, house.broker, house.store)
    assert await again.reconcile.run()
    assert again.state.positions["KO"].cost == 42 * money("59")
    assert list(again.state.orders) == [second]
    assert len(house.broker.sent) == 2


async def test_an_order_unknown_here_is_not_touched() -> None:
    """What another program does at the broker shows as a difference, nothing more."""
    house = await a_house()
    house.broker.holds_back = True
    await house.broker.submit(an_order(client_order_id="other-1", ticker="PEP", shares=1))
    assert await house.reconcile.run()
    assert house.broker._receipts["other-1"].status is OrderStatus.ACCEPTED
    assert house.state.frozen == frozenset()


async def test_stops_are_watched_while_the_brokers_book_cannot_be_read() -> None:
    """Degraded, what crosses its stop is sold once all the same, as soon as the broker takes it."""
    house = await a_house()
    await wants(house)
    house.broker.fault = Fault.BEFORE
    assert not await house.reconcile.run()
    house.clock.forward(timedelta(minutes=5))
    house.market.show(house.clock.market(), {"KO": money("40"), "PEP": money("150")})
    await recover(house.crew)
    assert not well(house)
    (order,) = house.state.orders.values()
    assert (order.ticker, order.side.value, order.status) == ("KO", "sell", OrderStatus.IN_DOUBT)
    await recover(house.crew)
    assert len(house.state.orders) == 1
    house.broker.fault = None
    await recover(house.crew)
    assert well(house)
    assert [sent.side.value for sent in house.broker.sent] == ["buy", "sell"]
    assert house.state.positions == {}
