"""What is read back before a yes: from → to, and what it means in dollars today."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from bot import differences, happenings, orders, pools, strategies
from bot.confirm import waiting_for_the_owner
from bot.foresight import comes_to, foreseen, staked
from bot.grave import name_of, of_invitation, of_reset, of_role
from bot.phrases import Phrases
from bot.terms import from_to, lasts, moves, standing
from engine.core import commands as c
from engine.core.harm import harm_of_field, holding_now, stays_longer
from engine.core.journal import plain
from engine.core.limits import Limits, in_force
from engine.core.nouns import Pause, Term
from engine.core.preferences import Preferences, patched, value_of, valued
from engine.core.undo import PAUSE, UNTIL_RESUMED, pause_word, terms_put_back, undoing
from engine.core.words import Autonomy, Harm
from engine.view import View
from skills.exclusions import COMPANIES, SECTORS, excluded
from skills.skill import Say

AUTONOMY: Final = "trading.autonomy"
SHOWN: Final = 8
"""More changes at once than these are folded to those that loosen something."""
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
    """The question to ask before a riskier command, or what is said before the words of a grave one are typed."""
    asks = ASKS.get(type(command))
    return asks(command, view) if asks else Say("ask.other", {"command": in_words(command)})


def in_words(command: c.Command) -> str:
    """What a command is called, as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(command).__name__).lower()


def phrase_of(command: c.Command, view: View) -> str | None:
    """The words that must be typed before a grave command is done; None for a command that needs none."""
    words = typed(command, view)
    return None if words is None else tongue().say(words.key, words.facts).text


@cache
def tongue() -> Phrases:
    return Phrases.load()


def typed(command: c.Command, view: View) -> Say | None:
    account = {"account": view.state.kind.value}
    match command:
        case c.ResetAccount() | c.Flatten():
            return Say("phrase.reset" if isinstance(command, c.ResetAccount) else "phrase.flatten", account)
        case c.MoveReserve(amount=amount) if amount < 0:
            return Say("phrase.reserve", {"account": view.state.kind.value})
        case c.SetRole(role=None):
            return Say("phrase.remove", {"name": name_of(command.person, view)})
        case c.SetRole(role=role):
            return Say("phrase.role", {"name": name_of(command.person, view), "role": role})
        case c.Invite(role=role):
            return Say("phrase.invite", {"role": role})
        case _:
            return None


def of_change(command: c.ChangePreferences, view: View) -> Say:
    return of_patch(command.patch, view, command.until)


def of_patch(patch: Mapping[str, Any], view: View, until: datetime | None = None) -> Say:
    old = holding_now(view.state)
    new = patched(old, patch)
    paths = [path for path in patch if moved(path, new, view, until)]
    if paths == [AUTONOMY]:
        return of_autonomy(new, view, until)
    timed = until is not None or any(standing(view.state, path) for path in paths)
    if set(paths) <= {COMPANIES, SECTORS} and paths and not timed and set(excluded(new)) < set(excluded(old)):
        return of_include(new, view)
    rows = [{**changed(path, new, view, until), **term(path, view, until)} for path in paths]
    return of_rows({**folded(rows, new, view, until), **foreseen(old, new, view)}, view)


def moved(path: str, new: Preferences, view: View, until: datetime | None) -> bool:
    """Whether a field gets another value, or holds it for another time."""
    was = standing(view.state, path)
    return moves(value_of(holding_now(view.state), path), value_of(new, path), was, until)


def of_rows(facts: Mapping[str, Any], view: View) -> Say:
    return Say("ask.change", {"account": view.state.kind.value, **facts})


def folded(rows: list[dict[str, Any]], new: Preferences, view: View, until: datetime | None) -> dict[str, Any]:
    """All rows, or of many those that loosen something, with the number of the others."""
    if len(rows) <= SHOWN:
        return {"rows": rows}
    looser = [row for row in rows if riskier(row["field"], new, view, until)]
    return {"rows": looser, "more": len(rows) - len(looser) or None, "tightens": "loosen nothing"}


def riskier(path: str, new: Preferences, view: View, until: datetime | None) -> bool:
    value = value_of(new, path)
    looser = harm_of_field(path, value_of(holding_now(view.state), path), value) >= Harm.RISKIER
    return looser or stays_longer(plain(value), standing(view.state, path), until)


def term(path: str, view: View, until: datetime | None) -> dict[str, Any]:
    """Until when a setting holds, and what it goes back to then: what stood before the first change for a time."""
    if until is None:
        return {}
    was = standing(view.state, path)
    back = was.back if was else plain(value_of(view.state.preferences, path))
    return {"until": until, "back": valued(path, back)}


def of_include(new: Preferences, view: View) -> Say:
    """What may be bought again, how much of it, and what stays excluded."""
    left = excluded(new)
    named = [one for one in excluded(view.state.preferences) if one not in left]
    position = int(view.worth.tradable * view.limits.max_position)
    facts = {"account": view.state.kind.value, "named": named, "left": left or None, "position": position}
    return Say("ask.include", {**facts, **foreseen(view.state.preferences, new, view)})


def changed(path: str, new: Preferences, view: View, until: datetime | None) -> dict[str, Any]:
    """One field from → to, and the dollars that its limit allows today before and after; a tier from that in force."""
    old = holding_now(view.state)
    values = plain(value_of(old, path)), plain(value_of(new, path))
    said = from_to(path, values, standing(view.state, path), until)
    own = may_alone(new, view) if path == AUTONOMY else None
    return {"field": path, "said": said, "meaning": own or meaning(path, old, new, view)}


def may_alone(new: Preferences, view: View) -> Say | None:
    """What the engine may do by itself or propose at most, in dollars of today; None where it does nothing."""
    level = new.trading.autonomy
    return None if level is Autonomy.OFF else Say(f"meaning.{level.value}", at_most(new, view))


def meaning(path: str, old: Preferences, new: Preferences, view: View) -> Say | None:
    if path not in MEANS:
        return comes_to(path, limits(old, view), limits(new, view), view)
    before, after = (getattr(limits(one, view), MEANS[path]) for one in (old, new))
    of = view.worth.equity if MEANS[path] in ("daily_loss", "max_drawdown") else view.worth.tradable
    if MEANS[path] == "single_position_loss":
        of = int(of * limits(new, view).max_position)
    return Say(f"meaning.{MEANS[path]}", {"old": int(of * before), "new": int(of * after)})


def limits(preferences: Preferences, view: View) -> Limits:
    return in_force(preferences.trading.risk_tolerance, preferences, view.policy)


def of_autonomy(new: Preferences, view: View, until: datetime | None) -> Say:
    """What the engine may do by itself from now on, at most."""
    facts = {
        "account": view.state.kind.value,
        "old": view.state.preferences.trading.autonomy.value,
        "new": new.trading.autonomy.value,
        **at_most(new, view),
        **term(AUTONOMY, view, until),
        **lasts(standing(view.state, AUTONOMY), until),
        **foreseen(view.state.preferences, new, view),
        "stake": staked(new, view),
    }
    return Say("ask.auto" if new.trading.autonomy is Autonomy.AUTO else "ask.ask", facts)


def at_most(new: Preferences, view: View) -> dict[str, Any]:
    """How much may be bought, and lost in a day, under these settings today."""
    allowed, worth = limits(new, view), view.worth
    return {
        "count": allowed.max_open_positions,
        "position": int(worth.tradable * allowed.max_position),
        "exposure": int(worth.tradable * allowed.max_exposure),
        "loss": int(worth.equity * allowed.daily_loss),
        "tier": new.trading.risk_tolerance.value,
    }


def of_undo(command: c.UndoChanges, view: View) -> Say:
    patch, _ = undoing(view.state, command.count, command.field, view.scene.at)
    settings = {path: value for path, value in patch.items() if path != PAUSE}
    if PAUSE in patch and patch[PAUSE] is None and not settings:
        return of_resume(c.ResumeEntries(), view)
    ends = {one.path: one for one in terms_put_back(view.state, command.count, command.field, view.scene.at)}
    if PAUSE not in patch and not ends:
        return of_patch(settings, view)
    new, until = patched(holding_now(view.state), settings), {path: one.until for path, one in ends.items()}
    paths = [path for path in settings if moved(path, new, view, until.get(path))]
    rows = [{**changed(path, new, view, until.get(path)), **ended(ends.get(path))} for path in paths]
    paused = (
        [pausing(old, patch[PAUSE])] if PAUSE in patch and (old := pause_word(view.state.pause)) != patch[PAUSE] else []
    )
    return of_rows({"rows": [*rows, *paused]}, view)


def ended(term: Term | None) -> dict[str, Any]:
    """Until when a value that is put back held, and what comes then; nothing for one that held for good."""
    return {"until": term.until, "back": valued(term.path, term.back)} if term else {}


def pausing(old: str | None, new: str | None) -> dict[str, Any]:
    """A pause from → to, as a setting."""
    words = [{"value": word, "unit": "time" if word not in (None, UNTIL_RESUMED) else None} for word in (old, new)]
    return {"field": PAUSE, "said": Say("history.value", {"old": words[0], "new": words[1]})}


def of_pause(command: c.PauseEntries, view: View) -> Say:
    """A pause whose end comes sooner, from → to."""
    new = Pause(since=view.scene.at, until=command.until)
    return of_rows({"rows": [pausing(pause_word(view.state.pause), pause_word(new))]}, view)


def of_resume(command: c.ResumeEntries, view: View) -> Say:  # noqa: ARG001  # all take both
    state, allowed = view.state, view.limits
    facts = {
        "account": state.kind.value,
        "autonomy": Say(f"autonomy.{state.preferences.trading.autonomy.value}"),
        "position": int(view.worth.tradable * allowed.max_position),
        "killed": state.killed_at,
        "breakers": sorted(kind.value.replace("_", " ") for kind in waiting_for_the_owner(state)) or None,
    }
    return Say("ask.resume", facts)


ASKS: Final[Mapping[type[c.Command], Callable[[Any, View], Say]]] = MappingProxyType(
    {
        c.ChangePreferences: of_change,
        c.UndoChanges: of_undo,
        c.ClosePosition: orders.of_close,
        c.Buy: orders.of_buy,
        c.Sell: orders.of_sell,
        c.MoveStop: orders.of_stop,
        c.MoveTake: orders.of_take,
        c.Flatten: orders.of_flatten,
        c.PauseEntries: of_pause,
        c.ResumeEntries: of_resume,
        c.ResetAccount: of_reset,
        c.SetRole: of_role,
        c.Invite: of_invitation,
        c.EndEvent: happenings.of_end,
        c.MarkEvent: happenings.of_weaker,
        c.ImportEvents: happenings.of_weaker,
        c.ResetBreakers: pools.of_breakers,
        c.AcceptBroker: differences.of_broker,
        c.SetStrategy: strategies.of_strategy,
        c.MoveReserve: pools.of_reserve,
    }
)
"""What is read back, by command."""
