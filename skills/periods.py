"""Periods as days of market time: what "this week" or "last_30_days" spans on a given day, and what it is called."""

from datetime import date, timedelta
from typing import Any


def month_start(day: date, months: int) -> date:
    """The first day of the month that lies `months` before or after that of `day`."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def span(period: str, today: date) -> tuple[date, date]:
    """First and last day of a period, both included; raises ValueError for a word that is none."""
    monday = today - timedelta(days=today.weekday())
    quarter = month_start(today, -((today.month - 1) % 3))
    day = timedelta(days=1)
    spans = {
        "today": (today, today),
        "yesterday": (today - day, today - day),
        "this_week": (monday, today),
        "last_week": (monday - 7 * day, monday - day),
        "this_month": (month_start(today, 0), today),
        "last_month": (month_start(today, -1), month_start(today, 0) - day),
        "this_quarter": (quarter, today),
        "last_quarter": (month_start(quarter, -3), quarter - day),
        "this_year": (date(today.year, 1, 1), today),
        "last_year": (date(today.year - 1, 1, 1), date(today.year, 1, 1) - day),
        "all": (date.min, today),
    }
    return spans[period] if period in spans else _open_span(period, today)


def _open_span(period: str, today: date) -> tuple[date, date]:
    if period.startswith("last_") and period.endswith("_days"):
        return today - timedelta(days=int(period[5:-5]) - 1), today
    if period.startswith("since:"):
        return date.fromisoformat(period[6:]), today
    first, separator, last = period.partition("..")
    if not separator:
        raise ValueError(f"{period} is not a period")
    return date.fromisoformat(first), date.fromisoformat(last)


def period_words(period: str) -> tuple[str, dict[str, Any]]:
    """The phrase that names a period, and its facts."""
    if period.startswith("last_") and period.endswith("_days"):
        return "period.last_days", {"days": int(period[5:-5])}
    if period.startswith("since:"):
        return "period.since", {"first": period[6:]}
    first, separator, last = period.partition("..")
    return ("period.between", {"first": first, "last": last}) if separator else (f"period.{period}", {})
