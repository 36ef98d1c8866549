"""From → to, where a value held or is to hold for a time only: a term that comes or goes is part of the change."""

from datetime import datetime
from typing import Any

from engine.core.journal import plain
from engine.core.nouns import Term
from engine.core.preferences import valued
from engine.core.state import State
from skills.history import difference
from skills.skill import Say


def standing(state: State, path: str) -> Term | None:
    """The term under which a setting holds now; None where it holds for good."""
    return next((one for one in state.terms if one.path == path), None)


def moves(old: Any, new: Any, was: Term | None, until: datetime | None) -> bool:  # noqa: ANN401  # settings differ in type
    """Whether a setting gets another value, or holds it for another time."""
    return bool(plain(old) != plain(new)) or (was.until if was else None) != until


def from_to(path: str, values: tuple[Any, Any], was: Term | None, until: datetime | None) -> Say:
    """A setting's old and new value, and what becomes of the time for which the old one was to hold."""
    old, new = values
    said = difference(path, old, new)
    if was is None:
        return said
    ends = "" if until else "_gone"
    if said.key == "history.value":
        return Say(f"change.term{ends}", {"old": valued(path, old), "new": valued(path, new), "was": was.until})
    same = Say("change.same_list") if old == new else said
    return Say(f"change.list_term{ends}", {"said": same, "was": was.until})


def lasts(was: Term | None, until: datetime | None) -> dict[str, Any]:
    """The same of a level that is told in a sentence: until when it was to hold, and that it now holds for good."""
    return {"was": was.until if was else None, "lasts": Say("change.for_good") if was and until is None else None}
