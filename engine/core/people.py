"""Who may talk to an account."""

from dataclasses import dataclass
from datetime import datetime

from engine.core.words import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who may talk to an account; `id` is the channel's stable one (`terminal:local`), `name` is for people."""

    id: str
    role: Role
    since: datetime
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A one-time pairing code that was given out: SHA-256 of it in hex, and the role that it brings."""

    code: str
    role: Role
    lapses_at: datetime
