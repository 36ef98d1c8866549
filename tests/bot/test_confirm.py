"""What waits for a yes: whose it is, how long it lives, and by what it is overtaken."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.confirm import EXPIRES, REMEMBERED, Confirmations, keyed, overtaken
from bot.confirm import held as question
from bot.readback import read_back
from engine.core import commands as c
from engine.core.nouns import Breaker, Pause
from engine.core.policy import DEFAULT_POLICY
from engine.core.state import BreakerKey, State
from engine.core.units import money
from engine.core.words import BreakerKind
from engine.view import History, View
from intents.result import Request
from tests.builders import NOON, a_breaker, a_change, a_position, a_state
from tests.engine.scenes import a_scene, holding, prefer

HERE, THERE = ("anna", "chat"), ("anna", "phone")
LOSS = "risk.daily_loss_limit_pct"
LOOSER = c.ChangePreferences(patch={LOSS: 5})
CLOSE = c.ClosePosition(tickers=("KO",))
ASKED = (Request("set_preference", {"field": LOSS, "value": 5}),)
SECOND = timedelta(seconds=1)


def a_view(state: State | None = None, ko: str = "60") -> View:
    held = state or holding(a_state(preferences=prefer()), a_position())
    return View(held, a_scene(prices={"KO": ko}), DEFAULT_POLICY, History())


def held(*commands: c.Command, view: View | None = None) -> Confirmations:
    confirmations = Confirmations()
    confirmations.hold(HERE, question(ASKED, commands, view or a_view()))
    return confirmations


def test_it_belongs_to_a_person_in_a_channel() -> None:
    confirmations = held(LOOSER)
    assert confirmations.waiting(THERE, NOON) is None
    assert confirmations.waiting(("bob", "chat"), NOON) is None
    found = confirmations.waiting(HERE, NOON)
    assert found is not None
    assert (found.commands, found.requests) == ((LOOSER,), ASKED)


def test_it_lives_for_two_minutes_and_is_remembered_for_five() -> None:
    confirmations = held(LOOSER)
    assert timedelta(minutes=2) == EXPIRES
    assert confirmations.any_open(NOON + EXPIRES - SECOND)
    assert confirmations.waiting(HERE, NOON + EXPIRES - SECOND)
    assert not confirmations.any_open(NOON + EXPIRES)
    assert confirmations.waiting(HERE, NOON + EXPIRES) is None
    late = confirmations.lately(HERE, NOON + REMEMBERED)
    assert late is not None
    assert late.expired(NOON + REMEMBERED)
    assert confirmations.lately(HERE, NOON + REMEMBERED + SECOND) is None


def test_it_ends_in_two_minutes_also_where_the_clock_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [1000.0]
    monkeypatch.setattr("bot.confirm.awake_and_asleep", lambda: seconds[0])
    confirmations, put_back = held(LOOSER), NOON - timedelta(hours=1)
    seconds[0] = 1119.0
    assert confirmations.any_open(put_back)
    seconds[0] = 1120.0
    assert not confirmations.any_open(put_back)
    assert confirmations.waiting(HERE, put_back) is None
    assert [place for place, _ in confirmations.ran_out(put_back)] == [HERE]
    seconds[0] = 1301.0
    assert confirmations.lately(HERE, put_back) is None


def test_it_is_taken_once() -> None:
    confirmations = held(LOOSER)
    assert confirmations.take(HERE, NOON)
    assert confirmations.take(HERE, NOON) is None
    confirmations = held(LOOSER)
    confirmations.drop(HERE)
    confirmations.drop(HERE)
    assert confirmations.take(HERE, NOON) is None


def test_a_new_question_takes_the_place_of_the_old() -> None:
    confirmations = held(LOOSER)
    confirmations.hold(HERE, question(ASKED, (CLOSE,), a_view()))
    confirmations.hold(THERE, question(ASKED, (LOOSER,), a_view()))
    found = confirmations.take(HERE, NOON)
    assert found is not None
    assert found.commands == (CLOSE,)
    assert confirmations.any_open(NOON)


def by_what(command: c.Command, before: View, after: View) -> str | None:
    found = held(command, view=before).take(HERE, NOON)
    assert found is not None
    changed = overtaken(found, after)
    return changed.what if changed else None


@pytest.mark.parametrize(
    ("price", "named"), [("60", None), ("60.60", None), ("59.40", None), ("60.61", "KO"), ("59.39", "KO")]
)
def test_a_price_that_moved_by_more_than_a_percent(price: str, named: str | None) -> None:
    assert by_what(CLOSE, a_view(), a_view(ko=price)) == named


def test_a_ticker_without_a_price_is_not_overtaken() -> None:
    view = a_view()
    silent = replace(view, scene=a_scene(prices={"PEP": "150"}))
    assert by_what(CLOSE, view, silent) is None
    assert by_what(CLOSE, silent, view) is None


def test_the_same_field_changed() -> None:
    other = a_view(a_state(preferences=prefer(risk__daily_loss_limit_pct=1)))
    assert by_what(LOOSER, a_view(), other) == LOSS
    elsewhere = a_view(a_state(preferences=prefer(risk__max_drawdown_pct=10)))
    assert by_what(LOOSER, a_view(), elsewhere) is None


def changed(*seqs: int) -> State:
    fields = ((LOSS, 3.0, 2.0),)
    return a_state(preferences=prefer(), changes=tuple(a_change(seq=seq, fields=fields) for seq in seqs))


def test_an_undo_that_would_put_back_another_change() -> None:
    undo = c.UndoChanges()
    assert by_what(undo, a_view(changed(4)), a_view(changed(4))) is None
    assert by_what(undo, a_view(changed(4)), a_view(changed(4, 9))) == LOSS


@pytest.mark.parametrize("since", [{"pause": None}, {"killed_at": NOON}, {"pause": Pause(since=NOON, until=NOON)}])
def test_a_resumption_after_another_pause_or_stop(since: dict[str, Any]) -> None:
    paused = a_state(pause=Pause(since=NOON, until=None))
    assert by_what(c.ResumeEntries(), a_view(paused), a_view(paused)) is None
    assert by_what(c.ResumeEntries(), a_view(paused), a_view(replace(paused, **since))) == "engine.pause"


def test_the_undoing_of_a_pause() -> None:
    pause = (a_change(fields=(("engine.pause", None, "until resumed"),)),)
    paused = a_state(pause=Pause(since=NOON, until=None), changes=pause)
    assert by_what(c.UndoChanges(), a_view(paused), a_view(paused)) is None
    assert by_what(c.UndoChanges(), a_view(paused), a_view(replace(paused, killed_at=NOON))) == "engine.pause"


def test_a_command_carries_its_senders_name() -> None:
    assert keyed(LOOSER, "anna", "chat", "chat:7:0") == replace(LOOSER, by="anna", channel="chat", key="chat:7:0")
    assert money(1) == 10_000


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("reset paper", True),
        ("  RESET Paper\n", True),
        ("reset  paper", False),
        ("reset", False),
        ("yes", False),
        ("", False),
    ],
)
def test_the_words_are_typed_as_they_were_shown(text: str, counts: bool) -> None:  # noqa: FBT001  # what is expected
    grave = question((), (c.ResetAccount(),), a_view(), "reset paper")
    assert grave.typed(text) == counts
    assert not question((), (LOOSER,), a_view()).typed(text)


def test_a_question_that_ran_out_is_told_once() -> None:
    confirmations = held(LOOSER)
    confirmations.hold(THERE, question(ASKED, (CLOSE,), a_view()))
    assert confirmations.ran_out(NOON + EXPIRES - SECOND) == []
    assert confirmations.take(THERE, NOON) is not None
    ((place, found),) = confirmations.ran_out(NOON + EXPIRES)
    assert (place, found.commands) == (HERE, (LOOSER,))
    assert confirmations.ran_out(NOON + EXPIRES) == []
    assert confirmations.lately(HERE, NOON + EXPIRES) is not None


def test_a_question_that_nobody_answered_is_not_kept_for_ever() -> None:
    confirmations = held(LOOSER)
    confirmations.ran_out(NOON + REMEMBERED + SECOND)
    assert confirmations.lately(HERE, NOON) is None


def test_a_yes_to_resuming_lifts_no_breaker_that_tripped_after_the_question() -> None:
    paused = a_state(pause=Pause(since=NOON, until=None))
    asked = question(ASKED, (c.ResumeEntries(),), a_view(paused))
    manual: dict[BreakerKey, Breaker] = {(BreakerKind.MANUAL, None): a_breaker(kind=BreakerKind.MANUAL, until=None)}
    own_end: dict[BreakerKey, Breaker] = {(BreakerKind.DAILY_LOSS, None): a_breaker()}
    assert overtaken(asked, a_view(replace(paused, breakers=own_end))) is None
    assert overtaken(asked, a_view(replace(paused, breakers=manual))) == ("field", "engine.pause")


def test_the_question_names_the_breakers_that_a_yes_lifts() -> None:
    latched = a_breaker(kind=BreakerKind.MAX_DRAWDOWN, until=None)
    standing: dict[BreakerKey, Breaker] = {(BreakerKind.MAX_DRAWDOWN, None): latched}
    facts = read_back(c.ResumeEntries(), a_view(a_state(breakers=standing))).facts
    assert facts["breakers"] == ["max drawdown"]
    assert read_back(c.ResumeEntries(), a_view()).facts["breakers"] is None
