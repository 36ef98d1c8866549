"""Rules of news and mutes, as they are said; both as JSON has them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from skills.skill import Say

MUTED: Final = "notifications.muted"
RULES: Final = "notifications.rules"
ALL: Final = "all"
CONNECTED: Final = frozenset({"chat", "in_app"})


def mute_said(mute: Mapping[str, Any]) -> Say:
    """What is muted, and until when."""
    everything = mute["event"] == ALL
    return Say("news.muted.all" if everything else "news.muted", {"event": mute["event"], "until": mute["until"]})


def rule_said(rule: Mapping[str, Any]) -> Say:
    """An event with all that its rule says of it."""
    conditions = [condition_said(one) for one in rule.get("conditions") or ()]
    facts = {
        "event": rule["event_type"],
        "channels": rule.get("channels") or None,
        "priority": rule.get("priority"),
        "throttle": rule.get("throttle_minutes", 0) * 60 or None,
        "condition": Say("news.conditions", {"all": list_said(conditions)}) if conditions else None,
        "off": None if rule.get("enabled", True) else "off",
    }
    return Say("news.rule" if any(facts[name] for name in facts if name != "event") else "news.rule.usual", facts)


def condition_said(condition: Mapping[str, Any]) -> Say:
    return Say(f"news.condition.{condition['field']}.{condition['op']}", {"value": condition["value"]})


def list_said(says: Iterable[Say]) -> Say:
    """Several of them in a line; `none` where there are none."""
    first, *others = [*says] or [Say("news.none")]
    return Say("news.list", {"one": first, "more": list_said(others)}) if others else first


def changes_said(path: str, old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]) -> Say:
    """What of a list of mutes or rules came, and what went."""
    old, new, said = list(old or ()), list(new or ()), mute_said if path == MUTED else rule_said
    gone, come = [one for one in old if one not in new], [one for one in new if one not in old]
    return Say("history.news", {"old": list_said(map(said, gone)), "new": list_said(map(said, come))})


def unconnected(rules: Iterable[Mapping[str, Any]]) -> list[str]:
    """The channels of rules to which nothing is sent yet."""
    return sorted({str(name) for rule in rules for name in rule["channels"]} - CONNECTED)
