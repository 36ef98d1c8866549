"""What every broker does: an order once, cash and shares exact, and the truth when it is asked."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.happenings import CorporateAction
from engine.core.nouns import Fill, Order, Transfer
from engine.core.units import Money, Ticker, money
from engine.core.words import ActionKind, OrderStatus, Side
from engine.ports import Broker, Holdings, Receipt, Rejected, Unavailable
from tests.engine.adapters.floor import BROKERS, CALENDAR, MONDAY, Floor, a_broker, a_buy, a_sell, an_order
from tests.fakes import FakeBroker, Fault

every_broker = pytest.mark.parametrize("kind", BROKERS)


@every_broker
async def test_a_market_order_fills_wholly_at_the_price_of_now(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor, cash="10000") as broker:
        receipt = await broker.submit(a_buy("one", 10))
        assert receipt == Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=10)
        assert await broker.holdings() == Holdings(cash=money("9500"), shares={"KO": 10})
        (fill,) = await broker.fills(None)
        assert MONDAY
        assert fill == Fill(
            execution_id=fill.execution_id,
            client_order_id="one",
            ticker="KO",
            side=Side.BUY,
            shares=10,
            price=money("50"),
            fee=0,
            at=MONDAY.opens_at,
        )


@every_broker
async def test_a_sell_brings_its_proceeds(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor, cash="500") as broker:
        await broker.submit(a_buy("one", 10))
        floor.show(KO="60.0001")
        await broker.submit(a_sell("two", 4))
        assert await broker.holdings() == Holdings(cash=money("240.0004"), shares={"KO": 6})
        await broker.submit(a_sell("three", 6))
        assert await broker.holdings() == Holdings(cash=money("600.0010"), shares={})


@every_broker
async def test_the_same_id_twice_is_one_order_with_one_receipt(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        first = await broker.submit(a_buy("one", 10))
        floor.show(KO="70")
        assert await broker.submit(a_buy("one", 10)) == first
        assert len(await broker.fills(None)) == 1
        assert (await broker.holdings()).shares == {"KO": 10}


@every_broker
async def test_the_first_receipt_is_given_again_and_find_says_what_became_of_it(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        floor.close()
        first = await broker.submit(a_buy("one", 10))
        floor.open(KO="52")
        assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=10)
        assert await broker.submit(a_buy("one", 10)) == first
        assert first.status is OrderStatus.ACCEPTED
        assert len(await broker.fills(None)) == 1


@every_broker
async def test_an_order_that_never_came_is_not_found(kind: str) -> None:
    with a_broker(kind, Floor()) as broker:
        assert await broker.find("one") is None


@every_broker
async def test_what_was_sent_is_found(kind: str) -> None:
    with a_broker(kind, Floor()) as broker:
        assert await broker.find("one") is None
        receipt = await broker.submit(a_buy("one", 10))
        assert await broker.find("one") == receipt


@every_broker
async def test_fills_come_in_order_after_a_cursor(kind: str) -> None:
    with a_broker(kind, Floor()) as broker:
        assert await broker.fills(None) == []
        for identity in ("one", "two", "three"):
            await broker.submit(a_buy(identity, 1))
        whole = await broker.fills(None)
        assert [fill.client_order_id for fill in whole] == ["one", "two", "three"]
        assert await broker.fills(whole[0].execution_id) == whole[1:]
        assert await broker.fills(whole[2].execution_id) == []


@every_broker
async def test_a_cursor_of_another_book_is_refused(kind: str) -> None:
    with a_broker(kind, Floor()) as broker:
        await broker.submit(a_buy("one", 1))
        with pytest.raises(Rejected, match="unknown_execution"):
            await broker.fills("elsewhere-000009")


@every_broker
async def test_execution_ids_never_repeat_and_sort_in_their_order(kind: str) -> None:
    with a_broker(kind, Floor()) as broker:
        for number in range(12):
            await broker.submit(a_buy(f"order-{number}", 1))
        identities = [fill.execution_id for fill in await broker.fills(None)]
        assert len(set(identities)) == 12
        assert identities == sorted(identities)


@every_broker
@pytest.mark.parametrize(
    ("order", "why"),
    [
        (a_buy("dear", 201), "no_cash"),
        (a_sell("short", 1), "no_shares"),
        (a_buy("none", 0), "bad_shares"),
        (a_buy("fewer", -1), "bad_shares"),
        (a_buy("strange", 1, "ZZZZ"), "no_price"),
    ],
)
async def test_what_cannot_be_is_rejected_and_remembered(kind: str, order: Order, why: str) -> None:
    rejected = Receipt(client_order_id=order.client_order_id, status=OrderStatus.REJECTED, why=why)
    with a_broker(kind, Floor(), cash="10000") as broker:
        for _ in range(2):
            with pytest.raises(Rejected, match=f"^{why}$"):
                await broker.submit(order)
            assert await broker.find(order.client_order_id) == rejected
        assert await broker.fills(None) == []
        assert await broker.holdings() == Holdings(cash=money("10000"), shares={})


@every_broker
async def test_a_rejection_stands_even_when_the_reason_is_gone(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor, cash="49") as broker:
        with pytest.raises(Rejected):
            await broker.submit(a_buy("one", 1))
        floor.show(KO="40")
        with pytest.raises(Rejected, match="no_cash"):
            await broker.submit(a_buy("one", 1))
        assert (await broker.submit(a_buy("two", 1))).status is OrderStatus.FILLED


@every_broker
async def test_the_last_dollar_can_be_spent(kind: str) -> None:
    with a_broker(kind, Floor(), cash="10000") as broker:
        await broker.submit(a_buy("one", 200))
        assert await broker.holdings() == Holdings(cash=0, shares={"KO": 200})


@every_broker
async def test_no_more_is_sold_than_is_held_and_not_yet_being_sold(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("one", 10))
        floor.close()
        await broker.submit(a_sell("two", 7))
        with pytest.raises(Rejected, match="no_shares"):
            await broker.submit(a_sell("three", 4))
        await broker.submit(a_sell("four", 3))
        floor.open(KO="55")
        assert await broker.holdings() == Holdings(cash=money("10050"), shares={})


@every_broker
async def test_a_closed_market_keeps_the_order_for_the_next_price(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        floor.close()
        waiting = Receipt(client_order_id="one", status=OrderStatus.ACCEPTED)
        assert await broker.submit(a_buy("one", 10)) == waiting
        assert await broker.find("one") == waiting
        assert await broker.fills(None) == []
        floor.open(KO="52")
        (fill,) = await broker.fills(None)
        assert (fill.price, fill.at) == (money("52"), floor.clock.market())
        assert await broker.holdings() == Holdings(cash=money("9480"), shares={"KO": 10})


@every_broker
async def test_waiting_orders_fill_in_the_order_they_came(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor, cash="1000") as broker:
        floor.close()
        for identity, shares in (("one", 12), ("two", 12), ("three", 8)):
            await broker.submit(a_buy(identity, shares))
        floor.open(KO="50")
        assert [fill.client_order_id for fill in await broker.fills(None)] == ["one", "three"]
        assert await broker.find("two") == Receipt(client_order_id="two", status=OrderStatus.REJECTED, why="no_cash")


@every_broker
async def test_what_still_waits_can_be_cancelled(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        floor.close()
        await broker.submit(a_buy("one", 10))
        cancelled = Receipt(client_order_id="one", status=OrderStatus.CANCELLED)
        assert await broker.cancel("one") == cancelled
        assert await broker.cancel("one") == cancelled
        floor.open(KO="52")
        assert await broker.find("one") == cancelled
        assert await broker.fills(None) == []


@every_broker
async def test_cancelling_too_late_says_how_it_ended(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        filled = await broker.submit(a_buy("one", 10))
        assert await broker.cancel("one") == filled
        with pytest.raises(Rejected):
            await broker.submit(a_sell("two", 11))
        assert (await broker.cancel("two")).status is OrderStatus.REJECTED
        assert (await broker.holdings()).shares == {"KO": 10}


@every_broker
async def test_the_open_comes_before_a_cancel(kind: str) -> None:
    """An order that waited for the open was filled by it, even if nobody asked before the cancel."""
    floor = Floor()
    with a_broker(kind, floor) as broker:
        floor.close()
        await broker.submit(a_buy("one", 10))
        floor.open(KO="52")
        assert (await broker.cancel("one")).status is OrderStatus.FILLED


@every_broker
async def test_an_unknown_order_cannot_be_cancelled(kind: str) -> None:
    with a_broker(kind, Floor()) as broker, pytest.raises(Rejected, match="unknown_order"):
        await broker.cancel("one")


@every_broker
async def test_without_a_feed_orders_wait(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        floor.market.down = True
        assert (await broker.submit(a_buy("one", 10))).status is OrderStatus.ACCEPTED
        assert (await broker.find("one")) == Receipt(client_order_id="one", status=OrderStatus.ACCEPTED)
        floor.market.down = False
        assert [fill.price for fill in await broker.fills(None)] == [money("50")]


@every_broker
async def test_money_moved_is_booked_once_under_its_name(kind: str) -> None:
    with a_broker(kind, Floor(), cash="10000") as broker:
        for _ in range(2):
            await broker.transfer(moved("t1", "500.25"))
        assert (await broker.holdings()).cash == money("10500.25")
        await broker.transfer(moved("t2", "-10500.25"))
        await broker.transfer(moved("t1", "500.25"))
        assert await broker.holdings() == Holdings(cash=0, shares={})


@every_broker
async def test_no_more_goes_out_than_is_there_and_may_go_out_later(kind: str) -> None:
    with a_broker(kind, Floor(), cash="10000") as broker:
        with pytest.raises(Rejected, match="no_cash"):
            await broker.transfer(moved("t1", "-10000.01"))
        assert (await broker.holdings()).cash == money("10000")
        await broker.transfer(moved("t2", "0.01"))
        await broker.transfer(moved("t1", "-10000.01"))
        assert (await broker.holdings()).cash == 0


@every_broker
async def test_a_reset_leaves_nothing_but_its_amount(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor, cash="10000") as broker:
        await broker.submit(a_buy("one", 10))
        floor.close()
        await broker.submit(a_buy("two", 5))
        await broker.submit(a_sell("three", 4))
        for _ in range(2):
            await broker.transfer(moved("t1", "700", resets=True))
        ended = [await broker.find(name) for name in ("two", "three")]
        assert [(one.status, one.why) for one in ended if one] == [(OrderStatus.CANCELLED, "reset")] * 2
        floor.open(KO="52")
        assert await broker.holdings() == Holdings(cash=money("700"), shares={})
        assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=10)


@every_broker
async def test_executions_of_before_a_reset_are_told_no_more(kind: str) -> None:
    with a_broker(kind, Floor(), cash="10000") as broker:
        for name in ("one", "two"):
            await broker.submit(a_buy(name, 1))
        first, second = await broker.fills(None)
        await broker.transfer(moved("t1", "700", resets=True))
        for after in (None, first.execution_id, second.execution_id):
            assert await broker.fills(after) == []
        await broker.transfer(moved("t2", "100"))
        await broker.submit(a_buy("three", 1))
        for after in (None, first.execution_id, second.execution_id):
            assert [fill.client_order_id for fill in await broker.fills(after)] == ["three"]
        assert await broker.holdings() == Holdings(cash=money("750"), shares={"KO": 1})


def acts(floor: Floor, name: str = "a1", **changes: Any) -> None:
    """Let something of KO come into force at the open of the next session: a split of two for one, unless told."""
    coming = CALENDAR.next_session(floor.clock.market())
    usual: dict[str, Any] = {
        "id": name,
        "kind": ActionKind.SPLIT,
        "ticker": "KO",
        "ex_date": coming.date,
        "opens_at": coming.opens_at,
        "new": 2,
    }
    floor.market.act(CorporateAction(**usual | changes))


@every_broker
async def test_a_split_changes_shares_held_once(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("one", 10))
        await broker.submit(a_buy("two", 10, "AAPL"))
        acts(floor)
        floor.close()
        assert (await broker.holdings()).shares == {"KO": 10, "AAPL": 10}
        floor.open(KO="25", AAPL="75")
        for _ in range(2):
            assert await broker.holdings() == Holdings(cash=money("8750"), shares={"KO": 20, "AAPL": 10})
        assert len(await broker.fills(None)) == 2


@every_broker
async def test_a_fraction_of_a_share_is_paid_at_the_last_close(kind: str) -> None:
    """11 shares at three for two: 16 and a half; the last price was $50, in new shares $33.3333."""
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("one", 11))
        acts(floor, new=3, old=2)
        floor.close()
        floor.open(KO="34")
        assert await broker.holdings() == Holdings(cash=money("9450") + money("16.6666"), shares={"KO": 16})


@every_broker
async def test_a_reverse_split_can_leave_nothing_but_cash(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("one", 7))
        acts(floor, new=1, old=10)
        floor.close()
        floor.open(KO="500")
        assert await broker.holdings() == Holdings(cash=money("10000"), shares={})
        await broker.submit(a_buy("two", 1))
        assert (await broker.holdings()).shares == {"KO": 1}


@every_broker
async def test_a_dividend_is_paid_for_shares_held_before_its_session(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("one", 10))
        acts(floor, kind=ActionKind.DIVIDEND, new=1, per_share=money("0.41"))
        floor.close()
        floor.open(KO="50")
        await broker.submit(a_buy("two", 10))
        await broker.submit(a_sell("three", 20))
        assert await broker.holdings() == Holdings(cash=money("10004.10"), shares={})


@every_broker
async def test_what_is_bought_after_the_open_gets_neither(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        acts(floor)
        acts(floor, "a2", kind=ActionKind.DIVIDEND, new=1, per_share=money("0.41"))
        floor.close()
        floor.open(KO="25")
        await broker.submit(a_buy("one", 10))
        floor.open(KO="26")
        assert await broker.holdings() == Holdings(cash=money("9750"), shares={"KO": 10})


@every_broker
async def test_a_sell_that_waited_over_a_split_sells_the_new_shares(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("one", 10))
        acts(floor, new=3)
        floor.close()
        await broker.submit(a_sell("two", 10))
        floor.open(KO="17")
        assert await broker.find("two") == Receipt(client_order_id="two", status=OrderStatus.FILLED, filled_shares=30)
        assert await broker.holdings() == Holdings(cash=money("10010"), shares={})


@every_broker
async def test_a_buy_that_waited_over_a_split_ends_and_a_sell_of_less_than_a_share(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("one", 19))
        acts(floor, new=1, old=10)
        floor.close()
        await broker.submit(a_buy("two", 10))
        await broker.submit(a_sell("three", 9))
        await broker.submit(a_buy("four", 10, "AAPL"))
        floor.open(KO="500", AAPL="75")
        for name in ("two", "three"):
            assert await broker.find(name) == Receipt(client_order_id=name, status=OrderStatus.CANCELLED, why="split")
        assert (await broker.holdings()).shares == {"KO": 1, "AAPL": 10}


@every_broker
async def test_a_dividend_can_be_taken_out_in_its_own_session(kind: str) -> None:
    """It is booked before money is moved."""
    floor = Floor()
    with a_broker(kind, floor, cash="500") as broker:
        await broker.submit(a_buy("one", 10))
        acts(floor, kind=ActionKind.DIVIDEND, new=1, per_share=money("0.41"))
        floor.close()
        floor.open(KO="50")
        await broker.transfer(moved("t1", "-4.10"))
        assert await broker.holdings() == Holdings(cash=0, shares={"KO": 10})


@every_broker
async def test_while_the_market_does_not_say_what_is_in_force_nothing_is_filled(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("one", 10))
        acts(floor)
        floor.close()
        await broker.submit(a_sell("two", 10))
        floor.open(KO="25")
        floor.market.down = True
        assert (await broker.holdings()).shares == {"KO": 10}
        floor.market.down = False
        assert await broker.holdings() == Holdings(cash=money("10000"), shares={})


@every_broker
async def test_a_halted_ticker_is_not_traded_until_it_goes_on(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("one", 10))
        now = floor.clock.market()
        floor.market.halt("KO", now, now + timedelta(minutes=30))
        waiting = Receipt(client_order_id="two", status=OrderStatus.ACCEPTED)
        assert await broker.submit(a_sell("two", 10)) == waiting
        assert (await broker.submit(a_buy("three", 10, "AAPL"))).status is OrderStatus.FILLED
        floor.clock.forward(timedelta(minutes=29))
        floor.show(KO="49")
        assert await broker.find("two") == waiting
        floor.clock.forward(timedelta(minutes=1))
        floor.show(KO="48")
        assert await broker.find("two") == replace(waiting, status=OrderStatus.FILLED, filled_shares=10)
        assert [fill.price for fill in await broker.fills(None)][-1] == money("48")


def moved(name: str, dollars: str, *, resets: bool = False) -> Transfer:
    assert MONDAY
    return Transfer(id=name, amount=money(dollars), at=MONDAY.opens_at, resets=resets)


@dataclass(frozen=True)
class Send:
    number: int
    side: Side
    ticker: Ticker
    shares: int


@dataclass(frozen=True)
class Cancel:
    number: int


@dataclass(frozen=True)
class Move:
    """The price of a ticker becomes so many ten-thousandths, in the same session, after its end, or in the next."""

    ticker: Ticker
    price: Money
    when: str


@dataclass(frozen=True)
class Pay:
    """Money in or out under one of a few names."""

    number: int
    cents: int


Step: TypeAlias = Send | Cancel | Move | Pay

numbers = st.integers(0, 11)
tickers = st.sampled_from(["AAPL", "KO"])
steps = st.one_of(
    st.builds(Send, numbers, st.sampled_from(Side), tickers, st.integers(-1, 150)),
    st.builds(Cancel, numbers),
    st.builds(Pay, st.integers(0, 3), st.integers(-300_000, 300_000)),
    st.builds(Move, tickers, st.integers(1, 2_000_000), st.sampled_from(["now", "shut", "next"])),
)


async def take(step: Step, broker: Broker, floor: Floor) -> None:
    try:
        match step:
            case Send():
                await broker.submit(an_order(f"order-{step.number}", step.side, step.shares, step.ticker))
            case Cancel():
                await broker.cancel(f"order-{step.number}")
            case Pay():
                await broker.transfer(moved(f"t{step.number}", f"{step.cents / 100:.2f}"))
                floor.paid.setdefault(step.number, step.cents * 100)
            case Move("AAPL" | "KO", _, "shut"):
                floor.close()
            case Move():
                move(step, floor)
    except Rejected:
        pass


def move(step: Move, floor: Floor) -> None:
    price = f"{step.price / 10_000:.4f}"
    if step.when == "next":
        floor.open(AAPL=price, KO=price)
    elif floor.is_open(floor.clock.market()):
        floor.clock.forward(timedelta(seconds=1))
        floor.show(**{step.ticker: price})


@pytest.mark.parametrize("kind", ["fake", "paper"])
@given(sequence=st.lists(steps, max_size=25))
async def test_cash_and_holdings_are_the_sum_of_fills_and_transfers(kind: str, sequence: list[Step]) -> None:
    """After any sequence: exact sums, nothing below zero, no price that was not shown, one whole fill an order."""
    await all_adds_up(kind, sequence)


@settings(max_examples=10)
@given(sequence=st.lists(steps, max_size=25))
async def test_behind_a_queue_cash_and_holdings_are_that_sum_too(sequence: list[Step]) -> None:
    await all_adds_up("queue", sequence)


async def all_adds_up(kind: str, sequence: list[Step]) -> None:
    floor = Floor()
    with a_broker(kind, floor, cash="10000") as broker:
        for step in sequence:
            await take(step, broker, floor)
            assert (await broker.holdings()).cash >= 0
        fills, holdings = await broker.fills(None), await broker.holdings()
        cash, shares = money("10000") + sum(floor.paid.values()), {"AAPL": 0, "KO": 0}
        for fill in fills:
            bought = fill.shares if fill.side is Side.BUY else -fill.shares
            cash -= bought * fill.price
            shares[fill.ticker] += bought
            assert shares[fill.ticker] >= 0
            assert fill.price == shown_at(floor, fill)
            assert floor.is_open(fill.at)
            assert await broker.find(fill.client_order_id) == Receipt(
                client_order_id=fill.client_order_id, status=OrderStatus.FILLED, filled_shares=fill.shares
            )
        assert holdings == Holdings(cash=cash, shares={ticker: held for ticker, held in shares.items() if held})
        assert len({fill.client_order_id for fill in fills}) == len(fills)


def shown_at(floor: Floor, fill: Fill) -> Money:
    """The last price that the floor showed by the time of this fill."""
    before = [(at, price) for (ticker, at), price in floor.shown.items() if ticker == fill.ticker and at <= fill.at]
    return max(before)[1]


async def test_a_fake_broker_can_fall_silent_before_it_acts() -> None:
    floor = Floor()
    broker = FakeBroker(floor.market, floor.clock, money("10000"))
    broker.fault = Fault.BEFORE
    with pytest.raises(Unavailable):
        await broker.submit(a_buy("one", 10))
    broker.fault = None
    assert await broker.find("one") is None
    assert broker.sent == []


async def test_a_fake_broker_can_fall_silent_after_it_acted() -> None:
    floor = Floor()
    broker = FakeBroker(floor.market, floor.clock, money("10000"))
    broker.fault = Fault.AFTER
    for _ in range(2):
        with pytest.raises(Unavailable):
            await broker.submit(a_buy("one", 10))
    broker.fault = None
    receipt = await broker.find("one")
    assert receipt
    assert receipt.status is OrderStatus.FILLED
    assert len(broker.sent) == 2
    assert len(await broker.fills(None)) == 1


async def test_a_fake_broker_can_refuse() -> None:
    floor = Floor()
    broker = FakeBroker(floor.market, floor.clock, money("10000"))
    broker.refuses = "account_closed"
    with pytest.raises(Rejected, match="account_closed"):
        await broker.submit(a_buy("one", 10))
    broker.refuses = ""
    assert (await broker.submit(a_buy("two", 10))).status is OrderStatus.FILLED


async def test_a_fake_broker_can_fill_late_and_in_parts() -> None:
    floor = Floor()
    broker = FakeBroker(floor.market, floor.clock, money("10000"))
    broker.holds_back = True
    assert (await broker.submit(a_buy("one", 10))).status is OrderStatus.ACCEPTED
    broker.execute("one", 4, money("50.01"))
    assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.ACCEPTED, filled_shares=4)
    floor.show(KO="51")
    broker.holds_back = False
    assert [(fill.shares, fill.price) for fill in await broker.fills(None)] == [(4, money("50.01")), (6, money("51"))]
    assert (await broker.cancel("one")).filled_shares == 10
