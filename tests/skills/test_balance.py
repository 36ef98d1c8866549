from dataclasses import replace

from engine.core.units import DOLLAR
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


def test_a_capital_limit_is_named() -> None:
    state = replace(invested(), preferences=prefer(trading__capital_limit=5_000))
    assert "; I may use $5,000.00 in all" in words(show_balance(NoSlots(), a_view(state)))
