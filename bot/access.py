"""The one gate: who may look, act, and do grave things. Every channel's every way in passes here."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from engine.core.words import Harm
from engine.ports import Person, Store

HINT_EVERY: Final = timedelta(minutes=1)


class Role(StrEnum):
    """Who somebody is to an account; a stranger has none."""

    OWNER = "owner"
    OPERATOR = "operator"
    VIEWER = "viewer"


MOST: Final[Mapping[Role, Harm]] = MappingProxyType(
    {Role.OWNER: Harm.GRAVE, Role.OPERATOR: Harm.RISKIER, Role.VIEWER: Harm.LOOK}
)
"""The worst that each role may do."""


class Access:
    """Knows people by their channel's stable id; strangers get a hint, at most one a minute each."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._roles: dict[str, Role] = {}
        self._hinted: dict[str, datetime] = {}

    async def admit_owner(self, person: str, at: datetime) -> None:
        """Make whoever sits at this machine the owner of its account."""
        if await self.role(person) is not Role.OWNER:
            await self._store.add_person(Person(id=person, role=Role.OWNER.value, since=at))
            self._roles[person] = Role.OWNER

    async def role(self, person: str) -> Role | None:
        """Who this is; None for a stranger. Asked of the store once a person."""
        if person not in self._roles:
            known = await self._store.person(person)
            if known is None:
                return None
            self._roles[person] = Role(known.role)
        return self._roles[person]

    def may_hint(self, person: str, at: datetime) -> bool:
        """Whether this stranger is due another hint how to be let in."""
        last = self._hinted.get(person)
        if last is not None and at - last < HINT_EVERY:
            return False
        self._hinted[person] = at
        return True


def may(role: Role, harm: Harm) -> bool:
    """Whether somebody of this role may do something of this class."""
    return harm <= MOST[role]
