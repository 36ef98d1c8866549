"""The most shares that an owner may name: exactly as many as `fixed` lets pass."""

from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from engine.core.rules.codes import NONE
from engine.core.rules.sizing import Ask, fixed, most
from tests.engine.core.rules.asks import PLAIN, asks, quick


@pytest.mark.parametrize(
    ("changes", "shares"),
    [
        ({}, 12),  # $500 at $40
        ({"price": 500_000}, 10),
        ({"price": 500_001}, 9),
        ({"held_value": 4_600_000}, 1),
        ({"held_value": 4_600_001}, 0),
        ({"held_value": 9_000_000}, 0),
        ({"sector_value": 19_200_000}, 2),
        ({"sector_value": 19_200_001}, 1),
        ({"exposure_value": 79_200_000}, 2),
        ({"exposure_value": 79_200_001}, 1),
        ({"absolute_cap": 800_000}, 2),
        ({"absolute_cap": 799_999}, 1),
        ({"absolute_cap": 1_200_000, "held_value": 400_000}, 2),
        ({"buying_power": 800_000}, 2),
        ({"buying_power": 799_999}, 1),
        ({"heat": 5_960_000}, 2),  # $4 left of $600, $2 at risk in each share
        ({"heat": 5_960_001}, 1),
        ({"heat": 6_000_000}, 0),
        ({"heat": 6_900_000}, 0),
        ({"heat": 5_999_998, "stop": 399_999}, 2),
        ({"heat": 6_000_000, "stop": 400_000}, 12),  # nothing at risk adds no heat
        ({"heat": 6_000_001, "stop": 400_000}, 0),
        ({"heat": 6_000_000, "stop": 410_000}, 12),
        ({"heat": 6_000_001, "stop": 410_000}, 0),
        ({"confidence": 0.1}, 12),  # an owner's confidence counts as enough
        ({"tradable": 999_999, "price": 10_000, "stop": 9_000}, 0),
        ({"tradable": 1_000_000, "price": 10_000, "stop": 9_000}, 5),
        ({"price": 9_999, "stop": 9_000}, 0),
        ({"earnings_sessions": 1}, 0),
        ({"earnings_sessions": 2}, 12),  # factors change nothing
        ({"correlation": 0.81}, 0),
        ({"correlation": 0.79}, 12),
    ],
)
def test_the_most_is_what_the_narrowest_limit_has_room_for(changes: dict[str, Any], shares: int) -> None:
    assert most(PLAIN._replace(**changes)) == shares


@quick
@given(asks(), st.integers(-20_000, 20_000))
def test_p01_the_most_passes_and_one_more_does_not(ask: Ask, beyond: int) -> None:
    """Stops over the price and a heat that is at its limit included."""
    for one in (ask, ask._replace(stop=ask.price + beyond), ask._replace(stop=ask.price, heat=beyond + 20_000)):
        shares = most(one)
        event("some" if shares else "none")
        assert shares >= 0
        assert not shares or fixed(one, shares).reason == NONE
        assert fixed(one, shares + 1).reason != NONE
