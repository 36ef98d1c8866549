"""The trading days of the New York Stock Exchange, from a table that ships with the package."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from operator import attrgetter

from engine.adapters.tables import TABLES
from engine.core.session import Session

_date = attrgetter("date")
_opens_at = attrgetter("opens_at")
_closes_at = attrgetter("closes_at")


class OutsideCalendar(LookupError):
    """Asked about a time the table says nothing of."""

    def __init__(self, asked: date, first: Session, last: Session) -> None:
        super().__init__(
            f"{asked} is outside the exchange calendar, which knows {first.date} to {last.date}; "
            "a newer release of Parley knows later years"
        )


class Calendar:
    """Sessions of one exchange, from the first one's open to the last one's close.

    Dates are days in New York, instants are aware. Every method raises OutsideCalendar beyond the table.
    """

    def __init__(self, sessions: Sequence[Session]) -> None:
        """Hold `sessions`, at least one, in ascending order."""
        self._sessions = sessions
        self._first = sessions[0]
        self._last = sessions[-1]

    def session_on(self, day: date) -> Session | None:
        """The session of this day; None on weekends and holidays."""
        self._check_day(day)
        found = self._sessions[bisect_left(self._sessions, day, key=_date)]
        return found if found.date == day else None

    def session_at(self, instant: datetime) -> Session | None:
        """The session that is open at this instant (open ≤ instant < close); None while the exchange is closed."""
        self._check_instant(instant)
        found = self._sessions[bisect_right(self._sessions, instant, key=_opens_at) - 1]
        return found if instant < found.closes_at else None

    def next_session(self, after: datetime) -> Session:
        """The first session that opens strictly later."""
        self._check_instant(after)
        place = bisect_right(self._sessions, after, key=_opens_at)
        if place == len(self._sessions):
            raise OutsideCalendar(after, self._first, self._last)
        return self._sessions[place]

    def previous_session(self, before: datetime) -> Session | None:
        """The last session that closed by then; None during the table's first session."""
        self._check_instant(before)
        place = bisect_right(self._sessions, before, key=_closes_at)
        return self._sessions[place - 1] if place else None

    def sessions(self, first_date: date, last_date: date) -> Sequence[Session]:
        """Sessions of both days and all between, ascending; empty if there is none."""
        self._check_day(first_date)
        self._check_day(last_date)
        start = bisect_left(self._sessions, first_date, key=_date)
        return self._sessions[start : bisect_right(self._sessions, last_date, key=_date)]

    def _check_day(self, day: date) -> None:
        if not self._first.date <= day <= self._last.date:
            raise OutsideCalendar(day, self._first, self._last)

    def _check_instant(self, instant: datetime) -> None:
        if not self._first.opens_at <= instant <= self._last.closes_at:
            raise OutsideCalendar(instant, self._first, self._last)


@cache
def load_calendar() -> Calendar:
    """The calendar of the New York Stock Exchange (XNYS), 2017 to 2027."""
    _, *rows = (TABLES / "sessions.csv").read_text(encoding="utf-8").splitlines()
    return Calendar(tuple(_session(*row.split(",")) for row in rows))


def _session(day: str, opens_at_s: str, closes_at_s: str) -> Session:
    return Session(
        date.fromisoformat(day),
        datetime.fromtimestamp(int(opens_at_s), UTC),
        datetime.fromtimestamp(int(closes_at_s), UTC),
    )
