"""Judging what an owner sets, and what he takes back."""

from datetime import timedelta
from typing import Any

from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import applied
from engine.core.harm import loosens
from engine.core.journal import plain
from engine.core.judge.ground import Ground, Verdict
from engine.core.judge.withdraw import cancelled_entries, withdrawn_entries
from engine.core.nouns import Change
from engine.core.preferences import BadValue, Preferences, patched, value_of
from engine.core.refusals import Refusal, Refused
from engine.core.undo import PAUSE, pause_from, pause_word, undoing
from engine.core.words import Autonomy, Skip, Tier

TOLERANCE = "trading.risk_tolerance"


def change_preferences(command: c.ChangePreferences, ground: Ground) -> Verdict:
    """Validate a patch whole, hold it against the business rules, and change all of it or nothing."""
    return changed(ground, command.patch, command.by)


def changed(ground: Ground, patch: Any, by: str, undoes: tuple[int, ...] = ()) -> Verdict:  # noqa: ANN401
    old = ground.state.preferences
    try:
        new = patched(old, patch)
    except BadValue as bad:
        return Refused(Refusal.BAD_VALUE, {"field": bad.path, "asked": plain(bad.asked), "allowed": bad.allowed})
    if new == old:
        return Refused(Refusal.NOTHING_CHANGED, {"fields": [[path, plain(value_of(old, path))] for path in patch]})
    refused = (
        too_many(ground)
        or unknown_tickers(ground, old, new)
        or empty_universe(new)
        or tolerance(ground, new)
        or autonomy(ground, new)
    )
    if refused:
        return refused
    fields = tuple(
        (path, plain(value_of(old, path)), plain(value_of(new, path)))
        for path in patch
        if undoes or value_of(old, path) != value_of(new, path)
    )
    change = Change(seq=ground.next_seq, at=ground.scene.wall, by=by, fields=fields)
    event = e.PreferencesChanged(change=change, preferences=new, loosened=loosens(old, new), undoes=undoes)
    return (event, *consequences(ground, new))


def consequences(ground: Ground, new: Preferences) -> tuple[e.Event, ...]:
    """What a change ends at once: without autonomy nothing that was begun goes on; on ask nothing unasked does."""
    was = ground.state.preferences.trading.autonomy
    if new.trading.autonomy is Autonomy.ASK and was is Autonomy.AUTO:
        return cancelled_entries(ground.state, Skip.AUTONOMY_OFF)
    if new.trading.autonomy is Autonomy.OFF and was is not Autonomy.OFF:
        return withdrawn_entries(ground.state, ground.scene, Skip.AUTONOMY_OFF)
    return ()


def too_many(ground: Ground) -> Refused | None:
    """At most so many changes in a minute of people's time."""
    minute = timedelta(minutes=1)
    recent = [change.at for change in ground.state.changes if ground.scene.wall - change.at < minute]
    if len(recent) < ground.policy.changes_a_minute:
        return None
    wait = (recent[-ground.policy.changes_a_minute] + minute - ground.scene.wall).total_seconds()
    return Refused(Refusal.CHANGE_RATE, {"limit": ground.policy.changes_a_minute, "wait": wait})


def unknown_tickers(ground: Ground, old: Preferences, new: Preferences) -> Refused | None:
    """Only what has a price in this market can be watched."""
    added = set(new.trading.watchlist) - set(old.trading.watchlist)
    strange = sorted(ticker for ticker in added if ticker not in ground.scene.quotes)
    if not strange:
        return None
    known = sorted(added - set(strange))
    return Refused(Refusal.NO_PRICE_HERE, {"tickers": strange, "others": known or None})


def empty_universe(new: Preferences) -> Refused | None:
    """Trading only a watchlist that is empty would mean never to trade, without saying so."""
    if new.trading.universe == "watchlist_only" and not new.trading.watchlist:
        return Refused(Refusal.EMPTY_UNIVERSE)
    return None


def tolerance(ground: Ground, new: Preferences) -> Refused | None:
    """Risk tolerance rises by one step at most in 24 hours of people's time; it falls at once."""
    old_tier, new_tier = ground.state.preferences.trading.risk_tolerance, new.trading.risk_tolerance
    if new_tier.rank <= old_tier.rank:
        return None
    facts: dict[str, Any] = {"old": old_tier.value, "asked": new_tier.value}
    if new_tier.rank - old_tier.rank > 1:
        return Refused(Refusal.TOLERANCE_ONE_STEP, {**facts, "possible": list(Tier)[old_tier.rank + 1].value})
    cooldown = timedelta(seconds=ground.policy.tolerance_rise_seconds)
    for change in ground.state.changes:
        wait = change.at + cooldown - ground.scene.wall
        if wait > timedelta(0) and raised_tolerance(change):
            return Refused(Refusal.TOLERANCE_COOLDOWN, {**facts, "wait": wait.total_seconds()})
    return None


def raised_tolerance(change: Change) -> bool:
    return any(path == TOLERANCE and Tier(new).rank > Tier(old).rank for path, old, new in change.fields)


def autonomy(ground: Ground, new: Preferences) -> Refused | None:
    """Acting alone needs a broker that answers and no breaker that stands."""
    old = ground.state.preferences
    if new.trading.autonomy is not Autonomy.AUTO or old.trading.autonomy is Autonomy.AUTO:
        return None
    if not ground.scene.healthy:
        return Refused(Refusal.AUTO_NEEDS_HEALTH)
    if ground.state.breakers:
        standing = next(iter(ground.state.breakers.values()))
        facts = {"kind": standing.kind.value, "ticker": standing.ticker, "until": plain(standing.until)}
        return Refused(Refusal.AUTO_NEEDS_NO_BREAKER, facts)
    return None


def undo_changes(command: c.UndoChanges, ground: Ground) -> Verdict:
    """Put back the last changes by a new one that passes the same rules."""
    patch, undoes = undoing(ground.state, command.count, command.field)
    if not undoes:
        return Refused(Refusal.NOTHING_TO_UNDO, {"field": command.field})
    settings = {path: value for path, value in patch.items() if path != PAUSE}
    events: tuple[e.Event, ...] = ()
    if settings:
        verdict = changed(ground, settings, command.by, undoes)
        if isinstance(verdict, Refused):
            return verdict
        events = verdict
    if PAUSE not in patch:
        return events
    after = ground._replace(state=applied(ground.state, events))
    return (*events, *pause_put_back(after, patch, undoes))


def pause_put_back(ground: Ground, patch: dict[str, Any], undoes: tuple[int, ...]) -> tuple[e.Event, ...]:
    word, now = patch[PAUSE], pause_word(ground.state.pause)
    change = Change(seq=ground.next_seq, at=ground.scene.wall, by="undo", fields=((PAUSE, now, word),))
    if word is None:
        return (e.EntriesResumed(change=None, lifts_all=False, undoes=undoes),)
    again = e.EntriesPaused(pause=pause_from(word, ground.scene.at), change=change, undoes=undoes)
    return (again, *withdrawn_entries(ground.state, ground.scene, Skip.PAUSED))
