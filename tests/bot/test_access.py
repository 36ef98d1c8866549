from datetime import timedelta

import pytest

from bot.access import Access, barred, may
from engine.core import commands as c
from engine.core.refusals import Refusal, Refused
from engine.core.words import Harm, Role
from tests.journeys.house import Visit


async def test_whoever_sits_at_the_machine_is_the_owner_once(new: Visit) -> None:
    access = Access(new.house.engine.bus, new.house.engine.limiter)
    seq = new.state.seq
    assert access.role("terminal:local") is Role.OWNER
    await access.admit_owner("terminal:local")
    assert new.state.seq == seq


async def test_somebody_admitted_meanwhile_is_no_stranger(new: Visit) -> None:
    bus = new.house.engine.bus
    access = Access(bus, new.house.engine.limiter)
    assert access.role("p") is None
    lapses_at = new.house.engine.clock.wall() + timedelta(minutes=1)
    await bus.do(c.Invite(code="x", role=Role.OPERATOR, lapses_at=lapses_at))
    await bus.do(c.Admit(person="p", code="x"))
    assert access.role("p") is Role.OPERATOR


def test_whoever_may_not_is_told_as_what() -> None:
    assert barred(Role.OPERATOR, Harm.GRAVE) == Refused(Refusal.NOT_ALLOWED, {"role": "operator"})
    assert barred(Role.OPERATOR, Harm.RISKIER) is None


@pytest.mark.parametrize(
    ("role", "worst"), [(Role.OWNER, Harm.GRAVE), (Role.OPERATOR, Harm.RISKIER), (Role.VIEWER, Harm.LOOK)]
)
def test_the_worst_that_each_may_do(role: Role, worst: Harm) -> None:
    assert [harm for harm in Harm if may(role, harm)] == [harm for harm in Harm if harm <= worst]
