"""What kind of order an entry goes out as, and the cash that it holds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.kinds import Way, held_for, spendable, way_in
from engine.core.policy import DEFAULT_POLICY
from engine.core.units import money
from engine.core.words import OrderType

MARKET, LIMIT, STOP, STOP_LIMIT = OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT
COSTLY = DEFAULT_POLICY._replace(cost_rate=0.001, cost_a_share=50, cost_an_order=money("1"))


@pytest.mark.parametrize(
    ("allowed", "way"),
    [
        ((LIMIT, MARKET), Way(MARKET)),
        ((STOP, STOP_LIMIT, MARKET), Way(MARKET)),
        ((LIMIT,), Way(LIMIT, money("60.30"))),
        ((STOP, STOP_LIMIT, LIMIT), Way(LIMIT, money("60.30"))),
        ((STOP, STOP_LIMIT), Way(STOP_LIMIT, money("60.30"), money("60"))),
        ((STOP,), Way(STOP, None, money("60"))),
        ((), Way(MARKET)),
    ],
)
def test_an_entry_goes_as_the_first_kind_allowed(allowed: tuple[OrderType, ...], way: Way) -> None:
    """Half a percent above $60 is $60.30."""
    assert way_in(allowed, money("60"), DEFAULT_POLICY) == way


@pytest.mark.parametrize(
    ("price", "limit", "stop"),
    [("60.0049", "60.31", "60.00"), ("0.5", "0.5025", "0.5"), ("0.0001", "0.0002", "0.0001")],
)
def test_its_prices_stand_on_the_tick_and_the_price_of_now_is_good_enough(price: str, limit: str, stop: str) -> None:
    assert way_in((STOP_LIMIT,), money(price), DEFAULT_POLICY) == Way(STOP_LIMIT, money(limit), money(stop))


@given(price=st.integers(1, 10**9), collar=st.floats(0, 0.2))
def test_the_price_decided_at_meets_stop_and_limit(price: int, collar: float) -> None:
    way = way_in((STOP_LIMIT,), price, DEFAULT_POLICY._replace(limit_collar=collar))
    assert way.limit is not None
    assert way.stop_at is not None
    assert 0 < way.stop_at <= price <= way.limit


@pytest.mark.parametrize(
    ("way", "policy", "held"),
    [
        (Way(MARKET), DEFAULT_POLICY, "600"),
        (Way(STOP, None, money("60")), DEFAULT_POLICY, "600"),
        (Way(LIMIT, money("60.30")), DEFAULT_POLICY, "603"),
        (Way(MARKET), COSTLY, "601.65"),
        (Way(LIMIT, money("60.30")), COSTLY, "604.653"),
    ],
)
def test_cash_is_held_for_the_limit_and_what_trading_costs(way: Way, policy: Any, held: str) -> None:
    """Ten shares at $60; costs are 0.1 %, half a cent a share and a dollar."""
    assert held_for(10, money("60"), way, policy) == money(held)


def test_without_costs_all_buying_power_goes_into_a_market_order() -> None:
    assert spendable(money("1234.5678"), money("60"), Way(MARKET), DEFAULT_POLICY) == money("1234.5678")


@given(
    power=st.integers(0, 10**12),
    price=st.integers(1, 10**8),
    allowed=st.sampled_from([(MARKET,), (LIMIT,), (STOP,), (STOP_LIMIT,)]),
    rate=st.floats(0, 0.05),
    fees=st.tuples(st.integers(0, 10**4), st.integers(0, 10**6)),
)
def test_what_can_be_spent_can_be_held(
    power: int, price: int, allowed: tuple[OrderType, ...], rate: float, fees: tuple[int, int]
) -> None:
    """As many shares as sizing makes of it hold no more cash than there is."""
    policy = DEFAULT_POLICY._replace(cost_rate=rate, cost_a_share=fees[0], cost_an_order=fees[1])
    way = way_in(allowed, price, policy)
    left = spendable(power, price, way, policy)
    assert 0 <= left <= power
    if shares := left // price:
        assert held_for(shares, price, way, policy) <= power
