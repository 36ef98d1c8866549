"""Files of dates: what they say is taken whole, and every line that cannot be is named."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.adapters.calendar_csv import earnings_of, events_of
from engine.core import commands as c
from engine.core.happenings import MarketEvent
from engine.core.words import EventScope, Sector, Severity
from engine.ports import BadRow, BadRows

KNOWN = frozenset({"KO", "PEP"})
HEAD = "title,scope,target,severity,from,until\n"


def bad_earnings(text: str) -> tuple[BadRow, ...]:
    with pytest.raises(BadRows) as caught:
        earnings_of(text, KNOWN)
    return caught.value.rows


def bad_events(*lines: str) -> list[tuple[int, str]]:
    with pytest.raises(BadRows) as caught:
        events_of(HEAD + "\n".join(lines), KNOWN)
    return [(row.line, row.problem) for row in caught.value.rows]


def test_dates_are_gathered_by_ticker_in_order_each_once() -> None:
    text = "Ticker,Date\nPEP,2020-04-28\nko, 2020-07-21\n\nKO,2020-04-21\r\nKO,2020-04-21\n"
    command = earnings_of(text, KNOWN)
    assert command == c.ImportEarnings(
        dates={"KO": (date(2020, 4, 21), date(2020, 7, 21)), "PEP": (date(2020, 4, 28),)}, source="csv"
    )
    assert list(command.dates) == ["KO", "PEP"]


def test_every_line_that_cannot_be_read_is_named() -> None:
    lines = (
        "KO,2020-13-01",
        "KO,2020-04-21",
        "TSLA,2020-04-21",
        "KO",
        "KO,21.4.2020",
        "",
        "KO,1066-10-14",
        "KO,2020,x",
    )
    text = "\n".join(("ticker,date", *lines))
    assert [(row.line, row.problem) for row in bad_earnings(text)] == [
        (2, "date"),
        (4, "ticker"),
        (5, "columns"),
        (6, "date"),
        (8, "date"),
        (9, "columns"),
    ]
    assert bad_earnings(text)[1] == BadRow(4, "ticker", {"text": "TSLA"})
    assert bad_earnings(text)[2].facts == {"wanted": "ticker,date", "count": 2, "found": 1}


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "header"),
        ("\n\n", 1, "header"),
        ("KO,2020-04-21\n", 1, "header"),
        ("\nticker;date\n", 2, "header"),
        ("ticker,date\n\n", 1, "empty"),
        ('ticker,date\nKO,"2020-04-21\n', 2, "csv"),
        ('ticker,date\n"K"O,2020-04-21\n', 2, "csv"),
        ("ticker,date\n" + "KO,2020-04-21\n" * 8_000, 1, "too_long"),
    ],
)
def test_a_file_that_is_none_is_named_by_what_it_lacks(text: str, line: int, problem: str) -> None:
    assert [(row.line, row.problem) for row in bad_earnings(text)] == [(line, problem)]


def test_the_longest_file_is_taken() -> None:
    text = "ticker,date\n" + "KO,2020-04-21\n" * 7_142
    assert len(text) == 100_000
    assert earnings_of(text, KNOWN).dates == {"KO": (date(2020, 4, 21),)}
    assert bad_earnings(text + "\n")[0].problem == "too_long"


def test_events_in_exchange_time_or_with_an_offset() -> None:
    """Half past nine in New York is 14:30 UTC in winter and 13:30 in summer."""
    command = events_of(
        HEAD
        + '"Fed, and more",market,,high,2020-03-03T09:30,2020-03-03T16:00-05:00\n'
        + "Hearings,Sector,Health care,low,2020-07-29 09:30,2020-07-29T20:00:00+00:00\n"
        + ",TICKER,ko,Medium,2020-07-29T09:30Z,2020-07-29T10:30Z\n",
        KNOWN,
    )
    fed, hearings, unnamed = command.events
    assert fed == MarketEvent(
        id=fed.id,
        scope=EventScope.MARKET,
        target=None,
        severity=Severity.HIGH,
        title="Fed, and more",
        starts_at=datetime(2020, 3, 3, 14, 30, tzinfo=UTC),
        ends_at=datetime(2020, 3, 3, 21, 0, tzinfo=UTC),
        source="csv",
    )
    assert (hearings.scope, hearings.target) == (EventScope.SECTOR, "health_care")
    assert (hearings.starts_at, hearings.ends_at.hour) == (datetime(2020, 7, 29, 13, 30, tzinfo=UTC), 20)
    assert (unnamed.title, unnamed.target, unnamed.severity) == ("", "KO", Severity.MEDIUM)
    assert len({one.id for one in command.events}) == 3


def test_the_same_line_again_is_the_same_event_however_its_time_is_written() -> None:
    one, *others = (
        events_of(f"{HEAD}Fed,market,,{severity},{starts},2020-03-04T16:00\n", KNOWN).events[0].id
        for severity, starts in (
            ("high", "2020-03-03T09:30"),
            ("high", "2020-03-03T14:30Z"),
            ("low", "2020-03-03T09:30"),
        )
    )
    assert others == [one, one]
    other = events_of(f"{HEAD}Fed,market,,high,2020-03-03T09:31,2020-03-04T16:00\n", KNOWN).events[0].id
    assert other != one
    assert one.startswith("csv-")
    assert len(one) == 20


def test_a_line_that_stands_twice_is_one_event() -> None:
    line = "Fed,market,,high,2020-03-03T09:30,2020-03-04T16:00\n"
    assert len(events_of(HEAD + line + line, KNOWN).events) == 1


def test_every_bad_event_is_named() -> None:
    good = "2020-03-03T09:30,2020-03-04T16:00"
    assert bad_events(
        f"x,planet,,high,{good}",
        f"x,market,KO,high,{good}",
        f"x,sector,gardening,high,{good}",
        f"x,ticker,TSLA,high,{good}",
        f"x,market,,enormous,{good}",
        "x,market,,high,soon,2020-03-04T16:00",
        "x,market,,high,2020-03-03,2020-03-04T16:00",
        "x,market,,high,2020-03-04T16:00,2020-03-04T16:00",
        f"{'x' * 201},market,,high,{good}",
        f"x,market,high,{good}",
        "x,market,,high,2020-03-03T09:30,9999-12-31T23:59",
        "x,market,,high,2020-03-03T25:30,2020-03-04T16:00",
    ) == [
        (2, "scope"),
        (3, "target"),
        (4, "sector"),
        (5, "ticker"),
        (6, "severity"),
        (7, "time"),
        (8, "time"),
        (9, "span"),
        (10, "title"),
        (11, "columns"),
        (12, "time"),
        (13, "time"),
    ]


def test_a_title_of_several_lines_is_refused_and_lines_are_counted_in_the_file() -> None:
    assert bad_events('"a\nb",market,,high,2020-03-03T09:30,2020-03-04T16:00', "x") == [(3, "title"), (4, "columns")]


def test_a_long_value_is_repeated_in_part() -> None:
    (row,) = bad_earnings(f"ticker,date\nKO,{'9' * 60}\n")
    assert row.facts == {"text": "9" * 40 + "…"}


FIRST = datetime(1990, 1, 2, tzinfo=timezone(timedelta(hours=-3)))
instants = st.integers(0, 110 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=60).map(str.strip),
            st.sampled_from(
                [(EventScope.MARKET, ""), (EventScope.SECTOR, Sector.ENERGY.value), (EventScope.TICKER, "KO")]
            ),
            st.sampled_from(Severity),
            instants,
            st.timedeltas(timedelta(minutes=1), timedelta(days=30)),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_written_as_csv_is_read_as_it_was_meant(
    rows: list[tuple[str, tuple[EventScope, str], Severity, datetime, timedelta]],
) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD.strip().split(","))
    printable = [row for row in rows if row[0].isprintable() and row[3].year == (row[3] + row[4]).year]
    for title, (scope, target), severity, starts, span in printable:
        writer.writerow([title, scope.value, target, severity.value, starts.isoformat(), (starts + span).isoformat()])
    if not printable:
        return
    said = {
        (title, scope, target or None, severity, starts, starts + span)
        for title, (scope, target), severity, starts, span in printable
    }
    found = events_of(out.getvalue(), KNOWN).events
    assert {(one.title, one.scope, one.target, one.severity, one.starts_at, one.ends_at) for one in found} <= said
    assert {(one.title, one.scope, one.target, one.starts_at) for one in found} == {(*one[:3], one[4]) for one in said}
    assert all(one.starts_at.tzinfo is UTC for one in found)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.booleans())
def test_no_text_breaks_the_reader(text: str, headed: bool) -> None:  # noqa: FBT001  # drawn
    for read, head in ((earnings_of, "ticker,date\n"), (events_of, HEAD)):
        lines = bad_lines(read, head + text if headed else text)
        assert lines == sorted(lines)
        assert headed or lines, "without its first line no file is taken"


def bad_lines(read: Callable[[str, frozenset[str]], object], text: str) -> list[int]:
    try:
        read(text, KNOWN)
    except BadRows as bad:
        return [row.line for row in bad.rows]
    return []
