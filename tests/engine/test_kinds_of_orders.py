"""Entries of every kind, from the owner's word to the broker and back."""

from datetime import timedelta
from typing import Any

import pytest

from engine.core import commands as c
from engine.core.refusals import Refusal, Refused
from engine.core.units import money
from engine.core.words import OrderStatus, OrderType, Side, TimeInForce
from engine.ports import Receipt, Unavailable
from tests.builders import a_recommendation
from tests.engine.scenes import MINUTE_S, House, a_house


async def a_house_of(kinds: list[str], **more: Any) -> House:
    house = await a_house(interval_s=MINUTE_S)
    patch = {"trading.order_types": kinds, "trading.gradual_entry": False, **more}
    done = await house.do(c.ChangePreferences(patch=patch, by="owner", key="kinds"))
    assert not isinstance(done, Refused), done
    return house


@pytest.mark.parametrize(
    ("kinds", "kind", "limit", "stop_at"),
    [
        (["limit", "market"], OrderType.MARKET, None, None),
        (["limit"], OrderType.LIMIT, "60.30", None),
        (["stop_limit", "stop"], OrderType.STOP_LIMIT, "60.30", "60"),
        (["stop"], OrderType.STOP, None, "60"),
    ],
)
async def test_an_entry_is_sent_as_the_kind_that_is_allowed_and_filled_at_the_price_of_now(
    kinds: list[str], kind: OrderType, limit: str | None, stop_at: str | None
) -> None:
    house = await a_house_of(kinds)
    await buys(house)
    (sent,) = house.broker.sent
    assert (sent.kind, sent.limit and sent.limit / 10_000, sent.stop_at and sent.stop_at / 10_000) == (
        kind,
        limit and float(limit),
        stop_at and float(stop_at),
    )
    assert sent.good is TimeInForce.DAY
    assert house.state.positions["KO"].entry == money("60")
    assert house.state.reserved == 0


async def test_exits_go_at_the_market_whatever_is_allowed() -> None:
    house = await a_house_of(["limit"])
    await buys(house)
    await house.do(c.ClosePosition(tickers=("KO",)))
    sold = house.broker.sent[-1]
    assert (sold.side, sold.kind, sold.limit, sold.good) == (Side.SELL, OrderType.MARKET, None, TimeInForce.GTC)


async def test_a_limit_that_waits_holds_its_cash_until_it_is_given_up() -> None:
    """Bought at $60, but the price has gone to $61 by the time the order is there: it waits for $60.30."""
    house = await a_house_of(["limit"], **{"trading.order_timeout_seconds": 600})
    house.broker.holds_back = True
    await buys(house)
    house.clock.forward(timedelta(seconds=60))
    house.market.show(house.clock.market(), {"KO": money("61"), "PEP": money("150")})
    house.broker.holds_back = False
    await house.step.run()
    (order,) = house.state.orders.values()
    assert (order.status, house.state.reserved) == (OrderStatus.ACCEPTED, money("2532.60"))
    house.clock.forward(timedelta(seconds=540))
    house.market.show(house.clock.market(), {"KO": money("61"), "PEP": money("150")})
    await house.step.run()
    assert (house.state.orders, house.state.reserved, house.state.positions) == ({}, 0, {})
    assert "push.order_timed_out" in await keys(house)


async def test_an_entry_ends_with_its_session_and_it_is_told() -> None:
    house = await a_house_of(["limit"], **{"trading.order_timeout_seconds": 86_400})
    house.broker.holds_back = True
    await buys(house)
    closes_at = (await house.bus.scene()).day.closes_at
    house.clock.forward(closes_at - house.clock.market())
    await house.step.run()
    assert (house.state.orders, house.state.reserved) == ({}, 0)
    assert "push.order_day_over" in await keys(house)


async def test_an_entry_whose_end_nobody_saw_is_asked_about_in_the_next_session() -> None:
    house = await a_house_of(["limit"], **{"trading.order_timeout_seconds": 86_400})
    house.broker.holds_back = True
    await buys(house)
    house.clock.forward(timedelta(hours=20))
    house.market.show(house.clock.market(), {"KO": money("60"), "PEP": money("150")})
    await house.step.run()
    assert house.state.orders == {}
    assert "push.order_day_over" in await keys(house)


async def test_a_broker_that_is_silent_about_an_ended_day_is_asked_again() -> None:
    house = await a_house_of(["limit"], **{"trading.order_timeout_seconds": 86_400})
    house.broker.holds_back = True
    await buys(house)
    house.clock.forward((await house.bus.scene()).day.closes_at - house.clock.market())
    asked = house.broker.find
    house.broker.find = silent  # type: ignore[method-assign,assignment]  # only this call is lost
    await house.step.run()
    assert (len(house.state.orders), house.health.ok) == (1, False)
    house.broker.find = asked  # type: ignore[method-assign]
    await house.step.run()
    assert house.state.orders == {}


async def test_a_part_of_an_entry_that_was_filled_stays_when_its_session_ends() -> None:
    house = await a_house_of(["limit"], **{"trading.order_timeout_seconds": 86_400})
    house.broker.holds_back = True
    await buys(house)
    house.broker.execute(house.broker.sent[0].client_order_id, 4, money("60"))
    house.clock.forward((await house.bus.scene()).day.closes_at - house.clock.market())
    await house.step.run()
    assert house.state.orders == {}
    assert house.state.positions["KO"].shares == 4
    assert house.state.cash == money("99760")


async def test_a_kind_that_the_broker_refuses_ends_the_order() -> None:
    house = await a_house_of(["limit"])
    house.broker.abilities = frozenset()
    await buys(house)
    assert (house.state.orders, house.state.reserved) == ({}, 0)
    assert "push.order_rejected" in await keys(house)


async def test_at_least_one_kind_must_be_allowed() -> None:
    house = await a_house()
    no = await house.do(c.ChangePreferences(patch={"trading.order_types": []}, by="owner"))
    assert no.code is Refusal.NO_ORDER_TYPE


async def buys(house: House) -> None:
    """A recommendation for 42 shares of KO at $60 comes and is decided."""
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation()))
    await house.step.run()


async def silent(_: str) -> Receipt | None:
    raise Unavailable("nobody there")


async def keys(house: House) -> list[str]:
    return [one.key for one in await house.store.undelivered("paper", 100)]
