"""What is told, where and when, by talking."""

from datetime import timedelta
from typing import Any

import pytest

from engine.core import commands as c
from engine.core.news import Outlet
from engine.core.refusals import Refusal, Refused
from engine.view import View
from skills.notifications import (
    Address,
    Muting,
    Quiet,
    Rule,
    Trial,
    Unmuting,
    mute,
    send_test,
    set_address,
    set_notification,
    set_quiet_hours,
    show_notifications,
    unmute,
)
from skills.skill import NoSlots
from tests.builders import NOON, a_state
from tests.engine.scenes import prefer, refused
from tests.skills.views import a_view, words

LATER = NOON + timedelta(hours=2)
SAME = (
    "Quiet hours from 22:00 to the same hour would never begin or never end. "
    "Say two different times; nothing was changed."
)
MUTED, RULES = "notifications.muted", "notifications.rules"


def view(**settings: Any) -> View:
    return a_view(a_state(preferences=prefer(**{f"notifications__{name}": value for name, value in settings.items()})))


def muted(*events: str, until: str | None = None) -> list[dict[str, Any]]:
    return [{"event": event, "until": until} for event in events]


def rule(event: str, **parts: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {"channels": [], "priority": None, "enabled": True, "throttle_minutes": 0, "conditions": []}
    return {"event_type": event, **usual, **parts}


def test_muting_adds_to_what_is_muted_and_takes_the_place_of_an_older_mute() -> None:
    old = view(muted=muted("heartbeat", "dividend"))
    assert mute(Muting(events=("heartbeat", "split"), until=LATER), old) == c.ChangePreferences(
        patch={MUTED: [*muted("dividend"), *muted("heartbeat", "split", until=LATER.isoformat())]}
    )
    assert mute(Muting(), view()) == c.ChangePreferences(patch={MUTED: muted("all")})


def test_unmuting_takes_away_what_is_named_or_everything_and_switches_rules_on() -> None:
    old = view(muted=muted("heartbeat", "dividend"), rules=[rule("split", enabled=False), rule("stop_hit")])
    on = [rule("split"), rule("stop_hit")]
    assert unmute(Unmuting(events=("heartbeat",)), old) == c.ChangePreferences(patch={MUTED: muted("dividend")})
    assert unmute(Unmuting(), old) == c.ChangePreferences(patch={MUTED: [], RULES: on})
    assert unmute(Unmuting(events=("split",)), old) == c.ChangePreferences(patch={RULES: on})


def test_what_is_not_muted_is_answered_with_what_is() -> None:
    assert words(unmute(Unmuting(events=("split",)), view(muted=muted("heartbeat")))) == (
        "Not muted: split. Nothing to change: still muted is heartbeat."
    )
    assert words(unmute(Unmuting(), view())) == "Nothing to change."


def test_one_event_cannot_be_taken_out_of_everything() -> None:
    said = words(unmute(Unmuting(events=("split",)), view(muted=muted("all", until=LATER.isoformat()))))
    assert said == (
        "Everything is muted until Fri 20 Nov 14:00, so split news alone cannot be told. "
        'Say "unmute everything" first, then mute what you do not want to hear.'
    )


def test_a_rule_keeps_what_is_not_named() -> None:
    old = view(rules=[rule("stop_hit", channels=["email"], priority="HIGH"), rule("split")])
    slots = Rule.model_validate({"events": ["stop_hit"], "channels": ["sms"], "throttle_minutes": 30})
    assert set_notification(slots, old) == c.ChangePreferences(
        patch={RULES: [rule("split"), rule("stop_hit", channels=["sms"], priority="HIGH", throttle_minutes=30)]}
    )


def test_a_condition_is_a_part_of_the_rule() -> None:
    condition = {"field": "loss_dollars", "op": "min", "value": 1000.0}
    slots = Rule.model_validate({"events": ["loss_alert"], "condition": condition})
    assert set_notification(slots, view()) == c.ChangePreferences(
        patch={RULES: [rule("loss_alert", conditions=[condition])]}
    )


def test_an_event_alone_is_unmuted_or_told_already() -> None:
    slots = Rule(events=("dividend",))
    assert set_notification(slots, view(muted=muted("dividend"))) == c.ChangePreferences(patch={MUTED: []})
    assert words(set_notification(slots, view())) == "You are told dividend news in this chat already."


def test_quiet_hours_are_set_and_ended() -> None:
    hours = Quiet.model_validate({"from": "22:00", "to": "07:00"})
    assert set_quiet_hours(hours, view()) == c.ChangePreferences(
        patch={"notifications.quiet_hours": {"start": "22:00", "end": "07:00"}}
    )
    assert set_quiet_hours(Quiet.model_validate({"on": False}), view()) == c.ChangePreferences(
        patch={"notifications.quiet_hours": None}
    )


@pytest.mark.parametrize(
    ("slots", "said"),
    [
        ({"from": "22:00"}, "From when to when? For example from 10 pm to 6 am."),
        ({"on": True}, "From when to when? For example from 10 pm to 6 am."),
        ({"from": "22:00", "to": "22:00"}, SAME),
    ],
)
def test_quiet_hours_without_two_different_ends_are_asked_back(slots: dict[str, Any], said: str) -> None:
    assert words(set_quiet_hours(Quiet.model_validate(slots), view())) == said


def test_a_test_is_sent_on_the_way_that_was_named() -> None:
    assert send_test(Trial(), view()) == c.TestNotification()
    assert send_test(Trial(channel=Outlet.EMAIL), view()) == c.TestNotification(outlet=Outlet.EMAIL)


def test_an_address_is_refused_where_nothing_is_sent() -> None:
    wanted = set_address(Address(channel=Outlet.EMAIL, address="anna@example.com"), view())
    assert isinstance(wanted, c.Command)
    no = refused(wanted, a_state(preferences=prefer()))
    assert no == Refused(Refusal.NO_SUCH_PART, {"part": "email"})


def test_all_that_is_set_is_shown() -> None:
    rules = [
        rule("loss_alert", channels=["sms"], conditions=[{"field": "loss_dollars", "op": "min", "value": 1000}]),
        rule("gain_alert", priority="LOW", throttle_minutes=60),
        rule("dividend", enabled=False),
    ]
    shown = view(muted=muted("heartbeat"), rules=rules, quiet_hours=["22:00", "07:00"], summary_time="18:00")
    assert words(show_notifications(NoSlots(), shown)) == (
        "PAPER · News come to this chat. Muted: heartbeat.\n"
        "  loss alert: by text message only from a loss of $1,000.00 on\n"
        "  gain alert: with LOW priority at most once in 1 h\n"
        "  dividend: off\n"
        "Quiet hours: 22:00 to 07:00 (LOW and MEDIUM news wait until they end, "
        "HIGH news come silently, CRITICAL news always). The day's summary comes at 18:00. "
        "Alerts of a day's gain: none, of a day's loss: none, of a fall from the peak: 10%. "
        "Not connected so far: text message; these come here, too."
    )


def test_without_any_rule_the_usual_is_shown() -> None:
    assert words(show_notifications(NoSlots(), view())) == (
        "PAPER · News come to this chat.\n"
        "Quiet hours: none. The day's summary comes at 16:30. "
        "Alerts of a day's gain: none, of a day's loss: none, of a fall from the peak: 10%."
    )
