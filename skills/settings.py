"""Setting limits, risk tolerance, autonomy and switches, for good or until a certain time."""

from datetime import datetime
from typing import Any

from engine.core.commands import ChangePreferences
from engine.core.preferences import BadValue, allowed, patched, value_of
from engine.core.words import Autonomy, Tier
from engine.view import View
from skills.skill import Answer, Say, Skill, SlotModel


class Tolerance(SlotModel):
    """`set_risk_tolerance`."""

    tier: Tier
    until: datetime | None = None


class Level(SlotModel):
    """`set_autonomy`."""

    level: Autonomy
    until: datetime | None = None


class Setting(SlotModel):
    """`set_preference`: a field by its path, its value in the field's own unit; None takes the owner's value away."""

    field: str
    value: Any
    unit: str | None = None
    until: datetime | None = None


class Switch(SlotModel):
    """`toggle_preference`: a switch by its path; of a value that may be none, off takes the owner's away."""

    field: str
    on: bool
    until: datetime | None = None


def set_risk_tolerance(slots: Tolerance, view: View) -> Answer:  # noqa: ARG001
    return ChangePreferences(patch={"trading.risk_tolerance": slots.tier}, until=slots.until)


def set_autonomy(slots: Level, view: View) -> Answer:  # noqa: ARG001
    return ChangePreferences(patch={"trading.autonomy": slots.level}, until=slots.until)


def set_preference(slots: Setting, view: View) -> Answer:  # noqa: ARG001
    return ChangePreferences(patch={slots.field: slots.value}, until=slots.until)


def toggle_preference(slots: Switch, view: View) -> Answer:
    if isinstance(value_of(view.state.preferences, slots.field), bool):
        return ChangePreferences(patch={slots.field: slots.on}, until=slots.until)
    if not slots.on and may_be_none(slots.field, view):
        return ChangePreferences(patch={slots.field: None}, until=slots.until)
    return Say("toggle.no_switch", {"field": slots.field, "allowed": allowed(slots.field)})


def may_be_none(field: str, view: View) -> bool:
    try:
        patched(view.state.preferences, {field: None})
    except BadValue:
        return False
    return True


SKILLS = (
    Skill("set_risk_tolerance", Tolerance, set_risk_tolerance, "by_direction"),
    Skill("set_autonomy", Level, set_autonomy, "by_direction"),
    Skill("set_preference", Setting, set_preference, "by_direction"),
    Skill("toggle_preference", Switch, toggle_preference, "by_direction"),
)
