"""Muting: how much it can hurt, that it ends by itself, and that it is put back by undo."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.apply import applied
from engine.core.decide import decide
from engine.core.harm import harm_of
from engine.core.moments import next_deadline
from engine.core.news import ALL, EVENTS, Outlet
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refusal
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.words import Harm, Priority
from tests.builders import NOON
from tests.engine.scenes import a_scene, an_account, done, judged, prefer, refused

CALM = an_account()
HOUR, LATER = NOON + timedelta(hours=1), NOON + timedelta(hours=2)


def mutes(*events: str, until: datetime | None = None) -> list[dict[str, Any]]:
    return [{"event": event, "until": until and until.isoformat()} for event in events]


def mute(found: Iterable[dict[str, Any]]) -> c.ChangePreferences:
    return c.ChangePreferences(patch={"notifications.muted": [*found]}, by="owner")


def ruled(**parts: Any) -> c.ChangePreferences:
    return c.ChangePreferences(patch={"notifications.rules": [parts]}, by="owner")


def muted(state: State) -> list[str]:
    return [one.event for one in state.preferences.notifications.muted]


def due(state: State, scene: Scene) -> bool:
    return c.EndMutes() in decide(state, scene, DEFAULT_POLICY)


def test_a_mute_ends_by_itself_when_its_time_has_come_and_is_told() -> None:
    state = done(CALM, mute([*mutes("stop_moved", until=HOUR), *mutes("heartbeat")]))
    assert next_deadline(state, NOON) == HOUR
    assert not due(state, a_scene(HOUR - timedelta(seconds=1)))
    assert refused(c.EndMutes(), state, a_scene(NOON)).code is Refusal.NO_TERM
    scene = a_scene(HOUR)
    assert due(state, scene)
    events = judged(c.EndMutes(), state, scene)
    after = applied(state, events)
    assert muted(after) == ["heartbeat"]
    (changed,) = events
    assert isinstance(changed, e.PreferencesChanged)
    assert (changed.change.how, changed.ended, changed.loosened) == ("term", True, False)
    (told,) = announced(events, Moment(state, after, scene))
    assert (told.key, told.priority) == ("push.mute_over", Priority.MEDIUM)
    assert (told.facts["events"], told.facts["all"], told.facts["left"]) == (["stop_moved"], None, ["heartbeat"])
    assert not due(after, a_scene(LATER))


events_of_the_list = st.sampled_from([ALL, *EVENTS])
until_whenever = st.none() | st.integers(1, 300).map(lambda minutes: NOON + timedelta(minutes=minutes))
named = st.tuples(events_of_the_list, until_whenever)
some_mutes = st.lists(named, min_size=1, max_size=6, unique_by=lambda one: one[0])


@given(some_mutes, st.integers(1, 300))
def test_whatever_is_muted_what_is_over_ends_and_what_is_not_stays(
    wanted: list[tuple[str, datetime | None]], minutes: int
) -> None:
    now = NOON + timedelta(minutes=minutes)
    state = done(CALM, mute([one for event, until in wanted for one in mutes(event, until=until)]))
    if due(state, a_scene(now)):
        state = done(state, c.EndMutes(), a_scene(now))
    assert muted(state) == [event for event, until in wanted if until is None or until > now]


def test_a_mute_that_would_be_over_is_refused() -> None:
    no = refused(mute(mutes("heartbeat", until=NOON)), CALM, a_scene(NOON))
    assert (no.code, no.facts) == (Refusal.UNTIL_PASSED, {"until": NOON.isoformat()})


def test_what_is_muted_already_stays_while_something_else_is_muted_after_its_end() -> None:
    """The engine ends it a moment later; the owner's own change is not refused for it."""
    state = done(CALM, mute(mutes("heartbeat", until=HOUR)))
    both = [*mutes("heartbeat", until=HOUR), *mutes("dividend")]
    assert muted(done(state, mute(both), a_scene(LATER))) == ["heartbeat", "dividend"]


def test_undo_puts_back_what_was_muted_but_nothing_whose_time_is_over() -> None:
    first = done(CALM, mute([*mutes("heartbeat", until=HOUR), *mutes("dividend")]))
    second = done(first, mute([]))
    assert muted(done(second, c.UndoChanges(by="owner"), a_scene(NOON))) == ["heartbeat", "dividend"]
    assert muted(done(second, c.UndoChanges(by="owner"), a_scene(LATER))) == ["dividend"]


@pytest.mark.parametrize(
    ("old", "new", "harm"),
    [
        ([], mutes("heartbeat"), Harm.NEUTRAL),
        ([], mutes("trade_opened", until=HOUR), Harm.NEUTRAL),
        ([], mutes("stop_hit"), Harm.NEUTRAL),
        ([], mutes("loss_alert"), Harm.RISKIER),
        ([], mutes("breaker_tripped", until=HOUR), Harm.RISKIER),
        ([], mutes(ALL, until=HOUR), Harm.RISKIER),
        (mutes(ALL), [], Harm.NEUTRAL),
        (mutes("breaker_tripped"), [], Harm.NEUTRAL),
        (mutes("loss_alert", until=HOUR), mutes("loss_alert", until=LATER), Harm.RISKIER),
        (mutes("loss_alert", until=LATER), mutes("loss_alert", until=HOUR), Harm.NEUTRAL),
        (mutes(ALL), [*mutes(ALL), *mutes("loss_alert")], Harm.NEUTRAL),
        (mutes(ALL), [*mutes(ALL), *mutes("breaker_tripped")], Harm.RISKIER),
    ],
)
def test_hiding_what_is_grave_is_riskier_and_nothing_else_is(
    old: list[dict[str, Any]], new: list[dict[str, Any]], harm: Harm
) -> None:
    assert harm_of(mute(new), an_account(preferences=prefer(notifications__muted=old))) is harm


@pytest.mark.parametrize(
    ("rule", "harm"),
    [
        ({"event_type": "breaker_tripped", "priority": "CRITICAL"}, Harm.NEUTRAL),
        ({"event_type": "order_rejected", "priority": "HIGH"}, Harm.NEUTRAL),
        ({"event_type": "breaker_tripped", "priority": "HIGH"}, Harm.RISKIER),
        ({"event_type": "breaker_tripped", "enabled": False}, Harm.RISKIER),
        ({"event_type": "heartbeat", "enabled": False}, Harm.NEUTRAL),
        ({"event_type": "loss_alert", "throttle_minutes": 60}, Harm.RISKIER),
        ({"event_type": "gain_alert", "throttle_minutes": 60}, Harm.NEUTRAL),
        ({"event_type": "loss_alert", "throttle_minutes": 60, "channels": ["sms"]}, Harm.NEUTRAL),
    ],
)
def test_a_rule_that_makes_grave_news_quieter_is_riskier(rule: dict[str, Any], harm: Harm) -> None:
    assert harm_of(ruled(**rule), CALM) is harm


def test_muting_announces_no_looser_limit() -> None:
    events = judged(mute(mutes("breaker_tripped")), CALM)
    assert announced(events, Moment(CALM, applied(CALM, events), a_scene())) == ()


def test_a_rule_of_an_event_or_channel_that_does_not_exist_is_refused_with_those_that_do() -> None:
    no = refused(ruled(event_type="stop_hit", channels=["fax"]), CALM)
    assert (no.code, no.facts["asked"]) == (Refusal.BAD_VALUE, "fax")
    assert no.facts["allowed"] == "any of the channels chat, email, sms, push, in_app, webhook"
    assert "stop_hit" in refused(ruled(event_type="lunch"), CALM).facts["allowed"]


@pytest.mark.parametrize("outlet", [None, Outlet.CHAT, Outlet.IN_APP])
def test_a_test_is_told_on_the_way_of_all_news(outlet: Outlet | None) -> None:
    events = judged(c.TestNotification(outlet=outlet), CALM)
    (told,) = announced(events, Moment(CALM, applied(CALM, events), a_scene()))
    assert told.key == "push.test_notification"


@pytest.mark.parametrize("outlet", [Outlet.EMAIL, Outlet.SMS, Outlet.PUSH, Outlet.WEBHOOK])
def test_a_test_by_a_way_that_is_not_there_is_refused(outlet: Outlet) -> None:
    no = refused(c.TestNotification(outlet=outlet), CALM)
    assert (no.code, no.facts) == (Refusal.NO_SUCH_PART, {"part": outlet.value})
