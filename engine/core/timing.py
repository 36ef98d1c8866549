"""Where an instant stands among the sessions: the entry window, and how long cooldowns last."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from engine.core.nouns import Recommendation
from engine.core.policy import Policy
from engine.core.preferences import Preferences
from engine.core.rules import window as rule
from engine.core.scene import Scene
from engine.core.session import Session
from engine.core.units import Ticker
from engine.core.words import Style

AFTER_CLOSE: Final = timedelta(minutes=1)
"""When the closes of a session are known; its summary comes as much later at the earliest."""

AGES: Final[Mapping[Style, int]] = MappingProxyType({Style.DAY: 1, Style.POSITION: 3, Style.LONG_TERM: 5})
"""Sessions after which an idea is too old; for swings the house's own number."""

DAYS_LOOKED_AT: Final = 3
DAY_S: Final = 86_400
NEVER: Final = datetime.min.replace(tzinfo=UTC)


def window(session: Session, policy: Policy) -> tuple[datetime, datetime]:
    """First and last instant of a session's entry window."""
    opens = session.opens_at + minutes(policy.window_after_open_min)
    return opens, session.closes_at - minutes(policy.window_before_close_min)


@cache
def minutes(count: int) -> timedelta:
    """A span; kept, because it is asked for at every decision."""
    return timedelta(minutes=count)


def in_window(scene: Scene, policy: Policy) -> bool:
    """Whether entries may be made now: between the session's first and last quarter of an hour by default."""
    if scene.session is None:
        return False
    opens, closes = window(scene.session, policy)
    return opens <= scene.at <= closes


def next_window(scene: Scene, policy: Policy) -> datetime:
    """When the next session's entry window opens."""
    return window(scene.upcoming[0], policy)[0]


def is_over(scene: Scene, at: datetime) -> bool:
    """Whether the market has no prices any more by then."""
    return scene.ends_at is not None and at >= scene.ends_at


def sessions_later(scene: Scene, count: int) -> datetime:
    """The open of the session that comes `count` sessions after the latest one that has begun."""
    return scene.upcoming[count - 1].opens_at


def summary_at(session: Session, upcoming: Sequence[Session], preferences: Preferences) -> datetime:
    """When a session's summary comes: the first time that the owner's clock shows his hour, 2 min after the close on.

    Where that is not before the next session (the first of `upcoming`) opens, it comes 2 min after the close.
    Aware UTC; an hour that the clock leaves out when it is put forward is that much later.
    """
    earliest = session.closes_at + 2 * AFTER_CLOSE
    clock = preferences.notifications
    zone, hour = ZoneInfo(clock.timezone), time.fromisoformat(clock.summary_time)
    first = earliest.astimezone(zone).date()
    days = (first + timedelta(days=after) for after in range(DAYS_LOOKED_AT))
    found = min(instant for day in days for instant in instants(day, hour, zone) if instant >= earliest)
    return found if not upcoming or found < upcoming[0].opens_at else earliest


def instants(day: date, hour: time, zone: ZoneInfo) -> tuple[datetime, ...]:
    """When a clock shows this hour on this day: twice where it is put back over it, else once."""
    once, again = (datetime.combine(day, hour.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))
    return (once, again) if once < again else (once,)


def stale_at(scene: Scene, wanted: Recommendation, style: Style, policy: Policy) -> bool:
    """Whether a recommendation is past its age: intraday 15 min, 1d the next session, else as the style has it."""
    if wanted.window == "intraday":
        return scene.at - wanted.generated_at > timedelta(minutes=15)
    allowed = 1 if wanted.window == "1d" else AGES.get(style, policy.stale_sessions)
    return sessions_between(scene, wanted.generated_at) > allowed


def sessions_between(scene: Scene, since: datetime) -> int:
    """How many of the sessions on hand opened after `since`, up to now; far past counts as all of them."""
    return len([session for session in (*scene.recent, scene.day) if session.opens_at > since])


def feed_is_silent(scene: Scene) -> bool:
    """Whether no ticker at all has a recent price in market hours: then nothing is known, and nothing is traded."""
    if scene.session is None:
        return False
    for quote in scene.quotes.values():  # noqa: SIM110  # asked at every decision: a generator takes twice as long
        if not too_old(scene, quote.at):
            return False
    return True


def has_no_price(scene: Scene, ticker: Ticker) -> bool:
    """Whether a ticker's price is missing or too old, in market hours, while others arrive; not while it is halted.

    It has as long to come after the open, and after the end of its last halt, as between any two.
    """
    if scene.session is None or ticker in scene.halted:
        return False
    quote = scene.quotes.get(ticker)
    last = max(quote.at if quote else NEVER, scene.traded_since.get(ticker, NEVER))
    return too_old(scene, last) and not feed_is_silent(scene)


def is_stale(scene: Scene, ticker: Ticker) -> bool:
    """Whether nothing can be bought or sold at a ticker's price: there is none, or it is too old in market hours.

    Older than where it counts as missing, whether or not others arrive; a halt makes no price older.
    """
    quote = scene.quotes.get(ticker)
    if quote is None:
        return True
    if scene.session is None or ticker in scene.halted:
        return False
    return too_old(scene, max(quote.at, scene.traded_since.get(ticker, NEVER)))


def too_old(scene: Scene, since: datetime) -> bool:
    return rule.no_price(age_s(scene, since), scene.interval_s, scene.stale_s, others_arrive=True)


def age_s(scene: Scene, since: datetime) -> int:
    """Seconds of market hours since then, at most those since the open; where a price stands for a day, whole days.

    Each open since then counts as a day, so that nights, weekends and holidays make no price older.
    """
    if scene.interval_s >= DAY_S:
        return DAY_S * sessions_between(scene, since)
    return int((scene.at - max(since, scene.day.opens_at)).total_seconds())
