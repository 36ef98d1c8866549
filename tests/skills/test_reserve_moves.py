from decimal import Decimal

import pytest
from pydantic import ValidationError

from engine.core.commands import MoveReserve
from engine.core.units import money
from skills.reserve_moves import Move, move_reserve
from tests.skills.views import a_view, invested, words


def test_money_goes_in_and_comes_out_in_dollars() -> None:
    view = a_view(invested(reserve=money("750")))
    assert move_reserve(Move(direction="in", amount=Decimal("500.25")), view) == MoveReserve(amount=money("500.25"))
    assert move_reserve(Move(direction="out", amount=Decimal(300)), view) == MoveReserve(amount=-money("300"))


def test_out_without_an_amount_is_all_of_it() -> None:
    view = a_view(invested(reserve=money("750.40")))
    assert move_reserve(Move(direction="out"), view) == MoveReserve(amount=-money("750.40"))


def test_in_without_an_amount_is_asked() -> None:
    assert words(move_reserve(Move(direction="in"), a_view())) == "How many dollars? For example $500."


def test_nothing_is_taken_out_of_an_empty_reserve() -> None:
    said = "PAPER · Nothing is set aside, so there is nothing to take out."
    assert words(move_reserve(Move(direction="out"), a_view())) == said
    assert words(move_reserve(Move(direction="out", amount=Decimal(5)), a_view())) == said


@pytest.mark.parametrize("amount", [0, -1, "1e20"])
def test_an_impossible_amount_is_an_error(amount: object) -> None:
    with pytest.raises(ValidationError):
        Move.model_validate({"direction": "in", "amount": amount})
