"""When a loop runs next: said by data, answered by one function from calendar, settings and account."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple, TypeAlias

from engine.core.judge.waiting import given_up_at, waits
from engine.core.policy import Policy
from engine.core.session import Session
from engine.core.state import State
from engine.core.timing import AFTER_CLOSE, DAY_S, summary_at, window
from engine.core.words import Severity

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NO_SESSION: Final = Session(date.min, EPOCH, EPOCH)
"""Stands where the calendar knows of none: beyond its last year loops of people's time go on."""

BEFORE_OPEN: Final = timedelta(minutes=30)
"""How long before the open a day is prepared."""

Span: TypeAlias = tuple[datetime, datetime]


class Hours(Enum):
    """The part of time in which something runs every so many seconds."""

    ALWAYS = "at any hour"
    SESSION = "in market hours"
    WINDOW = "in the entry window"


class Pace(Enum):
    """Numbers of seconds that an installation or its owner sets; each is named as in the policy."""

    POLLING = "polling_s"
    STOPS = "stops_s"
    FAST_STOPS = "fast_stops_s"
    MICRO = "micro_s"
    RECONCILE = "reconcile_s"
    FIGURES = "update_minutes"


class Point(Enum):
    """Moments that each session has once."""

    BEFORE_OPEN = "30 min before the open"
    OPEN = "at the open"
    WINDOW = "when the entry window opens"
    CLOSE = "at the close"
    AFTER_CLOSE = "1 min after the close"
    SUMMARY = "at the owner's hour"


class On(Enum):
    """Things that happen, and after which a loop runs at once; no clock brings them."""

    PRICE = "a price that was streamed"
    FILL = "a fill"
    ARRIVAL = "a recommendation"
    SEVERE = "a high-severity event"


class Every(NamedTuple):
    """Every so many seconds, counted from the beginning of these hours; `severe`: only during high-severity events."""

    pace: Pace | float
    hours: Hours = Hours.ALWAYS
    severe: bool = False


class At(NamedTuple):
    """Once a session."""

    point: Point


class Deadline(NamedTuple):
    """Whenever something of the account ends or is due by itself."""


When: TypeAlias = Every | At | Deadline | On


class Times(NamedTuple):
    """What the next run depends on.

    `sessions` are those around the instant in order, empty beyond the calendar. `interval_s` are the seconds
    between two prices where nothing can be learned between them, 0 where time itself goes on.
    """

    sessions: Sequence[Session]
    state: State
    policy: Policy
    interval_s: int = 0


class Due(NamedTuple):
    """An instant, aware UTC, and the session it belongs to: the latest that has begun, or whose own moment it is."""

    at: datetime
    session: Session


def next_run(whens: Sequence[When], after: datetime, times: Times) -> Due | None:
    """The first instant strictly later than `after` at which one of these is due; None where none is in sight.

    Never more often than there are prices: within `interval_s` nothing is due again but moments and deadlines.
    """
    found = (due for when in whens if (due := _next(when, after, times)) is not None)
    return min(found, key=lambda due: due.at, default=None)


def _next(when: When, after: datetime, times: Times) -> Due | None:
    match when:
        case Every():
            return _every(when, after, times)
        case At():
            return _at(when.point, after, times)
        case Deadline():
            at = next_deadline(times.state, after)
            return Due(at, begun(times.sessions, at)) if at is not None else None
        case On():
            return None


def _at(point: Point, after: datetime, times: Times) -> Due | None:
    """The next session's moment; before the open a market of daily prices has none, for nothing is new then."""
    if point is Point.BEFORE_OPEN and times.interval_s >= DAY_S:
        return None
    for session in times.sessions:
        at = instant(point, session, times)
        told = point is Point.SUMMARY and summarised(times.state, session)
        if at > after and not told:
            return Due(at, session)
    return None


def instant(point: Point, session: Session, times: Times) -> datetime:
    """When a session, one of those on hand, has this moment; aware UTC."""
    match point:
        case Point.BEFORE_OPEN:
            return session.opens_at - BEFORE_OPEN
        case Point.OPEN:
            return session.opens_at
        case Point.WINDOW:
            return window(session, times.policy)[0]
        case Point.CLOSE:
            return session.closes_at
        case Point.AFTER_CLOSE:
            return session.closes_at + AFTER_CLOSE
        case Point.SUMMARY:
            upcoming = [one for one in times.sessions if one.date > session.date]
            return summary_at(session, upcoming, times.state.preferences)


def _every(when: Every, after: datetime, times: Times) -> Due | None:
    step = timedelta(seconds=max(seconds(when.pace, times), times.interval_s))
    if when.hours is Hours.ALWAYS:
        at = _on_grid(EPOCH, step, after)
        return Due(at, begun(times.sessions, at))
    for session in times.sessions:
        if session.closes_at > after:
            found = [
                at for at in _within(when, session, after, times, step) if in_hours(when.hours, at, session, times)
            ]
            if found:
                return Due(min(found), session)
    return None


def _within(when: Every, session: Session, after: datetime, times: Times, step: timedelta) -> Iterator[datetime]:
    """The first instants of the grid that come into question: later than `after`, in an event where that is asked."""
    first = span(when.hours, session, times.policy)[0]
    if not when.severe:
        yield _on_grid(first, step, after)
        return
    for starts_at, ends_at in severe(times.state):
        at = _on_grid(first, step, max(after, starts_at - timedelta.resolution))
        if at < ends_at:
            yield at


def _on_grid(first: datetime, step: timedelta, after: datetime) -> datetime:
    """The first of `first`, `first` + `step`, … that is later than `after`."""
    return first if first > after else first + ((after - first) // step + 1) * step


def span(hours: Hours, session: Session, policy: Policy) -> Span:
    """Where these hours of a session begin and end."""
    return window(session, policy) if hours is Hours.WINDOW else (session.opens_at, session.closes_at)


def in_hours(hours: Hours, at: datetime, session: Session, times: Times) -> bool:
    """Whether an instant lies in these hours: both ends belong to the window, the close not to market hours."""
    first, last = span(hours, session, times.policy)
    return first <= at <= last if hours is Hours.WINDOW else first <= at < last


def seconds(pace: Pace | float, times: Times) -> float:
    """How many seconds lie between two runs."""
    if isinstance(pace, Pace):
        if pace is Pace.FIGURES:
            return 60.0 * times.state.preferences.performance.update_minutes
        found: int = getattr(times.policy, pace.value)
        return found
    return pace


def severe(state: State) -> list[Span]:
    """Begin and end of the high-severity events on record."""
    return [(one.starts_at, one.ends_at) for one in state.market_events if one.severity is Severity.HIGH]


def begun(sessions: Sequence[Session], at: datetime) -> Session:
    """The latest session that has begun by then, the first on hand where none has, `NO_SESSION` without any."""
    return next((one for one in reversed(sessions) if one.opens_at <= at), sessions[0] if sessions else NO_SESSION)


def next_deadline(state: State, now: datetime) -> datetime | None:
    """The nearest market time after `now` at which something ends or is due by itself; None when nothing is.

    Pauses, cooldowns, mutes and settings for a time end, market events begin and end, entry orders have waited long
    enough, parts of entries and the end of micro-trades are due.
    """
    ends = [breaker.until for breaker in state.breakers.values()]
    ends.append(state.pause.until if state.pause else None)
    ends += [term.until for term in state.terms]
    ends += [mute.until for mute in state.preferences.notifications.muted]
    ends += [at for event in state.market_events for at in (event.starts_at, event.ends_at)]
    ends += [plan.next_at for plan in state.tranches if plan.left]
    ends += [position.expires_at for position in state.positions.values()]
    ends += [given_up_at(order, state.preferences) for order in state.orders.values() if waits(order)]
    return min((end for end in ends if end is not None and end > now), default=None)


def owed(state: State, session: Session) -> bool:
    """Whether this session has ended, and the owner was not told yet how it went."""
    recorded = state.last is not None and state.last.session == session.date == state.tally.session
    return recorded and not state.tally.summarised


def summarised(state: State, session: Session) -> bool:
    """Whether the owner was told how this session went; older ones than the newest are not remembered."""
    return state.tally.session == session.date and state.tally.summarised
