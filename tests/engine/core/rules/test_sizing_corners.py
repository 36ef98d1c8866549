"""Sizes of accounts with hardly any money, and what a size shows beside its shares."""

import pytest

from engine.core.rules.codes import BELOW_ONE_SHARE, BUYING_POWER, HEAT, NONE, POSITION_FULL, SECTOR_FULL
from engine.core.rules.sizing import Ask, correlation_factor, fixed, size
from tests.engine.core.rules.asks import PLAIN

ALMOST_NOTHING = PLAIN._replace(
    tradable=1, tradable_minimum=0, buying_power=1, max_position=1.0, max_sector=1.0, max_exposure=1.0
)
"""A ten-thousandth of a dollar is tradable, all of it in one position if need be."""


@pytest.mark.parametrize(
    ("full", "reason"),
    [
        (PLAIN._replace(held_value=5_000_000), POSITION_FULL),
        (PLAIN._replace(sector_value=20_000_000), SECTOR_FULL),
        (PLAIN._replace(buying_power=0), BUYING_POWER),
    ],
)
def test_a_buy_without_room_shows_no_heat_whatever_there_is_already(full: Ask, reason: int) -> None:
    sizing = size(full._replace(heat=1_000_000))
    assert (sizing.reason, sizing.shares, sizing.dollars, sizing.heat_after) == (reason, 0, 0, 0.0)


def test_a_buy_of_no_whole_share_shows_the_heat_that_there_is() -> None:
    sizing = size(PLAIN._replace(heat=1_000_000, price=3_000_000, stop=2_000_000))
    assert (sizing.reason, sizing.shares, sizing.dollars, sizing.heat_after) == (BELOW_ONE_SHARE, 0, 0, 0.01)


def test_heat_is_a_fraction_of_the_least_that_can_be_traded() -> None:
    sizing = size(ALMOST_NOTHING._replace(base=1.0, heat=3))
    assert (sizing.reason, sizing.heat_after) == (HEAT, 3.0)


def test_an_owners_number_is_a_fraction_of_the_least_that_can_be_traded() -> None:
    assert fixed(ALMOST_NOTHING, 1).raw == 400_000.0
    assert fixed(ALMOST_NOTHING._replace(tradable=0), 1).raw == 400_000.0


@pytest.mark.parametrize(
    ("shares", "raw"),
    [(332, 0.996), (333, 0.999), (334, 1.002), (335, 1.002), (10**9, 1.002)],
)
def test_more_shares_than_the_money_buys_count_as_one_too_many(shares: int, raw: float) -> None:
    """$10,000 buy 333 shares at $30."""
    ask = PLAIN._replace(price=300_000, max_position=1.0, max_sector=1.0, max_exposure=1.0, max_heat=1.0)
    sizing = fixed(ask, shares)
    assert sizing.raw == raw
    assert sizing.reason == (NONE if shares < 334 else POSITION_FULL)


@pytest.mark.parametrize(
    ("average", "factor"),
    [(0.4999999, 1.0), (0.5, 1.0), (0.5000003, 0.999999), (0.53, 0.9), (0.77, 0.1), (0.7999997, 0.000001), (0.8, 0.0)],
)
def test_the_correlation_factor_falls_by_a_tenth_for_each_three_hundredths(average: float, factor: float) -> None:
    assert correlation_factor(average) == pytest.approx(factor, abs=1e-12)
    assert 0.0 <= correlation_factor(average) <= 1.0
