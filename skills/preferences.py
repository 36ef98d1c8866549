"""What the owner has set: all that differs from the defaults, or one category whole."""

from typing import Any, Literal

from engine.core.abilities import NEEDS, lacking
from engine.core.journal import plain
from engine.core.preferences import FIELDS, FieldWords, value_of, valued
from engine.view import View
from skills.skill import Say, Skill, SlotModel

FIRST = ("trading.autonomy", "trading.risk_tolerance")
"""Shown whatever they are."""


class Category(SlotModel):
    """`show_preferences`: everything that was changed, or all fields of a category."""

    category: Literal["trading", "risk", "notifications", "strategy", "market_data", "performance"] | None = None


def show_preferences(slots: Category, view: View) -> Say:
    if slots.category is None:
        return everything(view)
    fields = [field for field in FIELDS.values() if field.path.startswith(f"{slots.category}.")]
    rows = [row(field, view) for field in fields]
    return Say("preferences.category", {**around(view), "category": slots.category, "rows": rows}, ("limits",))


def everything(view: View) -> Say:
    """The two settings that matter most, and all that are not as they were at first."""
    preferences = view.state.preferences
    own = [one for one in FIELDS.values() if one.path in FIRST or value_of(preferences, one.path) != one.default]
    rows = [row(field, view) for field in own]
    return Say("preferences", {**around(view), "rows": rows, "others": len(FIELDS) - len(rows)}, ("limits",))


def around(view: View) -> dict[str, Any]:
    return {"account": view.state.kind.value, "version": view.state.version}


def row(field: FieldWords, view: View) -> dict[str, Any]:
    """One setting: its value, until when it holds, and whether anything here honours it."""
    value = value_of(view.state.preferences, field.path)
    term = next((one for one in view.state.terms if one.path == field.path), None)
    return {
        "field": field.path,
        "value": valued(field.path, plain(value)),
        "until": term.until if term else None,
        "back": valued(field.path, term.back) if term else None,
        "own": None if value == field.default else "set by you",
        "needs": missing(field, view),
    }


def missing(field: FieldWords, view: View) -> Say | None:
    """Why no other value can be had here; None for a setting that can be changed."""
    if field.path not in NEEDS or not isinstance(field.default, bool):
        return None
    ability = lacking(field.path, not field.default, view.scene.abilities)
    return Say("preferences.not_here") if ability else None


SKILLS = (Skill("show_preferences", Category, show_preferences, "look"),)
