"""What is told, where and when: mutes, rules of events, quiet hours, and a piece of news to try the way."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import create_model

from engine.core.categories import Mute, NotificationRule
from engine.core.commands import ChangePreferences, TestNotification
from engine.core.journal import plain
from engine.core.news import ALL, Measure, Outlet
from engine.core.preferences import valued
from engine.core.routing import MUTED, RULES, rule_for
from engine.view import View
from skills.rules import list_said, mute_said, rule_said, unconnected
from skills.skill import Answer, NoSlots, Say, Skill, SlotModel

QUIET = "notifications.quiet_hours"
ADDRESSES = "notifications.addresses"


class Muting(SlotModel):
    """`mute`: events, none of them named for all; until an instant of market time, or for good."""

    events: tuple[str, ...] = ()
    until: datetime | None = None


class Unmuting(SlotModel):
    """`unmute`: events, none of them named for all."""

    events: tuple[str, ...] = ()


class Bound(SlotModel):
    """The condition of a rule."""

    field: Measure
    op: Literal["min", "max"]
    value: float


class Rule(SlotModel):
    """`set_notification`: events, and what is to hold of each from now on; what is not named stays."""

    events: tuple[str, ...]
    channels: tuple[Outlet, ...] | None = None
    priority: Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"] | None = None
    throttle_minutes: int | None = None
    condition: Bound | None = None


HOURS: Any = {"from": (str | None, None), "to": (str | None, None), "on": (bool | None, None)}
Quiet: type[SlotModel] = create_model("Quiet", __base__=SlotModel, **HOURS)
"""`set_quiet_hours`: from and to by the owner's clock, or off; made so because `from` is a word of Python's."""


class Trial(SlotModel):
    """`test_notification`."""

    channel: Outlet | None = None


class Address(SlotModel):
    """`set_address`: where news are sent by a channel."""

    channel: Outlet
    address: str


def show_notifications(slots: NoSlots, view: View) -> Say:  # noqa: ARG001
    """What is muted, each rule, quiet hours, marks of alerts, and when the summary comes."""
    settings, marks = view.state.preferences.notifications, view.state.preferences.performance
    rules = [plain(one) for one in settings.rules]
    facts = {
        "account": view.state.kind.value,
        "muted": list_said(mute_said(one) for one in plain(settings.muted)) if settings.muted else None,
        "quiet": plain(settings.quiet_hours),
        "waits": "wait" if settings.quiet_hours else None,
        "summary": settings.summary_time,
        "gain": valued("performance.gain_alert_pct", marks.gain_alert_pct),
        "loss": valued("performance.loss_alert_pct", marks.loss_alert_pct),
        "drawdown": valued("performance.drawdown_alert_pct", marks.drawdown_alert_pct),
        "outside": unconnected(rules) or None,
        "rows": [{"said": rule_said(one)} for one in rules],
    }
    return Say("notifications", facts, ("unmute",) if settings.muted else ())


def mute(slots: Muting, view: View) -> Answer:
    named = slots.events or (ALL,)
    kept = [one for one in view.state.preferences.notifications.muted if one.event not in named]
    return to_mute([*kept, *(Mute(event=event, until=slots.until) for event in sorted(set(named)))])


def to_mute(mutes: Iterable[Mute]) -> ChangePreferences:
    return ChangePreferences(patch={MUTED: plain(tuple(mutes))})


def unmute(slots: Unmuting, view: View) -> Answer:
    """What is muted, or switched off by its rule, is told again; one event cannot be taken out of everything."""
    settings = view.state.preferences.notifications
    muted = {one.event: one for one in settings.muted}
    if ALL in muted and any(event not in muted for event in slots.events):
        return Say("unmute.all_muted", {"events": list(slots.events), "until": muted[ALL].until}, ("unmute",))
    wanted = set(slots.events) or {*muted, *(rule.event_type for rule in settings.rules if not rule.enabled)}
    left = tuple(one for one in settings.muted if one.event not in wanted)
    on = {"enabled": True}
    rules = tuple(one.model_copy(update=on) if one.event_type in wanted else one for one in settings.rules)
    new, old = {MUTED: plain(left), RULES: plain(rules)}, {MUTED: plain(settings.muted), RULES: plain(settings.rules)}
    if new != old:
        return ChangePreferences(patch={path: new[path] for path in new if new[path] != old[path]})
    still = list_said(mute_said(one) for one in plain(settings.muted)) if settings.muted else None
    return Say("unmute.not_muted", {"events": list(slots.events) or None, "still": still})


def set_notification(slots: Rule, view: View) -> Answer:
    """Other rules for these events; where nothing but the events is named, they are to be told."""
    wanted = changes(slots)
    if not wanted:
        answer = unmute(Unmuting(events=slots.events), view)
        return Say("notification.told", {"events": list(slots.events)}) if is_told(answer) else answer
    settings = view.state.preferences.notifications
    named = [rule_for(event, settings) or NotificationRule(event_type=event) for event in sorted(set(slots.events))]
    others = [plain(one) for one in settings.rules if one.event_type not in slots.events]
    return ChangePreferences(patch={RULES: [*others, *({**plain(one), **wanted} for one in named)]})


def changes(slots: Rule) -> dict[str, Any]:
    """What is to become of each rule."""
    said = {
        "channels": sorted(slots.channels) if slots.channels else None,
        "priority": slots.priority,
        "throttle_minutes": slots.throttle_minutes,
        "conditions": [plain(slots.condition)] if slots.condition else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def is_told(answer: Answer) -> bool:
    return isinstance(answer, Say) and answer.key == "unmute.not_muted"


def set_quiet_hours(slots: SlotModel, view: View) -> Answer:  # noqa: ARG001
    said = slots.model_dump()
    start, end = said["from"], said["to"]
    if said["on"] is False:
        return ChangePreferences(patch={QUIET: None})
    if start is None or end is None:
        return Say("slot.from")
    if start == end:
        return Say("quiet.same", {"time": start})
    return ChangePreferences(patch={QUIET: {"start": start, "end": end}})


def send_test(slots: Trial, view: View) -> Answer:  # noqa: ARG001
    return TestNotification(outlet=slots.channel)


def set_address(slots: Address, view: View) -> Answer:
    known = view.state.preferences.notifications.addresses
    return ChangePreferences(patch={ADDRESSES: plain({**known, slots.channel: slots.address})})


SKILLS = (
    Skill("show_notifications", NoSlots, show_notifications, "look"),
    Skill("mute", Muting, mute, "by_direction"),
    Skill("unmute", Unmuting, unmute, "neutral"),
    Skill("set_notification", Rule, set_notification, "by_direction"),
    Skill("set_quiet_hours", Quiet, set_quiet_hours, "neutral"),
    Skill("test_notification", Trial, send_test, "neutral"),
    Skill("set_address", Address, set_address, "neutral"),
)
