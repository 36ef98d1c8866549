from datetime import timedelta
from typing import Any

import pytest

from engine.core import commands as c
from engine.core.words import Autonomy, Tier
from skills.settings import (
    Level,
    Setting,
    Switch,
    Tolerance,
    set_autonomy,
    set_preference,
    set_risk_tolerance,
    toggle_preference,
)
from tests.builders import NOON
from tests.skills.views import a_view, words

FRIDAY = NOON + timedelta(days=7)


def test_each_setting_is_a_change_of_one_field() -> None:
    view = a_view()
    assert set_risk_tolerance(Tolerance(tier=Tier.MODERATE), view) == c.ChangePreferences(
        patch={"trading.risk_tolerance": Tier.MODERATE}
    )
    assert set_autonomy(Level(level=Autonomy.ASK), view) == c.ChangePreferences(
        patch={"trading.autonomy": Autonomy.ASK}
    )
    setting = Setting(field="risk.daily_loss_limit_pct", value=2, unit="percent")
    assert set_preference(setting, view) == c.ChangePreferences(patch={"risk.daily_loss_limit_pct": 2})


def test_each_of_them_may_hold_for_a_time() -> None:
    answers: list[Any] = [
        set_risk_tolerance(Tolerance(tier=Tier.CONSERVATIVE, until=FRIDAY), a_view()),
        set_autonomy(Level(level=Autonomy.OFF, until=FRIDAY), a_view()),
        set_preference(Setting(field="risk.reserve_pct", value=5, until=FRIDAY), a_view()),
        toggle_preference(Switch(field="trading.gradual_entry", on=False, until=FRIDAY), a_view()),
        toggle_preference(Switch(field="trading.capital_limit", on=False, until=FRIDAY), a_view()),
    ]
    assert [answer.until for answer in answers] == [FRIDAY] * 5


@pytest.mark.parametrize(
    ("slots", "value"),
    [
        (Switch(field="trading.gradual_entry", on=False), False),
        (Switch(field="trading.gradual_entry", on=True), True),
        (Switch(field="market_data.level2", on=True), True),
        (Switch(field="performance.drawdown_alert_pct", on=False), None),
        (Switch(field="notifications.quiet_hours", on=False), None),
    ],
)
def test_a_switch_is_set_and_what_may_be_none_is_taken_away(slots: Switch, value: object) -> None:
    assert toggle_preference(slots, a_view()) == c.ChangePreferences(patch={slots.field: value})


def test_what_is_no_switch_says_what_it_could_be() -> None:
    assert words(toggle_preference(Switch(field="performance.drawdown_alert_pct", on=True), a_view())) == (
        "The drawdown alert is no switch; possible is: from 0.1% to 90% or none. "
        'Say "set the drawdown alert to" and one of these.'
    )
    assert words(toggle_preference(Switch(field="risk.daily_loss_limit_pct", on=False), a_view())) == (
        "The daily loss limit is no switch; possible is: from 0.1% to 50%. "
        'Say "set the daily loss limit to" and one of these.'
    )
