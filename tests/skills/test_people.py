from engine.core import commands as c
from engine.core.words import Role
from skills.people import Part, set_role
from tests.skills.views import a_view


def test_a_role_is_given_and_taken() -> None:
    assert set_role(Part(person="Anna", role="viewer"), a_view()) == c.SetRole(person="Anna", role=Role.VIEWER)
    assert set_role(Part(person="Anna", role="none"), a_view()) == c.SetRole(person="Anna", role=None)
