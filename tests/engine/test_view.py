"""What an account remembers of its tax lots, from the store at start and from events after it."""

from dataclasses import replace
from datetime import date, timedelta

from engine.core import commands as c
from engine.core.nouns import Order
from engine.core.policy import DEFAULT_POLICY
from engine.core.units import money
from engine.core.words import Side
from engine.view import History, View
from tests.builders import NOON, a_fill, an_order
from tests.engine.scenes import ACCOUNT, House, a_house, a_scene


async def traded(house: House, history: History, key: str, side: Side, price: str) -> None:
    """Four shares of KO bought or sold at this price, and remembered."""
    order: Order = an_order("1000", client_order_id=key, side=side, shares=4)
    state = house.state
    house.bus.state = replace(state, orders={**state.orders, key: order})
    fill = a_fill(price, client_order_id=key, execution_id=f"x-{key}", side=side, shares=4)
    await history(await house.do(c.RecordFill(fill=fill)))


async def test_sales_of_lots_are_remembered_as_they_now_stand_and_again_after_a_restart() -> None:
    house, history = await a_house(), History()
    await traded(house, history, "b1", Side.BUY, "60")
    await traded(house, history, "s1", Side.SELL, "50")
    assert [(sale.id, sale.realised, sale.is_wash) for sale in history.sales.values()] == [
        ("x-s1/x-b1", money("-40"), False)
    ]
    await traded(house, history, "b2", Side.BUY, "51")
    (sale,) = history.sales.values()
    assert (sale.replaced, sale.disallowed) == (4, money("40"))
    again = await History.load(house.store, ACCOUNT)
    assert again.sales == history.sales
    await traded(house, history, "s2", Side.SELL, "70")
    assert list(history.sales) == ["x-s1/x-b1", "x-s2/x-b2"]
    view = View(house.state, a_scene(), DEFAULT_POLICY, history)
    assert [one.id for one in view.sales_between(NOON.date(), NOON.date())] == ["x-s1/x-b1", "x-s2/x-b2"]
    assert view.sales_between(date(2026, 11, 21), NOON.date() + timedelta(days=9)) == []
