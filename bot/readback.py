"""What is read back before a yes: from → to, and what it means in dollars today."""

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from bot.phrases import Phrases
from engine.core import commands as c
from engine.core.journal import plain
from engine.core.limits import Limits, in_force
from engine.core.nouns import Position
from engine.core.preferences import Preferences, patched, value_of, valued
from engine.core.undo import PAUSE, UNTIL_RESUMED, pause_word, undoing
from engine.core.words import Autonomy
from engine.view import View
from skills.positions import row
from skills.skill import Say

MEANS: Final[Mapping[str, str]] = {
    "trading.risk_tolerance": "max_position",
    "trading.position_size_pct": "base_allocation",
    "risk.max_position_pct": "max_position",
    "risk.max_exposure_pct": "max_exposure",
    "risk.max_sector_pct": "max_sector",
    "risk.daily_loss_limit_pct": "daily_loss",
    "risk.max_drawdown_pct": "max_drawdown",
    "risk.single_position_loss_pct": "single_position_loss",
}
"""Fields whose change means a number of dollars today: the limit in force that they move."""


def read_back(command: c.Command, view: View) -> Say:
    """The question to ask before a riskier command."""
    match command:
        case c.ChangePreferences(patch=patch):
            return of_patch(patch, view)
        case c.UndoChanges(count=count, field=field):
            return of_undo(count, field, view)
        case c.ClosePosition(tickers=tickers, fraction=fraction):
            return of_close(tickers, fraction, view)
        case c.ResumeEntries():
            return of_resume(view)
        case _:
            return Say("ask.other", {"command": type(command).__name__})


def phrase_of(command: c.Command, view: View) -> str | None:
    """The words that must be typed before a grave command is done; None for a command that needs none."""
    words = typed(command, view)
    return None if words is None else tongue().say(words.key, words.facts).text


@cache
def tongue() -> Phrases:
    return Phrases.load()


def typed(command: c.Command, view: View) -> Say | None:
    match command:
        case c.ResetAccount():
            return Say("phrase.reset", {"account": view.state.kind.value})
        case c.SetRole(role=None):
            return Say("phrase.remove", {"name": name_of(command.person, view)})
        case c.SetRole(role=role):
            return Say("phrase.role", {"name": name_of(command.person, view), "role": role})
        case c.Invite(role=role):
            return Say("phrase.invite", {"role": role})
        case _:
            return None


def name_of(person: str, view: View) -> str:
    """How somebody is called here: by name, or by the channel's id where he gave none."""
    wanted = person.casefold()
    for one in view.state.people.values():
        if wanted in (one.id.casefold(), one.name.casefold()):
            return one.name or one.id
    return person


def of_patch(patch: Mapping[str, Any], view: View) -> Say:
    old = view.state.preferences
    new = patched(old, patch)
    if new.trading.autonomy is not old.trading.autonomy and len(patch) == 1:
        return of_autonomy(new, view)
    rows = [changed(path, old, new, view) for path in patch]
    return Say("ask.change", {"account": view.state.kind.value, "rows": rows})


def changed(path: str, old: Preferences, new: Preferences, view: View) -> dict[str, Any]:
    """One field from → to, and the dollars that its limit allows today before and after."""
    values = {
        "field": path,
        "old": valued(path, plain(value_of(old, path))),
        "new": valued(path, plain(value_of(new, path))),
    }
    return {**values, "meaning": meaning(path, old, new, view)}


def meaning(path: str, old: Preferences, new: Preferences, view: View) -> Say | None:
    if path not in MEANS:
        return None
    before, after = (getattr(limits(one, view), MEANS[path]) for one in (old, new))
    of = view.worth.equity if MEANS[path] in ("daily_loss", "max_drawdown") else view.worth.tradable
    if MEANS[path] == "single_position_loss":
        of = int(of * limits(new, view).max_position)
    return Say(f"meaning.{MEANS[path]}", {"old": int(of * before), "new": int(of * after)})


def limits(preferences: Preferences, view: View) -> Limits:
    return in_force(preferences.trading.risk_tolerance, preferences, view.policy)


def of_autonomy(new: Preferences, view: View) -> Say:
    """What the engine may do by itself from now on, at most."""
    allowed, worth = limits(new, view), view.worth
    facts = {
        "account": view.state.kind.value,
        "old": view.state.preferences.trading.autonomy.value,
        "new": new.trading.autonomy.value,
        "count": allowed.max_open_positions,
        "position": int(worth.tradable * allowed.max_position),
        "exposure": int(worth.tradable * allowed.max_exposure),
        "loss": int(worth.equity * allowed.daily_loss),
        "tier": new.trading.risk_tolerance.value,
    }
    return Say("ask.auto" if new.trading.autonomy is Autonomy.AUTO else "ask.ask", facts)


def of_undo(count: int | None, field: str | None, view: View) -> Say:
    patch, _ = undoing(view.state, count, field)
    settings = {path: value for path, value in patch.items() if path != PAUSE}
    if PAUSE in patch and patch[PAUSE] is None and not settings:
        return of_resume(view)
    ask = of_patch(settings, view)
    rows = [*ask.facts["rows"], pausing(pause_word(view.state.pause), patch[PAUSE])] if PAUSE in patch else None
    return ask if rows is None else replace(ask, facts={**ask.facts, "rows": rows})


def pausing(old: str | None, new: str | None) -> dict[str, Any]:
    """A pause from → to, as a setting."""
    words = [{"value": word, "unit": "time" if word not in (None, UNTIL_RESUMED) else None} for word in (old, new)]
    return {"field": PAUSE, "old": words[0], "new": words[1]}


def of_close(tickers: tuple[str, ...], fraction: float, view: View) -> Say:
    held = [row(view, part) for ticker in tickers if (part := to_sell(ticker, fraction, view)) is not None]
    facts = {
        "account": view.state.kind.value,
        "part": fraction if fraction < 1 else None,
        "dollars": sum(one["value"] for one in held),
        "gain": sum(one["gain"] for one in held),
        "rows": held,
    }
    opens = None if view.scene.session else view.scene.upcoming[0].opens_at
    return Say("ask.close", {**facts, "opens_at": opens})


def to_sell(ticker: str, fraction: float, view: View) -> Position | None:
    """The part of a holding that would be sold: what is asked for, and not being sold already."""
    held = view.state.positions.get(ticker)
    if held is None:
        return None
    shares = min(held.shares - view.state.selling(ticker), math.ceil(held.shares * fraction))
    return replace(held, shares=shares, cost=held.cost * shares // held.shares) if shares > 0 else None


def of_resume(view: View) -> Say:
    state, allowed = view.state, view.limits
    facts = {
        "account": state.kind.value,
        "autonomy": Say(f"autonomy.{state.preferences.trading.autonomy.value}"),
        "position": int(view.worth.tradable * allowed.max_position),
        "killed": state.killed_at,
    }
    return Say("ask.resume", facts)
