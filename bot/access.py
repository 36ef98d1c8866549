"""The one gate: who may look, act, and do grave things. Every channel's every way in passes here."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from engine.bus import Bus
from engine.core import commands as c
from engine.core.words import Harm, Role

HINT_EVERY: Final = timedelta(minutes=1)

MOST: Final[Mapping[Role, Harm]] = MappingProxyType(
    {Role.OWNER: Harm.GRAVE, Role.OPERATOR: Harm.RISKIER, Role.VIEWER: Harm.LOOK}
)
"""The worst that each role may do."""


class Access:
    """Knows people by their channel's stable id; strangers get a hint, at most one a minute each."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._hinted: dict[str, datetime] = {}

    async def admit_owner(self, person: str) -> None:
        """Make whoever sits at this machine the owner of its account."""
        if self.role(person) is not Role.OWNER:
            await self._bus.do(c.Admit(person=person, by=person, channel="start"))

    def role(self, person: str) -> Role | None:
        """Who this is; None for a stranger."""
        known = self._bus.state.people.get(person)
        return known.role if known else None

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
