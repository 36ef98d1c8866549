"""Levels written out by hand, at and one unit beside every boundary."""

import pytest

from engine.core.rules.stops import (
    NONE,
    STOP,
    TAKE,
    atr_moved,
    below_price,
    crossing,
    heat_excess,
    initial_stop,
    initial_take,
    measured_stop,
    next_weakest,
    past_half_way,
    tightened_for_heat,
    tightened_stop,
    tightening,
    trailing_stop,
)


@pytest.mark.parametrize(
    ("entry", "atr", "multiplier", "stop_loss", "stop"),
    [
        (400_000, 20_000, 1.5, 0.0, 370_000),  # $40 − 1.5 × $2
        (400_000, 20_001, 1.5, 0.0, 370_000),  # $36.99985 rounds up to the cent
        (400_000, 19_999, 1.5, 0.0, 370_100),  # $37.00015 rounds up to the next
        (400_000, 20_000, 1.1, 0.0, 378_000),
        (400_000, 20_000, 1.5, 0.05, 380_000),  # 5 % is nearer
        (400_000, 20_000, 1.5, 0.075, 370_000),
        (400_000, 20_000, 1.5, 0.10, 370_000),  # 10 % is wider: stays
        (400_000, 0, 1.5, 0.0, 399_900),
        (400_000, 60, 1.5, 0.0, 399_900),  # under a tick away
        (400_050, 0, 1.5, 0.0, 399_900),
        (400_000, 200_000, 2.0, 0.0, 0),  # as far as the entry itself
        (400_000, 200_000, 2.0, 0.05, 0),
        (400_000, 199_999, 2.0, 0.0, 2),  # $0.0002: under a dollar the tick is finer
        (12_000, 2_000, 2.0, 0.0, 8_000),
        (12_000, 1_333, 2.0, 0.0, 9_334),
        (9_000, 1, 1.5, 0.0, 8_999),
        (9_001, 2_000, 1.5, 0.05, 8_551),  # 5 % under is $0.855095
        (9_000, 0, 1.5, 0.0, 8_999),
        (1, 0, 1.5, 0.0, 0),
    ],
)
def test_the_first_stop(entry: int, atr: int, multiplier: float, stop_loss: float, stop: int) -> None:
    assert initial_stop(entry, atr, multiplier, stop_loss) == stop


@pytest.mark.parametrize(
    ("entry", "stop", "reward_risk", "take_profit", "take"),
    [
        (400_000, 370_000, 1.5, 0.0, 445_000),  # $40 + 1.5 × $3
        (400_000, 370_000, 1.1, 0.0, 433_000),  # 33,000.000000000004 in binary
        (400_000, 370_100, 1.5, 0.0, 444_900),  # $44.485 rounds up
        (400_000, 370_000, 1.5, 0.10, 440_000),  # 10 % is nearer
        (400_000, 370_000, 1.5, 0.20, 445_000),  # 20 % is farther: stays
        (400_000, 399_900, 0.1, 0.0, 400_100),  # at least a tick
        (400_000, 370_000, 1.5, 0.0001, 400_100),
        (400_050, 400_049, 1.0, 0.0, 400_200),
        (400_000, 399_933, 1.5, 0.0, 400_200),  # $40.01005 rounds up
        (400_000, 410_000, 1.5, 0.0, 400_100),
        (9_001, 5_000, 1.5, 0.05, 9_452),  # 5 % over is $0.945105
        (9_000, 9_000, 1.5, 0.0, 9_001),  # no risk, still a tick
        (9_000, 8_000, 1.5, 0.0, 10_500),
        (9_000, 8_333, 1.0, 0.0, 9_667),
    ],
)
def test_the_take(entry: int, stop: int, reward_risk: float, take_profit: float, take: int) -> None:
    assert initial_take(entry, stop, reward_risk, take_profit) == take


def test_half_way_is_passed_and_not_reached() -> None:
    assert not past_half_way(422_500, 400_000, 445_000)
    assert past_half_way(422_501, 400_000, 445_000)


@pytest.mark.parametrize(
    ("stop", "high", "price", "expected"),
    [
        (370_000, 422_500, 422_500, 370_000),  # at half way: nothing yet
        (370_000, 422_501, 422_501, 400_000),  # past it: breakeven
        (370_000, 430_000, 422_500, 370_000),  # the price counts, not the high
        (370_000, 440_000, 430_000, 410_000),  # $44 − 1.5 × $2
        (370_000, 440_001, 430_000, 410_100),
        (415_000, 440_000, 430_000, 415_000),  # never lower
    ],
)
def test_trailing_from_40_to_44_50(stop: int, high: int, price: int, expected: int) -> None:
    assert trailing_stop(stop, 400_000, 445_000, high, 20_000, 1.5, price) == expected


def test_under_a_dollar_the_trailing_stop_is_rounded_up_too() -> None:
    """$0.98 − 1.5 × $0.0101 = $0.96485."""
    assert trailing_stop(8_800, 9_000, 9_400, 9_800, 101, 1.5, 9_700) == 9_649


def test_breakeven_is_rounded_up_to_the_tick() -> None:
    assert trailing_stop(370_000, 400_033, 445_000, 430_000, 20_000, 1.5, 430_000) == 400_100


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        (20_000, 18_000, False),  # 10 % is not more than 10 %
        (20_000, 17_999, True),
        (20_000, 22_000, False),
        (20_000, 22_001, True),
        (20_000, 0, False),  # unknown
        (0, 1, True),
    ],
)
def test_an_atr_has_moved_when_it_is_more_than_10_percent_away(old: int, new: int, *, moved: bool) -> None:
    assert atr_moved(old, new) is moved


@pytest.mark.parametrize(
    ("stop", "atr", "price", "expected"),
    [
        (370_000, 17_999, 400_000, 373_100),  # $40 − 1.5 × $1.7999
        (370_000, 10_000, 400_000, 385_000),
        (370_000, 30_000, 400_000, 370_000),  # wider: stays
        (390_000, 10_000, 400_000, 390_000),
        (370_000, 10_000, 380_000, 379_900),  # a tick under the price
        (379_950, 10_000, 380_000, 379_950),
        (395_000, 10_000, 380_000, 395_000),  # over the price already: left
        (370_000, 10**6, 400_000, 370_000),  # too large for any stop
    ],
)
def test_a_stop_measured_anew_is_where_a_first_stop_would_be(stop: int, atr: int, price: int, expected: int) -> None:
    assert measured_stop(stop, 400_000, atr, 1.5, 0.0, price) == expected


@pytest.mark.parametrize(
    ("stop", "wanted", "price", "expected"),
    [
        (370_000, 380_000, 400_000, 380_000),
        (370_000, 399_900, 400_000, 399_900),
        (370_000, 399_901, 400_000, 399_900),
        (370_000, 450_000, 400_000, 399_900),
        (370_000, 360_000, 400_000, 370_000),
        (410_000, 450_000, 400_000, 410_000),
        (8_000, 9_500, 9_000, 8_999),  # under a dollar the tick is finer
    ],
)
def test_a_raise_stays_a_tick_under_the_price(stop: int, wanted: int, price: int, expected: int) -> None:
    assert below_price(stop, wanted, price) == expected


@pytest.mark.parametrize(
    ("sessions", "events", "factor"),
    [
        (-1, 0, 1.0),  # no date on record
        (0, 0, 0.7),
        (3, 0, 0.7),
        (4, 0, 1.0),
        (-1, 1, 0.5),
        (4, 2, 0.5),
        (2, 1, 0.5),  # the smaller one, not 0.35
    ],
)
def test_the_share_of_the_distance_that_is_left_at_risk(sessions: int, events: int, factor: float) -> None:
    assert tightening(sessions, events) == factor


@pytest.mark.parametrize(
    ("stop", "factor", "price", "expected"),
    [
        (370_000, 1.0, 400_000, 370_000),
        (370_000, 0.7, 400_000, 379_000),  # $40 − 1.05 × $2
        (370_000, 0.5, 400_000, 385_000),  # $40 − 0.75 × $2
        (390_000, 0.5, 400_000, 390_000),  # nearer already
        (370_000, 0.5, 385_000, 384_900),  # a tick under the price
        (370_000, 0.5, 380_000, 379_900),
        (381_000, 0.5, 380_000, 381_000),  # over the price already: left
        (370_000, 0.5, 422_500, 385_000),  # half way is not past it
        (370_000, 0.5, 422_600, 415_000),  # $43 − 0.75 × $2
        (370_000, 0.7, 422_600, 409_000),  # $43 − 1.05 × $2
        (370_000, 0.5, 432_000, 415_000),
    ],
)
def test_at_risk_first_and_trailing_distance_are_shorter(stop: int, factor: float, price: int, expected: int) -> None:
    """From $40 with a take at $44.50; the high is $43."""
    assert tightened_stop(stop, 400_000, 445_000, 430_000, 20_000, 1.5, 0.0, factor, price) == expected


def test_a_trailing_stop_that_is_tightened_stays_under_the_price() -> None:
    """$44 − 0.75 × $2 = $42.50, and the price is $42.31."""
    assert tightened_stop(370_000, 400_000, 445_000, 440_000, 20_000, 1.5, 0.0, 0.5, 423_100) == 423_000


@pytest.mark.parametrize(
    ("stop_loss", "measured", "near_earnings", "in_event"),
    [
        (0.05, 380_000, 386_000, 390_000),  # $2 under $40, seven tenths, half
        (0.10, 370_000, 379_000, 385_000),  # $4 is wider than 1.5 × $2
    ],
)
def test_the_nearer_of_stop_loss_and_range_is_kept_and_shortened(
    stop_loss: float, measured: int, near_earnings: int, in_event: int
) -> None:
    levels = (400_000, 445_000, 400_000, 20_000, 1.5, stop_loss)
    assert measured_stop(360_000, 400_000, 20_000, 1.5, stop_loss, 400_000) == measured
    assert tightened_stop(360_000, *levels, 0.7, 400_000) == near_earnings
    assert tightened_stop(360_000, *levels, 0.5, 400_000) == in_event


def test_levels_are_crossed_when_touched() -> None:
    assert crossing(370_000, 370_000, 445_000) == STOP
    assert crossing(370_001, 370_000, 445_000) == NONE
    assert crossing(444_999, 370_000, 445_000) == NONE
    assert crossing(445_000, 370_000, 445_000) == TAKE
    assert crossing(500, 600, 400) == STOP
    assert (NONE, STOP, TAKE) == (0, 1, 2)


def test_heat_is_in_excess_over_80_percent_of_its_limit() -> None:
    """6 % of $10,000 is $600; 80 % of it $480."""
    assert heat_excess(4_800_000, 100_000_000, 0.06, 0.8) == 0
    assert heat_excess(4_800_001, 100_000_000, 0.06, 0.8) == 1
    assert heat_excess(0, 100_000_000, 0.06, 0.8) == 0
    assert heat_excess(4_800_002, 100_000_030, 0.06, 0.8) == 1


@pytest.mark.parametrize(
    ("excess", "atr", "expected"),
    [
        (0, 20_000, 370_000),
        (-5, 20_000, 370_000),
        (10_000, 20_000, 371_000),  # $1 over ten shares: ten cents
        (10_001, 20_000, 371_100),
        (200_000, 20_000, 390_000),  # $40 − half of $2
        (200_001, 20_000, 390_000),
        (10**9, 20_001, 389_900),
        (10**9, 0, 399_900),
        (10**9, 10**6, 370_000),
    ],
)
def test_a_stop_is_raised_just_enough_for_heat(excess: int, atr: int, expected: int) -> None:
    assert tightened_for_heat(370_000, 400_000, atr, excess, 10) == expected


def test_an_atr_twice_the_price_leaves_no_room_for_a_raise() -> None:
    """Half of it under $0.0002 is nothing."""
    assert tightened_for_heat(0, 2, 4, 10, 1) == 0
    assert tightened_for_heat(0, 3, 4, 10, 1) == 1


def test_without_excess_a_stop_between_two_ticks_stays() -> None:
    assert tightened_for_heat(370_050, 400_000, 20_000, 0, 10) == 370_050
    assert tightened_for_heat(370_050, 400_000, 20_000, 1, 10) == 370_100


def test_the_weakest_comes_first_and_ties_go_by_place() -> None:
    confidences = [0.8, 0.6, 0.9, 0.6, 0.8]
    order = [next_weakest(confidences, -1)]
    while order[-1] >= 0:
        order.append(next_weakest(confidences, order[-1]))
    assert order == [1, 3, 0, 4, 2, -1]
    assert next_weakest([], -1) == -1
