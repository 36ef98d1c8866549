"""Changes of settings: when, by whom, from what to what."""

from datetime import datetime
from typing import Any, Final

from engine.core.nouns import Change
from engine.core.preferences import valued
from engine.core.undo import PAUSE
from engine.view import View
from skills.rules import MUTED, RULES, changes_said
from skills.skill import Say, Skill, SlotModel

SHOWN: Final = 10
ENGINE: Final = "engine"


class History(SlotModel):
    """`show_history`: the newest changes, or those of one setting."""

    count: int | None = None
    field: str | None = None


def show_history(slots: History, view: View) -> Say:
    ends = terms_of(view)
    found = [
        {**line(change, path, old, new, view), "until": ends.get((change.seq, path))}
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
    if path in (MUTED, RULES):
        return changes_said(path, old, new)
    if (
        isinstance(old, list | tuple)
        and isinstance(new, list | tuple)
        and all(isinstance(x, str) for x in (*old, *new))
    ):
        added, removed = sorted(set(new) - set(old)), sorted(set(old) - set(new))
        key = "history.both" if added and removed else "history.list"
        return Say(key, {"added": added or None, "removed": removed or None})
    return Say("history.value", {"old": valued(path, old), "new": valued(path, new)})


def terms_of(view: View) -> dict[tuple[int, str], datetime]:
    """Until when a setting was to hold, by the change that set it so; also of terms that are over."""
    over = (term for change in view.history.changes for term in change.before)
    return {(term.seq, term.path): term.until for term in (*over, *view.state.terms)}


def who(change: Change, view: View) -> Say:
    """Whoever asked for it: the one who asks now, a name, a place, or the engine by itself."""
    if change.by == view.asker:
        return Say("who.you")
    if change.by == ENGINE:
        return Say("who.engine")
    person = view.state.people.get(change.by)
    if person is not None and person.name:
        return Say("who.named", {"name": person.name})
    place, colon, _ = change.by.partition(":")
    return Say("who.nameless", {"place": place}) if colon else Say("who.unknown")


SKILLS = (Skill("show_history", History, show_history, "look"),)
