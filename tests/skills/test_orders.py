from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from engine.core.commands import Buy, CancelOrders, ClosePosition, Flatten, Sell
from engine.core.words import OrderStatus, Origin, Side
from skills.orders import Purchase, Sale, Some, buy, cancel_orders, flatten, sell, show_orders
from skills.skill import NoSlots
from tests.builders import DAY, NOON, a_plan, a_proposal, a_state, an_order
from tests.engine.scenes import a_scene, prefer
from tests.skills.views import PRICES, a_view, invested, words


def test_a_buy_by_shares_and_one_by_dollars() -> None:
    assert buy(Purchase(ticker="KO", shares=5), a_view()) == Buy(ticker="KO", shares=5)
    assert buy(Purchase(ticker="KO", dollars=Decimal("500.25")), a_view()) == Buy(ticker="KO", amount=5_002_500)


def test_a_buy_without_a_size_asks_for_it() -> None:
    assert words(buy(Purchase(ticker="KO"), a_view())) == "How many shares, or for how many dollars?"


@pytest.mark.parametrize(
    "size", [{"shares": 0}, {"shares": -3}, {"shares": 10**9 + 1}, {"dollars": 0}, {"shares": 2.5}]
)
def test_a_size_that_is_none_is_not_taken(size: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Purchase(ticker="KO", **size)
    with pytest.raises(ValidationError):
        Sale(ticker="KO", **size)


def test_a_sell_by_shares_by_dollars_and_by_part() -> None:
    assert sell(Sale(ticker="KO", shares=5), a_view(invested())) == Sell(ticker="KO", shares=5)
    assert sell(Sale(ticker="KO", dollars=Decimal(90)), a_view(invested())) == Sell(ticker="KO", amount=900_000)
    half = sell(Sale(ticker="KO", fraction=0.5), a_view(invested()))
    assert half == ClosePosition(tickers=("KO",), fraction=0.5)


def test_a_sell_of_what_is_not_held_and_one_without_a_size() -> None:
    assert words(sell(Sale(ticker="AAPL"), a_view(invested()))) == "You do not hold AAPL."
    asked = words(sell(Sale(ticker="KO"), a_view(invested())))
    assert asked == "How much: all of it, a part such as half, a number of shares, or an amount in dollars?"


def test_giving_up_orders_and_selling_everything_are_commands() -> None:
    assert cancel_orders(Some(tickers=("KO",)), a_view()) == CancelOrders(tickers=("KO",))
    assert cancel_orders(Some(), a_view()) == CancelOrders()
    assert flatten(NoSlots(), a_view()) == Flatten()


def test_no_order_is_under_way() -> None:
    assert words(show_orders(Some(), a_view())) == "PAPER · No order is under way."
    waiting = a_view(a_state(preferences=prefer(), proposals={"d1": a_proposal()}))
    assert words(show_orders(Some(tickers=("PEP",)), waiting)) == (
        "PAPER · No order is under way in PEP. 1 question for you, waiting for your yes."
    )


def test_orders_and_parts_to_come_oldest_first() -> None:
    sold = an_order(
        client_order_id="paper-d2-1",
        ticker="AAPL",
        side=Side.SELL,
        shares=2,
        origin=Origin.OWNER,
        intended_at=NOON - timedelta(minutes=10),
    )
    bought = an_order(shares=10, filled_shares=4, status=OrderStatus.CANCELLING)
    state = a_state(preferences=prefer(), orders={"paper-d1-1": bought, "paper-d2-1": sold}, tranches=(a_plan(),))
    assert words(show_orders(Some(), a_view(state))) == (
        "PAPER · Under way:\n"
        "  sell 2 shares of AAPL, about $400.00 to go, ordered Fri 20 Nov 11:50\n"
        "  buy 10 shares of KO, 4 shares of it done, about $378.00 to go, ordered Fri 20 Nov 12:00"
        " · stop $58.35, take $62.48 · being cancelled\n"
        "  KO: 2 parts of 20 shares in all still to be bought, the next at Fri 20 Nov 12:05"
    )
    assert words(show_orders(Some(tickers=("AAPL",)), a_view(state))) == (
        "PAPER · Under way in AAPL:\n  sell 2 shares of AAPL, about $400.00 to go, ordered Fri 20 Nov 11:50"
    )


def test_orders_at_night_say_when_they_go() -> None:
    night = a_scene(NOON + timedelta(hours=12), PRICES)
    state = a_state(preferences=prefer(), orders={"paper-d1-1": an_order(status=OrderStatus.IN_DOUBT)})
    text = words(show_orders(Some(), a_view(state, night)))
    assert text.endswith(" · the broker has not answered yet · waits for the open at Mon 23 Nov 09:30")
    assert DAY.isoformat() == "2026-11-20"
