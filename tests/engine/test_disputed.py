"""Where the broker's word and our book do not go together: shares that it lacks, and executions that come late."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.core import commands as c
from engine.core.nouns import Difference, Fill, Order
from engine.core.refusals import Refusal, Refused
from engine.core.units import DOLLAR, money
from engine.core.words import OrderStatus, Side
from engine.loops import compared
from engine.ports import Receipt
from tests.builders import an_order
from tests.engine.scenes import ACCOUNT, NOON, Hands, HonestMarket, House, an_outside, opened
from tests.fakes import FakeBroker, Fault


class Lagging:
    """A broker whose holdings are ahead of what it tells of orders and executions, while it `hides` them."""

    def __init__(self, broker: FakeBroker, *, orders: bool = True) -> None:
        self._broker, self._orders, self.hides = broker, orders, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def fills(self, after: str | None) -> Sequence[Fill]:
        return [] if self.hides else await self._broker.fills(after)

    async def find(self, client_order_id: str) -> Receipt | None:
        return self._shown(await self._broker.find(client_order_id))

    async def submit(self, order: Order) -> Receipt:
        shown = self._shown(await self._broker.submit(order))
        assert shown is not None
        return shown

    def _shown(self, receipt: Receipt | None) -> Receipt | None:
        if receipt is None or not (self.hides and self._orders):
            return receipt
        return replace(receipt, filled_shares=0, status=OrderStatus.ACCEPTED)


def outside() -> tuple[Hands, HonestMarket, FakeBroker]:
    """KO at 60, of which enough is known for a buy."""
    clock, market, broker = an_outside(NOON, {"KO": "60", "PEP": "150"})
    for day in range(20, 0, -1):
        market.close(NOON - timedelta(days=day), {"KO": money("60") + day % 2 * DOLLAR})
    return clock, market, broker


async def buys(house: House, shares: int = 10) -> str:
    """The name of the order."""
    assert not isinstance(await house.do(c.Buy(ticker="KO", shares=shares, by="owner")), Refused)
    return house.broker.sent[-1].client_order_id


async def told(house: House) -> list[str]:
    return [one.key for one in await house.store.undelivered(ACCOUNT, 999)]


def sells(house: House) -> list[int]:
    return [order.shares for order in house.broker.sent if order.side is Side.SELL]


def held(house: House) -> int:
    return house.state.positions["KO"].shares if "KO" in house.state.positions else 0


async def falls(house: House, price: str = "40") -> None:
    house.clock.forward(timedelta(minutes=5))
    house.market.show(house.clock.market(), {"KO": money(price)})
    await house.step.run()


async def given_up_and_filled(shares: int = 42) -> House:
    """An entry that was given up; the broker had bought its shares all the same, and says so late."""
    house = await opened(*outside())
    house.broker.holds_back = True
    name = await buys(house, 42)
    await house.do(c.CancelOrders(by="owner"))
    assert house.state.orders == {}
    house.broker._receipts[name] = replace(house.broker._receipts[name], status=OrderStatus.ACCEPTED)
    house.broker.execute(name, shares, money("60"))
    house.broker._receipts[name] = replace(house.broker._receipts[name], status=OrderStatus.CANCELLED)
    house.broker.holds_back = False
    return house


async def test_a_stop_sells_what_the_broker_has_of_what_we_hold() -> None:
    house = await opened(*outside())
    await buys(house)
    house.broker._shares["KO"] = 6
    await compared(house.crew)
    await falls(house)
    await falls(house)
    assert (sells(house), held(house), house.broker._shares) == ([6], 4, {})
    assert "push.order_rejected" not in await told(house)
    no = await house.do(c.ClosePosition(tickers=("KO",), by="owner"))
    assert (no.code, no.facts["shares"]) == (Refusal.SHARES_LACKING, 4)


async def test_a_sell_of_shares_that_the_broker_lacks_shows_what_it_has_at_once() -> None:
    house = await opened(*outside())
    await buys(house)
    house.broker._shares["KO"] = 6
    await falls(house)
    await falls(house)
    assert (sells(house), held(house), house.broker._shares) == ([10, 6], 4, {})
    assert house.state.frozen == {"KO"}


async def test_a_sell_that_is_refused_while_both_books_agree_is_repeated_after_five_minutes() -> None:
    house = await opened(*outside())
    await buys(house)
    house.broker.refuses = "no_shares"
    await falls(house)
    house.clock.forward(timedelta(minutes=4, seconds=59))
    await house.step.run()
    assert sells(house) == [10]
    house.broker.refuses = ""
    house.clock.forward(timedelta(seconds=1))
    await house.step.run()
    assert (sells(house), held(house)) == ([10, 10], 0)


@pytest.mark.parametrize("side", list(Side))
async def test_numbers_that_an_untold_execution_explains_are_not_taken(side: Side) -> None:
    house = await opened(*outside())
    if side is Side.SELL:
        await buys(house, 42)
    door = Lagging(house.broker)
    house.execution.line.broker = door
    if side is Side.BUY:
        await buys(house, 42)
    else:
        await house.do(c.ClosePosition(tickers=("KO",), by="owner"))
    await compared(house.crew)
    for ticker in ("KO", None):
        no = await house.do(c.AcceptBroker(ticker=ticker, by="owner"))
        assert no.code is Refusal.BOOK_UNSETTLED
    door.hides = False
    for ticker in ("KO", None):
        assert (await house.do(c.AcceptBroker(ticker=ticker, by="owner"))).code is Refusal.NO_DIFFERENCE
    assert held(house) == (42 if side is Side.BUY else 0)
    assert house.state.cash == house.broker._cash
    assert house.state.differences == ()


async def test_a_difference_that_the_broker_has_put_right_is_not_taken() -> None:
    house = await opened(*outside())
    await buys(house)
    house.broker._shares["KO"] = 4
    await compared(house.crew)
    house.broker._shares["KO"] = 10
    no = await house.do(c.AcceptBroker(ticker="KO", by="owner", seen=(10, 4)))
    assert (no.code, held(house), house.state.frozen) == (Refusal.NO_DIFFERENCE, 10, frozenset())


async def test_other_numbers_than_the_owner_was_told_are_not_taken() -> None:
    house = await opened(*outside())
    await buys(house)
    house.broker._shares["KO"] = 4
    await compared(house.crew)
    house.broker._shares["KO"] = 5
    no = await house.do(c.AcceptBroker(ticker="KO", by="owner", seen=(10, 4)))
    assert (no.code, held(house)) == (Refusal.OVERTAKEN, 10)
    assert house.state.difference("KO") == Difference("KO", 10, 5, NOON)


async def test_nothing_is_taken_while_the_broker_does_not_answer() -> None:
    house = await opened(*outside())
    house.broker._cash -= money("5")
    await compared(house.crew)
    house.broker.fault = Fault.BEFORE
    assert (await house.do(c.AcceptBroker(by="owner"))).code is Refusal.BOOK_UNSETTLED


@pytest.mark.parametrize("shares", [42, 20])
async def test_what_is_bought_by_an_order_that_had_ended_is_a_position_with_its_stop(shares: int) -> None:
    house = await given_up_and_filled(shares)
    assert await compared(house.crew)
    assert (held(house), house.state.cash, house.state.differences) == (shares, house.broker._cash, ())
    assert house.state.positions["KO"].stop > 0
    assert [lot.shares for lot in house.state.lots["KO"]] == [shares]
    (opened_,) = [one for one in await house.store.undelivered(ACCOUNT, 99) if one.event_type == "trade_opened"]
    assert opened_.facts["late"] == shares
    await falls(house)
    assert (held(house), house.broker._shares.get("KO", 0)) == (0, 0)


async def test_it_is_booked_after_a_restart_too_and_once() -> None:
    around = outside()
    first = await opened(*around)
    first.broker.holds_back = True
    name = await buys(first, 42)
    await first.do(c.CancelOrders(by="owner"))
    first.broker._receipts[name] = replace(first.broker._receipts[name], status=OrderStatus.ACCEPTED)
    first.broker.execute(name, 42, money("60"))
    for _ in range(2):
        again = await opened(*around, first.store)
        assert await compared(again.crew)
        assert (held(again), again.state.cash) == (42, around[2]._cash)


async def test_what_is_sold_by_an_order_whose_trade_was_closed_closes_another() -> None:
    house = await opened(*outside())
    await buys(house)
    house.broker.holds_back = True
    await house.do(c.ClosePosition(tickers=("KO",), by="owner"))
    (name,) = house.state.orders
    house.broker.execute(name, 4, money("60"))
    await house.execution.collect()
    house.broker._receipts[name] = replace(house.broker._receipts[name], status=OrderStatus.CANCELLED)
    await house.reconcile.ask()
    assert house.state.orders == {}
    house.broker._receipts[name] = replace(house.broker._receipts[name], status=OrderStatus.ACCEPTED)
    house.broker.execute(name, 6, money("60"))
    assert await compared(house.crew)
    assert (held(house), house.state.cash, house.state.differences) == (0, house.broker._cash, ())
    assert [trade.shares for trade in house.state.trades] == [4, 6]


async def test_what_the_owner_has_taken_over_is_not_booked_when_it_is_told_late() -> None:
    house = await given_up_and_filled()
    door = Lagging(house.broker, orders=False)
    house.execution.line.broker = door
    await compared(house.crew)
    for ticker in ("KO", None):
        assert not isinstance(await house.do(c.AcceptBroker(ticker=ticker, by="owner")), Refused)
    door.hides = False
    assert await compared(house.crew)
    assert (held(house), house.state.cash, house.state.differences) == (42, house.broker._cash, ())


async def test_an_execution_of_no_order_of_ours_freezes_with_what_the_broker_has() -> None:
    house = await opened(*outside())
    await house.broker.submit(an_order(client_order_id="another-1", ticker="PEP", shares=1))
    house.broker._shares["PEP"] = 7
    await house.execution.collect()
    assert house.state.difference("PEP") == Difference("PEP", 0, 7, NOON)
    assert (await told(house))[-1] == "push.reconcile_difference.unknown_order"


async def test_an_execution_that_is_not_its_orders_is_not_booked() -> None:
    house = await opened(*outside())
    house.broker.holds_back = True
    name = await buys(house)
    house.broker.execute(name, 10, money("60"))
    house.broker._fills[-1] = replace(house.broker._fills[-1], ticker="PEP")
    await house.execution.collect()
    assert (dict(house.state.positions), house.state.cash) == ({}, money("100000"))
