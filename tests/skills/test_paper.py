from decimal import Decimal

import pytest
from pydantic import ValidationError

from engine.core import commands as c
from engine.core.units import money
from skills.paper import Beginning, Cash, paper_cash, reset_paper_account
from tests.skills.views import a_view


def test_paper_money_goes_in_and_out() -> None:
    assert paper_cash(Cash(direction="in", amount=Decimal("5000.10")), a_view()) == c.MoveCash(amount=money("5000.10"))
    assert paper_cash(Cash(direction="out", amount=Decimal(20)), a_view()) == c.MoveCash(amount=-money(20))
    assert Cash.model_validate({"direction": "in", "amount": 0.1}).amount == Decimal("0.1")


@pytest.mark.parametrize("amount", [0, -5, "a lot", 10**13])
def test_an_amount_is_more_than_nothing_and_can_be_counted(amount: object) -> None:
    with pytest.raises(ValidationError):
        Cash.model_validate({"direction": "in", "amount": amount})


def test_a_reset_begins_with_so_much_or_as_it_began() -> None:
    assert reset_paper_account(Beginning(), a_view()) == c.ResetAccount(cash=None)
    assert reset_paper_account(Beginning(cash=Decimal(5000)), a_view()) == c.ResetAccount(cash=money(5000))
