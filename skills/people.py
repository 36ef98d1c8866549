"""Who may do how much with the account."""

from typing import Literal

from engine.core.commands import SetRole
from engine.core.words import Role
from engine.view import View
from skills.skill import Answer, Skill, SlotModel


class Part(SlotModel):
    """`set_role`: a person by name or by the channel's id; "none" makes a stranger of him."""

    person: str
    role: Literal["owner", "operator", "viewer", "none"]


def set_role(slots: Part, view: View) -> Answer:  # noqa: ARG001
    return SetRole(person=slots.person, role=None if slots.role == "none" else Role(slots.role))


SKILLS = (Skill("set_role", Part, set_role, "grave"),)
