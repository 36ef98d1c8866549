from datetime import timedelta

import pytest

from bot.access import Access, Role, may
from engine.adapters.memory_store import MemoryStore
from engine.core.words import Harm
from engine.ports import Person
from tests.builders import NOON


async def test_whoever_sits_at_the_machine_becomes_the_owner_once() -> None:
    store = MemoryStore()
    access = Access(store)
    assert await access.role("terminal:local") is None
    await access.admit_owner("terminal:local", NOON)
    await access.admit_owner("terminal:local", NOON + timedelta(days=1))
    assert await access.role("terminal:local") is Role.OWNER
    assert await store.person("terminal:local") == Person(id="terminal:local", role="owner", since=NOON)
    assert await Access(store).role("terminal:local") is Role.OWNER


async def test_a_lower_role_is_made_the_owner() -> None:
    store = MemoryStore()
    await store.add_person(Person(id="p", role="viewer", since=NOON))
    access = Access(store)
    assert await access.role("p") is Role.VIEWER
    await access.admit_owner("p", NOON)
    assert await access.role("p") is Role.OWNER


async def test_somebody_admitted_meanwhile_is_no_stranger() -> None:
    store = MemoryStore()
    access = Access(store)
    assert await access.role("p") is None
    await store.add_person(Person(id="p", role="operator", since=NOON))
    assert await access.role("p") is Role.OPERATOR


def test_a_hint_a_minute_for_each() -> None:
    access = Access(MemoryStore())
    assert access.may_hint("a", NOON)
    assert not access.may_hint("a", NOON + timedelta(seconds=59))
    assert access.may_hint("b", NOON + timedelta(seconds=59))
    assert access.may_hint("a", NOON + timedelta(seconds=60))
    assert not access.may_hint("a", NOON + timedelta(seconds=119))


@pytest.mark.parametrize(
    ("role", "worst"), [(Role.OWNER, Harm.GRAVE), (Role.OPERATOR, Harm.RISKIER), (Role.VIEWER, Harm.LOOK)]
)
def test_the_worst_that_each_may_do(role: Role, worst: Harm) -> None:
    assert [harm for harm in Harm if may(role, harm)] == [harm for harm in Harm if harm <= worst]
