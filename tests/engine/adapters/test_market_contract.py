"""What every market does: it answers what was known at the instant asked for, and nothing later."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.adapters.calendar import Calendar, load_calendar
from engine.adapters.replay_market import Halt, ReplayMarket
from engine.adapters.tables.closes import Closes, load_closes
from engine.core.happenings import CorporateAction
from engine.core.scene import Quote
from engine.core.session import Session
from engine.core.units import money
from engine.core.words import ActionKind
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

SPLIT = CorporateAction(
    id="split-AAPL", kind=ActionKind.SPLIT, ticker="AAPL", ex_date=TUESDAY.date, opens_at=TUESDAY.opens_at, new=4
)
DIVIDEND = CorporateAction(
    id="dividend-KO",
    kind=ActionKind.DIVIDEND,
    ticker="KO",
    ex_date=WEDNESDAY.date,
    opens_at=WEDNESDAY.opens_at,
    per_share=money("0.41"),
)
AT_NOON = TUESDAY.opens_at + timedelta(hours=2, minutes=30)
HALT = Halt("KO", AT_NOON, AT_NOON + timedelta(hours=1))


class Build(Protocol):
    """How a market of these rows is made."""

    def __call__(
        self, rows: Closes, actions: Sequence[CorporateAction] = (), halts: Sequence[Halt] = (), /
    ) -> Market: ...


def replayed(rows: Closes, actions: Sequence[CorporateAction] = (), halts: Sequence[Halt] = ()) -> Market:
    return ReplayMarket(rows, CALENDAR, actions, halts)


def faked(rows: Closes, actions: Sequence[CorporateAction] = (), halts: Sequence[Halt] = ()) -> Market:
    market = FakeMarket()
    for action in actions:
        market.act(action)
    for halt in halts:
        market.halt(*halt)
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
async def test_a_market_without_them_has_no_splits_dividends_and_halts(build: Build) -> None:
    market = build(ROWS)
    assert list(await market.actions(MONDAY.opens_at - timedelta(days=9), WEDNESDAY.closes_at)) == []
    assert await market.halted(AT_NOON) == frozenset()


@every_market
async def test_actions_are_told_from_the_open_of_their_session_on(build: Build) -> None:
    market = build(ROWS, [DIVIDEND, SPLIT])
    long_ago = MONDAY.opens_at - timedelta(days=9)
    split, dividend = replace(SPLIT, close=money("19.2913")), replace(DIVIDEND, close=money("51.80"))
    assert list(await market.actions(long_ago, TUESDAY.opens_at - A_SECOND)) == []
    assert list(await market.actions(long_ago, TUESDAY.opens_at)) == [split]
    assert list(await market.actions(long_ago, WEDNESDAY.closes_at)) == [split, dividend]
    assert list(await market.actions(TUESDAY.opens_at - A_SECOND, WEDNESDAY.opens_at)) == [split, dividend]
    assert list(await market.actions(TUESDAY.opens_at, WEDNESDAY.opens_at)) == [dividend]
    assert list(await market.actions(WEDNESDAY.opens_at, WEDNESDAY.closes_at)) == []


@every_market
async def test_from_a_split_on_all_before_it_counts_in_new_shares(build: Build) -> None:
    """$77.1650 becomes $19.2913, rounded to the nearest ten-thousandth; Tuesday's row was printed after the split."""
    market = build(ROWS, [SPLIT, DIVIDEND])
    assert (await market.quotes(TUESDAY.opens_at - A_SECOND))["AAPL"].price == money("77.1650")
    assert list(await market.history("AAPL", TUESDAY.opens_at - A_SECOND, 9)) == [money("77.1650")]
    assert (await market.quotes(TUESDAY.opens_at))["AAPL"] == Quote(
        money("79.7120"), TUESDAY.opens_at, money("19.2913")
    )
    assert list(await market.history("AAPL", TUESDAY.opens_at, 9)) == [money("19.2913")]
    assert list(await market.history("AAPL", WEDNESDAY.closes_at, 9)) == [
        money("19.2913"), money("79.7120"), money("80.3620"),
    ]  # fmt: skip
    assert list(await market.history("AAPL", WEDNESDAY.closes_at, 2)) == [money("79.7120"), money("80.3620")]


@every_market
async def test_a_dividend_and_another_ticker_s_split_change_no_price(build: Build) -> None:
    market, plain = build(ROWS, [SPLIT, DIVIDEND]), build(ROWS)
    assert (await market.quotes(WEDNESDAY.opens_at))["KO"] == (await plain.quotes(WEDNESDAY.opens_at))["KO"]
    assert list(await market.history("KO", WEDNESDAY.closes_at, 9)) == [money("51.40"), money("51.80"), money("51.60")]


@every_market
async def test_two_splits_one_after_the_other_both_count(build: Build) -> None:
    second = replace(SPLIT, id="split-2", ex_date=WEDNESDAY.date, opens_at=WEDNESDAY.opens_at, new=1, old=2)
    market = build(ROWS, [SPLIT, second])
    assert list(await market.history("AAPL", WEDNESDAY.closes_at, 9)) == [
        money("38.5826"), money("159.4240"), money("80.3620"),
    ]  # fmt: skip


@every_market
async def test_an_earlier_instant_knows_nothing_of_a_later_split(build: Build) -> None:
    market = build(ROWS, [SPLIT])
    await market.quotes(WEDNESDAY.opens_at)
    assert (await market.quotes(MONDAY.opens_at))["AAPL"] == Quote(money("77.1650"), MONDAY.opens_at, None)


@every_market
async def test_a_halt_begins_and_ends(build: Build) -> None:
    market = build(ROWS, (), [HALT])
    assert await market.halted(HALT.since - A_SECOND) == frozenset()
    assert await market.halted(HALT.since) == {"KO"}
    assert await market.halted(HALT.until - A_SECOND) == {"KO"}
    assert await market.halted(HALT.until) == frozenset()


@every_market
async def test_a_market_shows_a_halted_ticker_s_last_price(build: Build) -> None:
    assert (await build(ROWS, (), [HALT]).quotes(HALT.since))["KO"].price == money("51.80")


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


@every_market
@given(
    case=rows_with_an_end(),
    place=st.integers(0, 8),
    ratio=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    halted=st.tuples(st.integers(0, 300), st.integers(1, 100)),
)
async def test_a_later_split_or_halt_changes_no_answer(
    build: Build, case: tuple[Closes, Closes, datetime], place: int, ratio: tuple[int, int], halted: tuple[int, int]
) -> None:
    whole, past, at = case
    session = CALENDAR.sessions(date(2020, 11, 20), date(2020, 12, 4))[place]
    split = replace(SPLIT, ex_date=session.date, opens_at=session.opens_at, new=ratio[0], old=ratio[1])
    since = CALENDAR.sessions(whole.dates[0], whole.dates[0])[0].opens_at + timedelta(hours=halted[0])
    halt = Halt("KO", since, since + timedelta(hours=halted[1]))
    knowing = build(whole, [split], [halt])
    innocent = build(past, [split] if split.opens_at <= at else [], [halt] if halt.since <= at else [])
    assert await knowing.quotes(at) == await innocent.quotes(at)
    assert list(await knowing.history("AAPL", at, 9)) == list(await innocent.history("AAPL", at, 9))
    long_ago = whole.dates[0] - timedelta(days=9)
    begun = at.replace(year=long_ago.year, month=long_ago.month, day=long_ago.day)
    assert list(await knowing.actions(begun, at)) == list(await innocent.actions(begun, at))
    assert await knowing.halted(at) == await innocent.halted(at)


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


async def test_a_price_of_before_a_split_counts_in_new_shares_while_there_is_no_newer_one() -> None:
    gap = Closes((MONDAY.date, WEDNESDAY.date), {"AAPL": (money("77.1650"), money("80.3620"))}, (1, 2))
    market = ReplayMarket(gap, CALENDAR, [SPLIT])
    assert (await market.quotes(TUESDAY.opens_at))["AAPL"] == Quote(money("19.2913"), MONDAY.opens_at, None)
    assert (await market.actions(MONDAY.opens_at, TUESDAY.opens_at))[0].close == money("19.2913")


async def test_a_split_before_the_first_row_has_no_close() -> None:
    early = replace(SPLIT, ex_date=MONDAY.date, opens_at=MONDAY.opens_at)
    market = ReplayMarket(ROWS, CALENDAR, [early])
    assert [one.close for one in await market.actions(MONDAY.opens_at - A_SECOND, MONDAY.opens_at)] == [0]


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
        market.actions(MONDAY.opens_at, MONDAY.closes_at),
        market.halted(MONDAY.opens_at),
    ):
        with pytest.raises(Unavailable):
            await question
