"""Asking for people to be let in, or turned out."""

from dataclasses import dataclass
from datetime import datetime

from engine.core.commands.command import Command
from engine.core.words import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite(Command):
    """Let whoever says the code of this hash in have a role; once, until `lapses_at` (people's time)."""

    code: str
    role: Role
    lapses_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit(Command):
    """Let a person in: by an open invitation's code or, where `code` is None, as this machine's owner."""

    person: str
    name: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRole(Command):
    """Give a person, by id or name, another role; None turns him out."""

    person: str
    role: Role | None
