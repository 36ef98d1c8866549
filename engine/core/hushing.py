"""When a change of news settings hides something grave from the owner: then it is asked for first."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from engine.core.categories import Mute, NotificationRule
from engine.core.news import ALL, EVENTS, is_grave
from engine.core.routing import FOR_GOOD, MUTED, NEVER, RULES, is_for_here
from engine.core.words import Priority

Mutes = tuple[Mute, ...]
Rules = tuple[NotificationRule, ...]


def mutes_hide(old: Mutes, new: Mutes) -> bool:
    """Whether something grave is silent from now on, or for longer than it was to be."""
    return any(silent_until(new, event) > silent_until(old, event) for event in (ALL, *filter(is_grave, EVENTS)))


def silent_until(mutes: Mutes, event: str) -> datetime:
    """Until when an event is muted; one that is CRITICAL only by its own name, as `all` is."""
    names = {event} if event == ALL or EVENTS[event].gravest is Priority.CRITICAL else {event, ALL}
    return max((one.until or FOR_GOOD for one in mutes if one.event in names), default=NEVER)


def rules_hide(old: Rules, new: Rules) -> bool:
    """Whether something grave is told less urgently, more seldom, or not at all."""
    was, now = ({rule.event_type: rule for rule in reversed(rules)} for rules in (old, new))
    return any(is_grave(event) and quieter(was.get(event), rule) for event, rule in now.items())


def quieter(old: NotificationRule | None, new: NotificationRule) -> bool:
    was = old or NotificationRule(event_type=new.event_type)
    less = new.throttle_minutes > was.throttle_minutes or (bool(new.conditions) and new.conditions != was.conditions)
    return (was.enabled and not new.enabled) or level(new) < level(was) or (is_for_here(new) and less)


def level(rule: NotificationRule) -> Priority:
    return Priority[rule.priority] if rule.priority else EVENTS[rule.event_type].usual


HIDES: Final[Mapping[str, Callable[..., bool]]] = MappingProxyType({MUTED: mutes_hide, RULES: rules_hide})
"""Settings that loosen no limit, and can keep news from their owner all the same."""
