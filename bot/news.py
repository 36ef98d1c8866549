"""What was done to how news are told, in words."""

from typing import Any, Final

from engine.bus import Done
from engine.core import events as e
from engine.core.news import ALL
from engine.core.routing import MUTED, RULES
from skills.rules import list_said, mute_said, rule_said, unconnected
from skills.skill import Say

QUIET: Final = "notifications.quiet_hours"
PATHS: Final = frozenset({MUTED, RULES})
Rows = list[dict[str, Any]]


def news_changed(event: e.PreferencesChanged, outcome: Done) -> Say | None:
    """The answer to a change of mutes, rules or quiet hours alone; None for any other."""
    changed = {path: (old or [], new or []) for path, old, new in event.change.fields}
    if set(changed) == {QUIET}:
        return quiet_changed(*changed[QUIET])
    if not changed or not set(changed) <= PATHS:
        return None
    if RULES in changed and MUTED not in changed:
        return rules_changed(*changed[RULES], outcome)
    return mutes_changed(*changed[MUTED])


def quiet_changed(old: Any, new: Any) -> Say:  # noqa: ANN401  # hours, or an empty list
    if not new:
        return Say("done.quiet_hours.off", {"old": old}, ("undo",))
    return Say("done.quiet_hours", {"old": old or None, "new": new}, ("undo",))


def mutes_changed(old: Rows, new: Rows) -> Say:
    come, gone = [one for one in new if one not in old], [one for one in old if one not in new]
    if come:
        facts = {
            "new": list_said(map(mute_said, come)),
            "ends": Say("done.muted.ends") if all(one["until"] for one in come) else None,
            "critical": Say("done.muted.critical") if any(one["event"] == ALL for one in come) else None,
        }
        return Say("done.muted", facts, ("undo",))
    left = list_said(map(mute_said, new)) if new else None
    return Say(
        "done.unmuted", {"old": list_said(mute_said({**one, "until": None}) for one in gone), "left": left}, ("undo",)
    )


def rules_changed(old: Rows, new: Rows, outcome: Done) -> Say:
    """Each rule as it stands now, and what it cannot do yet: no way but this chat, or an event that is muted."""
    rules = [one for one in new if one not in old] or [one for one in old if one not in new]
    named = {one["event_type"] for one in rules} | {ALL}
    muted = [one for one in outcome.new.preferences.notifications.muted if one.event in named]
    left = list_said(mute_said({"event": one.event, "until": one.until}) for one in muted)
    facts = {
        "rows": [{"said": rule_said(one)} for one in rules],
        "outside": unconnected(rules) or None,
        "muted": Say("done.rules.still_muted", {"left": left}) if muted else None,
    }
    return Say("done.rules", facts, ("undo",))


def tested(event: e.Noted, outcome: Done) -> Say:  # noqa: ARG001  # all tellers take both
    return Say("done.test", {}, ("notifications",))
