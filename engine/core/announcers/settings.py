"""What the owner is told of changed settings: looser limits, values that went back by themselves, or could not."""

from typing import Any, Final

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.preferences import value_of, valued
from engine.core.refusals import Refusal
from engine.core.words import Priority

EXPLAINED: Final = frozenset({Refusal.AUTO_NEEDS_NO_BREAKER, Refusal.AUTO_NEEDS_HEALTH, Refusal.NO_PRICE_HERE,
                              Refusal.EMPTY_UNIVERSE, Refusal.NOT_HERE})  # fmt: skip
"""Reasons why a value may not come back that have their own advice."""


def preferences_changed(event: e.PreferencesChanged, moment: Moment) -> Told | None:
    """Looser limits, and whatever changed by itself, are news wherever the owner is; the rest was answered already."""
    if not event.loosened and not event.ended:
        return None
    facts = {"account": moment.new.kind.value, "rows": rows(event), "by": event.change.by}
    if event.ended:
        return Told("preference_changed", Priority.HIGH if event.loosened else Priority.MEDIUM, facts)
    return Told("limits_loosened", Priority.HIGH, facts)


def rows(event: e.PreferencesChanged) -> list[dict[str, Any]]:
    """Each field with its old and new value, and until when it has that where it goes back by itself."""
    ends = {term.path: term.until for term in event.terms}
    return [
        {"field": path, **difference(path, old, new), "until": ends.get(path)} for path, old, new in event.change.fields
    ]


def difference(path: str, old: Any, new: Any) -> dict[str, Any]:  # noqa: ANN401  # settings differ in type
    """From → to; of a list what joined and what left it."""
    if (
        isinstance(old, list | tuple)
        and isinstance(new, list | tuple)
        and all(isinstance(x, str) for x in (*old, *new))
    ):
        return {"added": sorted(set(new) - set(old)), "removed": sorted(set(old) - set(new))}
    return {"old": valued(path, old), "new": valued(path, new)}


def term_dropped(event: e.TermDropped, moment: Moment) -> Told:
    stays = value_of(moment.new.preferences, event.path)
    facts = {
        "account": moment.new.kind.value,
        "field": event.path,
        "back": valued(event.path, event.back),
        "stays": valued(event.path, stays),
        "kind": event.facts.get("kind"),
        "ticker": event.facts.get("ticker"),
        "until": event.facts.get("until"),
        "tickers": event.facts.get("tickers"),
    }
    key = f"term_dropped.{event.why}" if event.why in EXPLAINED else "term_dropped"
    return Told("preference_changed", Priority.HIGH, facts, key)
