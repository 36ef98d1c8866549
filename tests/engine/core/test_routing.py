"""What becomes of news on their way: told, held back, or left waiting."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.announcement import Announcement
from engine.core.categories import Notifications, QuietHours
from engine.core.news import ALL, EVENTS
from engine.core.routing import has_to_wait, is_held_back, is_quiet, pause_between, urgency
from engine.core.units import money
from engine.core.words import Priority
from tests.builders import NOON, an_announcement

ZONE = ZoneInfo("America/New_York")
NIGHT = datetime(2020, 2, 5, 23, 0, tzinfo=ZONE)


def news(event: str = "stop_hit", priority: Priority = Priority.MEDIUM, **facts: Any) -> Announcement:
    return an_announcement(event_type=event, priority=priority, facts=facts)


def settings(**fields: Any) -> Notifications:
    return Notifications.model_validate(fields)


def muted(*events: str, until: datetime | None = None) -> Notifications:
    return settings(muted=[{"event": event, "until": until} for event in events])


def rule(event: str = "stop_hit", **parts: Any) -> Notifications:
    return settings(rules=[{"event_type": event, **parts}])


def test_a_muted_event_is_held_back_until_its_time_and_no_other() -> None:
    later, just_now = NOON + timedelta(seconds=1), NOON
    assert is_held_back(news(), muted("stop_hit", until=later))
    assert is_held_back(news(), muted("stop_hit"))
    assert not is_held_back(news(), muted("stop_hit", until=just_now))
    assert not is_held_back(news("trade_opened"), muted("stop_hit"))


@given(st.sampled_from(sorted(EVENTS)), st.sampled_from(Priority))
def test_everything_muted_lets_only_through_what_is_critical(event: str, priority: Priority) -> None:
    assert is_held_back(news(event, priority), muted(ALL)) is (priority < Priority.CRITICAL)
    assert is_held_back(news(event, priority), muted(event))


def test_a_large_loss_by_a_stop_is_told_while_only_one_of_both_is_muted() -> None:
    large = news("stop_hit", Priority.HIGH, large_frac=0.08)
    assert not is_held_back(large, muted("stop_hit"))
    assert not is_held_back(large, muted("large_trade_pnl"))
    assert is_held_back(large, muted("stop_hit", "large_trade_pnl"))


def test_what_is_no_event_of_the_list_is_always_told() -> None:
    test = news("test_notification", Priority.LOW)
    assert not is_held_back(test, muted(ALL))
    assert not has_to_wait(test, settings(quiet_hours=["22:00", "07:00"]), NIGHT)


def test_a_rule_that_is_off_holds_back_and_one_for_another_channel_does_not() -> None:
    assert is_held_back(news(), rule(enabled=False))
    assert not is_held_back(news(), rule(channels=["email"]))
    assert not is_held_back(news("trade_opened"), rule(enabled=False))


@pytest.mark.parametrize(
    ("field", "op", "value", "facts", "told"),
    [
        ("loss_dollars", "min", 1000, {"realised": -money("1000")}, True),
        ("loss_dollars", "min", 1000, {"realised": -money("999.99")}, False),
        ("loss_dollars", "min", 1000, {"realised": money("5000")}, False),
        ("loss_dollars", "max", 1000, {"realised": -money("1500")}, False),
        ("gain_dollars", "min", 500, {"realised": money("600")}, True),
        ("gain_dollars", "min", 500, {"realised": -money("600")}, False),
        ("loss_dollars", "min", 1000, {"amount": money("1200")}, True),
        ("pnl_pct", "min", 5, {"realised_frac": -0.06}, True),
        ("pnl_pct", "min", 5, {"realised_frac": 0.04}, False),
        ("order_dollars", "min", 2000, {"dollars": money("1999")}, False),
        ("confidence", "min", 0.8, {"confidence": 0.79}, False),
        ("drawdown_pct", "min", 10, {"actual": 0.12}, True),
        ("drawdown_pct", "min", 10, {"actual": 0.08}, False),
        ("confidence", "min", 0.8, {}, True),
    ],
)
def test_conditions_hold_news_back_here_only_where_they_are_measured(
    field: str, op: str, value: float, facts: dict[str, Any], *, told: bool
) -> None:
    condition = {"field": field, "op": op, "value": value}
    assert is_held_back(news(**facts), rule(conditions=[condition])) is not told
    assert not is_held_back(news(**facts), rule(conditions=[condition], channels=["sms"]))


@pytest.mark.parametrize(
    ("own", "wanted", "priority"),
    [
        (Priority.MEDIUM, "HIGH", Priority.HIGH),
        (Priority.CRITICAL, "HIGH", Priority.CRITICAL),
        (Priority.CRITICAL, "LOW", Priority.LOW),
        (Priority.HIGH, None, Priority.HIGH),
    ],
)
def test_a_rule_raises_or_lowers_how_urgent_an_event_is(own: Priority, wanted: str | None, priority: Priority) -> None:
    assert urgency(news("order_rejected", own), rule("order_rejected", priority=wanted)) is priority


@pytest.mark.parametrize(
    ("priority", "waits"),
    [(Priority.LOW, True), (Priority.MEDIUM, True), (Priority.HIGH, False), (Priority.CRITICAL, False)],
)
def test_only_low_and_medium_wait_for_the_end_of_quiet_hours(priority: Priority, *, waits: bool) -> None:
    quiet = settings(quiet_hours=["22:00", "07:00"])
    assert has_to_wait(news(priority=priority), quiet, NIGHT) is waits
    assert not has_to_wait(news(priority=priority), quiet, NIGHT + timedelta(hours=8))
    assert not has_to_wait(news(priority=priority), settings(), NIGHT)


def test_quiet_hours_are_by_the_owners_clock() -> None:
    berlin = settings(quiet_hours=["22:00", "07:00"], timezone="Europe/Berlin")
    assert has_to_wait(news(), berlin, datetime(2020, 2, 5, 21, 30, tzinfo=UTC))
    assert not has_to_wait(news(), berlin, datetime(2020, 2, 6, 6, 30, tzinfo=UTC))


times = st.times().map(lambda one: f"{one.hour:02}:{one.minute:02}")


@given(times, times, times)
def test_of_two_hours_each_other_way_round_an_instant_lies_in_exactly_one(start: str, end: str, now: str) -> None:
    at = datetime.combine(NOON.date(), datetime.strptime(now, "%H:%M").time(), ZONE)  # noqa: DTZ007  # a time of day
    one = is_quiet(QuietHours(start=start, end=end), ZONE, at)
    other = is_quiet(QuietHours(start=end, end=start), ZONE, at)
    assert one is (not other if start != end else False)


def test_news_come_seldom_only_by_a_rule_for_here_and_never_what_is_critical() -> None:
    assert pause_between(news(), rule(throttle_minutes=60)) == 60
    assert pause_between(news(), rule(throttle_minutes=60, channels=["email"])) == 0
    assert pause_between(news(priority=Priority.CRITICAL), rule(throttle_minutes=60)) == 0
    assert pause_between(news(), settings()) == 0
