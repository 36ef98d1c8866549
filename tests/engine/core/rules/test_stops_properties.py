from fractions import Fraction

from hypothesis import assume, event, given
from hypothesis import strategies as st

from engine.core.rules.exposure import heat
from engine.core.rules.rounding import tick, tick_below
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
    tightened_for_heat,
    tightened_stop,
    tightening,
    trailing_stop,
)
from tests.engine.core.rules.asks import exact, percent, quick

prices = st.integers(10_000, 10**7)
atrs = st.integers(0, 500_000)
multipliers = st.integers(5, 40).map(lambda tenths: tenths / 10)


@quick
@given(prices, atrs, multipliers)
def test_p09_the_stop_is_atr_times_multiplier_under_the_entry(entry: int, atr: int, multiplier: float) -> None:
    """The nearest price on the tick not lower than it, at least one tick under the entry; 0 where none is left."""
    stop, level = initial_stop(entry, atr, multiplier, 0.0), entry - atr * exact(multiplier)
    event("too large" if level <= 0 else "a stop")
    assert (stop == 0) == (level <= 0)
    if stop:
        assert stop % tick(stop) == 0
        assert stop <= entry - tick(entry)
        assert stop - tick(stop) < level
        assert stop >= level or stop == tick_below(entry)


@quick
@given(prices, atrs, multipliers, percent(1, 50))
def test_p09_a_stop_loss_makes_it_nearer_never_wider(entry: int, atr: int, multiplier: float, loss: float) -> None:
    plain, near = initial_stop(entry, atr, multiplier, 0.0), initial_stop(entry, atr, multiplier, loss)
    assert plain <= near
    if near:
        assert near >= min(entry * (1 - exact(loss)), Fraction(tick_below(entry)))
        assert near == plain or near - tick(near) < entry * (1 - exact(loss))


@quick
@given(prices, st.integers(1, 500_000), multipliers, st.one_of(st.just(0.0), percent(1, 50)))
def test_p09_the_take_is_reward_times_risk_over_the_entry(
    entry: int, distance: int, reward_risk: float, take_profit: float
) -> None:
    stop = max(1, entry - distance)
    take = initial_take(entry, stop, reward_risk, take_profit)
    level = entry + (entry - stop) * exact(reward_risk)
    if take_profit:
        level = min(level, entry * (1 + exact(take_profit)))
    assert take % tick(take) == 0
    assert take >= max(level, Fraction(entry + tick(entry)))
    assert take - tick(take) < max(level, Fraction(entry + tick(entry)))


@quick
@given(prices, prices, st.integers(1, 10**6))
def test_p10_only_a_crossing_sells(price: int, stop: int, width: int) -> None:
    take = stop + width
    assert crossing(price, stop, take) == (STOP if price <= stop else TAKE if price >= take else NONE)
    assert crossing(stop, stop, take) == STOP
    assert crossing(take, stop, take) == TAKE
    assert crossing(stop + 1, stop, stop + 2) == NONE


@quick
@given(prices, st.integers(200, 500_000), st.integers(0, 500_000), atrs, multipliers, st.floats(0, 2))
def test_p11_past_half_way_the_stop_trails_and_protects_the_entry(  # noqa: PLR0917  # one argument a level
    entry: int, gain: int, risk: int, atr: int, multiplier: float, progress: float
) -> None:
    stop, take, price = max(1, entry - risk), entry + gain, entry + int(gain * progress)
    high = price + risk // 7
    raised = trailing_stop(stop, entry, take, high, atr, multiplier, price)
    if 2 * (price - entry) <= gain:
        assert raised == stop
    else:
        level = max(Fraction(max(stop, entry)), high - atr * exact(multiplier))
        assert level <= raised < level + tick(raised)


@quick
@given(prices, atrs, multipliers, st.lists(st.floats(-0.04, 0.04), max_size=30))
def test_p11_a_trailing_stop_only_climbs_along_a_path(
    entry: int, atr: int, multiplier: float, moves: list[float]
) -> None:
    stop = initial_stop(entry, atr, multiplier, 0.0)
    take = initial_take(entry, stop, 2.0, 0.0)
    high = price = entry
    for move in moves:
        price = max(1, int(price * (1 + move)))
        high = max(high, price)
        after = trailing_stop(stop, entry, take, high, atr, multiplier, price)
        assert after >= stop
        assert after == stop or after >= entry
        stop = after


@quick
@given(prices, prices, atrs, multipliers, prices)
def test_p37_a_stop_measured_anew_is_never_lower(
    stop: int, entry: int, atr: int, multiplier: float, price: int
) -> None:
    """And is as near as a first stop would be, but for the tick under the price."""
    after = measured_stop(stop, entry, atr, multiplier, 0.0, price)
    first = initial_stop(entry, atr, multiplier, 0.0)
    assert after >= stop
    assert after == stop or after <= price - tick(price)
    assert after >= min(first, tick_below(price))
    assert after in (stop, first, tick_below(price))


@quick
@given(st.integers(0, 10**6), st.integers(-(10**6), 10**6))
def test_an_atr_moved_is_more_than_a_tenth_away(old: int, away: int) -> None:
    new = max(1, old + away)
    assert atr_moved(old, new) == (abs(new - old) > Fraction(old, 10))
    assert not atr_moved(old, 0)


@quick
@given(prices, prices, prices)
def test_p37_below_price_never_lowers_and_never_sells_at_once(stop: int, wanted: int, price: int) -> None:
    after = below_price(stop, wanted, price)
    assert after >= stop
    assert after == stop or after <= min(wanted, price - tick(price))
    assert after >= min(wanted, tick_below(price))


factors = st.sampled_from([0.5, 0.7])


@quick
@given(prices, atrs, multipliers, factors, st.floats(-0.2, 0.4), st.integers(0, 10**6))
def test_p15_at_risk_a_stop_stands_nearer_than_before(  # noqa: PLR0917  # one argument a level
    entry: int, atr: int, multiplier: float, factor: float, progress: float, over: int
) -> None:
    """Nearer by the factor, to the tick; never lower, never at the price, and the same look again moves nothing."""
    stop = initial_stop(entry, atr, multiplier, 0.0)
    assume(stop)
    take, price = initial_take(entry, stop, 1.5, 0.0), max(1, int(entry * (1 + progress)))
    high = max(entry, price) + over

    after = tightened_stop(stop, entry, take, high, atr, multiplier, 0.0, factor, price)

    near = atr * exact(multiplier) * exact(factor)
    trailed = max(Fraction(entry), high - near) if 2 * (price - entry) > take - entry else Fraction(0)
    level = max(min(Fraction(entry) - near, Fraction(tick_below(entry))), trailed)
    event("held by the price" if level > tick_below(price) else "at its level")
    assert after >= stop
    assert after >= min(level, Fraction(tick_below(price)))
    assert after == stop or after <= tick_below(price)
    assert after == stop or after - tick(after) < level
    assert after == tightened_stop(after, entry, take, high, atr, multiplier, 0.0, factor, price)


@quick
@given(prices, prices, st.integers(1, 10**6), prices, atrs, multipliers, prices)
def test_p15_the_smaller_factor_is_nearer_and_one_changes_nothing(  # noqa: PLR0917  # one argument a level
    stop: int, entry: int, gain: int, high: int, atr: int, multiplier: float, price: int
) -> None:
    """What ends loosens nothing: after the event comes the wider distance, and the stop stays."""
    levels = (entry, entry + gain, high, atr, multiplier, 0.0)
    in_event, near_earnings, plain = (tightened_stop(stop, *levels, one, price) for one in (0.5, 0.7, 1.0))
    assert in_event >= near_earnings >= plain == stop
    assert tightened_stop(in_event, *levels, 0.7, price) == in_event
    assert tightened_stop(in_event, *levels, 1.0, price) == in_event


@quick
@given(st.integers(-1, 30), st.integers(0, 5))
def test_p15_the_factor_is_the_smaller_and_not_the_product(sessions: int, severe: int) -> None:
    soon = sessions in (0, 1, 2, 3)
    assert tightening(sessions, severe) == (0.5 if severe else 0.7 if soon else 1.0)


@quick
@given(prices, prices, atrs, st.integers(-(10**6), 10**9), st.integers(1, 10**5))
def test_p37_tightening_for_heat_never_lowers_a_stop(stop: int, price: int, atr: int, excess: int, shares: int) -> None:
    after = tightened_for_heat(stop, price, atr, excess, shares)
    assert after >= stop
    assert after == stop or 2 * (price - after) >= atr
    assert after == stop or after <= price - tick(price)
    assert after == stop or excess > 0


@quick
@given(prices, prices, st.integers(1, 10**6), prices, atrs, multipliers, prices)
def test_p37_trailing_never_lowers_a_stop(  # noqa: PLR0917  # one argument a level
    stop: int, entry: int, gain: int, high: int, atr: int, multiplier: float, price: int
) -> None:
    assert trailing_stop(stop, entry, entry + gain, high, atr, multiplier, price) >= stop


@quick
@given(st.integers(20_000, 10**6), st.integers(0, 20_000), st.integers(1, 10**6), st.integers(1, 5_000))
def test_p25_a_stop_is_raised_just_enough(price: int, atr: int, excess: int, shares: int) -> None:
    """Enough heat leaves unless half an ATR under the price stops it, and a tick less would not have been enough."""
    stop = price // 2 // 100 * 100
    after = tightened_for_heat(stop, price, atr, excess, shares)
    freed = (after - stop) * shares
    assert isinstance(after, int)
    assert freed >= excess or after + tick(after) > min(price - atr / 2, tick_below(price))
    assert after == stop or (after - tick(stop) - stop) * shares < excess


@st.composite
def books(draw: st.DrawFn) -> tuple[list[int], list[int], list[int], list[float]]:
    """Shares, prices (also the entries), stops and confidences of up to six positions."""
    count = draw(st.integers(1, 6))
    marks = draw(st.lists(st.integers(100, 5_000).map(lambda cents: cents * 1_000), min_size=count, max_size=count))
    return (
        draw(st.lists(st.integers(1, 500), min_size=count, max_size=count)),
        marks,
        [mark * draw(st.integers(60, 99)) // 100 // 100 * 100 for mark in marks],
        draw(st.lists(st.sampled_from([0.6, 0.7, 0.7, 0.9]), min_size=count, max_size=count)),
    )


@quick
@given(books(), st.integers(10**7, 10**10))
def test_p25_tightening_brings_heat_to_80_percent_weakest_first(
    book: tuple[list[int], list[int], list[int], list[float]], tradable: int
) -> None:
    """Or every stop stands half an ATR under its price; a stronger position moves only when the weaker cannot."""
    shares, marks, stops, confidences = book
    before, nearest = list(stops), [mark - 100 for mark in marks]
    place = next_weakest(confidences, -1)
    while place >= 0:
        excess = heat_excess(heat(shares, marks, stops), tradable, 0.06, 0.8)
        stops[place] = tightened_for_heat(stops[place], marks[place], 200, excess, shares[place])
        place = next_weakest(confidences, place)
    done = heat(shares, marks, stops) <= tradable * exact(0.048)
    event("reached" if done else "not reached")
    assert done or stops == nearest
    moved = [place for place in range(len(stops)) if stops[place] != before[place]]
    for place in moved:
        weaker = [other for other, mark in enumerate(confidences) if (mark, other) < (confidences[place], place)]
        assert all(stops[other] == nearest[other] for other in weaker)


@quick
@given(st.lists(st.floats(0, 1), max_size=20))
def test_p25_the_order_is_by_confidence_then_place(confidences: list[float]) -> None:
    order, place = [], next_weakest(confidences, -1)
    while place >= 0:
        order.append(place)
        place = next_weakest(confidences, place)
    assert order == sorted(range(len(confidences)), key=lambda place: (confidences[place], place))


@quick
@given(prices, st.integers(1, 500_000), multipliers)
def test_p10_a_fresh_position_is_not_crossed_at_its_entry(entry: int, atr: int, multiplier: float) -> None:
    stop = initial_stop(entry, atr, multiplier, 0.0)
    assume(stop)
    assert crossing(entry, stop, initial_take(entry, stop, 2.0, 0.0)) == NONE
