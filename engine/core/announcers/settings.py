"""What the owner is told of changed settings: looser limits, values that went back by themselves, or could not."""

from typing import Any, Final

from engine.core import events as e
from engine.core.announcement import Moment, Told
from engine.core.harm import LOOSER, stays_longer
from engine.core.news import ALL
from engine.core.nouns import Term
from engine.core.preferences import value_of, valued
from engine.core.refusals import Refusal
from engine.core.routing import MUTED
from engine.core.words import Priority

EXPLAINED: Final = frozenset({Refusal.AUTO_NEEDS_NO_BREAKER, Refusal.AUTO_NEEDS_HEALTH, Refusal.NO_PRICE_HERE,
                              Refusal.EMPTY_UNIVERSE, Refusal.NOT_HERE})  # fmt: skip
"""Reasons why a value may not come back that have their own advice."""


def preferences_changed(event: e.PreferencesChanged, moment: Moment) -> Told | None:
    """Looser limits, and whatever changed by itself, are news wherever the owner is; the rest was answered already.

    Of a change that loosens limits the fields are told that do.
    """
    facts = {"account": moment.new.kind.value, "by": event.change.by}
    if event.ended and event.change.fields[0][0] == MUTED:
        return Told("preference_changed", Priority.MEDIUM, facts | mutes_ended(event), "mute_over")
    if event.ended:
        back = {**facts, "rows": [row(event, path) for path, _, _ in event.change.fields]}
        return Told("preference_changed", Priority.HIGH if event.loosened else Priority.MEDIUM, back)
    looser = [row(event, path) for path, _, _ in event.change.fields if looser_or_longer(event, path)]
    return Told("limits_loosened", Priority.HIGH, {**facts, "rows": looser}) if looser else None


def mutes_ended(event: e.PreferencesChanged) -> dict[str, Any]:
    """What is told again (`all`: everything, else None), and what is muted still."""
    old, new = values(event, MUTED)
    gone, left = [one["event"] for one in old if one not in new], [one["event"] for one in new]
    everything = "everything"
    return {
        "events": [one for one in gone if one != ALL] or None,
        "all": everything if ALL in gone else None,
        "left": [everything if one == ALL else one for one in left] or None,
    }


def looser_or_longer(event: e.PreferencesChanged, path: str) -> bool:
    """Whether a field allows more now, or what it allows for longer than was agreed."""
    old, new = values(event, path)
    was, now = terms(event, path)
    if event.loosened and path in LOOSER and LOOSER[path](old, new):
        return True
    return stays_longer(new, was, now.until if now else None)


def values(event: e.PreferencesChanged, path: str) -> tuple[Any, Any]:
    return next((old, new) for field, old, new in event.change.fields if field == path)


def terms(event: e.PreferencesChanged, path: str) -> tuple[Term | None, Term | None]:
    """The term under which a field stood, and the one under which it stands now."""
    was, now = (next((one for one in of if one.path == path), None) for of in (event.change.before, event.terms))
    return was, now


def row(event: e.PreferencesChanged, path: str) -> dict[str, Any]:
    """A field with its old and new value, until when it was to have the old one, and until when it has the new."""
    (old, new), (was, now) = values(event, path), terms(event, path)
    until = {"until": now.until if now else None, "was": was.until if was and not event.ended else None}
    if old == new:
        return {"field": path, "stays": valued(path, new), **until}
    return {"field": path, **difference(path, old, new), **until}


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
