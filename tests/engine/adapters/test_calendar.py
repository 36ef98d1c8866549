from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.adapters.calendar import Calendar, OutsideCalendar, load_calendar
from engine.adapters.tables import TABLES, build
from engine.core.session import Session

CALENDAR = load_calendar()
FIRST, LAST = date(2017, 1, 3), date(2027, 12, 31)
ALL = CALENDAR.sessions(FIRST, LAST)
TICK = timedelta(microseconds=1)

# Hypothesis takes bounds without a zone
FROM, TO = datetime(2017, 1, 3, 15), datetime(2027, 12, 31, 20)  # noqa: DTZ001
instants = st.datetimes(FROM, TO, timezones=st.just(UTC))
days = st.dates(FIRST, LAST)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# exchange_calendars itself calls what pandas will take away
@pytest.mark.filterwarnings("ignore:Series.values returning")
def test_every_session_opens_and_closes_as_the_exchange_calendar_says() -> None:
    # brings pandas, which takes seconds; the other tests do without
    import exchange_calendars  # type: ignore[import-untyped]  # ships no types

    exchange = exchange_calendars.get_calendar("XNYS", start="2017-01-01", end="2027-12-31")
    expected = [
        (day.date(), exchange.opens[day].to_pydatetime(), exchange.closes[day].to_pydatetime())
        for day in exchange.sessions
    ]
    assert [tuple(session) for session in ALL] == expected
    assert len(ALL) == 2764


@pytest.mark.filterwarnings("ignore:Series.values returning")
def test_building_the_table_again_changes_nothing() -> None:
    assert build.sessions_table().encode() == (TABLES / "sessions.csv").read_bytes()


def test_half_days_close_at_one_in_new_york() -> None:
    half_days = [session.date for session in ALL if session.closes_at - session.opens_at == timedelta(hours=3.5)]
    assert date(2018, 11, 23) in half_days
    assert date(2024, 7, 3) in half_days
    assert date(2026, 12, 24) in half_days
    assert CALENDAR.session_on(date(2024, 11, 29)) == Session(
        date(2024, 11, 29), at("2024-11-29T14:30+00:00"), at("2024-11-29T18:00+00:00")
    )


def test_other_days_last_six_and_a_half_hours() -> None:
    lengths = {session.closes_at - session.opens_at for session in ALL}
    assert lengths == {timedelta(hours=3.5), timedelta(hours=6.5)}


def test_the_open_follows_new_york_through_summer_time() -> None:
    friday, monday = CALENDAR.sessions(date(2024, 3, 8), date(2024, 3, 11))
    assert friday.opens_at == at("2024-03-08T14:30+00:00")
    assert monday.opens_at == at("2024-03-11T13:30+00:00")


@pytest.mark.parametrize(
    "holiday",
    [
        "2018-12-05",  # mourning for George H. W. Bush
        "2021-04-02",  # Good Friday
        "2022-06-20",  # Juneteenth, observed
        "2023-01-02",  # New Year, observed
        "2024-11-28",  # Thanksgiving
        "2025-01-09",  # mourning for Jimmy Carter
        "2026-07-03",  # Independence Day, observed
        "2024-03-09",  # a Saturday
    ],
)
def test_there_is_no_session_on_a_day_off(holiday: str) -> None:
    assert CALENDAR.session_on(date.fromisoformat(holiday)) is None


def test_a_session_holds_its_open_and_not_its_close() -> None:
    session = CALENDAR.session_on(date(2024, 3, 8))
    assert session is not None
    assert CALENDAR.session_at(session.opens_at - TICK) is None
    assert CALENDAR.session_at(session.opens_at) == session
    assert CALENDAR.session_at(session.closes_at - TICK) == session
    assert CALENDAR.session_at(session.closes_at) is None


def test_the_next_session_opens_strictly_later() -> None:
    friday, monday = CALENDAR.sessions(date(2024, 3, 8), date(2024, 3, 11))
    assert CALENDAR.next_session(friday.opens_at - TICK) == friday
    assert CALENDAR.next_session(friday.opens_at) == monday
    assert CALENDAR.next_session(at("2024-03-09T12:00+00:00")) == monday


def test_the_previous_session_has_closed() -> None:
    friday, monday = CALENDAR.sessions(date(2024, 3, 8), date(2024, 3, 11))
    assert CALENDAR.previous_session(monday.closes_at) == monday
    assert CALENDAR.previous_session(monday.closes_at - TICK) == friday
    assert CALENDAR.previous_session(ALL[0].closes_at - TICK) is None


def test_a_range_holds_both_its_ends() -> None:
    week = CALENDAR.sessions(date(2024, 7, 1), date(2024, 7, 5))
    assert [session.date.day for session in week] == [1, 2, 3, 5]
    assert len(CALENDAR.sessions(date(2024, 7, 4), date(2024, 7, 4))) == 0
    assert len(CALENDAR.sessions(date(2024, 7, 5), date(2024, 7, 1))) == 0


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
def test_it_says_so_when_asked_about_days_it_does_not_know(day: date) -> None:
    with pytest.raises(OutsideCalendar, match=f"{day} is outside .* 2017-01-03 to 2027-12-31"):
        CALENDAR.session_on(day)
    with pytest.raises(OutsideCalendar):
        CALENDAR.sessions(min(day, FIRST), max(day, LAST))


@pytest.mark.parametrize("instant", [ALL[0].opens_at - TICK, ALL[-1].closes_at + TICK])
def test_it_says_so_when_asked_about_instants_it_does_not_know(instant: datetime) -> None:
    for ask in (CALENDAR.session_at, CALENDAR.next_session, CALENDAR.previous_session):
        with pytest.raises(OutsideCalendar):
            ask(instant)


def test_nothing_follows_the_last_session() -> None:
    with pytest.raises(OutsideCalendar):
        CALENDAR.next_session(ALL[-1].opens_at)
    assert CALENDAR.next_session(ALL[-1].opens_at - TICK) == ALL[-1]
    assert CALENDAR.previous_session(ALL[-1].closes_at) == ALL[-1]


@given(instants)
def test_every_instant_is_answered_as_by_reading_the_whole_table(instant: datetime) -> None:
    held = [session for session in ALL if session.opens_at <= instant < session.closes_at]
    closed = [session for session in ALL if session.closes_at <= instant]
    assert CALENDAR.session_at(instant) == (held[0] if held else None)
    assert CALENDAR.previous_session(instant) == (closed[-1] if closed else None)


@given(instants.filter(lambda instant: instant < ALL[-1].opens_at))
def test_what_comes_next_is_found_as_by_reading_the_whole_table(instant: datetime) -> None:
    assert CALENDAR.next_session(instant) == next(session for session in ALL if session.opens_at > instant)


@given(days, days)
def test_every_range_is_answered_as_by_reading_the_whole_table(first: date, last: date) -> None:
    assert list(CALENDAR.sessions(first, last)) == [session for session in ALL if first <= session.date <= last]
    assert CALENDAR.session_on(first) == next((session for session in ALL if session.date == first), None)


def test_a_calendar_can_be_of_one_session() -> None:
    only = Calendar(ALL[:1])
    assert only.session_at(ALL[0].opens_at) == ALL[0]
    with pytest.raises(OutsideCalendar):
        only.next_session(ALL[0].opens_at)
