"""What is read back before a yes: from → to, in dollars of today."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.answers import rendered
from bot.phrases import Phrases
from bot.readback import ASKS, MEANS, phrase_of, read_back
from engine.core import commands as c
from engine.core.harm import HARM, LOOSER
from engine.core.limits import Limits
from engine.core.nouns import Pause, Term
from engine.core.people import Person
from engine.core.policy import DEFAULT_POLICY
from engine.core.preferences import Preferences, patched
from engine.core.state import State
from engine.core.units import money
from engine.core.words import Harm, Role
from engine.view import History, View
from skills.reverting import Category, reset_preferences
from tests.builders import NOON, a_change, a_position, a_state
from tests.engine.scenes import a_scene, holding, later, prefer

PHRASES = Phrases.load()


def a_view(state: State | None = None, **scene: Any) -> View:
    account = state or a_state(cash="10000", preferences=prefer())
    return View(account, a_scene(**scene), DEFAULT_POLICY, History())


def asked(command: c.Command, view: View | None = None) -> str:
    return rendered(read_back(command, view or a_view()), PHRASES).text


def change(**fields: Any) -> c.ChangePreferences:
    return c.ChangePreferences(patch={name.replace("__", "."): value for name, value in fields.items()})


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (change(risk__daily_loss_limit_pct=5), "entries stop after losing $300.00 → $500.00 in a day"),
        (change(trading__risk_tolerance="moderate"), "largest position today $500.00 → $800.00"),
        (change(risk__max_drawdown_pct=20), "entries stop $1,500.00 → $2,000.00 below the peak"),
        (change(risk__max_exposure_pct=90), "invested at most $8,000.00 → $9,000.00 today"),
        (change(risk__single_position_loss_pct=20), "a full position is closed after losing $50.00 → $100.00"),
    ],
)
def test_a_change_in_dollars_of_today(command: c.ChangePreferences, line: str) -> None:
    found = re.fullmatch(
        r"PAPER · Change this\?\n  [a-z ]+: \w+%? → \w+%? \((.*)\)\n(?:Today: .*\n)?Yes or no\?", asked(command)
    )
    assert found
    assert found[1] == line


def test_a_change_that_means_no_dollars() -> None:
    said = asked(change(risk__take_profit_pct=20))
    assert said == "PAPER · Change this?\n  take-profit: none → 20%\nYes or no?"


def test_several_changes_are_several_lines() -> None:
    text = asked(change(risk__daily_loss_limit_pct=5, risk__max_drawdown_pct=20))
    assert text.count("→") == 4
    assert len(text.splitlines()) == 4


def test_what_a_limit_means_names_a_limit() -> None:
    assert set(MEANS) <= set(LOOSER)
    assert set(MEANS.values()) <= set(Limits._fields)
    assert {f"meaning.{name}" for name in MEANS.values()} <= set(PHRASES)


def test_more_autonomy_says_what_it_may_do_at_most() -> None:
    off = a_view(a_state(preferences=prefer(trading__autonomy="off")))
    assert asked(change(trading__autonomy="auto"), off) == (
        "PAPER · Autonomy off → auto: I will buy and sell by myself, conservative limits, at most 10 positions "
        "of up to $500.00 each and $8,000.00 in all; entries stop for the day after a loss of $300.00. "
        "A usual position is about $200.00 today, of which its stop would lose about $6.00; "
        "all stops together at most $600.00, now $0.00. Yes or no?"
    )
    assert asked(change(trading__autonomy="ask"), off) == (
        "PAPER · Autonomy off → ask: I will propose trades of up to $500.00 and make none without your yes. Yes or no?"
    )


def test_closing_says_what_it_brings() -> None:
    state = holding(a_state(preferences=prefer()), a_position(entry="50"))
    assert asked(c.ClosePosition(tickers=("KO",)), a_view(state)) == (
        "PAPER · Sell this, about $600.00, gain or loss +$100.00?\n"
        "  KO: 10 shares at $60.00, +$100.00 (+20%) since entry\n"
        "Yes or no?"
    )
    night = View(state, later(a_scene(), hours=8), DEFAULT_POLICY, History())
    text = asked(c.ClosePosition(tickers=("KO", "PEP"), fraction=0.5), night)
    assert text.startswith("PAPER · Sell 50% of this, about $300.00, gain or loss +$50.00?")
    assert "The market is closed; it would be sold at Mon 23 Nov 09:30." in text


def test_resuming_says_what_stood_and_what_may_be_bought() -> None:
    assert asked(c.ResumeEntries(), a_view(a_state(preferences=prefer(), killed_at=NOON))) == (
        "PAPER · Resume? The kill switch has stood since Fri 20 Nov 12:00. I trade by myself within your limits. "
        "A new position may be up to $500.00. Yes or no?"
    )


def test_an_undo_is_read_back_as_the_change_that_it_is() -> None:
    changes = (
        a_change(seq=1, fields=(("risk.daily_loss_limit_pct", 5.0, 3.0),)),
        a_change(seq=2, fields=(("engine.pause", None, "until resumed"),)),
    )
    state = a_state(preferences=prefer(), changes=changes, pause=Pause(since=NOON - timedelta(hours=1), until=None))
    assert asked(c.UndoChanges(), a_view(state)).startswith("PAPER · Resume?")
    both = asked(c.UndoChanges(count=2), a_view(state))
    assert "  daily loss limit: 3% → 5% (" in both
    assert "  pause: until resumed → none" in both
    only = asked(c.UndoChanges(field="risk.daily_loss_limit_pct"), a_view(state))
    assert "pause" not in only


def test_an_undo_of_autonomy_and_a_pause_names_both() -> None:
    changes = (
        a_change(seq=1, fields=(("trading.autonomy", "auto", "ask"),)),
        a_change(seq=2, fields=(("engine.pause", None, "until resumed"),)),
    )
    own = prefer(trading__autonomy="ask")
    view = a_view(a_state(preferences=own, changes=changes, pause=Pause(since=NOON, until=None)))
    assert asked(c.UndoChanges(count=2), view) == (
        "PAPER · Change this?\n  autonomy: ask → auto (I buy and sell by myself, conservative limits, at most"
        " 10 positions of up to $500.00 each and $8,000.00 in all; entries stop for the day after a loss of $300.00)\n"
        "  pause: until resumed → none\nYes or no?"
    )


def test_an_undo_says_until_when_what_it_puts_back_held() -> None:
    path = "risk.max_exposure_pct"
    term = Term(path=path, until=NOON + timedelta(days=1), back=70.0, seq=1)
    changes = (a_change(seq=2, fields=((path, 90.0, 60.0),), before=(term,)),)
    view = a_view(a_state(cash="10000", preferences=prefer(risk__max_exposure_pct=60), changes=changes))
    assert "max exposure: 60% → 90% until Sat 21 Nov 12:00, then back to 70% (" in asked(c.UndoChanges(), view)


def test_a_pause_that_ends_sooner_is_asked_about_from_end_to_end() -> None:
    view = a_view(a_state(preferences=prefer(), pause=Pause(since=NOON, until=None)))
    assert asked(c.PauseEntries(until=NOON + timedelta(hours=1)), view) == (
        "PAPER · Change this?\n  pause: until resumed → Fri 20 Nov 13:00\nYes or no?"
    )


def test_anything_else_is_named() -> None:
    assert asked(c.StopEverything()) == "Do this: stop everything? Yes or no?"
    assert replace(a_view(), history=History()).worth.equity == 100_000_000


ANNA = Person(id="telegram:42", role=Role.VIEWER, since=NOON, name="Anna")
SAM = Person(id="telegram:43", role=Role.VIEWER, since=NOON)


@pytest.mark.parametrize(
    ("command", "phrase"),
    [
        (c.ResetAccount(), "reset paper"),
        (c.SetRole(person="anna", role=Role.OPERATOR), "make Anna operator"),
        (c.SetRole(person="telegram:42", role=None), "remove Anna"),
        (c.SetRole(person="telegram:43", role=None), "remove telegram:43"),
        (c.Invite(code="ab", role=Role.VIEWER, lapses_at=NOON), "invite viewer"),
        (c.StopEverything(), None),
    ],
)
def test_a_grave_command_has_its_words_to_type(command: c.Command, phrase: str | None) -> None:
    state = a_state(preferences=prefer(), people={one.id: one for one in (ANNA, SAM)})
    assert phrase_of(command, a_view(state)) == phrase


def test_whatever_can_hurt_is_read_back_in_words_of_its_own() -> None:
    unasked = [kind for kind in HARM if kind not in ASKS]
    assert [kind.__name__ for kind in unasked if HARM[kind](None, a_state(), DEFAULT_POLICY) >= Harm.RISKIER] == []


def test_a_value_for_a_time_says_until_when_and_what_comes_then() -> None:
    until = NOON + timedelta(days=3)
    loss = c.ChangePreferences(patch={"risk.max_exposure_pct": 90}, until=until)
    assert asked(loss) == (
        "PAPER · Change this?\n"
        "  max exposure: 80% → 90% until Mon 23 Nov 12:00, then back to 80% "
        "(invested at most $8,000.00 → $9,000.00 today)\n"
        "Yes or no?"
    )
    off = a_view(a_state(cash="10000", preferences=prefer(trading__autonomy="off")))
    text = asked(c.ChangePreferences(patch={"trading.autonomy": "auto"}, until=until), off)
    assert "a loss of $300.00. Until Mon 23 Nov 12:00, then back to off. A usual position" in text
    text = asked(c.ChangePreferences(patch={"trading.autonomy": "ask"}, until=until), off)
    assert text.endswith("without your yes. Until Mon 23 Nov 12:00, then back to off. Yes or no?")


def test_a_time_upon_a_time_ends_where_the_first_began() -> None:
    term = Term(path="risk.max_exposure_pct", until=NOON + timedelta(days=1), back=70.0, seq=1)
    view = a_view(a_state(cash="10000", preferences=prefer(), terms=(term,)))
    command = c.ChangePreferences(patch={"risk.max_exposure_pct": 90}, until=NOON + timedelta(days=3))
    assert "80% until Sat 21 Nov 12:00 → 90% until Mon 23 Nov 12:00, then back to 70%" in asked(command, view)


def test_a_list_is_read_back_by_what_joins_and_leaves() -> None:
    text = asked(change(trading__asset_classes=("equities", "etfs", "reits")))
    assert text == "PAPER · Change this?\n  kinds of securities: added REITs\nYes or no?"


def test_what_is_as_it_was_is_not_read_back() -> None:
    text = asked(change(risk__max_exposure_pct=80, trading__max_open_positions=20))
    meant = "invested today at most $5,000.00 → $8,000.00, in positions of up to $500.00"
    assert text == f"PAPER · Change this?\n  max open positions: 10 → 20 ({meant})\nYes or no?"


def test_many_changes_are_folded_to_those_that_loosen_something() -> None:
    """A reset of everything: of ten changes two allow more than before."""
    tight = {"risk__max_exposure_pct": 50, "risk__daily_loss_limit_pct": 1}
    others = {
        "risk__max_drawdown_pct": 30,
        "risk__reserve_pct": 10,
        "trading__max_open_positions": 20,
        "trading__style": "day",
        "trading__watchlist": ("KO",),
        "performance__benchmark": "KO",
        "strategy__min_sectors": 4,
        "notifications__summary_time": "18:00",
    }
    own = patched(Preferences(), {name.replace("__", "."): value for name, value in {**tight, **others}.items()})
    view = a_view(a_state(cash="10000", preferences=own))
    command = reset_preferences(Category(), view)
    assert isinstance(command, c.ChangePreferences)
    assert asked(command, view) == (
        "PAPER · Change this?\n"
        "  max exposure: 50% → 80% (invested at most $5,000.00 → $8,000.00 today)\n"
        "  daily loss limit: 1% → 3% (entries stop after losing $100.00 → $300.00 in a day)\n"
        "  and 8 other settings that loosen nothing\n"
        "Yes or no?"
    )


def test_what_is_let_in_again_says_how_much_of_it_and_what_stays_out() -> None:
    own = prefer(trading__excluded_tickers=("KO", "TSLA"), trading__excluded_sectors=("energy",))
    view = a_view(a_state(cash="10000", preferences=own))
    assert asked(change(trading__excluded_tickers=("TSLA",)), view) == (
        "PAPER · Allow KO again? What is recommended of it may then be bought, up to $500.00 in one company. "
        "Still excluded: TSLA and energy.\nYes or no?"
    )
    assert "Still excluded" not in asked(change(trading__excluded_tickers=(), trading__excluded_sectors=()), view)


def test_a_reset_says_what_is_lost_and_what_stays() -> None:
    state = holding(a_state(preferences=prefer(), reserve=money(50)), a_position(entry="50"))
    assert asked(c.ResetAccount(cash=money(5000)), a_view(state)) == (
        "PAPER · Begin this account anew with $5,000.00? It is worth $10,100.00, +$100.00 since its start.\n"
        "Gone for good: 1 position (KO), $50.00 in the reserve, its cash of $9,450.00. It cannot be undone.\n"
        "Settings, people and the journal of all that happened stay."
    )


def test_a_role_is_read_back_with_what_it_lets_do() -> None:
    view = a_view(a_state(preferences=prefer(), people={ANNA.id: ANNA}))
    assert asked(c.SetRole(person="anna", role=Role.OPERATOR), view) == (
        "PAPER · Make Anna operator? Now: viewer. An operator may look, trade and change settings, "
        "but neither reset the account nor change roles. It takes effect at once."
    )
    assert asked(c.SetRole(person="anna", role=None), view) == (
        "PAPER · Remove Anna (viewer)? Anna may do nothing here from then on, not even look."
    )
    assert asked(c.Invite(code="ab", role=Role.VIEWER, lapses_at=NOON), view) == (
        "PAPER · Invite somebody as viewer? A viewer may look, and change nothing. "
        "The code works once, until Fri 20 Nov 12:00."
    )


@pytest.mark.parametrize("role", list(Role))
def test_every_role_says_what_it_may(role: Role) -> None:
    assert f"may.{role.value}" in PHRASES
