from dataclasses import replace
from datetime import date

from engine.core.lots import Unsettled
from engine.core.units import DOLLAR, money
from skills.balance import show_balance
from skills.skill import NoSlots
from tests.builders import an_order
from tests.engine.scenes import prefer
from tests.skills.views import a_view, invested, words


def test_where_the_money_is() -> None:
    text = words(show_balance(NoSlots(), a_view(invested())))
    assert text == (
        "PAPER · $10,030.00 in all: $630.00 in 1 position, $9,400.00 cash\n"
        "Buying power $9,400.00. Put in $10,000.00, +$30.00 since."
    )


def test_what_cannot_be_spent_is_named() -> None:
    order = an_order(reserved="1000")
    state = replace(invested(reserve=400 * DOLLAR), orders={order.client_order_id: order})
    text = words(show_balance(NoSlots(), a_view(state)))
    assert "$9,000.00 cash and $400.00 set aside in the reserve" in text
    assert "Buying power $8,000.00; $1,000.00 is held by open orders." in text


def test_what_is_not_settled_is_named_with_the_day_on_which_it_is() -> None:
    coming = (Unsettled(money("300"), date(2026, 11, 23)), Unsettled(money("100"), date(2026, 11, 23)))
    text = words(show_balance(NoSlots(), a_view(invested(unsettled=coming))))
    assert "Buying power $9,000.00; $400.00 from sells is not settled before Mon 23 Nov 2026." in text
    on_margin = invested(unsettled=coming)
    on_margin = replace(on_margin, preferences=prefer(trading__settlement="margin"))
    assert "Buying power $9,400.00. Put in" in words(show_balance(NoSlots(), a_view(on_margin)))


def test_a_capital_limit_is_named() -> None:
    state = replace(invested(), preferences=prefer(trading__capital_limit=5_000))
    assert "; I may use $5,000.00 in all" in words(show_balance(NoSlots(), a_view(state)))
