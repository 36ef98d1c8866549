"""Where an instant stands among the sessions: the entry window, and how long cooldowns last."""

from datetime import datetime, timedelta

from engine.core.policy import Policy
from engine.core.rules import window as rule
from engine.core.scene import Quote, Scene
from engine.core.session import Session
from engine.core.units import Ticker


def window(session: Session, policy: Policy) -> tuple[datetime, datetime]:
    """First and last instant of a session's entry window."""
    opens = session.opens_at + timedelta(minutes=policy.window_after_open_min)
    return opens, session.closes_at - timedelta(minutes=policy.window_before_close_min)


def in_window(scene: Scene, policy: Policy) -> bool:
    """Whether entries may be made now: between the session's first and last quarter of an hour by default."""
    if scene.session is None:
        return False
    opens, closes = window(scene.session, policy)
    return opens <= scene.at <= closes


def next_window(scene: Scene, policy: Policy) -> datetime:
    """When the next session's entry window opens."""
    return window(scene.upcoming[0], policy)[0]


def sessions_later(scene: Scene, count: int) -> datetime:
    """The open of the session that comes `count` sessions after the latest one that has begun."""
    return scene.upcoming[count - 1].opens_at


def stale_at(scene: Scene, generated_at: datetime, trend: str, policy: Policy) -> bool:
    """Whether a recommendation is past its age: intraday 15 min, 1d the next session, else `stale_sessions`."""
    if trend == "intraday":
        return scene.at - generated_at > timedelta(minutes=15)
    allowed = 1 if trend == "1d" else policy.stale_sessions
    return sessions_between(scene, generated_at) > allowed


def sessions_between(scene: Scene, since: datetime) -> int:
    """How many of the sessions on hand opened after `since`, up to now; far past counts as all of them."""
    return sum(1 for session in (*scene.recent, scene.day) if session.opens_at > since)


def feed_is_silent(scene: Scene) -> bool:
    """Whether no ticker at all has a recent price in market hours: then nothing is known, and nothing is traded."""
    return scene.session is not None and all(too_old(scene, quote) for quote in scene.quotes.values())


def has_no_price(scene: Scene, ticker: Ticker) -> bool:
    """Whether this ticker's price is missing or too old, in market hours, while others arrive."""
    if scene.session is None or feed_is_silent(scene):
        return False
    quote = scene.quotes.get(ticker)
    return quote is None or too_old(scene, quote)


def too_old(scene: Scene, quote: Quote) -> bool:
    return rule.no_price(int((scene.at - quote.at).total_seconds()), scene.interval_s, others_arrive=True)
