"""Setting limits, risk tolerance and autonomy, and putting settings back."""

from typing import Any

from engine.core.commands import ChangePreferences, UndoChanges
from engine.core.words import Autonomy, Tier
from engine.view import View
from skills.skill import Answer, Skill, SlotModel


class Tolerance(SlotModel):
    """`set_risk_tolerance`."""

    tier: Tier


class Level(SlotModel):
    """`set_autonomy`."""

    level: Autonomy


class Setting(SlotModel):
    """`set_preference`: a field by its path, its value in the field's own unit; None takes the owner's value away."""

    field: str
    value: Any
    unit: str | None = None


class Undo(SlotModel):
    """`undo`: the last change, the last few, or the last one of a field."""

    count: int = 1
    field: str | None = None


def set_risk_tolerance(slots: Tolerance, view: View) -> Answer:  # noqa: ARG001
    return ChangePreferences(patch={"trading.risk_tolerance": slots.tier})


def set_autonomy(slots: Level, view: View) -> Answer:  # noqa: ARG001
    return ChangePreferences(patch={"trading.autonomy": slots.level})


def set_preference(slots: Setting, view: View) -> Answer:  # noqa: ARG001
    return ChangePreferences(patch={slots.field: slots.value})


def undo(slots: Undo, view: View) -> Answer:  # noqa: ARG001
    return UndoChanges(count=slots.count, field=slots.field)


SKILLS = (
    Skill("set_risk_tolerance", Tolerance, set_risk_tolerance, "by_direction"),
    Skill("set_autonomy", Level, set_autonomy, "by_direction"),
    Skill("set_preference", Setting, set_preference, "by_direction"),
    Skill("undo", Undo, undo, "by_direction"),
)
