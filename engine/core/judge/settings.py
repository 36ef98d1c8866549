"""Judging what an owner sets, and what he takes back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from engine.core import commands as c
from engine.core import events as e
from engine.core.appliers.settings import TOLERANCE
from engine.core.apply import applied
from engine.core.harm import holding_now, loosens_in_force
from engine.core.journal import plain
from engine.core.judge.change import Fields, change_of
from engine.core.judge.consequences import consequences
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.news import stale
from engine.core.judge.objections import objection, tolerance, too_many
from engine.core.judge.withdraw import withdrawn_entries
from engine.core.nouns import Term
from engine.core.preferences import BadValue, Preferences, patched, value_of
from engine.core.refusals import Refusal, Refused
from engine.core.state import State
from engine.core.tiering import tier_change
from engine.core.undo import PAUSE, pause_from, pause_word, terms_put_back, undoing
from engine.core.words import Skip, TierSource


class Wish(NamedTuple):
    """What a command would make of the settings: new values, how long they are to hold, and what that puts back."""

    command: c.Command
    new: Preferences
    paths: tuple[str, ...]
    terms: tuple[Term, ...] = ()
    undoes: tuple[int, ...] = ()


def change_preferences(command: c.ChangePreferences, ground: Ground) -> Verdict:
    """Validate a patch whole, hold it against the business rules, and change all of it or nothing."""
    if command.until is not None and command.until <= ground.scene.at:
        return Refused(Refusal.UNTIL_PASSED, {"until": plain(command.until)})
    new = validated(ground.state.preferences, command.patch)
    if isinstance(new, Refused):
        return new
    return stale(new, ground) or changed(ground, Wish(command, new, tuple(command.patch), timed(command, ground, new)))


def validated(old: Preferences, patch: Mapping[str, Any]) -> Preferences | Refused:
    try:
        return patched(old, patch)
    except BadValue as bad:
        facts = {"field": bad.path, "asked": plain(bad.asked), "allowed": bad.allowed}
        return Refused(Refusal.BAD_VALUE, {**facts, "text": isinstance(bad.asked, str) or None})


def timed(command: c.ChangePreferences, ground: Ground, new: Preferences) -> tuple[Term, ...]:
    """The terms of a change for a time: each field goes back to the value that it has for good."""
    if command.until is None:
        return ()
    standing = {term.path: term.back for term in ground.state.terms}
    lasting = {path: standing.get(path, plain(value_of(ground.state.preferences, path))) for path in command.patch}
    return tuple(
        Term(path=path, until=command.until, back=back, seq=ground.next_seq)
        for path, back in lasting.items()
        if back != plain(value_of(new, path))
    )


def changed(ground: Ground, wish: Wish) -> Verdict:
    """The change that is wished for and what it ends at once, unless something stands against it."""
    old = ground.state.preferences
    moved = wish.paths if wish.undoes else tuple(path for path in wish.paths if moves(ground.state, wish, path))
    if not moved and not chosen_anew(ground, wish):
        return Refused(Refusal.NOTHING_CHANGED, {"fields": [[path, plain(value_of(old, path))] for path in wish.paths]})
    refused = too_many(ground) or tolerance(ground, wish.new, wish.undoes) or objection(ground, wish.new)
    return refused or carried_out(ground, wish, moved)


def moves(state: State, wish: Wish, path: str) -> bool:
    """Whether a field gets another value, or holds it for another time."""
    if value_of(state.preferences, path) != value_of(wish.new, path):
        return True
    return held_until(state.terms, path) != held_until(wish.terms, path)


def held_until(terms: tuple[Term, ...], path: str) -> datetime | None:
    return next((term.until for term in terms if term.path == path), None)


def chosen_anew(ground: Ground, wish: Wish) -> tuple[e.TierChanged, ...]:
    """The tier that the owner chooses, with which he also takes back what the engine lowered."""
    state, new = ground.state, wish.new.trading.risk_tolerance
    same = new is state.tier and new is state.preferences.trading.risk_tolerance
    if TOLERANCE not in wish.paths or same:
        return ()
    return (e.TierChanged(change=tier_change(state, ground.scene, new, TierSource.OWNER)),)


def carried_out(ground: Ground, wish: Wish, paths: tuple[str, ...]) -> tuple[e.Event, ...]:
    """The change of these fields; a tier that is only chosen anew is no change of a field."""
    old, tiered = ground.state.preferences, chosen_anew(ground, wish)
    if not paths:
        return tiered
    fields: Fields = tuple((path, plain(value_of(old, path)), plain(value_of(wish.new, path))) for path in paths)
    before = tuple(term for term in ground.state.terms if term.path in paths)
    how = "undo" if wish.undoes else "set"
    event = e.PreferencesChanged(
        change=change_of(wish.command, ground, fields, how, before),
        preferences=wish.new,
        loosened=False,
        undoes=wish.undoes,
        terms=tuple(term for term in wish.terms if term.path in paths),
    )
    then = holding_now(applied(ground.state, (event, *tiered)))
    loosened = loosens_in_force(holding_now(ground.state), then, ground.policy)
    return with_consequences(ground, replace(event, loosened=loosened), tiered)


def with_consequences(
    ground: Ground, event: e.PreferencesChanged, tiered: tuple[e.TierChanged, ...]
) -> tuple[e.Event, ...]:
    """A change, the owner's move of the tier that goes with it, and what both end at once."""
    after = ground._replace(state=applied(ground.state, (event, *tiered)))
    return (event, *tiered, *consequences(ground, after))


def undo_changes(command: c.UndoChanges, ground: Ground) -> Verdict:
    """Put back the last changes by a new one that passes the same rules."""
    patch, undoes = undoing(ground.state, command.count, command.field, ground.scene.at)
    if not patch:
        return Refused(Refusal.NOTHING_TO_UNDO, {"field": command.field})
    settings = {path: value for path, value in patch.items() if path != PAUSE}
    events = settings_put_back(command, ground, settings) if settings else ()
    if PAUSE not in patch or isinstance(events, Refused):
        return events
    after = ground._replace(state=replace(applied(ground.state, events), seq=ground.state.seq + len(events)))
    return (*events, *pause_put_back(command, after, patch[PAUSE], undoes))


def settings_put_back(command: c.UndoChanges, ground: Ground, settings: Mapping[str, Any]) -> Verdict:
    new = validated(ground.state.preferences, settings)
    if isinstance(new, Refused):
        return new
    _, undoes = undoing(ground.state, command.count, command.field)
    terms = terms_put_back(ground.state, command.count, command.field, ground.scene.at)
    return changed(ground, Wish(command, new, tuple(settings), terms, undoes))


def pause_put_back(
    command: c.UndoChanges, ground: Ground, word: str | None, undoes: tuple[int, ...]
) -> tuple[e.Event, ...]:
    change = change_of(command, ground, ((PAUSE, pause_word(ground.state.pause), word),), "undo")
    if word is None:
        return (e.EntriesResumed(change=change, lifts_all=False, undoes=undoes),)
    again = e.EntriesPaused(pause=pause_from(word, ground.scene.at), change=change, undoes=undoes)
    return (again, *withdrawn_entries(ground.state, ground.scene, Skip.PAUSED))
