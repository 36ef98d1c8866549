"""What letting people in and giving them roles makes of the state."""

from dataclasses import replace

from engine.core import events as e
from engine.core.state import State


def invited(state: State, event: e.Invited) -> State:
    left = tuple(one for one in state.invitations if one.code not in event.lapsed)
    return replace(state, invitations=(*left, event.invitation))


def admitted(state: State, event: e.Admitted) -> State:
    left = tuple(one for one in state.invitations if one.code != event.code)
    return replace(state, people={**state.people, event.person.id: event.person}, invitations=left)


def role_set(state: State, event: e.RoleSet) -> State:
    others = {key: person for key, person in state.people.items() if key != event.person.id}
    return replace(state, people=others if event.role is None else {**state.people, event.person.id: event.person})
