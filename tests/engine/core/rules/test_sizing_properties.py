from fractions import Fraction

from hypothesis import assume, event, given
from hypothesis import strategies as st

from engine.core.rules.codes import (
    ACTIVE_POOL_MINIMUM,
    CORRELATED,
    EARNINGS_IMMINENT,
    EXPOSURE,
    HEAT,
    LOW_CONFIDENCE,
    NONE,
    SECTOR_FULL,
)
from engine.core.rules.sizing import Ask, correlation_factor, diversification_factor, earnings_factor, fixed, size
from tests.engine.core.rules.asks import PLAIN, asks, exact, open_asks, percent, quick


def roomy(ask: Ask) -> Ask:
    """The same ask where only the allocation itself and the position limit bind."""
    return ask._replace(
        max_sector=1.0,
        max_exposure=1.0,
        max_heat=1.0,
        buying_power=ask.tradable,
        absolute_cap=0,
        held_value=0,
        sector_value=0,
        exposure_value=0,
        heat=0,
    )


@quick
@given(open_asks())
def test_p01_the_size_is_the_formula(ask: Ask) -> None:
    """Shares are floor(tradable × min(base × confidence / least confidence, limit) / price), in exact decimals."""
    ask = roomy(ask)._replace(correlation=0.0, new_sector=False, earnings_sessions=-1)
    allocation = exact(ask.base) * exact(ask.confidence) / exact(ask.min_confidence)
    money = ask.tradable * min(allocation, exact(ask.max_position))
    assert size(ask).shares == (money / ask.price).__floor__()


@quick
@given(asks())
def test_p01_no_buy_exceeds_a_limit(ask: Ask) -> None:
    sizing = size(ask)
    event(f"reason {sizing.reason}")
    assert sizing.shares >= 0
    assert sizing.dollars == sizing.shares * ask.price
    assert (sizing.shares == 0) == (sizing.reason != NONE)
    if sizing.shares:
        assert ask.held_value + sizing.dollars <= ask.tradable * exact(ask.max_position)
        assert sizing.dollars <= ask.buying_power
        assert not ask.absolute_cap or ask.held_value + sizing.dollars <= ask.absolute_cap


@quick
@given(asks(), st.floats(0, 1), st.floats(0, 1))
def test_p01_a_lower_confidence_never_gets_more(ask: Ask, one: float, other: float) -> None:
    """Whatever else binds; heat apart, which rejects a buy and does not reduce it."""
    low, high = sorted((one, other))
    less, more = size(ask._replace(confidence=low)), size(ask._replace(confidence=high))
    assert less.shares <= more.shares or more.reason == HEAT
    assert less.cash_left <= more.cash_left


@quick
@given(asks())
def test_p01_what_is_left_only_shrinks(ask: Ask) -> None:
    sizing = size(ask)
    lefts = sizing[7:12]
    assert all(left >= 0 for left in lefts)
    assert list(lefts) == sorted(lefts, reverse=True)
    assert sizing.dollars <= lefts[-1]


@quick
@given(asks(), st.integers(-2, 500))
def test_p01_an_owners_number_is_bought_whole_or_not_at_all(ask: Ask, shares: int) -> None:
    sizing = fixed(ask, shares)
    assert sizing.shares in (0, shares)
    assert (sizing.reason == NONE) == (sizing.shares >= 1)
    if sizing.shares:
        assert ask.held_value + sizing.dollars <= ask.tradable * exact(ask.max_position)
        assert ask.sector_value + sizing.dollars <= ask.tradable * exact(ask.max_sector)
        assert sizing.dollars <= ask.buying_power


@quick
@given(open_asks())
def test_p01_naming_the_size_that_was_found_buys_it(ask: Ask) -> None:
    found = size(ask)
    assume(found.shares)
    assert fixed(ask, found.shares).shares == found.shares


@quick
@given(st.floats(-1, 1), st.floats(-1, 1))
def test_p02_higher_correlation_never_leaves_more(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= correlation_factor(high) <= correlation_factor(low) <= 1.0


@quick
@given(asks(), st.floats(-1, 1), st.floats(-1, 1))
def test_p02_higher_correlation_never_buys_more(ask: Ask, one: float, other: float) -> None:
    low, high = sorted((one, other))
    close, far = size(ask._replace(correlation=high)), size(ask._replace(correlation=low))
    assert close.shares <= far.shares or far.reason == HEAT


@quick
@given(st.integers(0, 100))
def test_p02_between_the_bounds_it_falls_evenly(hundredths: int) -> None:
    expected = min(Fraction(1), max(Fraction(0), Fraction(80 - hundredths, 30)))
    assert abs(correlation_factor(hundredths / 100) - expected) < 1e-12


@quick
@given(open_asks(), st.floats(0.8, 1, exclude_min=True))
def test_p02_too_much_correlation_rejects(ask: Ask, correlation: float) -> None:
    assert size(ask._replace(correlation=correlation)).reason == CORRELATED
    assert fixed(ask._replace(correlation=correlation), 1).reason == CORRELATED


@quick
@given(asks())
def test_p03_a_buy_keeps_its_sector_and_all_positions_within_limits(ask: Ask) -> None:
    sizing = size(ask)
    if sizing.shares:
        assert ask.sector_value + sizing.dollars <= ask.tradable * exact(ask.max_sector)
        assert ask.exposure_value + sizing.dollars <= ask.tradable * exact(ask.max_exposure)


@quick
@given(open_asks(), st.integers(0, 10**9))
def test_p03_a_full_sector_rejects(ask: Ask, over: int) -> None:
    ask = roomy(ask)._replace(max_sector=0.2, sector_value=(ask.tradable + 4) // 5 + over)
    assert size(ask).reason == SECTOR_FULL
    ask = ask._replace(max_exposure=0.2, exposure_value=ask.sector_value, sector_value=0)
    assert size(ask).reason == EXPOSURE


@quick
@given(ask=open_asks(), held=st.integers(0, 5), new=st.booleans())
def test_p04_a_new_sector_gets_a_fifth_more_while_few_are_held(ask: Ask, held: int, *, new: bool) -> None:
    sizing = size(ask._replace(sectors_held=held, new_sector=new))
    plain = size(ask._replace(new_sector=False))
    expected = 1.2 if new and held < 3 else 1.0
    assert sizing.diversification_factor == diversification_factor(held, new, 3) == expected
    assert abs(sizing.raw - plain.raw * expected) <= 1e-12


@quick
@given(asks(), st.integers(1, 100))
def test_p07_under_the_pool_minimum_nothing_is_bought(ask: Ask, shares: int) -> None:
    poor = ask._replace(tradable=min(ask.tradable, 999_999), confidence=1.0)
    assert size(poor).reason == ACTIVE_POOL_MINIMUM
    assert fixed(poor, shares).reason == ACTIVE_POOL_MINIMUM
    enough = size(ask._replace(tradable=max(ask.tradable, 1_000_000)))
    assert enough.reason != ACTIVE_POOL_MINIMUM


@quick
@given(open_asks(), st.integers(-1, 400))
def test_p19_earnings_near_reject_or_halve(ask: Ask, sessions: int) -> None:
    sizing, far = size(ask._replace(earnings_sessions=sessions)), size(ask._replace(earnings_sessions=-1))
    assert (sizing.reason == EARNINGS_IMMINENT) == (sessions in (0, 1))
    if sessions not in (0, 1):
        half = sessions in (2, 3)
        assert sizing.earnings_factor == earnings_factor(sessions) == (0.5 if half else 1.0)
        assert abs(sizing.raw - (far.raw / 2 if half else far.raw)) <= 1e-12


@quick
@given(asks(), st.integers(1, 200))
def test_p24_no_buy_lifts_heat_over_its_limit(ask: Ask, shares: int) -> None:
    for sizing in (size(ask), fixed(ask, shares)):
        after = ask.heat + sizing.shares * (ask.price - ask.stop)
        assert not sizing.shares or after <= ask.tradable * exact(ask.max_heat)


@quick
@given(percent(1, 20), st.integers(1, 12), st.integers(1, 300_000), st.integers(0, 1))
def test_p24_heat_rejects_one_unit_over_its_limit(limit: float, shares: int, risk: int, over: int) -> None:
    """With room for exactly these shares' risk the buy passes, with one unit less it does not."""
    heat = int(100_000_000 * exact(limit)) - shares * risk + over
    assume(heat >= 0)
    ask = PLAIN._replace(max_heat=limit, stop=PLAIN.price - risk, heat=heat)
    assert fixed(ask, shares).reason == (HEAT if over else NONE)


@quick
@given(open_asks(), st.floats(0, 1, exclude_max=True))
def test_p01_too_little_confidence_rejects(ask: Ask, share: float) -> None:
    low = ask.min_confidence * share
    assume(low < ask.min_confidence)
    assert size(ask._replace(confidence=low)).reason == LOW_CONFIDENCE
    assert fixed(ask._replace(confidence=low), 1) == fixed(ask, 1)
