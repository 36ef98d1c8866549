"""On which day an account can begin, and that an old one is not begun elsewhere."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from engine.adapters.calendar import Calendar, load_calendar
from engine.adapters.replay_market import ReplayMarket
from engine.adapters.tables.closes import load_closes
from engine.core.state import State
from engine.wiring.plan import BadStart

HISTORY_NEEDED: Final = timedelta(days=120)
"""Strategies and ATR look back before the first session."""


def check_start(start: date) -> None:
    """Raises BadStart for a day on which no account can begin; nothing is opened or created."""
    calendar = load_calendar()
    first_open(start, calendar, ReplayMarket(load_closes(), calendar))


def first_open(start: date, calendar: Calendar, market: ReplayMarket) -> datetime:
    """The open of the first session on or after `start`; raises BadStart outside the prices on hand."""
    earliest = (market.starts_at + HISTORY_NEEDED).date()
    latest = market.ends_at.date() - timedelta(days=1)
    if not earliest <= start <= latest:
        raise BadStart(f"the replay can begin on days from {earliest} to {latest}, not on {start}")
    midnight = datetime.combine(start, time(), UTC)
    return calendar.next_session(midnight).opens_at


def same_start(saved: State, first: datetime) -> None:
    if saved.opened_at != first:
        began = saved.opened_at.date() if saved.opened_at else "another day"
        raise BadStart(
            f"this account began on {began} and has come to {saved.market_at:%Y-%m-%d}; "
            "to begin elsewhere name a new folder with --data DIR"
        )
