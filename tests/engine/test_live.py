"""The table by people's time: each loop at its hour, late rather than never, once, whatever clock and laptop do."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.core import commands as c
from engine.core.moments import At, Every, Hours, On, Point
from engine.core.session import Session
from engine.core.units import money
from engine.core.words import Severity
from engine.live import Live
from engine.loops import Crew, Loop
from engine.pulse import Ran
from engine.timetable import MARKETS, PEOPLES, TIMETABLE, Row, Run, Whose, carried_out, paced
from tests.builders import a_market_event, a_recommendation
from tests.engine.scenes import ACCOUNT, MINUTE_S, House, a_house, prefer, the_calendar
from tests.engine.timers import FakeTimer
from tests.fakes import Fault

FRIDAY = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""Two and a half hours before the open."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


@dataclass
class Desk:
    """A live engine over fakes, with the diary of what ran when."""

    house: House
    timer: FakeTimer
    live: Live
    diary: list[tuple[str, str]]

    def ran(self, name: str) -> list[str]:
        return [when for row, when in self.diary if row == name]


def noted(row: Row, diary: list[tuple[str, str]], house: House) -> Row:
    """The same row, which writes down when it runs."""

    async def note(_crew: Crew, _session: Session) -> None:
        diary.append((row.name, f"{house.clock.wall_now:%d %H:%M}"))

    return row._replace(loops=(note, *row.loops))


async def a_desk(now: datetime = FRIDAY, rows: tuple[Row, ...] = MARKETS, **kwargs: Any) -> Desk:
    house = await a_house(now, {"KO": "60", "PEP": "150"}, interval_s=MINUTE_S, **kwargs)
    timer, diary = FakeTimer(house.clock), []  # type: tuple[FakeTimer, list[tuple[str, str]]]
    timer.set(now)
    live = Live(house.crew, house.clock, the_calendar(), timer, [noted(row, diary, house) for row in rows])
    house.bus.listen(live)
    live.begin()
    return Desk(house, timer, live, diary)


async def told(desk: Desk) -> list[str]:
    return [one.event_type for one in await desk.house.store.undelivered(ACCOUNT, 9999)]


def showing(desk: Desk) -> None:
    """A price now, as a live market gives one."""
    desk.house.market.show(desk.house.clock.market_now, {"KO": money("60"), "PEP": money("150")})


async def test_a_day_has_every_loop_of_the_table_at_its_hours() -> None:
    desk = await a_desk()
    await desk.timer.until(at("11-20T22:00"))
    counts = Counter(row for row, _ in desk.diary)
    assert counts == {
        "correlation and earnings": 1,
        "open the session": 1,
        "decide recommendations": 361,
        "watch stops": 78,
        "breakers": 78,
        "figures": 78,
        "parts and expiries": 390,
        "rebalance": 1,
        "snapshot and risk tier": 1,
        "ask strategies": 1,
        "daily summary": 1,
    }
    (taken,) = await desk.house.store.snapshots(ACCOUNT)
    assert taken.session == FRIDAY.date()
    assert "daily_summary" in await told(desk)
    assert desk.house.crew.pulse.figures is not None
    assert desk.house.crew.pulse.figures.equity == money("100000")


async def test_a_weekend_has_none() -> None:
    desk = await a_desk(at("11-20T22:00"))
    await desk.timer.until(at("11-23T13:59"))
    assert desk.diary == []


async def test_people_s_loops_run_at_any_hour() -> None:
    desk = await a_desk(at("11-21T03:00"), PEOPLES)
    await desk.timer.until(at("11-21T03:01"))
    counts = Counter(row for row, _ in desk.diary)
    assert (counts["lapse questions"], counts["tell of trouble"], counts["recover"]) == (60, 60, 2)


# --- what does not wait for its hour


async def test_a_recommendation_is_decided_when_it_arrives() -> None:
    desk = await a_desk(at("11-20T15:00"))
    await desk.timer.until(at("11-20T15:00:20"))
    showing(desk)
    await desk.house.do(
        c.ReceiveRecommendation(recommendation=a_recommendation(id="r", ticker="KO", generated_at=at("11-20T15:00")))
    )
    await desk.timer.settle()
    assert "KO" in desk.house.state.positions
    assert desk.timer.clock.wall_now == at("11-20T15:00:20")


async def test_breakers_are_looked_at_after_every_fill() -> None:
    desk = await a_desk(at("11-20T15:00"))
    showing(desk)
    await desk.timer.until(at("11-20T15:01"))
    before = len(desk.ran("breakers"))
    showing(desk)
    wanted = a_recommendation(id="r", ticker="KO", generated_at=at("11-20T15:00"))
    await desk.house.do(c.ReceiveRecommendation(recommendation=wanted))
    await desk.timer.settle()
    assert "KO" in desk.house.state.positions
    assert len(desk.ran("breakers")) == before + 1


async def test_a_severe_event_has_stops_watched_at_once_and_every_minute() -> None:
    desk = await a_desk(at("11-20T15:01"))
    event = a_market_event(id=None, severity=Severity.HIGH, starts_at=at("11-20T15:01"), ends_at=at("11-20T15:04"))
    await desk.house.do(c.MarkEvent(event=event, by="owner"))
    await desk.timer.until(at("11-20T15:12"))
    assert desk.ran("watch stops") == ["20 15:01", "20 15:02", "20 15:03", "20 15:05", "20 15:10"]


@pytest.mark.parametrize(("realtime", "figures"), [(True, 1), (False, 0)])
async def test_a_streamed_price_has_stops_watched_and_figures_made_where_that_is_wanted(
    realtime: bool,  # noqa: FBT001  # as it is set
    figures: int,
) -> None:
    desk = await a_desk(at("11-20T15:01"))
    desk.house.bus.state = replace(desk.house.state, preferences=prefer(performance__realtime_pnl=realtime))
    desk.live.happens(On.PRICE)
    await desk.timer.settle()
    assert (len(desk.ran("watch stops")), len(desk.ran("figures"))) == (1, figures)


async def test_a_deadline_calls_when_it_ends_and_one_that_moves_is_timed_anew() -> None:
    desk = await a_desk(at("11-20T21:40"))
    await desk.house.do(c.PauseEntries(until=at("11-20T23:30"), by="owner"))
    await desk.house.do(c.PauseEntries(until=at("11-20T23:10"), by="owner"))
    await desk.timer.until(at("11-21T00:00"))
    assert desk.ran("decide recommendations") == ["20 23:10"]
    assert desk.house.state.pause is None


async def test_a_summary_moves_with_the_owners_hour() -> None:
    desk = await a_desk(at("11-20T20:50"))
    await desk.house.do(c.ChangePreferences(patch={"notifications.summary_time": "19:00"}, by="owner"))
    await desk.timer.until(at("11-21T02:00"))
    assert desk.ran("daily summary") == ["21 00:00"]


# --- asleep


async def test_a_laptop_that_slept_over_the_close_makes_up_snapshot_and_summary_once() -> None:
    desk = await a_desk(at("11-20T20:00"))
    await desk.timer.until(at("11-20T20:30"))
    desk.diary.clear()
    desk.timer.set(at("11-21T09:00"))
    await desk.timer.ring()
    assert Counter(row for row, _ in desk.diary) == {
        "decide recommendations": 1,
        "watch stops": 1,
        "breakers": 1,
        "figures": 1,
        "parts and expiries": 1,
        "snapshot and risk tier": 1,
        "ask strategies": 1,
        "daily summary": 1,
    }
    (taken,) = await desk.house.store.snapshots(ACCOUNT)
    assert taken.session == FRIDAY.date()
    assert (await told(desk)).count("daily_summary") == 1
    late = desk.house.crew.pulse.of("snapshot and risk tier").late_s
    assert late == 12 * 3600


async def test_what_belongs_to_a_session_is_not_made_up_in_the_next_and_that_is_told() -> None:
    desk = await a_desk(at("11-20T20:00"))
    desk.timer.set(at("11-23T15:00"))
    await desk.timer.ring()
    assert not await desk.house.store.snapshots(ACCOUNT)
    assert (await told(desk)).count("loop_missed") == 2
    await desk.timer.until(at("11-23T22:00"))
    (taken,) = await desk.house.store.snapshots(ACCOUNT)
    assert taken.session == at("11-23").date()


async def test_a_process_that_starts_after_the_close_finds_what_is_owed() -> None:
    desk = await a_desk(at("11-20T22:00"))
    await desk.house.do(c.BeginSession())
    await desk.live.make_up()
    (taken,) = await desk.house.store.snapshots(ACCOUNT)
    assert taken.session == FRIDAY.date()
    assert (await told(desk)).count("daily_summary") == 1
    await desk.live.make_up()
    assert len(await desk.house.store.snapshots(ACCOUNT)) == 1
    assert (await told(desk)).count("daily_summary") == 1


# --- clocks that jump


async def test_an_hour_back_does_not_stop_the_loops_for_an_hour() -> None:
    desk = await a_desk(at("11-20T16:00"))
    await desk.timer.until(at("11-20T17:00"))
    desk.diary.clear()
    desk.timer.jump(-timedelta(hours=1))
    desk.live.retime()
    await desk.timer.until(at("11-20T16:10"))
    assert desk.ran("watch stops") == ["20 16:05", "20 16:10"]


async def test_an_hour_back_over_the_close_closes_the_day_once() -> None:
    desk = await a_desk(at("11-20T20:50"))
    await desk.timer.until(at("11-20T21:35"))
    desk.timer.jump(-timedelta(hours=1))
    desk.live.retime()
    await desk.timer.until(at("11-20T22:00"))
    once = ("snapshot and risk tier", "ask strategies", "daily summary")
    assert {name: len(desk.ran(name)) for name in once} == dict.fromkeys(once, 1)


async def test_an_hour_forward_runs_each_loop_once() -> None:
    desk = await a_desk(at("11-20T16:00"))
    await desk.timer.until(at("11-20T16:01"))
    desk.diary.clear()
    desk.timer.jump(timedelta(hours=1))
    desk.live.retime()
    await desk.timer.ring()
    assert desk.ran("watch stops") == ["20 17:01"]


@pytest.mark.parametrize("sunday", ["03-08", "11-01"])
async def test_a_night_that_moves_the_clock_moves_no_loop_of_people(sunday: str) -> None:
    desk = await a_desk(
        at(f"{sunday}T05:00"), tuple(row for row in paced(PEOPLES, {"recover": 600.0}) if row.name == "recover")
    )
    await desk.timer.until(at(f"{sunday}T08:00"))
    assert len(desk.ran("recover")) == 18


# --- trouble


def a_row(name: str, loop: Loop) -> Row:
    return Row(name, (Every(60.0),), (loop,), Whose.PEOPLE)


async def nothing(_crew: Crew, _session: Session) -> None: ...


async def test_a_row_that_raises_is_counted_and_told_once_and_once_that_it_is_over() -> None:
    fails = [True]

    async def loop(_crew: Crew, _session: Session) -> None:
        if fails[0]:
            raise KeyError("x")

    desk = await a_desk(at("11-20T03:00"), (a_row("frail", loop), a_row("sound", nothing)))
    await desk.timer.until(at("11-20T03:05"))
    beat = desk.house.crew.pulse.of("frail")
    assert (beat.runs, beat.failures, beat.error, beat.failing) == (5, 5, "KeyError", True)
    assert len(desk.ran("sound")) == 5
    assert (await told(desk)).count("loop_error") == 1
    fails[0] = False
    await desk.timer.until(at("11-20T03:08"))
    assert (beat.runs, beat.failures, beat.failing) == (8, 5, False)
    assert (await told(desk)).count("loop_recovered") == 1


async def test_a_row_that_hangs_lets_the_others_run_and_never_runs_twice_at_once() -> None:
    free, running = asyncio.Event(), []

    async def hangs(_crew: Crew, _session: Session) -> None:
        running.append(1)
        await free.wait()

    desk = await a_desk(at("11-20T03:00"), (a_row("stuck", hangs), a_row("sound", nothing)))
    first = asyncio.create_task(desk.live.run("stuck"))
    await asyncio.sleep(0)
    assert not await desk.live.run("stuck")
    await desk.timer.until(at("11-20T03:05"))
    assert (len(running), len(desk.ran("sound"))) == (1, 5)
    free.set()
    assert await first
    assert await desk.live.run("stuck")
    assert len(running) == 2


async def test_what_happens_while_its_loop_runs_has_it_run_once_more() -> None:
    free, running = asyncio.Event(), []

    async def slow(_crew: Crew, _session: Session) -> None:
        running.append(1)
        await free.wait()

    row = Row("after fills", (Every(60.0), On.FILL), (slow,))
    desk = await a_desk(at("11-20T03:00"), (row,))
    first = asyncio.create_task(desk.live.run("after fills"))
    await asyncio.sleep(0)
    for _ in range(3):
        desk.live.happens(On.FILL)
    await desk.timer.settle()
    free.set()
    await first
    await desk.timer.settle()
    assert len(running) == 2


async def test_a_close_that_trouble_broke_off_is_tried_again_until_it_is_done() -> None:
    desk = await a_desk(at("11-20T20:58"))
    desk.house.broker.fault = Fault.BEFORE
    await desk.timer.until(at("11-20T21:02"))
    assert len(desk.ran("snapshot and risk tier")) > 2
    desk.house.broker.fault = None
    assert await desk.house.reconcile.run()
    desk.house.health.recovers()
    await desk.timer.until(at("11-20T21:20"))
    runs = len(desk.ran("snapshot and risk tier"))
    await desk.timer.until(at("11-20T22:20"))
    assert len(desk.ran("snapshot and risk tier")) == runs
    assert len(await desk.house.store.snapshots(ACCOUNT)) == 1


async def test_one_loop_of_a_row_that_raises_takes_no_other_with_it() -> None:
    desk = await a_desk(at("11-20T03:00"), ())
    seen = []

    async def bad(_crew: Crew, _session: Session) -> None:
        raise ZeroDivisionError

    async def good(_crew: Crew, session: Session) -> None:
        seen.append(session)

    row = Row("both", (At(Point.CLOSE),), (bad, good))
    session = the_calendar().sessions(FRIDAY.date(), FRIDAY.date())[0]
    assert await carried_out(desk.house.crew, Run(row, session)) is Ran.FAILED
    assert seen == [session]


def test_every_row_has_a_name_of_its_own_and_hours() -> None:
    assert len({row.name for row in TIMETABLE}) == len(TIMETABLE)
    assert all(row.whens and row.loops for row in TIMETABLE)
    assert all(isinstance(when, Every) and when.hours is Hours.ALWAYS for row in PEOPLES for when in row.whens)
