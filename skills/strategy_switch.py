"""Which strategies are listened to."""

from engine.core.commands import SetStrategy
from engine.view import View
from skills.skill import Answer, Skill, SlotModel


class Switch(SlotModel):
    """`set_strategy`: a strategy by its name, followed or not."""

    strategy: str
    on: bool


def set_strategy(slots: Switch, view: View) -> Answer:  # noqa: ARG001  # every skill sees the account
    return SetStrategy(name=slots.strategy, on=slots.on)


SKILLS = (Skill("set_strategy", Switch, set_strategy, "by_direction"),)
