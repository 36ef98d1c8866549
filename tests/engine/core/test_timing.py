"""When a session's summary comes: by the owner's clock, once between a close and the next open; missing prices."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.preferences import Preferences, patched
from engine.core.scene import Quote
from engine.core.session import Session
from engine.core.timing import feed_is_silent, has_no_price, summary_at
from engine.core.units import money
from tests.builders import OPEN
from tests.engine.scenes import NOON, a_scene, quoted, session_of, the_calendar

NIGHTS = (
    date(2026, 3, 6),  # the Friday before New York's clocks go forward
    date(2026, 10, 30),  # and back
    date(2026, 3, 27),  # Europe's, forward
    date(2026, 10, 23),  # and back
    date(2026, 4, 2),  # before Sydney's go back
    date(2026, 10, 2),  # and forward
    date(2026, 11, 25),  # before Thanksgiving
    date(2026, 11, 27),  # a half day
    date(2026, 12, 24),  # another, before a holiday
    date(2026, 11, 18),  # as any
)
ZONES = ("America/New_York", "Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu")
LAST_PLANNED = 2 * timedelta(minutes=1)


def asked(hour: str, zone: str) -> Preferences:
    return patched(Preferences(), {"notifications.summary_time": hour, "notifications.timezone": zone})


def sessions(day: date) -> list[Session]:
    return list(the_calendar().sessions(day, day + timedelta(days=10)))


def when(day: date, hour: str = "16:30", zone: str = "America/New_York") -> datetime:
    first, *after = sessions(day)
    assert first.date == day
    return summary_at(first, after, asked(hour, zone))


@pytest.mark.parametrize(
    ("day", "hour", "zone", "expected"),
    [
        ("2026-11-18", "16:30", "America/New_York", "2026-11-18T21:30"),
        ("2026-11-18", "16:02", "America/New_York", "2026-11-18T21:02"),
        ("2026-11-18", "16:01", "America/New_York", "2026-11-18T21:02"),  # the next 16:01 is after the next open
        ("2026-11-18", "09:29", "America/New_York", "2026-11-19T14:29"),
        ("2026-11-18", "09:30", "America/New_York", "2026-11-18T21:02"),
        ("2026-11-18", "00:00", "America/New_York", "2026-11-19T05:00"),
        ("2026-11-18", "22:30", "Europe/Berlin", "2026-11-18T21:30"),
        ("2026-11-18", "07:00", "Europe/Berlin", "2026-11-19T06:00"),
        ("2026-11-18", "08:00", "Asia/Tokyo", "2026-11-18T23:00"),
        ("2026-11-27", "16:30", "America/New_York", "2026-11-27T21:30"),  # closes at 13:00
        ("2026-11-27", "13:02", "America/New_York", "2026-11-27T18:02"),
        ("2026-11-20", "12:00", "America/New_York", "2026-11-21T17:00"),  # a Friday: Saturday noon is before Monday
        ("2026-10-30", "01:30", "America/New_York", "2026-10-31T05:30"),
        ("2026-10-23", "02:30", "Europe/Berlin", "2026-10-24T00:30"),
    ],
)
def test_the_summary_comes_at_the_owners_hour(day: str, hour: str, zone: str, expected: str) -> None:
    assert when(date.fromisoformat(day), hour, zone) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_an_hour_that_the_clock_leaves_out_comes_when_it_would_have() -> None:
    """A session that ends at 06:30 UTC, half an hour before New York's 2 o'clock becomes 3 o'clock."""
    ends = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
    night = Session(date(2026, 3, 8), ends - timedelta(hours=6), ends)
    assert summary_at(night, (), asked("02:30", "America/New_York")) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


def test_an_hour_that_the_clock_shows_twice_counts_the_second_time_too() -> None:
    """A session that ends between both half past ones of New York's night of 1 November."""
    ends = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
    night = Session(date(2026, 11, 1), ends - timedelta(hours=6), ends)
    assert summary_at(night, (), asked("01:30", "America/New_York")) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    earlier = night._replace(closes_at=ends - timedelta(hours=1))
    assert summary_at(earlier, (), asked("01:30", "America/New_York")) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@settings(max_examples=50, deadline=None)
@given(day=st.sampled_from(NIGHTS), minutes=st.integers(0, 1439), zone=st.sampled_from(ZONES), known=st.integers(1, 5))
def test_a_summary_comes_after_its_close_before_the_next_open_and_at_the_hour_if_that_lies_between(
    day: date, minutes: int, zone: str, known: int
) -> None:
    first, *after = sessions(day)
    hour = f"{minutes // 60:02d}:{minutes % 60:02d}"
    at = summary_at(first, after[:known], asked(hour, zone))
    earliest, opens = first.closes_at + LAST_PLANNED, after[0].opens_at
    assert earliest <= at < opens
    assert at.utcoffset() == timedelta(0)
    shown = [
        instant
        for minute in range(int((opens - earliest).total_seconds()) // 60)
        for instant in [earliest + timedelta(minutes=minute)]
        if instant.astimezone(ZoneInfo(zone)).strftime("%H:%M") == hour
    ]
    there = at.astimezone(ZoneInfo(zone))
    left_out = at > earliest and there.strftime("%H:%M") != hour  # that night's clock jumps over the hour
    assert at < (shown[0] if shown else opens) if left_out else at == (shown[0] if shown else earliest)
    if left_out:
        assert there.utcoffset() != (there - timedelta(hours=24)).utcoffset()


def test_a_halted_ticker_s_price_is_never_missing() -> None:
    """An hour old beside fresh ones, or never given: missing while it is traded, and not while it is halted."""
    fresh = quoted({"PEP": "150"}, NOON)
    old = quoted({"KO": "60"}, NOON - timedelta(hours=1))
    for quotes in ({**fresh, **old}, fresh):
        assert has_no_price(a_scene(quotes=quotes, interval_s=60), "KO")
        assert not has_no_price(a_scene(quotes=quotes, interval_s=60, halted=frozenset({"KO"})), "KO")
        assert has_no_price(a_scene(quotes=quotes, interval_s=60, halted=frozenset({"PEP"})), "KO")


def test_a_night_makes_no_price_older() -> None:
    """A quarter of an hour after the open, and not before, yesterday's price is missing beside a fresh one."""
    yesterday = Quote(money("150"), OPEN - timedelta(hours=17), None)
    for seconds, missing in ((0, False), (1, False), (900, False), (901, True)):
        at = OPEN + timedelta(seconds=seconds)
        quotes = {**quoted({"KO": "60"}, at), "PEP": yesterday}
        scene = a_scene(at, quotes=quotes, interval_s=60)
        assert has_no_price(scene, "PEP") is missing
        assert has_no_price(replace(scene, quotes=quoted({"KO": "60"}, at)), "PEP") is missing


def test_the_end_of_a_halt_gives_a_ticker_time_for_its_first_price() -> None:
    old = {**quoted({"PEP": "150"}, NOON), **quoted({"KO": "60"}, NOON - timedelta(minutes=40))}
    for minutes, missing in ((0, False), (15, False), (16, True)):
        over = {"KO": NOON - timedelta(minutes=minutes)}
        assert has_no_price(a_scene(quotes=old, interval_s=60, traded_since=over), "KO") is missing


def test_a_silent_feed_is_silent_a_quarter_of_an_hour_after_the_open_at_the_earliest() -> None:
    quotes = quoted({"KO": "60", "PEP": "150"}, OPEN - timedelta(hours=17))
    for seconds, silent in ((1, False), (900, False), (901, True)):
        assert feed_is_silent(a_scene(OPEN + timedelta(seconds=seconds), quotes=quotes, interval_s=60)) is silent


def test_a_price_that_stands_for_a_day_is_missing_when_two_opens_came_after_it() -> None:
    """Friday's price on Monday is one session old, like Thursday's on Friday."""
    monday, tuesday = session_of(date(2026, 11, 23)).opens_at, session_of(date(2026, 11, 24)).opens_at
    for at, missing in ((OPEN, False), (monday, False), (tuesday, True)):
        quotes = {**quoted({"PEP": "150"}, at), **quoted({"KO": "60"}, OPEN)}
        assert has_no_price(a_scene(at, quotes=quotes), "KO") is missing
