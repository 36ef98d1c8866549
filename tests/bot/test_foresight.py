"""Before a looser setting: what it means in dollars of today, and what it would have meant lately."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.answers import rendered
from bot.phrases import Phrases
from bot.readback import read_back
from engine.core import commands as c
from engine.core import events as e
from engine.core.nouns import Breaker, TraceLine
from engine.core.policy import DEFAULT_POLICY
from engine.core.units import money
from engine.core.words import BreakerKind, Skip
from engine.view import History, View
from tests.builders import DAY, NOON, a_decision, a_snapshot
from tests.engine.core.test_hindsight import decided
from tests.engine.scenes import a_holding, a_scene, an_account, holding, prefer

PHRASES = Phrases.load()
USUAL = "first stops stand about 3% under the entry, by each one's usual range"
SKIPPED = a_decision(reason=Skip.LOW_CONFIDENCE, trace=(TraceLine("confidence", 0.7, 0.75, "reject"),))


def a_view(*decisions: Any, snapshots: Any = None, since: date = DAY) -> View:
    account = an_account("100000", preferences=prefer(trading__autonomy="ask"))
    history = History(snapshots=[a_snapshot("100000")] if snapshots is None else snapshots)
    history.decisions.extend(decisions)
    return View(account, replace(a_scene(), lookback=since), DEFAULT_POLICY, history)


def asked(view: View, **patch: Any) -> list[str]:
    command = c.ChangePreferences(patch={name.replace("__", "."): value for name, value in patch.items()})
    return rendered(read_back(command, view), PHRASES).text.split("\n")


def test_a_higher_tier_is_told_in_dollars_of_today() -> None:
    """2 % → 4 % of 100,000; stops 1.5 → 2 ATR of 2 % away; heat 6 % → 10 %."""
    assert asked(a_view(), trading__risk_tolerance="moderate")[2] == (
        "Today: a usual position about $2,000.00 → $4,000.00, of which its stop would lose about $60.00 → $160.00; "
        "all stops together at most $6,000.00 → $10,000.00, now $0.00."
    )


def test_what_is_at_stake_now_is_told_beside() -> None:
    view = a_view()
    held = replace(view, state=holding(view.state, a_holding("KO", "60", 10, stop="58")))
    assert "now $20.00." in asked(held, trading__risk_tolerance="moderate")[2]


def test_a_setting_that_moves_no_position_says_nothing_of_today() -> None:
    assert asked(a_view(), risk__daily_loss_limit_pct=5)[1:] == [
        "  daily loss limit: 3% → 5% (entries stop after losing $3,000.00 → $5,000.00 in a day)",
        "Yes or no?",
    ]


def test_ideas_that_were_turned_down_are_counted_and_buys_sized_anew() -> None:
    bought = decided(an_account("100000", preferences=prefer()), confidence=0.75)
    said = asked(a_view(bought, SKIPPED, SKIPPED), trading__risk_tolerance="moderate")[3]
    assert said == (
        "Over the last 1 session, each decision taken by itself: 1 first entry, sized anew with all their parts, would "
        "come to $2,400.00 with the settings of now → $5,520.00 with the new ones, $72.00 → $220.80 of it at stake "
        "down to the stops; "
        "2 ideas more would have passed what turned them down."
    )


def test_what_was_decided_before_the_last_thirty_sessions_does_not_count() -> None:
    view = a_view(SKIPPED, since=date(2026, 11, 21))
    assert not [line for line in asked(view, trading__min_confidence=0.6) if line.startswith("Over")]


def test_an_account_without_a_past_says_nothing_of_it() -> None:
    assert not [line for line in asked(a_view(snapshots=[]), trading__risk_tolerance="moderate") if "Over" in line]


def test_autonomy_says_how_many_ideas_it_would_have_let_past() -> None:
    idle = a_decision(reason=Skip.AUTONOMY_OFF, trace=(TraceLine("autonomy", "off", None, "reject"),))
    view = a_view(idle, idle, idle)
    off = replace(view, state=replace(view.state, preferences=prefer(trading__autonomy="off")))
    said = " ".join(asked(off, trading__autonomy="auto"))
    assert "3 ideas more would have passed what turned them down" in said


def test_a_day_that_lost_is_counted_under_both_limits() -> None:
    lost = a_snapshot("96000", day_pnl=money("-4000"), peak=money("100000"))
    said = asked(a_view(snapshots=[lost]), risk__daily_loss_limit_pct=5)[2]
    assert said.endswith("losses would have stopped entries on 1 day → 0 days.")


def test_old_and_new_settings_are_compared_and_not_what_happened_under_others() -> None:
    """Bought at 2 % of 100,000; by now 1 % is set, of which 4 % would be four times as much."""
    bought = decided(an_account("100000", preferences=prefer()), confidence=0.75)
    added = decided(holding(an_account("100000", preferences=prefer()), a_holding("KO", "60", 5)))
    view = a_view(bought, added)
    small = replace(view, state=replace(view.state, preferences=prefer(trading__position_size_pct=1)))
    said = " ".join(asked(small, trading__position_size_pct=1.5))
    assert (
        "1 first entry, sized anew with all their parts, would come to $1,200.00 with the settings of now → $1,800.00 "
        "with the new ones, $36.00 → $54.00 of it at stake down to the stops (1 purchase that added to something held "
        "left out)"
    ) in said


def test_an_own_stop_distance_that_brings_no_stop_nearer_says_so_before_and_after() -> None:
    """Conservative stops stand 1.5 ATR of 2 % away, which is nearer than 20 %, and farther than 2 %."""
    view = a_view(a_decision())
    with_stop = replace(view, state=replace(view.state, preferences=prefer(risk__stop_loss_pct=20)))
    said = asked(with_stop, risk__stop_loss_pct=None)
    assert said[1:] == [
        f"  stop-loss: 20% → none (nothing moves today: {USUAL})",
        "Yes or no?",
    ]
    near = replace(view, state=replace(view.state, preferences=prefer(risk__stop_loss_pct=2)))
    assert "(a first stop today usually 2% → 3% under the entry)" in asked(near, risk__stop_loss_pct=None)[1]


@pytest.mark.parametrize(
    ("was", "field", "value", "said"),
    [
        (20_000, "trading__capital_limit", None, "may be traded with today $20,000.00 → $100,000.00"),
        (2, "trading__max_open_positions", 4, "invested today at most $10,000.00 → $20,000.00"),
        (2, "trading__max_daily_trades", 3, "bought in a day at most $10,000.00 → $15,000.00"),
        (30, "trading__max_open_positions", 40, "invested today at most $80,000.00 all the same"),
        (40, "risk__max_exposure_pct", 50, "invested at most $40,000.00 → $50,000.00 today"),
        (5, "risk__max_sector_pct", 8, "one sector at most $5,000.00 → $8,000.00 today"),
        (5, "risk__single_position_loss_pct", 8, "a full position is closed after losing $250.00 → $400.00"),
    ],
)
def test_a_riskier_change_is_told_in_dollars_of_today(was: Any, field: str, value: Any, said: str) -> None:
    view = a_view()
    set_ = replace(view, state=replace(view.state, preferences=prefer(**{field: was})))
    assert said in asked(set_, **{field: value})[1]


def test_money_that_may_be_traded_with_moves_what_is_at_stake() -> None:
    view = a_view()
    held = replace(view, state=replace(view.state, preferences=prefer(trading__capital_limit=20_000)))
    assert asked(held, trading__capital_limit=None)[2].startswith("Today: a usual position about $400.00 → $2,000.00")


def test_trading_by_itself_is_told_with_what_a_stop_and_all_stops_would_lose() -> None:
    lapsed = a_decision(reason=Skip.LAPSED)
    said = " ".join(asked(a_view(lapsed), trading__autonomy="auto"))
    assert (
        "A usual position is about $2,000.00 today, of which its stop would lose about $60.00; all stops together at "
        "most $6,000.00, now $0.00. Over the last 1 session, each decision taken by itself: 1 idea more would have "
        "passed what turned them down."
    ) in said


def test_holdings_sold_for_their_own_loss_are_counted_under_both_limits() -> None:
    view = a_view()
    breaker = Breaker(
        kind=BreakerKind.SINGLE_POSITION, ticker="KO", tripped_at=NOON, threshold=0.05, actual=0.06, until=None
    )
    view.history.recall.hear(1, e.SessionBegan(session=DAY))
    view.history.recall.hear(2, e.BreakerTripped(breaker=breaker))
    held = replace(view, state=replace(view.state, preferences=prefer(risk__single_position_loss_pct=5), seq=2))
    assert "1 holding → 0 holdings would have been sold for its own loss by then" in " ".join(
        asked(held, risk__single_position_loss_pct=8)
    )
