"""People who came and went."""

from dataclasses import dataclass

from engine.core.events.event import Event
from engine.core.people import Invitation, Person
from engine.core.words import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Event):
    """A code was given out; `lapsed` are the hashes of those whose time was over, which leave with it."""

    invitation: Invitation
    lapsed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted(Event):
    """Somebody was let in; `code` is the hash of the invitation that is thereby used up, None for the first owner."""

    person: Person
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSet(Event):
    """A person's role is another; None: he is a stranger again."""

    person: Person
    role: Role | None
