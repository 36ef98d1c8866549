"""Judging who may talk to an account: invitations, admissions, roles."""

from dataclasses import replace

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.ground import Ground, Verdict
from engine.core.nouns import Invitation, Person
from engine.core.refusals import Refusal, Refused
from engine.core.words import Role


def invite(command: c.Invite, ground: Ground) -> Verdict:
    """A code is given out once; lapsed ones leave with the next that is given out."""
    if command.lapses_at <= ground.scene.wall:
        return Refused(Refusal.UNTIL_PASSED, {"until": command.lapses_at.isoformat()})
    return (e.Invited(invitation=Invitation(code=command.code, role=command.role, lapses_at=command.lapses_at)),)


def admit(command: c.Admit, ground: Ground) -> Verdict:
    """By an open invitation, which is then used up; without one only where nobody owns the account yet, or again."""
    if command.code is None:
        return owner_admitted(command, ground)
    found = next((one for one in ground.state.invitations if one.code == command.code), None)
    if found is None or found.lapses_at <= ground.scene.wall:
        return Refused(Refusal.BAD_CODE)
    known = ground.state.people.get(command.person)
    if known is not None and known.role is Role.OWNER and found.role is not Role.OWNER and alone(ground, known):
        return Refused(Refusal.LAST_OWNER, {"person": known.name or known.id})
    person = Person(id=command.person, role=found.role, since=ground.scene.wall, name=command.name)
    return (e.Admitted(person=person, code=found.code),)


def owner_admitted(command: c.Admit, ground: Ground) -> Verdict:
    known = ground.state.people.get(command.person)
    if known is not None and known.role is Role.OWNER:
        return Refused(Refusal.ALREADY_DONE)
    person = Person(id=command.person, role=Role.OWNER, since=ground.scene.wall, name=command.name)
    return (e.Admitted(person=person, code=None),)


def set_role(command: c.SetRole, ground: Ground) -> Verdict:
    """Somebody who is known gets another role, or none; an account always keeps an owner."""
    wanted = command.person.casefold()
    people = [one for one in ground.state.people.values() if wanted in (one.id.casefold(), one.name.casefold())]
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


def alone(ground: Ground, owner: Person) -> bool:
    """Whether nobody else owns the account."""
    return not any(one.role is Role.OWNER and one.id != owner.id for one in ground.state.people.values())
