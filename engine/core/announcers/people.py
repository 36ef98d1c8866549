"""What the owner is told of who may talk to the account."""

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.people import Person
from engine.core.words import Priority


def admitted(event: e.Admitted, moment: Moment) -> Told | None:
    """Whoever came by a code; the owner at the machine itself is no news to himself."""
    if event.code is None:
        return None
    person = event.person
    facts = {
        "account": moment.new.kind.value,
        **named(person),
        "role": person.role.value,
    }
    return Told("person_admitted", Priority.HIGH, facts)


def role_set(event: e.RoleSet, moment: Moment) -> Told:
    """`role` is None for somebody who was turned out."""
    person = event.person
    facts = {
        "account": moment.new.kind.value,
        **named(person),
        "role": event.role.value if event.role else None,
        "old": moment.old.people[person.id].role.value,
        "out": None if event.role else "out",
    }
    return Told("role_changed", Priority.HIGH, facts)


def named(person: Person) -> dict[str, str | None]:
    """Somebody by name and id; by the id alone (`nameless`) where he gave no name."""
    return {"person": person.name or None, "id": person.id, "nameless": None if person.name else person.id}
