"""Who may talk to an account: codes that count once, roles, and an owner that there always is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.apply import applied
from engine.core.judge import Ground, judge
from engine.core.judge.people import MOST_OPEN
from engine.core.people import Invitation, Person
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refusal, Refused
from engine.core.state import State
from engine.core.words import Priority, Role
from tests.builders import NOON, a_state
from tests.engine.scenes import a_scene

OWNER = Person(id="terminal:local", role=Role.OWNER, since=NOON)
ANNA = Person(id="chat:42", role=Role.VIEWER, since=NOON, name="Anna")
LATER = NOON + timedelta(minutes=10)
SECOND = timedelta(seconds=1)


def known(*people: Person, **changes: Any) -> State:
    return a_state(people={one.id: one for one in people}, **changes)


def after(state: State, command: c.Command, wait: timedelta = timedelta(0)) -> State | Refused:
    verdict = judge(command, Ground(state, replace(a_scene(), wall=NOON + wait), DEFAULT_POLICY))
    return verdict if isinstance(verdict, Refused) else applied(state, verdict)


def done(state: State, command: c.Command, wait: timedelta = timedelta(0)) -> State:
    found = after(state, command, wait)
    assert isinstance(found, State)
    return found


def invited(role: Role = Role.VIEWER, state: State | None = None) -> State:
    return done(state or known(OWNER), c.Invite(code="ab", role=role, lapses_at=LATER))


def test_a_code_lets_one_person_in_once() -> None:
    state = done(invited(Role.OPERATOR), c.Admit(person="chat:7", name="Sam", code="ab"))
    assert state.people["chat:7"] == Person(id="chat:7", role=Role.OPERATOR, since=NOON, name="Sam")
    assert state.invitations == ()
    assert after(state, c.Admit(person="chat:8", code="ab")) == Refused(Refusal.BAD_CODE)


@pytest.mark.parametrize(("wait", "counts"), [(timedelta(minutes=10) - SECOND, True), (timedelta(minutes=10), False)])
def test_a_code_counts_for_its_time(wait: timedelta, counts: bool) -> None:  # noqa: FBT001  # what is expected
    answer = after(invited(), c.Admit(person="chat:7", code="ab"), wait)
    assert answer == Refused(Refusal.BAD_CODE) if not counts else isinstance(answer, State)


def test_a_code_that_was_never_given_out() -> None:
    assert after(invited(), c.Admit(person="chat:7", code="cd")) == Refused(Refusal.BAD_CODE)


def test_lapsed_codes_leave_with_the_next() -> None:
    state = invited()
    state = done(state, c.Invite(code="cd", role=Role.OWNER, lapses_at=LATER + SECOND), timedelta(minutes=10))
    assert [one.code for one in state.invitations] == ["cd"]


def test_a_code_is_given_out_once_and_for_a_time_to_come() -> None:
    state = invited()
    assert after(state, c.Invite(code="ab", role=Role.OWNER, lapses_at=LATER)) == Refused(Refusal.ALREADY_DONE)
    assert after(state, c.Invite(code="cd", role=Role.OWNER, lapses_at=NOON)) == Refused(
        Refusal.UNTIL_PASSED, {"until": "2026-11-20T17:00:00+00:00"}
    )


def test_only_so_many_codes_are_open_at_once() -> None:
    codes = tuple(Invitation(code=str(n), role=Role.VIEWER, lapses_at=LATER) for n in range(MOST_OPEN))
    state = known(OWNER, invitations=codes)
    more = c.Invite(code="ab", role=Role.VIEWER, lapses_at=LATER + SECOND)
    assert after(state, more) == Refused(Refusal.TOO_MANY_CODES, {"limit": 20})
    assert len(done(state, more, timedelta(minutes=10)).invitations) == 1


@pytest.mark.parametrize("known_as", Role)
@pytest.mark.parametrize("brings", Role)
def test_whoever_is_known_keeps_the_higher_role(known_as: Role, brings: Role) -> None:
    state = invited(brings, known(OWNER, replace(ANNA, role=known_as)))
    admitted = done(state, c.Admit(person="chat:42", code="ab"), SECOND).people["chat:42"]
    order = [Role.VIEWER, Role.OPERATOR, Role.OWNER]
    assert order.index(admitted.role) == max(order.index(known_as), order.index(brings))
    assert (admitted.name, admitted.since) == ("Anna", NOON)


def test_whoever_sits_at_the_machine_is_owner_again() -> None:
    state = done(known(replace(OWNER, role=Role.VIEWER), ANNA), c.Admit(person="terminal:local"))
    assert state.people["terminal:local"].role is Role.OWNER
    assert after(state, c.Admit(person="terminal:local")) == Refused(Refusal.ALREADY_DONE)


@pytest.mark.parametrize("called", ["chat:42", "Anna", "ANNA"])
def test_a_role_is_given_by_id_or_name(called: str) -> None:
    state = known(OWNER, ANNA)
    assert done(state, c.SetRole(person=called, role=Role.OPERATOR)).people["chat:42"].role is Role.OPERATOR
    assert "chat:42" not in done(state, c.SetRole(person=called, role=None)).people


def test_an_id_counts_before_a_name() -> None:
    """Somebody who calls himself by another's id is not taken for him."""
    state = known(OWNER, ANNA, Person(id="chat:66", role=Role.VIEWER, since=NOON, name="chat:42"))
    changed = done(state, c.SetRole(person="chat:42", role=Role.OPERATOR))
    assert changed.people["chat:42"].role is Role.OPERATOR
    assert changed.people["chat:66"].role is Role.VIEWER


def test_roles_that_cannot_be_given() -> None:
    state = known(OWNER, ANNA, replace(ANNA, id="chat:43"))
    assert after(state, c.SetRole(person="Bob", role=None)) == Refused(Refusal.NO_SUCH_PERSON, {"person": "Bob"})
    assert after(state, c.SetRole(person="anna", role=None)) == Refused(
        Refusal.WHICH_PERSON, {"person": "anna", "ids": ["chat:42", "chat:43"]}
    )
    assert after(state, c.SetRole(person="chat:42", role=Role.VIEWER)) == Refused(
        Refusal.ALREADY_DONE, {"person": "Anna"}
    )
    for role in (Role.VIEWER, Role.OPERATOR, None):
        assert after(state, c.SetRole(person="terminal:local", role=role)) == Refused(
            Refusal.LAST_OWNER, {"person": "terminal:local"}
        )


ids = st.sampled_from(["a", "b", "c"])
roles = st.sampled_from(Role)
codes = st.sampled_from(["x", "y"])
acts = st.one_of(
    st.builds(c.Invite, code=codes, role=roles, lapses_at=st.just(LATER)),
    st.builds(c.Admit, person=ids, code=codes, name=st.sampled_from(["", "a", "Anna"])),
    st.builds(c.SetRole, person=ids, role=st.none() | roles),
)


@given(st.lists(acts, max_size=30))
def test_an_account_always_has_an_owner_and_codes_only_raise(commands: list[c.Command]) -> None:
    state = known(replace(OWNER, id="a"))
    for command in commands:
        found = after(state, command)
        if isinstance(found, Refused):
            continue
        assert any(one.role is Role.OWNER for one in found.people.values())
        if isinstance(command, c.Admit):
            before, now = state.people.get(command.person), found.people[command.person]
            assert len(found.invitations) == len(state.invitations) - 1
            assert before is None or list(Role).index(now.role) <= list(Role).index(before.role)
        state = found


def test_what_the_owner_is_told() -> None:
    state = invited(Role.OPERATOR, known(OWNER, ANNA))
    admitted = e.Admitted(person=Person(id="chat:7", role=Role.OPERATOR, since=NOON), code="ab")
    out = e.RoleSet(person=ANNA, role=None)
    (told, gone) = announced((admitted, out), Moment(state, state, a_scene()))
    assert (told.event_type, told.key, told.priority) == ("person_admitted", "push.person_admitted", Priority.HIGH)
    assert told.facts == {
        "account": "paper", "person": None, "nameless": "chat:7", "id": "chat:7", "role": "operator"
    }  # fmt: skip
    assert (gone.event_type, gone.key, gone.priority) == ("role_changed", "push.role_changed", Priority.HIGH)
    assert gone.facts == {
        "account": "paper", "person": "Anna", "nameless": None, "id": "chat:42", "role": None, "old": "viewer",
        "out": "out",
    }  # fmt: skip
    start = e.Admitted(person=OWNER, code=None)
    assert announced((start,), Moment(state, state, a_scene())) == ()
