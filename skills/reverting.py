"""Putting settings back: the last change, as they were at an earlier time, or as they were at first."""

from datetime import datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from engine.core import undo as past
from engine.core.commands import ChangePreferences, UndoChanges
from engine.core.preferences import FIELDS, value_of
from engine.view import View
from skills.skill import Answer, Say, Skill, SlotModel


class Undo(SlotModel):
    """`undo`: all that the last message changed, the last few changes, those of a field, or all since an instant."""

    count: int | None = None
    field: str | None = None
    as_of: datetime | None = None


class Category(SlotModel):
    """`reset_preferences`: one category, or all of them."""

    category: Literal["trading", "risk", "notifications", "strategy", "market_data", "performance"] | None = None


def undo(slots: Undo, view: View) -> Answer:
    if slots.as_of is None:
        return UndoChanges(count=slots.count, field=slots.field)
    earlier = past.as_of(view.history.changes, slots.as_of, view.state.preferences)
    patch = {path: value for path, value in earlier.items() if slots.field in (None, path)}
    return ChangePreferences(patch=patch) if patch else as_it_was(slots.as_of, view)


def as_it_was(since: datetime, view: View) -> Say:
    """That nothing differs; a midnight of the owner's is the end of the day before it."""
    own = since.astimezone(ZoneInfo(view.state.preferences.notifications.timezone))
    if own.time() == time():
        return Say("undo.as_it_was_day", {"day": own.date() - timedelta(days=1)})
    return Say("undo.as_it_was", {"since": since})


def reset_preferences(slots: Category, view: View) -> Answer:
    patch = different(slots.category, view)
    return ChangePreferences(patch=patch) if patch else Say("reset.nothing", {"category": slots.category})


def different(category: str | None, view: View) -> dict[str, Any]:
    """The defaults of all fields that are not at theirs."""
    return {
        path: field.default
        for path, field in FIELDS.items()
        if category in (None, path.partition(".")[0]) and value_of(view.state.preferences, path) != field.default
    }


SKILLS = (
    Skill("undo", Undo, undo, "by_direction"),
    Skill("reset_preferences", Category, reset_preferences, "by_direction"),
)
