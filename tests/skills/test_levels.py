from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.core.commands import MoveStop, MoveTake
from engine.core.units import money
from skills.levels import Stop, Take, set_stop, set_take_profit
from tests.builders import a_position
from tests.engine.scenes import holding
from tests.skills.views import a_view, invested, words


def test_a_price_is_taken_as_it_is_said() -> None:
    """KO costs $63.00 now; $60.00 a share was paid for it."""
    assert set_stop(Stop(ticker="KO", price=Decimal("58.25")), a_view(invested())) == MoveStop(
        ticker="KO", stop=money("58.25")
    )
    assert set_take_profit(Take(ticker="KO", price=Decimal(70)), a_view(invested())) == MoveTake(
        ticker="KO", take=money(70)
    )


def test_percent_of_a_stop_count_from_the_price_of_now() -> None:
    assert set_stop(Stop(ticker="KO", percent=Decimal(5)), a_view(invested())) == MoveStop(
        ticker="KO", stop=money("59.85")
    )
    assert set_stop(Stop(ticker="KO", percent=Decimal("3.33")), a_view(invested())) == MoveStop(
        ticker="KO", stop=money("60.9021")
    )


def test_percent_of_a_take_profit_count_from_what_was_paid() -> None:
    assert set_take_profit(Take(ticker="KO", percent=Decimal(20)), a_view(invested())) == MoveTake(
        ticker="KO", take=money(72)
    )
    uneven = replace(a_position(shares=3), cost=money("180.01"))
    view = a_view(holding(invested(), uneven))
    assert set_take_profit(Take(ticker="KO", percent=Decimal(10)), view) == MoveTake(ticker="KO", take=money("66.0037"))


def test_without_a_price_a_stop_counts_from_the_entry() -> None:
    held = holding(invested(), a_position(ticker="GE", entry="10"))
    assert set_stop(Stop(ticker="GE", percent=Decimal(10)), a_view(held)) == MoveStop(ticker="GE", stop=money(9))


def test_what_is_not_held_has_no_levels() -> None:
    assert words(set_stop(Stop(ticker="AAPL", price=Decimal(9)), a_view())) == "You do not hold AAPL."
    assert words(set_take_profit(Take(ticker="AAPL"), a_view())) == "You do not hold AAPL."


def test_a_level_without_a_price_is_asked_for() -> None:
    asked = "At what price, or how many percent away?"
    assert words(set_stop(Stop(ticker="KO"), a_view(invested()))) == asked
    assert words(set_take_profit(Take(ticker="KO"), a_view(invested()))) == asked


@pytest.mark.parametrize("level", [{"price": 0}, {"price": -1}, {"percent": 0}, {"percent": 100}, {"price": 10**7}])
def test_a_level_that_cannot_be_is_not_taken(level: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Stop(ticker="KO", **level)


@given(percent=st.decimals("0.01", "99.99", places=2), nearer=st.decimals("0.01", "99.99", places=2))
def test_fewer_percent_are_never_a_wider_level(percent: Decimal, nearer: Decimal) -> None:
    near, far = sorted((percent, nearer))
    stops = [set_stop(Stop(ticker="KO", percent=one), a_view(invested())) for one in (near, far)]
    takes = [set_take_profit(Take(ticker="KO", percent=one), a_view(invested())) for one in (near, far)]
    assert isinstance(stops[0], MoveStop)
    assert isinstance(stops[1], MoveStop)
    assert money(63) >= stops[0].stop >= stops[1].stop > 0
    assert isinstance(takes[0], MoveTake)
    assert isinstance(takes[1], MoveTake)
    assert money(60) < takes[0].take <= takes[1].take
