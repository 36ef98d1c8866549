from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skills.periods import month_start, span

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("today", "2026-11-20", "2026-11-20"),
        ("yesterday", "2026-11-19", "2026-11-19"),
        ("this_week", "2026-11-16", "2026-11-20"),
        ("last_week", "2026-11-09", "2026-11-15"),
        ("this_month", "2026-11-01", "2026-11-20"),
        ("last_month", "2026-10-01", "2026-10-31"),
        ("this_quarter", "2026-10-01", "2026-11-20"),
        ("last_quarter", "2026-07-01", "2026-09-30"),
        ("this_year", "2026-01-01", "2026-11-20"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("all", "0001-01-01", "2026-11-20"),
        ("last_1_days", "2026-11-20", "2026-11-20"),
        ("last_30_days", "2026-10-22", "2026-11-20"),
        ("since:2026-03-01", "2026-03-01", "2026-11-20"),
        ("2026-03-01..2026-03-31", "2026-03-01", "2026-03-31"),
    ],
)
def test_what_a_period_spans(period: str, first: str, last: str) -> None:
    assert span(period, FRIDAY) == (date.fromisoformat(first), date.fromisoformat(last))


def test_the_turn_of_the_year() -> None:
    assert span("last_month", date(2026, 1, 15)) == (date(2025, 12, 1), date(2025, 12, 31))
    assert span("last_quarter", date(2026, 2, 1)) == (date(2025, 10, 1), date(2025, 12, 31))


@pytest.mark.parametrize("word", ["soon", "last_days", "last_x_days", "since:soon", "a..b"])
def test_what_is_no_period(word: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        span(word, FRIDAY)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_period_and_the_one_before_it_touch(today: date) -> None:
    for unit in ("week", "month", "quarter", "year"):
        this, before = span(f"this_{unit}", today), span(f"last_{unit}", today)
        assert this[1] == today
        assert before[1] + timedelta(days=1) == this[0]
        assert before[0] < before[1]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(-30, 30))
def test_months_before_and_after(day: date, months: int) -> None:
    there = month_start(day, months)
    assert there.day == 1
    assert (there.year * 12 + there.month) - (day.year * 12 + day.month) == months
