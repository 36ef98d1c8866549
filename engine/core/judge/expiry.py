"""When a micro-trade is over by itself."""

from datetime import UTC, datetime

from engine.core.judge.ground import Ground
from engine.core.nouns import Position
from engine.core.rules import micro
from engine.core.session import Session
from engine.core.timing import window


def expires_at(ground: Ground, entered_at: datetime) -> datetime:
    """When a micro-trade entered then is closed: after its time, or when that session's entry window ends."""
    ends = window(session_of(ground, entered_at), ground.policy)[1]
    hold = 60 * ground.policy.micro_hold_min
    return datetime.fromtimestamp(micro.expires_at(int(entered_at.timestamp()), hold, int(ends.timestamp())), UTC)


def session_of(ground: Ground, at: datetime) -> Session:
    """The session on hand that had begun last at this instant."""
    begun = [session for session in (*ground.scene.recent, ground.scene.day) if session.opens_at <= at]
    return begun[-1] if begun else ground.scene.day


def has_expired(position: Position, at: datetime) -> bool:
    """Whether a position is a micro-trade whose time is over."""
    ends = position.expires_at
    return ends is not None and micro.has_expired(int(at.timestamp()), int(ends.timestamp()))
