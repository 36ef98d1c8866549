"""The example strategies: what they say, how sure they are, and that they only know the past."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.adapters.calendar import load_calendar
from engine.adapters.example_strategies import (
    Breakout,
    MeanReversion,
    Momentum,
    Signal,
    read_breakout,
    read_mean_reversion,
    read_momentum,
)
from engine.adapters.replay_market import ReplayMarket
from engine.adapters.tables.closes import Closes, load_closes
from engine.core.nouns import Recommendation
from engine.core.units import Money
from engine.core.words import Side
from engine.ports import Market, RecommendationSource

CALENDAR = load_calendar()
SHIPPED = load_closes()
MARKET = ReplayMarket(SHIPPED, CALENDAR)
FIRST_TEN = CALENDAR.sessions(date(2020, 2, 3), date(2020, 2, 14))
MONTHS = CALENDAR.sessions(date(2020, 2, 3), date(2020, 4, 30))

Build: TypeAlias = Callable[[Market], RecommendationSource]

every_strategy = pytest.mark.parametrize("build", [Momentum, MeanReversion, Breakout])
every_reading = pytest.mark.parametrize("read", [read_momentum, read_mean_reversion, read_breakout])
closes_of_a_ticker = st.lists(st.integers(10_000, 3_000_000), min_size=60, max_size=70)


def rows(*series: Sequence[Money]) -> Closes:
    """Tickers A, B, C … with these closes up to 3 February 2020."""
    sessions = CALENDAR.sessions(date(2019, 1, 2), date(2020, 2, 3))[-len(series[0]) :]
    prices = {chr(ord("A") + place): tuple(row) for place, row in enumerate(series)}
    return Closes(tuple(session.date for session in sessions), prices, tuple(1 for _ in sessions))


async def said(build: Build, closes: Closes, day: date = date(2020, 2, 3)) -> Sequence[Recommendation]:
    session = CALENDAR.session_on(day)
    assert session
    return await build(ReplayMarket(closes, CALENDAR)).recommend(session)


async def test_a_momentum_buy_in_full() -> None:
    """59 closes at $100, then $110: the mean of 50 is $100.20."""
    (one,) = await said(Momentum, rows([1_000_000] * 59 + [1_100_000]))
    assert one == Recommendation(
        id="momentum:2020-02-03:A",
        source="momentum",
        ticker="A",
        action=Side.BUY,
        confidence=0.75,  # 0.5 + 0.45 × (0.0978 + 0.1) / 0.36
        window="30d",
        thesis="A is 9.8% above its 50-session mean and rose 10.0% in 20 sessions",
        generated_at=datetime(2020, 2, 3, 21, 1, tzinfo=UTC),
        paper_eligible=True,
        live_eligible=False,
        atr=11_429,  # 1.6 × $10 / 14
        sector=None,
    )


async def test_a_mean_reversion_buy_in_full() -> None:
    """40 closes at $100, 18 that swing by $1 around it, then $99 and $97: 2.4 deviations under a mean of $99.80."""
    closes = [1_000_000] * 40 + [1_010_000, 990_000] * 9 + [990_000, 970_000]
    (one,) = await said(MeanReversion, rows(closes))
    assert one.id == "mean_reversion:2020-02-03:A"
    assert (one.action, one.confidence, one.window) == (Side.BUY, 0.85, "7d")
    assert one.thesis == "A is 2.8% under its 20-session mean, 2.4 times its usual swing"


def test_momentum_sells_where_the_trend_is_left_and_only_there() -> None:
    """Sixty closes from $100 to $159, then $130: the mean of 50 is $134.90, the close 20 sessions ago $140."""
    closes = [*(1_000_000 + 10_000 * place for place in range(60)), 1_300_000]
    signal = read_momentum(closes)
    assert signal
    assert signal.side is Side.SELL
    assert signal.strength == pytest.approx((0.036323 + 0.071429) / 0.36, abs=1e-5)
    assert signal.thesis == "fell to 3.6% under its 50-session mean and fell 7.1% in 20 sessions"
    assert read_momentum([*closes, 1_290_000]) is None


def test_mean_reversion_sells_where_the_fall_is_made_good_and_only_there() -> None:
    """$96, $97, then $100 after swings of $1 around $100: the mean of 20 is $99.60, its deviation $1.39."""
    fallen = [1_010_000, 990_000] * 30 + [960_000]
    bought = read_mean_reversion(fallen)
    back = read_mean_reversion([*fallen, 970_000, 1_000_000])
    assert bought
    assert bought.side is Side.BUY
    assert back
    assert back.side is Side.SELL
    assert back.thesis == "is back above its 20-session mean by 0.4%, 0.3 times its usual swing"
    assert read_mean_reversion([*fallen, 970_000, 1_000_000, 1_001_000]) is None
    assert read_mean_reversion([1_010_000, 990_000] * 30 + [1_000_100]) is None  # it had not fallen before


async def test_a_breakout_buy_in_full() -> None:
    """59 closes that swing by $1 around $100, then $103.42: 2.4 % above the highest of 20 that kept within 2 %."""
    (one,) = await said(Breakout, rows([1_010_000, 990_000] * 29 + [1_010_000, 1_034_240]))
    assert one.id == "breakout:2020-02-03:A"
    assert (one.source, one.action, one.window) == ("breakout", Side.BUY, "7d")
    assert one.confidence == 0.77  # 0.5 + 0.45 × 0.024 / 0.04
    assert one.thesis == "A rose 2.4% above 20 sessions that had kept within 2.0%"


def quiet(last: Money, low: Money = 990_000) -> list[Money]:
    """Forty closes at $100, twenty from `low` to $101, then another."""
    return [1_000_000] * 40 + [low, 1_010_000] * 10 + [last]


def test_breakout_buys_only_above_what_was_quiet() -> None:
    """$101 above a low of $93.52 is a range of 7.9999 %, above $93.51 one of 8.01 %."""
    assert read_breakout(quiet(1_010_000)) is None
    bought = read_breakout(quiet(1_010_100))
    assert bought
    assert bought.side is Side.BUY
    assert bought.strength == pytest.approx(0.0001 / 1.01 / 0.04, rel=1e-3)
    within, beyond = read_breakout(quiet(1_030_000, 935_200)), read_breakout(quiet(1_030_000, 935_100))
    assert within
    assert within.side is Side.BUY
    assert beyond is None


def test_breakout_sells_at_the_first_close_under_twenty_and_only_there() -> None:
    """After $98 and $99 alternating under a rise, $97: 1.02 % under the lowest of 20."""
    before = [900_000] * 20 + [1_000_000] * 20 + [980_000, 990_000] * 10
    sold = read_breakout([*before, 970_000])
    assert sold
    assert sold.side is Side.SELL
    assert sold.strength == pytest.approx(0.010204 / 0.04, abs=1e-4)
    assert sold.thesis == "fell 1.0% under its lowest close of 20 sessions"
    assert read_breakout([*before, 980_000]) is None
    assert read_breakout([*before, 970_000, 960_000]) is None


@given(closes=closes_of_a_ticker)
def test_breakout_says_nothing_against_the_two_others(closes: list[Money]) -> None:
    found = read_breakout(closes)
    for other in (read_momentum(closes), read_mean_reversion(closes)):
        assert found is None or other is None or found.side is other.side


@given(closes=closes_of_a_ticker)
def test_breakout_speaks_of_closes_beyond_the_range_alone(closes: list[Money]) -> None:
    found, before = read_breakout(closes), closes[-21:-1]
    if found is not None:
        assert (closes[-1] > max(before)) == (found.side is Side.BUY)
        assert (closes[-1] < min(before)) == (found.side is Side.SELL)


@pytest.mark.parametrize("fallen", [True, False])
def test_breakout_sells_nothing_that_mean_reversion_buys(*, fallen: bool) -> None:
    """After swings of $1 around $100, $96 is an exaggerated fall; after swings from $100 to $110, $99.90 is none."""
    closes = [1_010_000, 990_000] * 30 + [960_000] if fallen else [1_000_000, 1_100_000] * 30 + [999_000]
    trend, found = read_mean_reversion(closes), read_breakout(closes)
    assert (trend is not None and trend.side is Side.BUY) is fallen
    assert (found is None) is fallen


@every_reading
def test_a_price_that_never_moved_says_nothing(read: Callable[[Sequence[Money]], Signal | None]) -> None:
    assert read([1_000_000] * 60) is None


@given(closes=closes_of_a_ticker, further=st.integers(1, 100_000))
def test_a_stronger_rise_is_never_less_sure(closes: list[Money], further: int) -> None:
    signal, more = read_momentum(closes), read_momentum([*closes[:-1], closes[-1] + further])
    if signal and signal.side is Side.BUY:
        assert more
        assert more.side is Side.BUY
        assert more.strength >= signal.strength


@every_reading
@given(closes=closes_of_a_ticker)
def test_strength_is_a_share(read: Callable[[Sequence[Money]], Signal | None], closes: list[Money]) -> None:
    signal = read(closes)
    assert signal is None or 0 <= signal.strength <= 1


@every_strategy
@pytest.mark.parametrize(("sessions", "heard"), [(59, False), (60, True)])
async def test_sixty_sessions_are_needed(build: Build, sessions: int, heard: bool) -> None:  # noqa: FBT001  # expected
    """The last of 59 or 60 closes is a jump that is bought, or a fall that mean reversion buys."""
    last = 800_000 if build is MeanReversion else 1_200_000
    assert bool(await said(build, rows([1_000_000] * (sessions - 1) + [last]))) is heard


@every_strategy
async def test_a_session_without_prices_is_met_with_silence(build: Build) -> None:
    last = 800_000 if build is MeanReversion else 1_200_000
    closes = rows([1_000_000] * 60 + [last])
    assert await said(build, closes)
    assert await said(build, closes, date(2020, 2, 4)) == []


@every_strategy
async def test_the_same_session_gives_the_same_again(build: Build) -> None:
    for session in FIRST_TEN:
        assert await build(MARKET).recommend(session) == await build(MARKET).recommend(session)


@every_strategy
@given(place=st.integers(60, len(SHIPPED.dates) - 1))
async def test_nothing_is_known_of_later_sessions(build: Build, place: int) -> None:
    """With every later price thrown away, the recommendations are the same."""
    past = Closes(
        SHIPPED.dates[:place],
        {ticker: row[:place] for ticker, row in SHIPPED.prices.items()},
        SHIPPED.benchmark[:place],
    )
    session = CALENDAR.session_on(past.dates[-1])
    assert session
    assert await said(build, past, session.date) == await build(MARKET).recommend(session)


@every_strategy
async def test_recommendations_are_well_formed(build: Build) -> None:
    seen = set()
    for session in MONTHS:
        recommendations = await build(MARKET).recommend(session)
        buys = [one for one in recommendations if one.action is Side.BUY]
        assert len(buys) <= 6
        assert [one.confidence for one in recommendations] == sorted(
            (one.confidence for one in recommendations), reverse=True
        )
        for one in recommendations:
            assert 0.5 <= one.confidence <= 0.95
            assert one.generated_at == session.closes_at + timedelta(minutes=1)
            assert one.paper_eligible
            assert not one.live_eligible
            assert one.thesis.startswith(f"{one.ticker} ")
            assert one.atr
            assert one.id not in seen
            seen.add(one.id)
        assert all(one.confidence >= 0.61 for one in buys)


async def test_a_half_day_s_ideas_come_after_its_early_close() -> None:
    half_day = CALENDAR.session_on(date(2020, 11, 27))
    assert half_day
    recommendations = await Momentum(MARKET).recommend(half_day)
    assert {one.generated_at for one in recommendations} == {datetime(2020, 11, 27, 18, 1, tzinfo=UTC)}


async def test_a_careful_account_finds_something_in_each_of_the_first_sessions() -> None:
    """Buys of at least 0.75, by session, from 3 to 14 February 2020."""
    counts = []
    for session in FIRST_TEN:
        both = [*await Momentum(MARKET).recommend(session), *await MeanReversion(MARKET).recommend(session)]
        counts.append(sum(one.action is Side.BUY and one.confidence >= 0.75 for one in both))
    assert counts == [4, 2, 2, 3, 1, 3, 2, 4, 3, 2]
