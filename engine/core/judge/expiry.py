"""When a micro-trade is over by itself."""

from datetime import datetime, timedelta
from typing import Final

from engine.core.judge.ground import Ground
from engine.core.nouns import Position
from engine.core.rules import micro
from engine.core.session import Session
from engine.core.timing import window

MICROSECOND: Final = timedelta(microseconds=1)
MINUTE: Final = timedelta(minutes=1) // MICROSECOND


def expires_at(ground: Ground, entered_at: datetime) -> datetime:
    """When a micro-trade entered then is closed: after its time, or when that session's entry window ends."""
    ends = (window(session_of(ground, entered_at), ground.policy)[1] - entered_at) // MICROSECOND
    return entered_at + micro.expires_at(0, MINUTE * ground.policy.micro_hold_min, ends) * MICROSECOND


def session_of(ground: Ground, at: datetime) -> Session:
    """The session on hand that had begun last at this instant."""
    begun = [session for session in (*ground.scene.recent, ground.scene.day) if session.opens_at <= at]
    return begun[-1] if begun else ground.scene.day


def has_expired(position: Position, at: datetime) -> bool:
    """Whether a position is a micro-trade whose time is over."""
    ends = position.expires_at
    return ends is not None and micro.has_expired((at - ends) // MICROSECOND, 0)
