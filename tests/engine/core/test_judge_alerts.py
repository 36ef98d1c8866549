"""Alerts: told when the owner's mark is reached, once a session, of a result that moved money is no part of."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.announce import announced
from engine.core.announcement import Announcement, Moment
from engine.core.apply import applied
from engine.core.decide import decide
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refusal
from engine.core.state import State, Tally
from engine.core.units import money
from engine.core.words import Alert, Priority
from tests.builders import a_snapshot
from tests.engine.scenes import DAY, a_scene, an_account, done, judged, prefer, refused

MARKS = {
    "performance__gain_alert_pct": 2.5,
    "performance__loss_alert_pct": 2,
    "performance__drawdown_alert_pct": 10,
    "risk__daily_loss_limit_pct": 50,
    "risk__max_drawdown_pct": 90,
}


def worth(equity: str, peak: str = "100000", **changes: Any) -> State:
    """An account that stood at 100,000 at its last close."""
    last = a_snapshot("100000", session=DAY - timedelta(days=1))
    usual: dict[str, Any] = {"preferences": prefer(**MARKS), "contributed": money("100000"), "peak": money(peak)}
    return an_account(equity, last=last, **usual | changes)


def due(state: State) -> list[c.RaiseAlert]:
    found = decide(state, a_scene(), DEFAULT_POLICY)
    return [command for command in found if isinstance(command, c.RaiseAlert)]


@pytest.mark.parametrize(
    ("equity", "expected"),
    [
        ("102499.99", []),
        ("102500", [(Alert.GAIN, 0.025, 0.025)]),
        ("98000.01", []),
        ("98000", [(Alert.LOSS, 0.02, 0.02)]),
        ("90000.01", [(Alert.LOSS, 0.02, 0.0999999)]),
        ("90000", [(Alert.LOSS, 0.02, 0.1), (Alert.DRAWDOWN, 0.1, 0.1)]),
    ],
)
def test_a_mark_counts_from_where_it_is_reached(equity: str, expected: list[tuple[Alert, float, float]]) -> None:
    found = due(worth(equity))
    assert [(one.alert, one.threshold) for one in found] == [(alert, mark) for alert, mark, _ in expected]
    assert [one.actual for one in found] == pytest.approx([actual for _, _, actual in expected])


def test_each_is_told_once_a_session() -> None:
    state = worth("90000")
    for command in due(state):
        state = done(state, command)
    assert state.tally.alerts == ("loss_alert", "drawdown_alert")
    assert due(state) == []
    again = c.RaiseAlert(alert=Alert.LOSS, threshold=0.02, actual=0.1)
    assert refused(again, state).code is Refusal.ALREADY_DONE
    assert len(due(replace(state, tally=Tally(session=DAY)))) == 2


def test_what_was_told_the_day_before_is_told_anew() -> None:
    before = Tally(session=DAY - timedelta(days=1), alerts=("loss_alert", "drawdown_alert"))
    assert len(due(worth("90000", tally=before))) == 2


def test_without_a_mark_or_money_nothing_is_told() -> None:
    silent = {name: None for name in MARKS if name.startswith("performance")}
    assert due(worth("50000", preferences=prefer(**MARKS | silent))) == []
    assert due(an_account("0", preferences=prefer(**MARKS), contributed=0, peak=0)) == []


def test_a_new_mark_is_in_force_at_once() -> None:
    state = worth("99000")
    assert due(state) == []
    (alert,) = due(done(state, c.ChangePreferences(patch={"performance.loss_alert_pct": 1}, by="owner")))
    assert (alert.alert, alert.threshold) == (Alert.LOSS, 0.01)


@given(amount=st.integers(1, 10**7))
def test_money_put_in_raises_no_alert(amount: int) -> None:
    assert due(done(worth("100000"), c.MoveCash(amount=amount * 100))) == []


def told(state: State, alert: Alert) -> Announcement:
    (command,) = [one for one in due(state) if one.alert is alert]
    events = judged(command, state)
    (found,) = announced(events, Moment(state, applied(state, events), a_scene()))
    return found


@pytest.mark.parametrize(
    ("equity", "alert", "priority", "amount"),
    [
        ("103000", Alert.GAIN, Priority.MEDIUM, "3000"),
        ("95000", Alert.LOSS, Priority.HIGH, "5000"),
        ("85000", Alert.DRAWDOWN, Priority.HIGH, "15000"),
    ],
)
def test_it_is_told_in_dollars_and_percent(equity: str, alert: Alert, priority: Priority, amount: str) -> None:
    found = told(worth(equity), alert)
    assert (found.event_type, found.key, found.priority) == (alert.value, f"push.{alert.value}", priority)
    assert found.facts["amount"] == money(amount)
    assert found.facts["actual"] == pytest.approx(money(amount) / money("100000"))
    assert found.facts["equity"] == money(equity)
