"""What was done is told with its numbers, its time and what comes next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import outcomes
from bot.answers import rendered
from bot.phrases import Phrases
from engine.bus import Done
from engine.core import events as e
from engine.core.nouns import Term, Transfer
from engine.core.people import Invitation, Person
from engine.core.policy import DEFAULT_POLICY
from engine.core.preferences import Preferences, patched
from engine.core.scene import Scene
from engine.core.state import State, Tally
from engine.core.units import money
from engine.core.words import Autonomy, Role
from engine.view import History, View
from skills.balance import show_balance
from skills.skill import NoSlots, Say
from tests.builders import NOON, a_change, a_position, a_state
from tests.engine.scenes import a_scene, holding, later, prefer
from tests.skills.views import a_view, words

PHRASES = Phrases.load()
OPEN, DONE = Tally(session=NOON.date()), Tally(session=NOON.date(), summarised=True)
UNTIL = NOON + timedelta(days=3)
ANNA = Person(id="telegram:42", role=Role.VIEWER, since=NOON, name="Anna")


def said(say: Say) -> str:
    return rendered(say, PHRASES).text


def told(
    *events: e.Event,
    old: State | None = None,
    new: State | None = None,
    scene: Scene | None = None,
) -> str:
    before = old or a_state(preferences=prefer())
    after = new or before
    view = View(before, scene or a_scene(), DEFAULT_POLICY, History())
    return said(outcomes.told(Done(events, before, after), view))


def changed(*fields: tuple[str, Any, Any], terms: tuple[Term, ...] = (), undoes: tuple[int, ...] = ()) -> e.Event:
    new = patched(Preferences(), {path: value for path, _, value in fields})
    return e.PreferencesChanged(
        change=a_change(fields=fields), preferences=new, loosened=False, undoes=undoes, terms=terms
    )


def a_term(path: str, back: object) -> Term:
    return Term(path=path, until=UNTIL, back=back, seq=1)


def test_a_value_for_a_time_says_until_when_and_what_comes_then() -> None:
    path = "risk.daily_loss_limit_pct"
    assert told(changed((path, 3.0, 2.0), terms=(a_term(path, 3.0),))) == (
        "Done.\n  daily loss limit: 3% → 2% until Mon 23 Nov 12:00, then back to 3%"
    )
    path = "trading.capital_limit"
    assert told(changed((path, None, "5000"), terms=(a_term(path, None),))) == (
        "Done.\n  capital limit: none → $5,000.00 until Mon 23 Nov 12:00, then back to none"
    )


@pytest.mark.parametrize("level", list(Autonomy))
def test_an_autonomy_for_a_time_says_so_too(level: Autonomy) -> None:
    path = "trading.autonomy"
    after = a_state(preferences=prefer(trading__autonomy=level))
    event = changed((path, "ask", level.value), terms=(a_term(path, "ask"),))
    assert told(event, new=after).endswith(" Until Mon 23 Nov 12:00, then back to ask.")
    assert "Until" not in told(changed((path, "ask", level.value)), new=after)


def test_lists_are_told_by_what_joined_and_left() -> None:
    fields = (("trading.asset_classes", ["equities", "etfs"], ["equities", "reits"]),)
    assert told(changed(*fields)) == "Done.\n  kinds of securities: added REITs, removed ETFs"


def test_an_undo_of_several_changes_counts_them() -> None:
    fields: tuple[tuple[str, Any, Any], ...]
    fields = (("risk.daily_loss_limit_pct", 2.0, 3.0), ("trading.watchlist", ["KO"], []))
    assert told(changed(*fields, undoes=(3, 4))) == (
        "Put back: 2 changes.\n  daily loss limit: 2% → 3%\n  watchlist: removed KO"
    )
    assert told(changed(fields[0], undoes=(3,))) == "Put back.\n  daily loss limit: 2% → 3%"


def excluding(old: dict[str, Any], new: dict[str, Any]) -> str:
    before, after = prefer(**old), prefer(**new)
    change = a_change(fields=(("trading.excluded_tickers", None, None),))
    event = e.PreferencesChanged(change=change, preferences=after, loosened=False)
    held = holding(a_state(preferences=before), a_position())
    return told(event, old=held, new=replace(held, preferences=after))


def test_what_is_excluded_and_still_held_stays_until_it_is_sold() -> None:
    assert excluding({}, {"trading__excluded_tickers": ("TSLA",)}) == "Done: I never buy TSLA from now on."
    for excluded in ({"trading__excluded_tickers": ("KO",)}, {"trading__excluded_sectors": ("consumer_staples",)}):
        assert excluding({}, excluded).endswith(" Still held, until sold: KO.")


def test_what_is_let_in_again_is_told_with_what_stays_out() -> None:
    old = {"trading__excluded_tickers": ("KO", "TSLA"), "trading__excluded_sectors": ("energy",)}
    assert excluding(old, {**old, "trading__excluded_tickers": ("TSLA",)}) == (
        "Done: KO may be bought again. Still excluded: TSLA and energy."
    )
    assert excluding(old, {}) == "Done: KO, TSLA and energy may be bought again."


@pytest.mark.parametrize(
    ("hours", "time", "tally", "when"),
    [
        (0, "16:30", OPEN, "Fri 20 Nov 16:30"),
        (0, "18:00", OPEN, "Fri 20 Nov 18:00"),
        (6, "18:00", DONE, "Mon 23 Nov 18:00"),
        (6, "16:30", OPEN, "Mon 23 Nov 16:30"),
    ],
)
def test_a_new_hour_of_the_summary_says_when_the_next_one_comes(
    hours: int,
    time: str,
    tally: Tally,
    when: str,
) -> None:
    """Noon and six in the evening of a Friday; the market closes at four."""
    own = prefer(notifications__summary_time=time)
    after = a_state(preferences=own, tally=tally)
    event = changed(("notifications.summary_time", "17:00", time))
    assert told(event, new=after, scene=later(a_scene(), hours=hours)) == (
        f"Done: the day's summary comes at {time} by your clock (was 17:00); the next one on {when}."
    )


def test_an_hour_before_the_close_says_that_it_is_told_after_it() -> None:
    """Six in the evening of Berlin is noon in New York."""
    own = prefer(notifications__summary_time="18:00", notifications__timezone="Europe/Berlin")
    after = a_state(preferences=own, tally=OPEN)
    event, thursday = changed(("notifications.summary_time", "22:30", "18:00")), a_scene(NOON - timedelta(days=1))
    assert told(event, new=after, scene=thursday) == (
        "Done: the day's summary comes at 18:00 by your clock (was 22:30); the next one on Thu 19 Nov 16:02. "
        "18:00 comes before the market's close there, so it is told right after the close."
    )


def test_a_new_time_zone_says_what_time_it_is_there() -> None:
    text = told(changed(("notifications.timezone", "America/New_York", "Europe/Berlin")))
    assert text == (
        "Done: times are told and understood by Berlin time from now on (was New York); here it is Fri 20 Nov 12:00."
    )


def test_paper_money_in_and_out_is_told_with_the_cash_before_and_after() -> None:
    old, new = a_state("1000"), a_state("1500")
    into = e.CashMoved(transfer=Transfer(id="t1", amount=money(500), at=NOON), peak=0)
    out = e.CashMoved(transfer=Transfer(id="t2", amount=-money(500), at=NOON), peak=0)
    assert told(into, old=old, new=new) == (
        "PAPER · $500.00 of paper money put in. Cash $1,000.00 → $1,500.00; it counts neither as gain nor as loss."
    )
    assert told(out, old=new, new=old) == (
        "PAPER · $500.00 of paper money taken out. Cash $1,500.00 → $1,000.00; it counts neither as gain nor as loss."
    )


def test_paper_money_is_told_with_the_same_cash_as_the_balance() -> None:
    old, new = a_state("1000", reserve=money(200)), a_state("400", reserve=money(200))
    out = e.CashMoved(transfer=Transfer(id="t1", amount=-money(600), at=NOON), peak=0)
    assert "Cash $800.00 → $200.00;" in told(out, old=old, new=new)
    assert "in 0 positions, $200.00 cash and $200.00 set" in words(show_balance(NoSlots(), a_view(new)))


def test_a_reset_is_told_with_what_it_begins_with() -> None:
    event = e.AccountReset(transfer=Transfer(id="t1", amount=money(5000), at=NOON, resets=True), at=NOON)
    assert told(event, old=holding(a_state(), a_position()), new=a_state(preferences=prefer())) == (
        "PAPER · The account begins anew with $5,000.00. 1 position gone. Your settings stay; autonomy is auto. "
        "What happened before stays in the journal."
    )


def test_roles_admissions_and_invitations_are_told() -> None:
    before = a_state(people={ANNA.id: ANNA})
    operator = replace(ANNA, role=Role.OPERATOR)
    assert told(e.RoleSet(person=operator, role=Role.OPERATOR), old=before) == (
        "Done: Anna is operator now (was viewer). An operator may look, trade and change settings, "
        "but neither reset the account nor change roles."
    )
    assert told(e.RoleSet(person=ANNA, role=None), old=before) == "Done: Anna (viewer) may do nothing here any more."
    assert told(e.Admitted(person=ANNA, code="ab")) == (
        "Anna is let in as viewer. A viewer may look, and change nothing."
    )
    invitation = Invitation(code="ab", role=Role.VIEWER, lapses_at=datetime(2026, 11, 20, 18, tzinfo=UTC))
    assert told(e.Invited(invitation=invitation)) == (
        "The invitation as viewer is open until Fri 20 Nov 13:00, for one person."
    )


def test_an_undo_puts_the_end_of_a_time_back_too() -> None:
    path = "risk.daily_loss_limit_pct"
    assert told(changed((path, 1.0, 2.0), terms=(a_term(path, 3.0),), undoes=(3,))) == (
        "Put back.\n  daily loss limit: 1% → 2% until Mon 23 Nov 12:00, then back to 3%"
    )


def test_an_own_stop_distance_that_puts_no_stop_nearer_says_what_stays_in_force() -> None:
    """Stops stand 1.5 times 2 % away; 20 % is farther, 2 % is not."""
    path = "risk.stop_loss_pct"
    idle = told(changed((path, None, 20.0)), new=a_state(preferences=prefer(risk__stop_loss_pct=20)))
    near = told(changed((path, None, 2.0)), new=a_state(preferences=prefer(risk__stop_loss_pct=2)))
    assert idle.endswith("20% · in force stay stops about 3% away, which conservative limits put nearer by themselves")
    assert near.endswith("stop-loss: none → 2%")
