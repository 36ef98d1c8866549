from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.preferences import FIELDS, BadValue, Preferences, patched, value_of
from engine.core.words import Autonomy, Tier
from engine.view import View
from skills.adjusting import LADDERS, TIERED, Adjustment, adjust_preference, starting
from skills.skill import Say
from tests.builders import a_state
from tests.engine.scenes import prefer
from tests.skills.views import a_view, words


def adjusted(field: str, direction: str, by: float | None = None, **own: Any) -> Any:
    view = a_view(a_state(preferences=prefer(**own)))
    answer = adjust_preference(Adjustment.model_validate({"field": field, "direction": direction, "by": by}), view)
    return answer.patch[field] if isinstance(answer, c.ChangePreferences) else words(answer)


@pytest.mark.parametrize(
    ("field", "direction", "by", "value"),
    [
        ("risk.daily_loss_limit_pct", "down", 0.5, Decimal("2.5")),
        ("risk.daily_loss_limit_pct", "up", None, Decimal("3.5")),
        ("risk.max_exposure_pct", "down", None, Decimal(75)),
        ("trading.max_daily_trades", "up", 10, 60),
        ("trading.max_open_positions", "down", None, 9),
        ("market_data.refresh_seconds", "up", None, 75),
        ("risk.daily_loss_limit_pct", "down", 10, Decimal(-7)),
    ],
)
def test_a_number_moves_by_so_much_or_by_its_step(field: str, direction: str, by: float | None, value: object) -> None:
    """Out of range is for the judge, who names the range."""
    assert adjusted(field, direction, by) == value


def test_a_tenth_and_two_tenths_are_three() -> None:
    assert adjusted("risk.daily_loss_limit_pct", "up", 0.2, risk__daily_loss_limit_pct=0.1) == Decimal("0.3")
    assert patched(Preferences(), {"risk.daily_loss_limit_pct": Decimal("0.3")}).risk.daily_loss_limit_pct == 0.3
    assert adjusted("trading.capital_limit", "up", 0.1, trading__capital_limit="5000.20") == Decimal("5000.30")


@pytest.mark.parametrize(
    ("field", "direction", "value"),
    [
        ("trading.position_size_pct", "up", Decimal("2.5")),
        ("risk.max_position_pct", "down", Decimal(4)),
        ("risk.max_sector_pct", "down", Decimal(15)),
        ("trading.min_confidence", "up", Decimal("0.80")),
    ],
)
def test_what_is_not_the_owners_own_starts_from_the_tiers_limit(field: str, direction: str, value: object) -> None:
    """A conservative tier buys 2 % at a time, holds 5 % in a position and 20 % in a sector, from 75 % confidence."""
    assert adjusted(field, direction) == value


def test_without_a_limit_there_is_nothing_to_start_from() -> None:
    assert adjusted("risk.stop_loss_pct", "down") == (
        'There is no stop-loss of your own that could go up or down. Say "set the stop-loss to" and a value.'
    )


def test_words_in_an_order_move_by_one() -> None:
    assert adjusted("trading.risk_tolerance", "up") is Tier.MODERATE
    assert adjusted("trading.autonomy", "down") is Autonomy.ASK
    assert adjusted("trading.autonomy", "up") == "The autonomy is auto already; there is nothing further up."
    assert adjusted("trading.risk_tolerance", "down") == (
        "The risk tolerance is conservative already; there is nothing further down."
    )


def test_what_is_no_number_says_what_can_be_said_instead() -> None:
    assert adjusted("notifications.summary_time", "up") == (
        "The summary time is no number, so it cannot go up or down; possible is: a time of day such as 16:30. "
        'Say "set the summary time to" and one of these.'
    )


def test_another_unit_than_the_fields_is_not_guessed() -> None:
    slots = Adjustment(field="trading.max_daily_trades", direction="up", by=Decimal(10), unit="percent")
    assert adjust_preference(slots, a_view()) == Say("why_not.wrong_unit")


def possible(command: c.ChangePreferences, view: View) -> Preferences | None:
    try:
        return patched(view.state.preferences, command.patch)
    except BadValue:
        return None


@given(st.sampled_from(sorted(FIELDS)), st.sampled_from(["up", "down"]), st.decimals(0, 100, places=2))
def test_there_and_back_is_where_it_was(field: str, direction: str, by: Decimal) -> None:
    view = a_view()
    there = adjust_preference(Adjustment.model_validate({"field": field, "direction": direction, "by": by}), view)
    if isinstance(there, Say) or field in LADDERS:
        return
    assert isinstance(there, c.ChangePreferences)
    after = possible(there, view)
    if after is None:
        return
    back = a_view(a_state(preferences=after))
    other = "down" if direction == "up" else "up"
    again = adjust_preference(Adjustment.model_validate({"field": field, "direction": other, "by": by}), back)
    assert isinstance(again, c.ChangePreferences)
    assert again.patch[field] == starting(field, view)
    assert value_of(after, field) is not None


def test_tiered_fields_are_those_that_may_be_none_and_share_a_limit() -> None:
    assert all(FIELDS[path].default is None for path in TIERED)
