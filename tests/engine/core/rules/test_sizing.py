"""Sizes written out by hand, at and one unit beside every boundary."""

from typing import Any

import pytest

from engine.core.rules.codes import (
    ABSOLUTE_CAP,
    ACTIVE_POOL_MINIMUM,
    BELOW_ONE_SHARE,
    BUYING_POWER,
    CORRELATED,
    EARNINGS_IMMINENT,
    EXPOSURE,
    HEAT,
    LOW_CONFIDENCE,
    NONE,
    POSITION_FULL,
    PRICE_TOO_LOW,
    SECTOR_FULL,
)
from engine.core.rules.sizing import (
    Ask,
    Sizing,
    correlation_factor,
    diversification_factor,
    earnings_factor,
    fixed,
    size,
)
from tests.engine.core.rules.asks import PLAIN


def test_a_plain_buy_is_the_base_share_of_tradable() -> None:
    """2 % of $10,000 are $200: five shares at $40, with $2 at risk each."""
    assert size(PLAIN) == Sizing(
        reason=NONE,
        shares=5,
        dollars=2_000_000,
        earnings_factor=1.0,
        correlation_factor=1.0,
        diversification_factor=1.0,
        raw=0.02,
        position_left=2_000_000,
        sector_left=2_000_000,
        exposure_left=2_000_000,
        cap_left=2_000_000,
        cash_left=2_000_000,
        heat_after=0.001,
    )


def test_each_clamp_takes_its_part_in_turn() -> None:
    """$450 wanted; position leaves $400, sector $300, exposure $260, cap $200, cash $170.50: four shares."""
    ask = PLAIN._replace(
        base=0.045,
        held_value=1_000_000,
        sector_value=17_000_000,
        exposure_value=77_400_000,
        absolute_cap=3_000_000,
        buying_power=1_705_000,
        heat=1_000_000,
    )
    lefts = (4_000_000, 3_000_000, 2_600_000, 2_000_000, 1_705_000)
    assert size(ask) == Sizing(NONE, 4, 1_600_000, 1.0, 1.0, 1.0, 0.045, *lefts, 0.0108)


@pytest.mark.parametrize(
    ("changes", "reason", "shares"),
    [
        ({"confidence": 0.75}, NONE, 5),
        ({"confidence": 0.7499}, LOW_CONFIDENCE, 0),
        ({"confidence": 0.9}, NONE, 6),  # 2 % × 1.2 = $240
        ({"confidence": 0.8999}, NONE, 5),
        ({"base": 0.06, "confidence": 0.75}, NONE, 12),  # 6 % clamped to 5 %: $500
        ({"tradable": 1_000_000, "base": 0.05}, BELOW_ONE_SHARE, 0),  # at the minimum: $5 do not buy one at $40
        ({"tradable": 1_000_000, "base": 0.05, "price": 50_000}, NONE, 1),
        ({"tradable": 999_999, "price": 50_000}, ACTIVE_POOL_MINIMUM, 0),
        ({"price": 10_000, "stop": 9_900}, NONE, 200),
        ({"price": 9_999, "stop": 9_900}, PRICE_TOO_LOW, 0),
        ({"price": 2_000_000, "stop": 1_900_000}, NONE, 1),
        ({"price": 2_000_001, "stop": 1_900_000}, BELOW_ONE_SHARE, 0),
        ({"earnings_sessions": 0}, EARNINGS_IMMINENT, 0),
        ({"earnings_sessions": 1}, EARNINGS_IMMINENT, 0),
        ({"earnings_sessions": 2}, NONE, 2),
        ({"earnings_sessions": 3}, NONE, 2),
        ({"earnings_sessions": 4}, NONE, 5),
        ({"correlation": 0.5}, NONE, 5),
        ({"correlation": 0.6}, NONE, 3),  # two thirds of $200
        ({"correlation": 0.8}, BELOW_ONE_SHARE, 0),
        ({"correlation": 0.8000001}, CORRELATED, 0),
        ({"correlation": -1.0}, NONE, 5),
        ({"new_sector": True, "sectors_held": 2}, NONE, 6),  # $240
        ({"new_sector": True, "sectors_held": 3}, NONE, 5),
        ({"held_value": 4_999_999}, BELOW_ONE_SHARE, 0),
        ({"held_value": 5_000_000}, POSITION_FULL, 0),
        ({"held_value": 4_600_000}, NONE, 1),
        ({"held_value": 4_600_001}, BELOW_ONE_SHARE, 0),
        ({"sector_value": 19_200_000}, NONE, 2),
        ({"sector_value": 19_200_001}, NONE, 1),
        ({"sector_value": 19_999_999}, BELOW_ONE_SHARE, 0),
        ({"sector_value": 20_000_000}, SECTOR_FULL, 0),
        ({"exposure_value": 79_200_000}, NONE, 2),
        ({"exposure_value": 79_200_001}, NONE, 1),
        ({"exposure_value": 80_000_000}, EXPOSURE, 0),
        ({"absolute_cap": 800_000}, NONE, 2),
        ({"absolute_cap": 799_999}, NONE, 1),
        ({"absolute_cap": 250_000}, BELOW_ONE_SHARE, 0),
        ({"absolute_cap": 800_000, "held_value": 400_000}, NONE, 1),
        ({"absolute_cap": 800_000, "held_value": 800_000}, ABSOLUTE_CAP, 0),
        ({"buying_power": 400_000}, NONE, 1),
        ({"buying_power": 399_999}, BELOW_ONE_SHARE, 0),
        ({"buying_power": 0}, BUYING_POWER, 0),
        ({"heat": 5_900_000}, NONE, 5),  # $590 + 5 × $2 = 6 % of $10,000
        ({"heat": 5_900_001}, HEAT, 0),
        ({"heat": 6_000_000, "price": 3_000_000, "stop": 2_000_000}, BELOW_ONE_SHARE, 0),
        ({"heat": 6_000_001, "price": 3_000_000, "stop": 2_000_000}, HEAT, 0),
        ({"stop": 410_000, "heat": 6_000_000}, NONE, 5),  # a stop over the price risks nothing
        ({"stop": 410_000, "heat": 6_000_001}, HEAT, 0),  # and makes up for nothing
    ],
)
def test_every_boundary(changes: dict[str, Any], reason: int, shares: int) -> None:
    sizing = size(PLAIN._replace(**changes))
    assert (sizing.reason, sizing.shares) == (reason, shares)
    assert sizing.dollars == shares * int(changes.get("price", 400_000))


@pytest.mark.parametrize(
    ("worse", "reason"),
    [
        ({"confidence": 0.1}, LOW_CONFIDENCE),
        ({"tradable_minimum": 10**12}, ACTIVE_POOL_MINIMUM),
        ({"min_price": 10**9}, PRICE_TOO_LOW),
        ({"earnings_sessions": 1}, EARNINGS_IMMINENT),
        ({"correlation": 0.9}, CORRELATED),
        ({"held_value": 10**9}, POSITION_FULL),
        ({"sector_value": 10**9}, SECTOR_FULL),
        ({"exposure_value": 10**9}, EXPOSURE),
        ({"absolute_cap": 1, "held_value": 1}, ABSOLUTE_CAP),
        ({"buying_power": 0}, BUYING_POWER),
        ({"heat": 10**9}, HEAT),
        ({"price": 90_000_000}, BELOW_ONE_SHARE),
    ],
)
def test_the_first_step_that_fails_names_the_reason(worse: dict[str, Any], reason: int) -> None:
    """With everything from this step on wrong, and all before it right, this step's reason is given."""
    order: list[dict[str, Any]] = [
        {"confidence": 0.1},
        {"tradable_minimum": 10**12},
        {"min_price": 10**9},
        {"earnings_sessions": 1},
        {"correlation": 0.9},
        {"held_value": 10**9},
        {"sector_value": 10**9},
        {"exposure_value": 10**9},
        {"absolute_cap": 1, "held_value": 1},
        {"buying_power": 0},
        {"heat": 10**9},
        {"price": 90_000_000},
    ]
    ask = PLAIN
    for changes in reversed(order[order.index(worse) :]):
        ask = ask._replace(**changes)
    if reason in (ABSOLUTE_CAP, SECTOR_FULL, EXPOSURE):
        ask = ask._replace(held_value=1)
    assert size(ask).reason == reason


def test_steps_that_were_not_reached_hold_nothing() -> None:
    nothing = (0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0.0)
    assert size(PLAIN._replace(confidence=0.1)) == Sizing(LOW_CONFIDENCE, 0, 0, 0.0, *nothing)
    assert size(PLAIN._replace(earnings_sessions=1)) == Sizing(EARNINGS_IMMINENT, 0, 0, 0.0, *nothing)
    assert size(PLAIN._replace(earnings_sessions=2, correlation=0.9)) == Sizing(CORRELATED, 0, 0, 0.5, *nothing[:-1], 0)
    full = size(PLAIN._replace(held_value=5_000_000))
    assert full[3:] == (1.0, 1.0, 1.0, 0.02, 0, 0, 0, 0, 0, 0.0)
    full = size(PLAIN._replace(sector_value=20_000_000))
    assert full[3:] == (1.0, 1.0, 1.0, 0.02, 2_000_000, 0, 0, 0, 0, 0.0)


def test_heat_that_rejected_is_shown() -> None:
    assert size(PLAIN._replace(heat=6_000_000)).heat_after == 0.061


def test_factors_at_their_bounds() -> None:
    assert [earnings_factor(sessions) for sessions in (-1, 0, 1, 2, 3, 4)] == [1.0, 0.0, 0.0, 0.5, 0.5, 1.0]
    assert [correlation_factor(mean) for mean in (-1.0, 0.0, 0.5, 0.8, 0.9, 1.0)] == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    assert correlation_factor(0.65) == pytest.approx(0.5, abs=1e-12)
    assert diversification_factor(2, new_sector=True, min_sectors=3) == 1.2
    assert diversification_factor(3, new_sector=True, min_sectors=3) == 1.0
    assert diversification_factor(0, new_sector=False, min_sectors=3) == 1.0


def test_factors_multiply() -> None:
    """$200 × 0.5 × two thirds × 1.2 = $80: two shares."""
    ask = PLAIN._replace(earnings_sessions=3, correlation=0.6, new_sector=True)
    sizing = size(ask)
    assert (sizing.shares, sizing.earnings_factor, sizing.diversification_factor) == (2, 0.5, 1.2)
    assert sizing.raw == pytest.approx(0.008)


def test_an_owner_gets_the_shares_he_named() -> None:
    assert fixed(PLAIN, 12) == Sizing(NONE, 12, 4_800_000, 1.0, 1.0, 1.0, 0.048, *(4_800_000,) * 5, 0.0024)


@pytest.mark.parametrize(
    ("changes", "shares", "reason"),
    [
        ({}, 13, POSITION_FULL),  # $520 of at most $500
        ({}, 10**9, POSITION_FULL),
        ({"max_position": 1.0, "max_sector": 1.0, "max_exposure": 1.0, "price": 10**10}, 10**9, POSITION_FULL),
        ({}, 0, BELOW_ONE_SHARE),
        ({}, -3, BELOW_ONE_SHARE),
        ({"confidence": 0.1}, 1, NONE),
        ({"earnings_sessions": 2}, 12, NONE),
        ({"earnings_sessions": 1}, 1, EARNINGS_IMMINENT),
        ({"correlation": 0.79}, 12, NONE),
        ({"correlation": 0.81}, 1, CORRELATED),
        ({"tradable": 999_999}, 1, ACTIVE_POOL_MINIMUM),
        ({"price": 9_999}, 1, PRICE_TOO_LOW),
        ({"sector_value": 19_600_000}, 1, NONE),
        ({"sector_value": 19_600_001}, 1, SECTOR_FULL),
        ({"exposure_value": 79_600_000}, 1, NONE),
        ({"exposure_value": 79_600_001}, 1, EXPOSURE),
        ({"absolute_cap": 400_000}, 1, NONE),
        ({"absolute_cap": 399_999}, 1, ABSOLUTE_CAP),
        ({"buying_power": 400_000}, 1, NONE),
        ({"buying_power": 399_999}, 1, BUYING_POWER),
        ({"heat": 5_980_000}, 1, NONE),
        ({"heat": 5_980_001}, 1, HEAT),
    ],
)
def test_an_owners_number_meets_the_same_limits(changes: dict[str, Any], shares: int, reason: int) -> None:
    sizing = fixed(PLAIN._replace(**changes), shares)
    assert sizing.reason == reason
    assert sizing.shares == (0 if reason else shares)


@pytest.mark.parametrize(
    ("limit", "over", "reason"),
    [
        ("max_position", "held_value", POSITION_FULL),
        ("max_sector", "sector_value", SECTOR_FULL),
        ("max_exposure", "exposure_value", EXPOSURE),
    ],
)
def test_a_limits_money_is_rounded_down(limit: str, over: str, reason: int) -> None:
    """5 % of $10,000.0019 are $500.000095: a share for $500.0000 fits, nothing more."""
    wide: dict[str, Any] = {"max_position": 1.0, "max_sector": 1.0, "max_exposure": 1.0, "max_heat": 1.0, limit: 0.05}
    ask = PLAIN._replace(tradable=100_000_019, price=5_000_000, **wide)
    assert fixed(ask, 1).reason == NONE
    held: dict[str, Any] = {over: 1}
    assert fixed(ask._replace(**held), 1).reason == reason
    assert size(ask._replace(base=0.05)).cash_left == 5_000_000


def test_the_heat_limits_money_is_rounded_down() -> None:
    """6 % of $10,000.0019 are $600.000114."""
    ask = PLAIN._replace(tradable=100_000_019)
    assert fixed(ask._replace(heat=5_980_001), 1).reason == NONE
    assert fixed(ask._replace(heat=5_980_002), 1).reason == HEAT


def test_an_owners_number_rejected_early_shows_only_what_was_passed() -> None:
    nothing = (0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0.0)
    assert fixed(PLAIN._replace(correlation=0.9), 1) == Sizing(CORRELATED, 0, 0, 1.0, *nothing)
    assert fixed(PLAIN._replace(earnings_sessions=1), 1) == Sizing(EARNINGS_IMMINENT, 0, 0, 0.0, *nothing)
    assert fixed(PLAIN, 0) == Sizing(BELOW_ONE_SHARE, 0, 0, 1.0, *nothing)


def test_a_refused_number_says_what_would_fit() -> None:
    sizing = fixed(PLAIN._replace(buying_power=1_700_000), 20)
    assert (sizing.reason, sizing.shares, sizing.position_left, sizing.cash_left) == (
        POSITION_FULL,
        0,
        5_000_000,
        1_700_000,
    )


def test_the_largest_amounts_stay_within_an_int64() -> None:
    ask = Ask(*PLAIN)._replace(
        tradable=10**16,
        buying_power=10**16,
        base=0.25,
        max_position=1.0,
        max_sector=1.0,
        max_exposure=1.0,
        max_heat=1.0,
        price=10**10,
        stop=1,
    )
    assert size(ask).shares == 250_000
    assert fixed(ask, 10**6).dollars == 10**16
    assert fixed(ask, 10**9).raw == 1.000001
