"""One picture of the outside: what is known at its instant, and nothing later."""

from datetime import timedelta

from engine.core.state import State
from engine.core.units import money
from engine.look import Health, Lookout
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
