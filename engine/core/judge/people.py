"""Judging who may talk to an account: invitations, admissions, roles."""

from dataclasses import replace
from typing import Final

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.ground import Ground, Verdict
from engine.core.people import Invitation, Person
from engine.core.refusals import Refusal, Refused
from engine.core.words import Role

MOST_OPEN: Final = 20
"""Codes that may be open at once."""

HIGHEST_FIRST: Final = tuple(Role)


def invite(command: c.Invite, ground: Ground) -> Verdict:
    """A code is given out once; lapsed ones leave with the next that is given out."""
    now = ground.scene.wall
    if command.lapses_at <= now:
        return Refused(Refusal.UNTIL_PASSED, {"until": command.lapses_at.isoformat()})
    if any(one.code == command.code for one in ground.state.invitations):
        return Refused(Refusal.ALREADY_DONE)
    lapsed = tuple(one.code for one in ground.state.invitations if one.lapses_at <= now)
    if len(ground.state.invitations) - len(lapsed) >= MOST_OPEN:
        return Refused(Refusal.TOO_MANY_CODES, {"limit": MOST_OPEN})
    invitation = Invitation(code=command.code, role=command.role, lapses_at=command.lapses_at)
    return (e.Invited(invitation=invitation, lapsed=lapsed),)


def admit(command: c.Admit, ground: Ground) -> Verdict:
    """By an open invitation, which is then used up; whoever is known already keeps the higher of both roles.

    Without a code it is whoever sits at the account's own machine: he owns it, whatever he was made before.
    """
    if command.code is None:
        return owner_admitted(command, ground)
    found = next((one for one in ground.state.invitations if one.code == command.code), None)
    if found is None or found.lapses_at <= ground.scene.wall:
        return Refused(Refusal.BAD_CODE)
    known = ground.state.people.get(command.person)
    role = found.role if known is None else min(known.role, found.role, key=HIGHEST_FIRST.index)
    return (e.Admitted(person=person_of(command, ground, role), code=found.code),)


def owner_admitted(command: c.Admit, ground: Ground) -> Verdict:
    known = ground.state.people.get(command.person)
    if known is not None and known.role is Role.OWNER:
        return Refused(Refusal.ALREADY_DONE)
    return (e.Admitted(person=person_of(command, ground, Role.OWNER), code=None),)


def person_of(command: c.Admit, ground: Ground, role: Role) -> Person:
    """The person as he will be known; one who is known already stays so since when he was, and by his name."""
    known = ground.state.people.get(command.person)
    if known is None:
        return Person(id=command.person, role=role, since=ground.scene.wall, name=command.name)
    return replace(known, role=role, name=command.name or known.name)


def set_role(command: c.SetRole, ground: Ground) -> Verdict:
    """Somebody who is known gets another role, or none; an account always keeps an owner."""
    people = called(command.person, ground)
    if not people:
        return Refused(Refusal.NO_SUCH_PERSON, {"person": command.person})
    if len(people) > 1:
        return Refused(Refusal.WHICH_PERSON, {"person": command.person, "ids": [one.id for one in people]})
    person = people[0]
    if person.role is command.role:
        return Refused(Refusal.ALREADY_DONE, {"person": person.name or person.id})
    if person.role is Role.OWNER and alone(ground, person):
        return Refused(Refusal.LAST_OWNER, {"person": person.name or person.id})
    changed = person if command.role is None else replace(person, role=command.role)
    return (e.RoleSet(person=changed, role=command.role),)


def called(wanted: str, ground: Ground) -> list[Person]:
    """Who is meant: the one of this id, or else everybody of this name."""
    people = list(ground.state.people.values())
    by_id = [one for one in people if one.id.casefold() == wanted.casefold()]
    return by_id or [one for one in people if one.name.casefold() == wanted.casefold()]


def alone(ground: Ground, owner: Person) -> bool:
    """Whether nobody else owns the account."""
    return not any(one.role is Role.OWNER and one.id != owner.id for one in ground.state.people.values())
