"""What every market does: it answers what was known at the instant asked for, and nothing later."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.adapters.calendar import Calendar, load_calendar
from engine.adapters.replay_market import ReplayMarket
from engine.adapters.tables.closes import Closes, load_closes
from engine.core.scene import Quote
from engine.core.session import Session
from engine.core.units import money
from engine.ports import Market, Unavailable
from tests.fakes import FakeMarket

CALENDAR = load_calendar()
MONDAY, TUESDAY, WEDNESDAY = CALENDAR.sessions(date(2020, 2, 3), date(2020, 2, 5))
A_SECOND = timedelta(seconds=1)

ROWS = Closes(
    dates=(MONDAY.date, TUESDAY.date, WEDNESDAY.date),
    prices={
        "AAPL": (money("77.1650"), money("79.7120"), money("80.3620")),
        "KO": (money("51.40"), money("51.80"), money("51.60")),
    },
    benchmark=(money("3248.92"), money("3297.59"), money("3334.69")),
)

Build: TypeAlias = Callable[[Closes], Market]


def replayed(rows: Closes) -> Market:
    return ReplayMarket(rows, CALENDAR)


def faked(rows: Closes) -> Market:
    market = FakeMarket()
    for place, day in enumerate(rows.dates):
        session = CALENDAR.session_on(day)
        assert session
        row = {ticker: prices[place] for ticker, prices in rows.prices.items()}
        market.show(session.opens_at, row)
        market.show_benchmark(session.opens_at, rows.benchmark[place])
        market.close(session.closes_at, row)
    return market


every_market = pytest.mark.parametrize("build", [faked, replayed])


@every_market
async def test_before_the_first_price_nothing_is_known(build: Build) -> None:
    market, at = build(ROWS), MONDAY.opens_at - A_SECOND
    assert await market.quotes(at) == {}
    assert await market.benchmark(at, "SPY") is None
    assert list(await market.history("AAPL", at, 10)) == []


@every_market
async def test_a_price_holds_from_its_session_s_open_until_the_next(build: Build) -> None:
    market = build(ROWS)
    monday = {
        "AAPL": Quote(money("77.1650"), MONDAY.opens_at, None),
        "KO": Quote(money("51.40"), MONDAY.opens_at, None),
    }
    tuesday = {
        "AAPL": Quote(money("79.7120"), TUESDAY.opens_at, money("77.1650")),
        "KO": Quote(money("51.80"), TUESDAY.opens_at, money("51.40")),
    }
    for at in (MONDAY.opens_at, MONDAY.closes_at, TUESDAY.opens_at - A_SECOND):
        assert await market.quotes(at) == monday
    for at in (TUESDAY.opens_at, TUESDAY.opens_at + A_SECOND, WEDNESDAY.opens_at - A_SECOND):
        assert await market.quotes(at) == tuesday


@every_market
async def test_the_last_price_stays_after_the_end(build: Build) -> None:
    quotes = await build(ROWS).quotes(WEDNESDAY.closes_at + timedelta(days=30))
    assert quotes["KO"] == Quote(money("51.60"), WEDNESDAY.opens_at, money("51.80"))


@every_market
async def test_an_earlier_instant_is_answered_as_it_was(build: Build) -> None:
    market = build(ROWS)
    await market.quotes(WEDNESDAY.opens_at)
    assert (await market.quotes(MONDAY.opens_at))["AAPL"].price == money("77.1650")


@every_market
async def test_a_close_is_history_once_its_session_ended(build: Build) -> None:
    market = build(ROWS)
    assert list(await market.history("KO", MONDAY.closes_at - A_SECOND, 10)) == []
    assert list(await market.history("KO", MONDAY.closes_at, 10)) == [money("51.40")]
    assert list(await market.history("KO", WEDNESDAY.opens_at, 10)) == [money("51.40"), money("51.80")]


@every_market
async def test_history_gives_the_newest_closes_oldest_first(build: Build) -> None:
    market = build(ROWS)
    assert list(await market.history("KO", WEDNESDAY.closes_at, 2)) == [money("51.80"), money("51.60")]
    assert list(await market.history("KO", WEDNESDAY.closes_at, 0)) == []
    assert list(await market.history("NONE", WEDNESDAY.closes_at, 2)) == []


@every_market
async def test_the_benchmark_follows_the_same_hours(build: Build) -> None:
    market = build(ROWS)
    assert await market.benchmark(TUESDAY.opens_at - A_SECOND, "SPY") == money("3248.92")
    assert await market.benchmark(TUESDAY.opens_at, "SPY") == money("3297.59")


@every_market
async def test_any_ticker_with_prices_can_be_a_benchmark(build: Build) -> None:
    market = build(ROWS)
    assert await market.benchmark(MONDAY.opens_at - A_SECOND, "KO") is None
    assert await market.benchmark(MONDAY.opens_at, "KO") == money("51.40")
    assert await market.benchmark(WEDNESDAY.closes_at, "KO") == money("51.60")
    assert await market.benchmark(WEDNESDAY.closes_at, "NONE") is None


@every_market
def test_prices_of_a_day_are_all_that_it_offers(build: Build) -> None:
    assert build(ROWS).abilities == frozenset()


@every_market
def test_every_ticker_is_named_and_the_benchmark_is_none_of_them(build: Build) -> None:
    assert build(ROWS).tickers() == {"AAPL", "KO"}
    assert build(ROWS).interval_s == 86_400


@every_market
async def test_nobody_can_change_what_the_market_said(build: Build) -> None:
    quotes = await build(ROWS).quotes(MONDAY.opens_at)
    with pytest.raises(TypeError):
        quotes["KO"] = Quote(1, MONDAY.opens_at, None)  # type: ignore[index]  # the point


@st.composite
def rows_with_an_end(draw: st.DrawFn) -> tuple[Closes, Closes, datetime]:
    """Rows, the same rows up to the session that an instant falls in, and that instant."""
    sessions = CALENDAR.sessions(date(2020, 11, 20), date(2020, 12, 4))  # a holiday and a half day among them
    series = st.tuples(*(st.integers(1, 10**10) for _ in sessions))
    whole = Closes(
        dates=tuple(session.date for session in sessions),
        prices={"AAPL": draw(series), "KO": draw(series)},
        benchmark=draw(series),
    )
    place = draw(st.integers(1, len(sessions)))
    past = Closes(
        whole.dates[:place], {ticker: row[:place] for ticker, row in whole.prices.items()}, whole.benchmark[:place]
    )
    return whole, past, draw(_instants_of(sessions, place))


def _instants_of(sessions: Sequence[Session], place: int) -> st.SearchStrategy[datetime]:
    """Instants from the open of the session before `place` until the open after it."""
    begins = sessions[place - 1].opens_at
    ends = sessions[place].opens_at if place < len(sessions) else sessions[-1].closes_at + timedelta(days=3)
    return st.integers(0, int((ends - begins).total_seconds()) - 1).map(lambda passed: begins + passed * A_SECOND)


@every_market
@given(case=rows_with_an_end())
async def test_what_comes_later_changes_no_answer(build: Build, case: tuple[Closes, Closes, datetime]) -> None:
    whole, past, at = case
    knowing, innocent = build(whole), build(past)
    assert await knowing.quotes(at) == await innocent.quotes(at)
    for ticker in ("SPY", "KO"):
        assert await knowing.benchmark(at, ticker) == await innocent.benchmark(at, ticker)
    assert list(await knowing.history("KO", at, 5)) == list(await innocent.history("KO", at, 5))


async def test_the_index_has_two_names_in_a_replay() -> None:
    market = ReplayMarket(ROWS, CALENDAR)
    assert await market.benchmark(TUESDAY.opens_at, "SPX") == await market.benchmark(TUESDAY.opens_at, "SPY")


async def test_a_replay_looks_at_each_session_once() -> None:
    market = ReplayMarket(ROWS, CALENDAR)
    assert await market.quotes(MONDAY.opens_at) is await market.quotes(MONDAY.closes_at)


def test_a_replay_knows_its_ends() -> None:
    market = ReplayMarket(ROWS, CALENDAR)
    assert market.starts_at == MONDAY.opens_at
    assert market.ends_at == WEDNESDAY.closes_at


async def test_a_session_without_a_row_keeps_the_price_before() -> None:
    gap = Closes((MONDAY.date, WEDNESDAY.date), {"KO": (money("51.40"), money("51.60"))}, (1, 2))
    market = ReplayMarket(gap, CALENDAR)
    assert (await market.quotes(TUESDAY.closes_at))["KO"] == Quote(money("51.40"), MONDAY.opens_at, None)
    assert (await market.quotes(WEDNESDAY.opens_at))["KO"].previous == money("51.40")


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (Closes((), {}, ()), "no prices"),
        (Closes((date(2020, 2, 1),), {"KO": (1,)}, (1,)), "2020-02-01, a day without a session"),
        (Closes((TUESDAY.date, MONDAY.date), {"KO": (1, 1)}, (1, 1)), "rising order"),
        (Closes((MONDAY.date, MONDAY.date), {"KO": (1, 1)}, (1, 1)), "rising order"),
        (Closes((MONDAY.date, TUESDAY.date), {"KO": (1,)}, (1, 1)), "KO has no price"),
        (Closes((MONDAY.date,), {"KO": (0,)}, (1,)), "KO has no price"),
        (Closes((MONDAY.date,), {"KO": (1,)}, ()), "the benchmark has no price"),
    ],
)
def test_rows_that_cannot_be_replayed_are_refused(rows: Closes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ReplayMarket(rows, CALENDAR)


async def test_the_shipped_prices_can_be_replayed() -> None:
    calendar: Calendar = load_calendar()
    market = ReplayMarket(load_closes(), calendar)
    assert len(await market.quotes(market.starts_at)) == 20
    assert len(await market.history("AAPL", market.ends_at, 2_000)) == len(load_closes().dates)


async def test_a_fake_market_can_be_down() -> None:
    market = FakeMarket()
    market.down = True
    for question in (
        market.quotes(MONDAY.opens_at),
        market.history("KO", MONDAY.opens_at, 1),
        market.benchmark(MONDAY.opens_at, "SPY"),
    ):
        with pytest.raises(Unavailable):
            await question
