"""One picture of the outside: what is known at its instant, and nothing later."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.adapters.memory_store import MemoryStore
from engine.core.policy import DEFAULT_POLICY
from engine.core.state import State
from engine.core.timing import in_window, next_window
from engine.core.units import money
from engine.look import Health, Lookout
from engine.ports import Unavailable
from tests.builders import a_split
from tests.engine.scenes import (
    DAY_S,
    INSTRUMENTS,
    NOON,
    TODAY,
    Hands,
    HonestMarket,
    a_scene,
    prefer,
    session_of,
    the_calendar,
)

STATE = State(account="paper")


def a_lookout(market: HonestMarket, clock: Hands) -> Lookout:
    return Lookout(clock, market, the_calendar(), INSTRUMENTS, Health())


def with_history(sessions: int, clock: Hands) -> HonestMarket:
    """KO rises by a dollar each session, PEP by two; up to the session before today."""
    market = HonestMarket(clock)
    days = [day for day in the_calendar().sessions(TODAY.date - timedelta(days=200), TODAY.date) if day != TODAY]
    for number, day in enumerate(days[-sessions:]):
        market.close(day.closes_at, {"KO": money("60") + number * 10_000, "PEP": money("150") + number * 20_000})
    market.show(TODAY.opens_at, {"KO": money("80"), "PEP": money("190")})
    return market


async def test_a_scene_holds_clock_calendar_and_prices() -> None:
    clock = Hands(NOON)
    clock.wait(days=1)
    market = with_history(20, clock)
    market.show_benchmark(TODAY.opens_at, money("612.40"))
    scene = await a_lookout(market, clock)(STATE)
    assert (scene.at, scene.wall) == (NOON, NOON + timedelta(days=1))
    assert scene.session == scene.day == TODAY
    assert scene.price("KO") == money("80")
    assert scene.quotes["KO"].previous == money("79")
    assert scene.benchmark == money("612.40")
    assert (scene.interval_s, scene.healthy) == (DAY_S, True)
    assert scene.sector("KO") == "consumer_staples"
    expected = a_scene()
    assert (scene.recent, scene.upcoming) == (expected.recent, expected.upcoming)


async def test_the_sessions_around_an_instant() -> None:
    """Before the open, at it, at the close, on a Saturday."""
    clock = Hands(TODAY.opens_at - timedelta(seconds=1))
    lookout = a_lookout(with_history(20, clock), clock)
    thursday = session_of(TODAY.date - timedelta(days=1))
    monday = session_of(TODAY.date + timedelta(days=3))
    scene = await lookout(STATE)
    assert (scene.session, scene.day, scene.upcoming[0]) == (None, thursday, TODAY)
    clock.stand_at(TODAY.opens_at)
    scene = await lookout(STATE)
    assert (scene.session, scene.day, scene.recent[-1]) == (TODAY, TODAY, thursday)
    clock.stand_at(TODAY.closes_at)
    scene = await lookout(STATE)
    assert (scene.session, scene.day, scene.upcoming[0]) == (None, TODAY, monday)
    clock.stand_at(NOON + timedelta(days=1))
    scene = await lookout(STATE)
    assert (scene.session, scene.day, scene.upcoming[0]) == (None, TODAY, monday)
    assert len(scene.recent) == len(scene.upcoming) == 5


async def test_atr_needs_fifteen_sessions_and_measures_closes() -> None:
    """Moves of a dollar each: 1.60."""
    clock = Hands(NOON)
    scene = await a_lookout(with_history(15, clock), clock)(STATE)
    assert scene.atr == {"KO": money("1.60"), "PEP": money("3.20")}
    scene = await a_lookout(with_history(14, clock), clock)(STATE)
    assert scene.atr == {}


async def test_what_only_closes_change_is_measured_once_a_session_and_anew_after_the_close() -> None:
    clock = Hands(NOON)
    market = with_history(20, clock)
    asked: list[str] = []
    real = market.history

    async def counted(ticker: str, at: object, sessions: int) -> object:
        asked.append(ticker)
        return await real(ticker, at, sessions)  # type: ignore[arg-type]

    market.history = counted  # type: ignore[method-assign]
    lookout = a_lookout(market, clock)
    before = await lookout(STATE)
    await lookout(STATE)
    assert asked == ["KO", "PEP"]
    market.close(TODAY.closes_at, {"KO": money("60"), "PEP": money("190")})
    clock.stand_at(TODAY.closes_at - timedelta(seconds=1))
    assert (await lookout(STATE)).atr == before.atr
    clock.stand_at(TODAY.closes_at)
    after = await lookout(STATE)
    assert after.atr["KO"] > before.atr["KO"]
    assert asked == ["KO", "PEP"] * 2


async def test_correlation_is_of_pairs_in_alphabetical_order_with_equal_histories() -> None:
    clock = Hands(NOON)
    market = with_history(60, clock)
    market.show(TODAY.opens_at, {"XOM": money("110")})
    scene = await a_lookout(market, clock)(STATE)
    assert set(scene.correlation) == {("KO", "PEP")}
    assert 0.5 < scene.correlation["KO", "PEP"] <= 1


async def test_a_feed_that_is_down_shows_its_last_prices_and_the_engine_unwell() -> None:
    clock = Hands(NOON)
    market = with_history(20, clock)
    lookout = a_lookout(market, clock)
    before = await lookout(STATE)
    market.down = True
    clock.stand_at(TODAY.closes_at)
    scene = await lookout(STATE)
    assert not scene.healthy
    assert (scene.quotes, scene.atr) == (before.quotes, before.atr)
    assert (lookout.health.ok, lookout.health.hears) == (False, False)
    market.down = False
    scene = await lookout(STATE)
    assert (lookout.health.ok, lookout.health.hears) == (False, True)
    # that it is well again is decided where both books are brought together
    assert not scene.healthy


def compared_with(ticker: str) -> State:
    return State(account="paper", preferences=prefer(performance__benchmark=ticker))


async def test_another_benchmark_is_in_force_at_once_and_never_shown_with_anothers_level() -> None:
    clock = Hands(NOON)
    market = with_history(20, clock)
    market.show_benchmark(TODAY.opens_at, money("612.40"))
    lookout = a_lookout(market, clock)
    assert (await lookout(compared_with("SPY"))).benchmark == money("612.40")
    assert (await lookout(compared_with("KO"))).benchmark == money("80")
    market.down = True
    assert (await lookout(compared_with("KO"))).benchmark == money("80")
    assert (await lookout(compared_with("PEP"))).benchmark is None
    assert (await lookout(compared_with("XOM"))).benchmark is None


async def test_a_feed_that_was_never_up_shows_nothing() -> None:
    clock = Hands(NOON)
    market = with_history(20, clock)
    market.down = True
    scene = await a_lookout(market, clock)(STATE)
    assert (scene.quotes, scene.atr, scene.benchmark, scene.healthy) == ({}, {}, None, False)


async def test_a_halt_is_in_the_picture_while_it_lasts() -> None:
    clock = Hands(NOON)
    market = with_history(20, clock)
    market.halt("KO", NOON, NOON + timedelta(minutes=30))
    lookout = a_lookout(market, clock)
    assert (await lookout(STATE)).halted == {"KO"}
    clock.forward(timedelta(minutes=30))
    assert (await lookout(STATE)).halted == frozenset()


async def test_the_end_of_a_halt_is_remembered() -> None:
    clock = Hands(NOON)
    market = with_history(20, clock)
    market.halt("KO", NOON, NOON + timedelta(minutes=30))
    lookout = a_lookout(market, clock)
    assert (await lookout(STATE)).traded_since == {}
    clock.forward(timedelta(minutes=31))
    assert (await lookout(STATE)).traded_since == {"KO": NOON + timedelta(minutes=31)}, (
        "when it was first seen to be over"
    )
    clock.forward(timedelta(minutes=5))
    assert (await lookout(STATE)).traded_since == {"KO": NOON + timedelta(minutes=31)}


async def test_the_range_counts_in_new_shares_from_a_split_on() -> None:
    """KO rose by a dollar a session: its range is $1.60, and $0.80 after a split of two for one."""
    clock = Hands(TODAY.opens_at - timedelta(hours=1))
    market = with_history(20, clock)
    lookout = a_lookout(market, clock)
    before = await lookout(STATE)
    market.act(a_split(ex_date=TODAY.date, opens_at=TODAY.opens_at))
    clock.stand_at(TODAY.opens_at)
    after = await lookout(STATE)
    assert (before.atr["KO"], after.atr["KO"]) == (money("1.60"), money("0.80"))
    assert before.atr["PEP"] == after.atr["PEP"] == money("3.20")
    assert after.quotes["KO"].previous == money("39.50")


def minutes(clock: Hands, *prices: tuple[int, str]) -> HonestMarket:
    """KO's prices so many minutes after noon."""
    market = HonestMarket(clock, 60)
    for after, price in prices:
        market.show(NOON + timedelta(minutes=after), {"KO": money(price)})
    return market


async def rapid_at(lookout: Lookout, clock: Hands, after: int) -> bool:
    clock.stand_at(NOON + timedelta(minutes=after))
    return "KO" in (await lookout(STATE)).rapid


async def test_a_price_that_moves_more_than_five_percent_in_a_quarter_of_an_hour_is_rapid() -> None:
    clock = Hands(NOON)
    market = minutes(clock, (0, "100"), (10, "105"), (14, "105.0001"), (15, "100.50"), (24, "99.75"), (26, "99.74"))
    lookout = a_lookout(market, clock)
    found = {after: await rapid_at(lookout, clock, after) for after in (0, 10, 14, 15, 24, 26, 60)}
    # at 24 the highest of the last 15 minutes is $105.0001, which is 5 % of itself away
    assert found == {0: False, 10: False, 14: True, 15: False, 24: True, 26: True, 60: False}


async def test_a_price_that_nobody_renewed_stops_being_rapid() -> None:
    clock = Hands(NOON)
    lookout = a_lookout(minutes(clock, (0, "100"), (5, "110")), clock)
    found = [await rapid_at(lookout, clock, after) for after in (0, 5, 15, 16, 30)]
    assert found == [False, True, True, False, False]


async def test_the_house_says_what_is_rapid() -> None:
    clock = Hands(NOON)
    policy = DEFAULT_POLICY._replace(rapid_move=0.2, rapid_move_min=5)
    market = minutes(clock, (0, "100"), (5, "121"), (11, "146"))
    lookout = Lookout(clock, market, the_calendar(), INSTRUMENTS, Health(), policy=policy)
    assert [await rapid_at(lookout, clock, after) for after in (0, 5, 6, 11)] == [False, True, False, False]


async def test_a_split_is_no_rapid_move() -> None:
    clock = Hands(TODAY.opens_at - timedelta(minutes=5))
    market = HonestMarket(clock, 60)
    market.show(clock.market(), {"KO": money("60")})
    market.act(a_split(ex_date=TODAY.date, opens_at=TODAY.opens_at))
    lookout = a_lookout(market, clock)
    await lookout(STATE)
    clock.stand_at(TODAY.opens_at)
    market.show(TODAY.opens_at, {"KO": money("30.10")})
    assert (await lookout(STATE)).rapid == frozenset()


async def test_a_price_of_the_day_before_is_no_rapid_move() -> None:
    clock = Hands(NOON)
    market = with_history(20, clock)
    lookout = a_lookout(market, clock)
    await lookout(STATE)
    clock.stand_at(session_of(date(2026, 11, 23)).opens_at)
    market.show(clock.market(), {"KO": money("40"), "PEP": money("190")})
    assert (await lookout(STATE)).rapid == frozenset()


async def test_the_lookback_begins_thirty_sessions_ago_the_latest_among_them() -> None:
    """From Friday 20 November back over a Monday's open Columbus Day; Monday before its open is not begun."""
    clock = Hands(NOON)
    lookout = a_lookout(with_history(20, clock), clock)
    assert (await lookout(STATE)).lookback == date(2026, 10, 12)
    clock.stand_at(session_of(date(2026, 11, 23)).opens_at - timedelta(seconds=1))
    assert (await lookout(STATE)).lookback == date(2026, 10, 12)
    clock.stand_at(session_of(date(2026, 11, 23)).opens_at)
    assert (await lookout(STATE)).lookback == date(2026, 10, 13)


def reporting(**dates: tuple[date, ...]) -> State:
    return State(account="paper", earnings=dates)


@pytest.mark.parametrize(
    ("dates", "sessions"),
    [
        ((date(2026, 11, 20),), 0),
        ((date(2026, 11, 21),), 1),  # a Saturday: known before Monday
        ((date(2026, 11, 23),), 1),
        ((date(2026, 11, 25),), 3),
        ((date(2026, 11, 26),), 4),  # Thanksgiving: known before Friday's half day
        ((date(2026, 11, 27),), 4),
        ((date(2026, 11, 19), date(2026, 12, 1), date(2026, 11, 24)), 2),
        ((date(2027, 11, 19),), 250),  # 52 weeks, ten holidays
    ],
)
async def test_earnings_count_sessions_to_the_next_date(dates: tuple[date, ...], sessions: int) -> None:
    clock = Hands(NOON)
    scene = await a_lookout(with_history(20, clock), clock)(reporting(KO=dates))
    assert scene.earnings == {"KO": sessions}


@pytest.mark.parametrize("dates", [(), (date(2026, 11, 19),), (date(2027, 11, 22),), (date(2031, 1, 2),)])
async def test_dates_that_are_past_or_more_than_a_year_away_do_not_count(dates: tuple[date, ...]) -> None:
    clock = Hands(NOON)
    assert (await a_lookout(with_history(20, clock), clock)(reporting(KO=dates))).earnings == {}


async def test_a_date_beyond_the_calendar_is_far_away() -> None:
    clock = Hands(NOON + timedelta(days=375))
    market = HonestMarket(clock)
    market.show(NOON, {"KO": money("80")})
    state = reporting(KO=(date(2028, 6, 1),), PEP=(date(2027, 12, 6),))
    assert (await a_lookout(market, clock)(state)).earnings == {"PEP": 4}


async def test_other_dates_count_at_once_and_those_known_move_nearer() -> None:
    clock = Hands(NOON)
    lookout = a_lookout(with_history(20, clock), clock)
    assert (await lookout(reporting(KO=(date(2026, 11, 25),)))).earnings == {"KO": 3}
    state = reporting(PEP=(date(2026, 11, 24),))
    assert (await lookout(state)).earnings == {"PEP": 2}
    clock.stand_at(session_of(date(2026, 11, 23)).opens_at)
    assert (await lookout(state)).earnings == {"PEP": 1}


class Shelf(MemoryStore):
    """Counts what is kept; silent where a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[date, dict[tuple[str, str], float]] = {}
        self.down = False
        self.writes = 0

    async def correlations(self, session: date) -> Mapping[tuple[str, str], float] | None:
        if self.down:
            raise Unavailable("the disk is gone")
        return self.kept.get(session)

    async def keep_correlations(self, session: date, pairs: Mapping[tuple[str, str], float]) -> None:
        if self.down:
            raise Unavailable("the disk is gone")
        self.writes += 1
        self.kept[session] = dict(pairs)


def keeping(market: HonestMarket, clock: Hands, shelf: Shelf) -> Lookout:
    return Lookout(clock, market, the_calendar(), INSTRUMENTS, Health(), kept=shelf)


async def test_correlations_are_reckoned_once_a_session_also_over_a_restart() -> None:
    clock, shelf = Hands(NOON), Shelf()
    market = with_history(60, clock)
    first = await keeping(market, clock, shelf)(STATE)
    thursday = date(2026, 11, 19)
    assert shelf.kept == {thursday: dict(first.correlation)}
    shelf.kept[thursday] = {("KO", "PEP"): 0.125}
    lookout = keeping(market, clock, shelf)
    assert (await lookout(STATE)).correlation == {("KO", "PEP"): 0.125}
    await lookout(STATE)
    assert shelf.writes == 1


async def test_correlations_of_other_tickers_are_reckoned_anew() -> None:
    clock, shelf = Hands(NOON), Shelf()
    shelf.kept[date(2026, 11, 19)] = {("AAPL", "KO"): 0.125}
    scene = await keeping(with_history(60, clock), clock, shelf)(STATE)
    assert scene.correlation.keys() == {("KO", "PEP")}
    assert shelf.kept[date(2026, 11, 19)] == scene.correlation


async def test_without_a_place_to_keep_them_correlations_are_reckoned_all_the_same() -> None:
    clock, shelf = Hands(NOON), Shelf()
    shelf.down = True
    scene = await keeping(with_history(60, clock), clock, shelf)(STATE)
    assert scene.correlation.keys() == {("KO", "PEP")}
    assert scene.healthy


SESSIONS = the_calendar().sessions(date(2018, 3, 1), date(2027, 11, 30))
STRANGE = [
    place
    for place, session in enumerate(SESSIONS[1:-1], 1)
    if session.closes_at - session.opens_at < timedelta(hours=6, minutes=30)
    or session.opens_at.time() != SESSIONS[place - 1].opens_at.time()
    or session.date - SESSIONS[place - 1].date not in {timedelta(days=1), timedelta(days=3)}
]
"""Half days, first sessions after a clock was changed, and those after a holiday."""

places = st.one_of(st.sampled_from(STRANGE), st.integers(1, len(SESSIONS) - 2))


@settings(max_examples=60)
@given(place=places.filter(lambda place: 6 <= place < len(SESSIONS) - 6), second=st.integers(-7_200, 30_000))
async def test_p20_every_instant_knows_its_session_on_half_days_holidays_and_changed_clocks(
    place: int, second: int
) -> None:
    """Written out from the calendar: open from the bell to before the bell, and five sessions to either side."""
    session = SESSIONS[place]
    at = session.opens_at + timedelta(seconds=second)
    clock = Hands(at)
    market = HonestMarket(clock)
    market.show(at, {"KO": money("60")})
    scene = await a_lookout(market, clock)(STATE)
    begun = place if second >= 0 else place - 1
    is_open = session.opens_at <= at < session.closes_at
    assert scene.session == (session if is_open else None)
    assert scene.day == SESSIONS[begun]
    assert list(scene.recent) == list(SESSIONS[begun - 5 : begun])
    assert list(scene.upcoming) == list(SESSIONS[begun + 1 : begun + 6])
    early, late = session.opens_at + timedelta(minutes=15), session.closes_at - timedelta(minutes=15)
    assert in_window(scene, DEFAULT_POLICY) == (early <= at <= late)
    assert next_window(scene, DEFAULT_POLICY) == SESSIONS[begun + 1].opens_at + timedelta(minutes=15)


def test_p20_the_bells_ring_by_the_clock_of_new_york_in_summer_and_winter() -> None:
    """On both nights of 2026 on which clocks changed, and on the half day after Thanksgiving."""
    hours = {
        day: [f"{one:%H:%M}" for one in session_of(day)[1:]]
        for day in (date(2026, 3, 6), date(2026, 3, 9), date(2026, 10, 30), date(2026, 11, 2), date(2026, 11, 27))
    }
    assert hours == {
        date(2026, 3, 6): ["14:30", "21:00"],
        date(2026, 3, 9): ["13:30", "20:00"],
        date(2026, 10, 30): ["13:30", "20:00"],
        date(2026, 11, 2): ["14:30", "21:00"],
        date(2026, 11, 27): ["14:30", "18:00"],
    }


async def test_a_scene_holds_the_closes_of_completed_sessions_with_their_days() -> None:
    clock = Hands(NOON)
    scene = await a_lookout(with_history(3, clock), clock)(STATE)
    days = [session.date for session in the_calendar().sessions(TODAY.date - timedelta(days=7), TODAY.date)]
    assert scene.closes["KO"] == [money("60"), money("61"), money("62")]
    assert scene.closed[-3:] == tuple(days[-4:-1])
    assert len(scene.closed) == 260


async def test_where_the_calendar_does_not_reach_back_the_closes_have_no_days() -> None:
    first = the_calendar().sessions(date(2017, 5, 1), date(2017, 6, 1))[-1]
    clock = Hands(first.opens_at)
    market = HonestMarket(clock)
    market.show(first.opens_at, {"KO": money("60")})
    assert (await a_lookout(market, clock)(STATE)).closed == ()
