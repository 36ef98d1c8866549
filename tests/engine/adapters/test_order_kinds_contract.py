"""What every broker makes of limit, stop and stop-limit orders, and of orders that are good for a day."""

from datetime import timedelta
from typing import Any

import pytest

from engine.core.abilities import Ability
from engine.core.happenings import CorporateAction
from engine.core.units import money
from engine.core.words import ActionKind, OrderStatus, OrderType, Side, TimeInForce
from engine.ports import Holdings, Receipt, Rejected
from tests.engine.adapters.floor import (
    BROKERS,
    CALENDAR,
    Floor,
    a_broker,
    a_buy,
    a_sell,
    an_order,
    limited,
    stopped,
)

every_broker = pytest.mark.parametrize("kind", BROKERS)
DAY = {"good": TimeInForce.DAY}


@every_broker
async def test_every_kind_of_order_is_taken(kind: str) -> None:
    with a_broker(kind, Floor()) as broker:
        await broker.holdings()
        assert broker.abilities == {Ability.MARKET_ORDERS, Ability.LIMIT_ORDERS, Ability.STOP_ORDERS}


@every_broker
@pytest.mark.parametrize(
    ("side", "limit", "prices", "paid"),
    [
        (Side.BUY, "49", ["49.0001", "49"], "49"),
        (Side.BUY, "49", ["51", "47.5"], "47.5"),
        (Side.BUY, "50", [], "50"),
        (Side.BUY, "55", [], "50"),
        (Side.SELL, "51", ["50.9999", "51"], "51"),
        (Side.SELL, "51", ["49", "53.2"], "53.2"),
        (Side.SELL, "45", [], "50"),
    ],
)
async def test_a_limit_is_filled_at_the_first_price_within_it(
    kind: str, side: Side, limit: str, prices: list[str], paid: str
) -> None:
    """At the price shown, which may be better than the limit."""
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("held", 10))
        receipts = [await broker.submit(an_order("one", side, 10, **limited(limit)))]
        for price in prices:
            floor.clock.forward(timedelta(minutes=1))
            floor.show(KO=price)
            found = await broker.find("one")
            assert found
            receipts.append(found)
        assert [receipt.status for receipt in receipts] == [OrderStatus.ACCEPTED] * len(prices) + [OrderStatus.FILLED]
        assert [fill.price for fill in await broker.fills(None)] == [money("50"), money(paid)]


@every_broker
@pytest.mark.parametrize(
    ("side", "stop", "prices", "paid"),
    [
        (Side.SELL, "48", ["48.0001", "48"], "48"),
        (Side.SELL, "48", ["49", "44"], "44"),
        (Side.SELL, "50", [], "50"),
        (Side.BUY, "52", ["51.9999", "52"], "52"),
        (Side.BUY, "52", ["51", "56"], "56"),
    ],
)
async def test_a_stop_is_filled_at_the_price_that_reaches_it(
    kind: str, side: Side, stop: str, prices: list[str], paid: str
) -> None:
    """A gap through it is filled at the worse price that was shown."""
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("held", 10))
        await broker.submit(an_order("one", side, 10, **stopped(stop)))
        for price in prices:
            assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.ACCEPTED)
            floor.clock.forward(timedelta(minutes=1))
            floor.show(KO=price)
        assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.FILLED, filled_shares=10)
        assert [fill.price for fill in await broker.fills(None)] == [money("50"), money(paid)]


@every_broker
async def test_a_stop_limit_is_filled_at_the_price_that_reaches_its_stop_within_its_limit(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("held", 10))
        await broker.submit(a_sell("one", 10, **stopped("48", limit="47")))
        for price in ("48.0001", "47.5"):
            floor.clock.forward(timedelta(minutes=1))
            floor.show(KO=price)
            await broker.holdings()
        assert [fill.price for fill in await broker.fills(None)] == [money("50"), money("47.5")]


@every_broker
async def test_a_stop_limit_that_was_gapped_waits_for_its_limit(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("held", 10))
        await broker.submit(a_sell("one", 10, **stopped("48", limit="47")))
        for price in ("46", "46.9999"):
            floor.clock.forward(timedelta(minutes=1))
            floor.show(KO=price)
            assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.ACCEPTED)
        floor.clock.forward(timedelta(minutes=1))
        floor.show(KO="52")
        assert [fill.price for fill in await broker.fills(None)] == [money("50"), money("52")]


@every_broker
@pytest.mark.parametrize(
    "terms",
    [
        {"kind": OrderType.LIMIT},
        {"kind": OrderType.STOP},
        {"kind": OrderType.STOP_LIMIT, "limit": 500_000},
        {"kind": OrderType.STOP_LIMIT, "stop_at": 500_000},
        {"kind": OrderType.LIMIT, "limit": 0},
        {"kind": OrderType.LIMIT, "limit": -1},
        {"kind": OrderType.STOP, "stop_at": 0},
        {"kind": OrderType.LIMIT, "limit": money("1000000") + 1},
        {"kind": OrderType.LIMIT, "limit": 500_000, "stop_at": 500_000},
        {"limit": 500_000},
        {"stop_at": 500_000},
    ],
)
async def test_an_order_has_the_prices_of_its_kind_and_no_others(kind: str, terms: dict[str, Any]) -> None:
    with a_broker(kind, Floor()) as broker:
        with pytest.raises(Rejected, match=r"^bad_price$"):
            await broker.submit(a_buy("one", 1, **terms))
        assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.REJECTED, why="bad_price")


@every_broker
async def test_a_limit_that_waits_must_be_affordable(kind: str) -> None:
    with a_broker(kind, Floor(), cash="1000") as broker:
        with pytest.raises(Rejected, match=r"^no_cash$"):
            await broker.submit(a_buy("one", 21, **limited("48")))
        assert (await broker.submit(a_buy("two", 20, **limited("48")))).status is OrderStatus.ACCEPTED


@every_broker
async def test_a_limit_whose_money_went_elsewhere_ends(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor, cash="1000") as broker:
        await broker.submit(a_buy("one", 20, **limited("48")))
        await broker.submit(a_buy("two", 2))
        floor.clock.forward(timedelta(minutes=1))
        floor.show(KO="48")
        assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.REJECTED, why="no_cash")
        assert await broker.holdings() == Holdings(cash=money("900"), shares={"KO": 2})


@every_broker
async def test_a_day_order_ends_with_its_session(kind: str) -> None:
    floor = Floor()
    over = Receipt(client_order_id="one", status=OrderStatus.CANCELLED, why="day_over")
    with a_broker(kind, floor) as broker:
        first = await broker.submit(a_buy("one", 10, **limited("49", TimeInForce.DAY)))
        floor.close()
        assert await broker.find("one") == over
        floor.open(KO="45")
        assert await broker.find("one") == over
        assert await broker.submit(a_buy("one", 10, **limited("49", TimeInForce.DAY))) == first
        assert await broker.cancel("one") == over
        assert await broker.fills(None) == []


@every_broker
async def test_a_day_order_that_nobody_asked_about_is_not_filled_by_the_next_session(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("one", 10, **limited("49", TimeInForce.DAY)))
        floor.close()
        floor.open(KO="45")
        assert await broker.fills(None) == []


@every_broker
async def test_an_order_that_is_good_until_cancelled_waits_over_nights(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("one", 10, **limited("49")))
        for price in ("52", "51", "48.5"):
            floor.close()
            assert await broker.find("one") == Receipt(client_order_id="one", status=OrderStatus.ACCEPTED)
            floor.open(KO=price)
        assert [fill.price for fill in await broker.fills(None)] == [money("48.5")]


@every_broker
async def test_a_day_order_needs_an_open_exchange(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        floor.close()
        with pytest.raises(Rejected, match=r"^closed$"):
            await broker.submit(a_buy("one", 10, **DAY))
        floor.open(KO="52")
        assert (await broker.submit(a_buy("two", 10, **DAY))).status is OrderStatus.FILLED


@every_broker
async def test_a_day_order_in_a_halted_ticker_is_refused(kind: str) -> None:
    floor = Floor()
    with a_broker(kind, floor) as broker:
        floor.market.halt("KO", floor.clock.market())
        with pytest.raises(Rejected, match=r"^halted$"):
            await broker.submit(a_buy("one", 10, **DAY))
        assert (await broker.submit(a_buy("two", 10))).status is OrderStatus.ACCEPTED


@every_broker
async def test_a_split_scales_the_prices_of_a_sell_that_waits(kind: str) -> None:
    """Two for one: 10 shares at $51 become 20 at $25.50."""
    floor = Floor()
    with a_broker(kind, floor) as broker:
        await broker.submit(a_buy("held", 20))
        await broker.submit(a_sell("one", 10, **limited("51")))
        await broker.submit(a_sell("two", 10, **stopped("48", limit="47")))
        coming = CALENDAR.next_session(floor.clock.market())
        floor.market.act(
            CorporateAction(
                id="a1", kind=ActionKind.SPLIT, ticker="KO", ex_date=coming.date, opens_at=coming.opens_at, new=2
            )
        )
        floor.open(KO="25.4999")
        assert [fill.client_order_id for fill in await broker.fills(None)] == ["held"]
        floor.clock.forward(timedelta(minutes=1))
        floor.show(KO="25.50")
        assert (await broker.holdings()).shares == {"KO": 20}
        floor.clock.forward(timedelta(minutes=1))
        floor.show(KO="23.60")
        assert await broker.holdings() == Holdings(
            cash=money("9000") + 20 * money("25.50") + 20 * money("23.60"), shares={}
        )
