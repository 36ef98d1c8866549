"""When a loop runs next: as a walk through every minute finds it, on half days, holidays, nights that lose an hour."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.moments import (
    NO_SESSION,
    At,
    Deadline,
    Due,
    Every,
    Hours,
    On,
    Pace,
    Point,
    Times,
    When,
    instant,
    next_run,
)
from engine.core.nouns import Pause
from engine.core.policy import DEFAULT_POLICY
from engine.core.session import Session
from engine.core.state import State, Tally
from engine.core.words import Severity
from tests.builders import a_market_event
from tests.engine.scenes import an_account, prefer, session_of, the_calendar

MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
FIRST, LAST = (datetime(*day, tzinfo=UTC).replace(tzinfo=None) for day in ((2020, 3, 1), (2026, 12, 1)))
WEEKS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(near: datetime, state: State | None = None, interval_s: int = 0, stops_s: int = 300) -> Times:
    days = the_calendar().sessions((near - timedelta(days=14)).date(), (near + timedelta(days=14)).date())
    return Times(days, state or an_account(), DEFAULT_POLICY._replace(stops_s=stops_s), interval_s)


def runs(when: When, first: str, last: str, **known: Any) -> list[str]:
    """Every run after `first` and before `last`, as UTC."""
    now, end, found = at(first), at(last), []
    around = times(now, **known)
    while (due := next_run((when,), now, around)) is not None and due.at < end:
        found.append(f"{due.at:%d %H:%M}")
        now = due.at
    return found


STOPS = Every(Pace.STOPS, Hours.SESSION)
DECIDE = Every(Pace.POLLING, Hours.WINDOW)


def test_stops_are_looked_at_from_the_open_and_not_at_the_close() -> None:
    found = runs(STOPS, "2026-11-20T00:00", "2026-11-21T00:00")
    assert (found[:3], found[-1], len(found)) == (["20 14:30", "20 14:35", "20 14:40"], "20 20:55", 78)


def test_the_window_has_its_first_and_its_last_minute() -> None:
    found = runs(DECIDE, "2026-11-20T00:00", "2026-11-21T00:00")
    assert (found[0], found[1], found[-1], len(found)) == ("20 14:45", "20 14:46", "20 20:45", 361)


def test_nothing_runs_on_a_holiday_and_a_half_day_ends_early() -> None:
    """Thanksgiving is 26 November; the session of the 27th closes at 13:00 in New York."""
    assert runs(STOPS, "2026-11-26T00:00", "2026-11-27T00:00") == []
    assert runs(STOPS, "2026-11-27T00:00", "2026-11-30T00:00")[-1] == "27 17:55"


@pytest.mark.parametrize(
    ("first", "opens"),
    [
        ("2026-03-06", ["06 14:30", "09 13:30"]),  # on Sunday the 8th clocks go forward
        ("2026-10-30", ["30 13:30", "02 14:30"]),  # on Sunday the 1st they go back
    ],
)
def test_after_a_night_that_moves_the_clock_the_exchange_keeps_its_hour(first: str, opens: list[str]) -> None:
    assert runs(At(Point.OPEN), first, str((at(first) + timedelta(days=4)).date())) == opens


@pytest.mark.parametrize(
    ("night", "told"), [("2026-03-06", ["06 21:30", "09 20:30"]), ("2026-10-30", ["30 20:30", "02 21:30"])]
)
def test_the_summary_keeps_the_owners_hour_over_such_a_night(night: str, told: list[str]) -> None:
    assert runs(At(Point.SUMMARY), night, str((at(night) + timedelta(days=4)).date())) == told


def test_every_so_many_seconds_at_any_hour_knows_no_nights() -> None:
    night = runs(Every(900.0), "2026-03-08T06:30", "2026-03-08T07:31")
    assert night == ["08 06:45", "08 07:00", "08 07:15", "08 07:30"]


def test_each_moment_of_a_session_comes_once() -> None:
    expected = {
        Point.BEFORE_OPEN: "20 14:00",
        Point.OPEN: "20 14:30",
        Point.WINDOW: "20 14:45",
        Point.CLOSE: "20 21:00",
        Point.AFTER_CLOSE: "20 21:01",
        Point.SUMMARY: "20 21:30",
    }
    assert {point: runs(At(point), "2026-11-20T00:00", "2026-11-21T00:00") for point in Point} == {
        point: [one] for point, one in expected.items()
    }


def test_a_summary_that_was_told_is_not_due_again() -> None:
    told = an_account(tally=Tally(session=session_of(at("2026-11-20").date()).date, summarised=True))
    due = next_run((At(Point.SUMMARY),), at("2026-11-20T21:00"), times(at("2026-11-20"), told))
    assert due == Due(at("2026-11-23T21:30"), session_of(at("2026-11-23").date()))


def test_stops_are_looked_at_more_often_while_an_event_of_high_severity_lasts() -> None:
    fast = Every(Pace.FAST_STOPS, Hours.SESSION, severe=True)
    event = a_market_event(
        severity=Severity.HIGH, starts_at=at("2026-11-20T20:57:30"), ends_at=at("2026-11-23T14:32:00")
    )
    state = an_account(market_events=(event,))
    assert runs(fast, "2026-11-20T00:00", "2026-11-24T00:00", state=state) == [
        "20 20:58",
        "20 20:59",
        "23 14:30",
        "23 14:31",
    ]
    mild = an_account(market_events=(replace(event, severity=Severity.LOW),))
    assert runs(fast, "2026-11-20T00:00", "2026-11-24T00:00", state=mild) == []


def test_figures_are_made_as_often_as_the_owner_wants() -> None:
    state = an_account(preferences=prefer(performance__update_minutes=120))
    found = runs(Every(Pace.FIGURES, Hours.SESSION), "2026-11-20T00:00", "2026-11-21T00:00", state=state)
    assert found == ["20 14:30", "20 16:30", "20 18:30", "20 20:30"]


def test_an_installation_sets_its_own_pace() -> None:
    found = runs(STOPS, "2026-11-20T20:00", "2026-11-21T00:00", stops_s=1200)
    assert found == ["20 20:10", "20 20:30", "20 20:50"]


def test_between_two_prices_nothing_is_looked_at_again() -> None:
    """A day's price wakes each loop once; prices of 5 minutes let those of a minute run every 5."""
    assert runs(STOPS, "2026-11-20T00:00", "2026-11-24T00:00", interval_s=86_400) == ["20 14:30", "23 14:30"]
    assert runs(At(Point.BEFORE_OPEN), "2026-11-20T00:00", "2026-11-21T00:00", interval_s=86_400) == []
    assert runs(DECIDE, "2026-11-20T20:30", "2026-11-21T00:00", interval_s=300) == ["20 20:35", "20 20:40", "20 20:45"]


def test_a_deadline_is_due_when_it_ends_whatever_the_hour() -> None:
    until = at("2026-11-21T03:00")
    state = an_account(pause=Pause(since=MONDAY, until=until))
    due = next_run((Deadline(),), MONDAY, times(MONDAY, state))
    assert due == Due(until, session_of(at("2026-11-20").date()))
    assert next_run((Deadline(), On.FILL), until, times(MONDAY, state)) is None


def test_beyond_the_calendar_loops_of_people_go_on_and_those_of_sessions_rest() -> None:
    empty = Times((), an_account(), DEFAULT_POLICY)
    assert next_run((Every(60.0),), at("2031-01-01T00:00:30"), empty) == Due(at("2031-01-01T00:01"), NO_SESSION)
    assert next_run((STOPS, At(Point.OPEN)), at("2031-01-01"), empty) is None


WHENS = st.sampled_from(
    [STOPS, DECIDE, Every(Pace.RECONCILE), Every(Pace.MICRO, Hours.SESSION), Every(420.0, Hours.WINDOW)]
    + [At(point) for point in Point]
)


PACES = {Pace.STOPS: 5, Pace.POLLING: 1, Pace.RECONCILE: 15, Pace.MICRO: 1, 420.0: 7}


def walked(when: Every | At, after: datetime, known: Times) -> datetime | None:
    """The same by looking at every minute of the next days; all paces here are whole minutes."""
    days = {day.date: day for day in known.sessions}
    moments = {instant(when.point, day, known) for day in known.sessions} if isinstance(when, At) else set()
    minute = after.replace(second=0, microsecond=0)
    for _ in range(6 * 24 * 60):
        minute += MINUTE
        if minute in moments or (isinstance(when, Every) and on_pace(when, minute, days)):
            return minute
    return None


def on_pace(when: Every, minute: datetime, days: dict[date, Session]) -> bool:
    pace = PACES[when.pace]
    if when.hours is Hours.ALWAYS:
        return minute.minute % pace == 0
    day = days.get(minute.date())
    if day is None:
        return False
    opens, closes = (day.opens_at, day.closes_at - MINUTE)
    if when.hours is Hours.WINDOW:
        opens, closes = day.opens_at + 15 * MINUTE, day.closes_at - 15 * MINUTE
    return opens <= minute <= closes and (minute - opens) // MINUTE % pace == 0


@settings(max_examples=40)
@given(WHENS, WEEKS)
def test_the_next_run_is_the_one_that_a_walk_through_every_minute_finds(when: Every | At, now: datetime) -> None:
    known = times(now)
    due = next_run((when,), now, known)
    assert due is not None
    assert due.at > now
    assert due.at == walked(when, now, known)
    if isinstance(when, Every) and when.hours is not Hours.ALWAYS:
        assert due.session.opens_at <= due.at < due.session.closes_at


@given(st.lists(WHENS, min_size=1, max_size=4), WEEKS)
def test_of_several_the_earliest_counts(whens: list[Every | At], now: datetime) -> None:
    known = times(now)
    each = [due.at for when in whens if (due := next_run((when,), now, known))]
    found = next_run(whens, now, known)
    assert found is not None
    assert found.at == min(each)
