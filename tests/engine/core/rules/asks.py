"""Asks to size: one sane example, and generated ones, in tens of dollars to ten million."""

from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st

from engine.core.rules.sizing import Ask

quick = settings(max_examples=50, deadline=None)

PLAIN = Ask(
    confidence=0.75,
    min_confidence=0.75,
    base=0.02,
    max_position=0.05,
    max_sector=0.20,
    max_exposure=0.80,
    max_heat=0.06,
    tradable=100_000_000,
    tradable_minimum=1_000_000,
    min_price=10_000,
    buying_power=100_000_000,
    absolute_cap=0,
    price=400_000,
    stop=380_000,
    held_value=0,
    sector_value=0,
    exposure_value=0,
    heat=0,
    earnings_sessions=-1,
    correlation=0.0,
    sectors_held=0,
    new_sector=False,
    min_sectors=3,
)
"""A conservative account of $10,000 without positions asks for a ticker at $40.00, stop $38.00."""


def percent(low: int, high: int) -> st.SearchStrategy[float]:
    """Fractions that are whole hundredths of a percent, as people set them."""
    return st.integers(low * 100, high * 100).map(lambda basis_points: basis_points / 10_000)


def exact(fraction: float) -> Fraction:
    """The decimal that a fraction shows, as people mean it."""
    return Fraction(str(fraction))


def parts(amount: int, *divisors: int) -> st.SearchStrategy[int]:
    """Nothing, as often as not, or one of these parts of an amount."""
    return st.sampled_from([0] * len(divisors) + [amount // divisor for divisor in divisors])


@st.composite
def open_asks(draw: st.DrawFn) -> Ask:
    """Asks that no step before the clamps rejects; some are over a limit already, most can buy."""
    price = draw(st.integers(10_000, 10**6))
    tradable = max(price * draw(st.integers(10, 10**5)), 1_000_000)
    held = draw(parts(tradable, 50, 10))
    sector = held + draw(parts(tradable, 10, 4))
    least = draw(st.integers(1, 100))
    return Ask(
        confidence=draw(st.integers(least, 100)) / 100,
        min_confidence=least / 100,
        base=draw(percent(1, 25)),
        max_position=draw(percent(2, 100)),
        max_sector=draw(percent(10, 100)),
        max_exposure=draw(percent(20, 100)),
        max_heat=draw(percent(2, 20)),
        tradable=tradable,
        tradable_minimum=1_000_000,
        min_price=10_000,
        buying_power=draw(st.sampled_from([*[tradable] * 6, tradable // 9, price * 3, price - 1, 0])),
        absolute_cap=draw(st.sampled_from([*[0] * 6, tradable // 7, held + price * 2, held])),
        price=price,
        stop=price - draw(st.integers(1, price // 4)),
        held_value=held,
        sector_value=sector,
        exposure_value=sector + draw(parts(tradable, 10, 4)),
        heat=draw(parts(tradable, 200, 100, 50, 20, 10)),
        earnings_sessions=draw(st.sampled_from([-1, -1, 2, 3, 4])),
        correlation=draw(st.one_of(st.just(0.0), st.floats(-1, 0.79))),
        sectors_held=draw(st.integers(0, 5)),
        new_sector=draw(st.booleans()),
        min_sectors=3,
    )


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    """Asks of every kind; one in three is rejected before the clamps."""
    ask = draw(open_asks())
    wrong = (
        ask._replace(confidence=ask.min_confidence / 2),
        ask._replace(tradable=draw(st.integers(0, 999_999))),
        ask._replace(price=draw(st.integers(1_000, 9_999)), stop=999),
        ask._replace(earnings_sessions=draw(st.integers(0, 1))),
        ask._replace(correlation=draw(st.floats(0.8, 1))),
    )
    return draw(st.sampled_from([ask] * 10 + list(wrong)))
