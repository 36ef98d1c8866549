"""Changes of settings: when, by whom, from what to what."""

from typing import Any

from engine.core.nouns import Change
from engine.core.preferences import valued
from engine.core.undo import PAUSE
from engine.view import View
from skills.skill import Say, Skill, SlotModel

SHOWN = 10


class History(SlotModel):
    """`show_history`: the newest changes, or those of one setting."""

    count: int | None = None
    field: str | None = None


def show_history(slots: History, view: View) -> Say:
    found = [
        line(change, path, old, new, view)
        for change in reversed(view.history.changes)
        for path, old, new in change.fields
        if slots.field in (None, path) and path != PAUSE
    ]
    if not found:
        return Say("history.none", {"field": slots.field})
    shown = found[: slots.count or SHOWN]
    facts = {"account": view.state.kind.value, "count": len(shown), "more": len(found) - len(shown) or None}
    return Say("history", {**facts, "rows": shown}, ("undo",))


def line(change: Change, path: str, old: Any, new: Any, view: View) -> dict[str, Any]:  # noqa: ANN401
    return {
        "at": change.at,
        "field": path,
        "said": difference(path, old, new),
        "who": who(change, view),
        "how": None if change.how == "set" else Say(f"history.{change.how}"),
    }


def difference(path: str, old: Any, new: Any) -> Say:  # noqa: ANN401  # settings differ in type
    """From → to; of a list what joined and what left it."""
    if (
        isinstance(old, list | tuple)
        and isinstance(new, list | tuple)
        and all(isinstance(x, str) for x in (*old, *new))
    ):
        added, removed = sorted(set(new) - set(old)), sorted(set(old) - set(new))
        key = "history.both" if added and removed else "history.list"
        return Say(key, {"added": added or None, "removed": removed or None})
    return Say("history.value", {"old": valued(path, old), "new": valued(path, new)})


def who(change: Change, view: View) -> str:
    """The name of whoever asked for it; its channel's id where he gave none."""
    person = view.state.people.get(change.by)
    return person.name or change.by if person else change.by


SKILLS = (Skill("show_history", History, show_history, "look"),)
