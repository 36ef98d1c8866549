"""What undo would put back, named before it does; and what is said where it does not reach."""

from typing import Any

from bot.readback import pausing
from engine.bus import Done
from engine.core import commands as c
from engine.core.nouns import Change
from engine.core.questions import open_questions
from engine.core.undo import PAUSE, undone
from engine.view import View
from skills.history import difference
from skills.skill import Say


def put_back_by_undo(outcome: Done) -> bool:
    """Whether a command changed anything that undo puts back."""
    return any(isinstance(getattr(event, "change", None), Change) for event in outcome.events)


def without_change(command: c.Command) -> str:
    """What a command was that usually is put back by undo, but changed nothing of that kind."""
    if isinstance(command, c.ChangePreferences):
        return "tier"
    return "resume" if isinstance(command, c.ResumeEntries) else "other"


def beyond_undo(final: str, view: View) -> Say:
    """Why the last thing cannot be put back, and the change before it, which a second undo puts back."""
    rows = last_change(view)
    return Say("undo.final", {"why": Say(f"undo.final.{final}"), "rows": rows}, ("undo",) if rows else ())


def nothing_waits(final: str | None, view: View) -> Say:
    """That nothing waits for the asker's word, and what can be undone of what was done last."""
    facts: dict[str, Any] = {"tickers": open_questions(view.state) or None}
    if final is not None:
        return Say("confirm.nothing_waits", {**facts, "why": Say(f"undo.final.{final}"), "rows": None})
    rows = last_change(view)
    return Say("confirm.nothing_waits", {**facts, "why": None, "rows": rows}, ("undo",) if rows else ())


def last_change(view: View) -> list[dict[str, Any]]:
    """All that the last message changed, from → to, as a setting's history has it; empty where there is nothing."""
    return [row(*field) for change in undone(view.state, None, None) for field in change.fields]


def row(path: str, old: Any, new: Any) -> dict[str, Any]:  # noqa: ANN401  # settings differ in type
    return pausing(old, new) if path == PAUSE else {"field": path, "said": difference(path, old, new)}
