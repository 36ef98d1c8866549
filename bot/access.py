"""The one gate: who may look, act, and do grave things. Every channel's every way in passes here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.message import Message
from bot.pairing import ALONE, Doorstep, code_in, display_name, hashed
from engine.bus import Bus, Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.refusals import Refusal, Refused
from engine.core.words import Harm, Role
from engine.ports import Limiter
from skills.skill import Say

MOST: Final[Mapping[Role, Harm]] = MappingProxyType(
    {Role.OWNER: Harm.GRAVE, Role.OPERATOR: Harm.RISKIER, Role.VIEWER: Harm.LOOK}
)
"""The worst that each role may do."""


class Access:
    """Knows people by their channel's stable id, and lets in whoever has a code."""

    def __init__(self, bus: Bus, limiter: Limiter) -> None:
        self._bus = bus
        self._doorstep = Doorstep(limiter)

    async def admit_owner(self, person: str) -> None:
        """Make whoever sits at this machine the owner of its account."""
        if self.role(person) is not Role.OWNER:
            await self._bus.do(c.Admit(person=person, by=person, channel="start"))

    def role(self, person: str) -> Role | None:
        """Who this is; None for a stranger."""
        known = self._bus.state.people.get(person)
        return known.role if known else None

    def code_said(self, message: Message) -> str | None:
        """The pairing code in a message; from somebody who is known it may be a word, unless it was given out."""
        code = code_in(message.text, stranger=self.role(message.person) is None)
        if code is None or self.role(message.person) is None or ALONE.fullmatch(message.text):
            return code
        return code if any(one.code == hashed(code) for one in self._bus.state.invitations) else None

    async def pair(self, message: Message, code: str) -> Say | Refused | None:
        """Let the sender in by this code; None where he tried too often and has been told so."""
        person = message.person
        if not await self._doorstep.may_try(person):
            return Say("access.too_many_tries") if await self._doorstep.may_hint(person) else None
        command = c.Admit(
            person=person, name=display_name(message.name), code=hashed(code), by=person, channel=message.channel
        )
        outcome = await self._bus.do(command)
        if isinstance(outcome, Done):
            return welcomed(outcome)
        return outcome

    async def hint(self, message: Message) -> Say | None:
        """How a stranger may be let in, once a minute; None in between."""
        return Say("access.stranger") if await self._doorstep.may_hint(message.person) else None


def welcomed(outcome: Done) -> Say:
    role = next(event.person.role for event in outcome.events if isinstance(event, e.Admitted))
    return Say(f"access.admitted.{role.value}", {}, ("help",))


def may(role: Role, harm: Harm) -> bool:
    """Whether somebody of this role may do something of this class."""
    return harm <= MOST[role]


def barred(role: Role, harm: Harm) -> Refused | None:
    """The refusal for somebody whose role does not reach so far; None where it does."""
    return None if may(role, harm) else Refused(Refusal.NOT_ALLOWED, {"role": role.value})
