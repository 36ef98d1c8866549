"""Before a looser setting: what it means in dollars of today, and what it would have meant lately."""

from dataclasses import replace
from datetime import date
from typing import Any

from bot.answers import rendered
from bot.phrases import Phrases
from bot.readback import read_back
from engine.core import commands as c
from engine.core.nouns import TraceLine
from engine.core.policy import DEFAULT_POLICY
from engine.core.units import money
from engine.core.words import Skip
from engine.view import History, View
from tests.builders import DAY, a_decision, a_snapshot
from tests.engine.core.test_hindsight import decided
from tests.engine.scenes import a_holding, a_scene, an_account, holding, prefer

PHRASES = Phrases.load()
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
        "Over the last 1 session, each decision taken by itself: losses would have stopped entries on 0 days → 0 days.",
        "Yes or no?",
    ]


def test_ideas_that_were_turned_down_are_counted_and_buys_sized_anew() -> None:
    bought = decided(an_account("100000", preferences=prefer()), confidence=0.75)
    said = asked(a_view(bought, SKIPPED, SKIPPED), trading__risk_tolerance="moderate")[3]
    assert said == (
        "Over the last 1 session, each decision taken by itself: 1 entry of $2,400.00 in all would have been "
        "$5,520.00, with $72.00 → $220.80 at stake down to the stops; "
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
