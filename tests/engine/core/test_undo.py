"""Putting things back: any change, once, by a new change that passes the same rules."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.adapters.sql_store.codec import revived
from engine.core import commands as c
from engine.core import events as e
from engine.core.journal import canonical
from engine.core.judge import judge
from engine.core.nouns import Change, Pause
from engine.core.preferences import Preferences, changed_from, patched
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.undo import as_of
from engine.core.words import Autonomy, OrderStatus, Tier
from tests.builders import NOON, a_change, a_proposal, an_order
from tests.engine.scenes import a_ground, a_scene, an_account, done, judged, prefer, refused

CALM = an_account(preferences=Preferences())
UNDO = c.UndoChanges(by="owner")


def changed(state: State, **fields: Any) -> State:
    patch = {name.replace("__", "."): value for name, value in fields.items()}
    return done(state, c.ChangePreferences(patch=patch, by="owner"))


def test_the_last_change_is_put_back_and_only_once() -> None:
    state = changed(changed(CALM, risk__reserve_pct=30), risk__max_exposure_pct=50)
    state = done(state, UNDO)
    assert (state.preferences.risk.max_exposure_pct, state.preferences.risk.reserve_pct) == (80, 30)
    state = done(state, UNDO)
    assert state.preferences == CALM.preferences
    assert refused(UNDO, state).code is Refusal.NOTHING_TO_UNDO


def test_an_undoing_is_no_change_to_be_undone() -> None:
    """Undo twice goes back twice, never forth again."""
    state = changed(changed(CALM, risk__reserve_pct=30), risk__reserve_pct=40)
    state = done(state, UNDO)
    assert state.preferences.risk.reserve_pct == 30
    assert done(state, UNDO).preferences.risk.reserve_pct == 20


def test_two_at_once_go_back_to_before_the_older() -> None:
    state = changed(changed(CALM, risk__reserve_pct=30), risk__reserve_pct=40, risk__max_exposure_pct=60)
    (event,) = judged(c.UndoChanges(count=2, by="owner"), state)
    assert isinstance(event, e.PreferencesChanged)
    assert event.preferences == CALM.preferences
    assert event.undoes == (2, 1)
    assert done(state, c.UndoChanges(count=2)).changes == ()


def test_the_last_change_of_a_field_is_put_back_whatever_came_after_it() -> None:
    state = changed(changed(CALM, risk__reserve_pct=30), risk__max_exposure_pct=50)
    state = done(state, c.UndoChanges(field="risk.reserve_pct"))
    assert (state.preferences.risk.reserve_pct, state.preferences.risk.max_exposure_pct) == (20, 50)
    no = refused(c.UndoChanges(field="risk.reserve_pct"), state)
    assert (no.code, no.facts) == (Refusal.NOTHING_TO_UNDO, {"field": "risk.reserve_pct"})
    assert done(state, UNDO).preferences == CALM.preferences


def test_of_a_change_of_two_fields_the_other_can_still_be_put_back() -> None:
    state = changed(CALM, risk__reserve_pct=30, risk__max_exposure_pct=50)
    state = done(state, c.UndoChanges(field="risk.reserve_pct"))
    assert (state.preferences.risk.reserve_pct, state.preferences.risk.max_exposure_pct) == (20, 50)
    assert refused(c.UndoChanges(field="risk.reserve_pct"), state).code is Refusal.NOTHING_TO_UNDO
    assert done(state, UNDO).preferences == CALM.preferences


def test_putting_back_another_field_does_not_forget_that_tolerance_rose() -> None:
    state = changed(CALM, risk__reserve_pct=30, trading__risk_tolerance="moderate")
    state = done(state, c.UndoChanges(field="risk.reserve_pct"))
    command = c.ChangePreferences(patch={"trading.risk_tolerance": "aggressive"})
    assert refused(command, state).code is Refusal.TOLERANCE_COOLDOWN


def test_a_field_set_back_by_hand_leaves_nothing_behind_when_all_is_undone() -> None:
    state = changed(CALM, risk__reserve_pct=30, risk__max_exposure_pct=50)
    state = changed(state, risk__reserve_pct=20)
    state = done(state, c.UndoChanges(count=2))
    assert state.preferences == CALM.preferences
    assert state.changes == ()


def test_an_undo_passes_the_same_rules() -> None:
    """Lowered by two steps cannot be put back at once."""
    state = replace(CALM, preferences=prefer(trading__risk_tolerance="aggressive"))
    lowered = changed(state, trading__risk_tolerance="conservative")
    assert refused(UNDO, lowered).code is Refusal.TOLERANCE_ONE_STEP
    off = changed(replace(CALM, preferences=prefer()), trading__autonomy="off")
    assert refused(UNDO, off, a_scene(healthy=False)).code is Refusal.AUTO_NEEDS_HEALTH
    assert done(off, UNDO).preferences.trading.autonomy is Autonomy.AUTO


def test_a_rise_that_was_put_back_may_be_made_again() -> None:
    state = done(changed(CALM, trading__risk_tolerance="moderate"), UNDO)
    again = changed(state, trading__risk_tolerance="moderate")
    assert again.preferences.trading.risk_tolerance is Tier.MODERATE
    command = c.ChangePreferences(patch={"trading.risk_tolerance": "aggressive"})
    assert refused(command, again).code is Refusal.TOLERANCE_COOLDOWN


MODERATE = replace(CALM, preferences=prefer(trading__autonomy="off", trading__risk_tolerance="moderate"))
LATER = NOON + timedelta(days=10)
HIGHER = c.ChangePreferences(patch={"trading.risk_tolerance": "aggressive"}, by="owner")


def lowered(state: State, until: datetime | None = None, scene: Scene | None = None) -> State:
    command = c.ChangePreferences(patch={"trading.risk_tolerance": "conservative"}, by="owner", until=until)
    return done(state, command, scene)


@pytest.mark.parametrize("rises", ["by undo", "as its time is over"])
def test_a_rise_that_nobody_set_counts_for_the_next_one(rises: str) -> None:
    if rises == "by undo":
        state = done(lowered(MODERATE), UNDO, a_scene(LATER))
    else:
        state = done(lowered(MODERATE, LATER), c.EndTerm(path="trading.risk_tolerance"), a_scene(LATER))
    assert (state.preferences.trading.risk_tolerance, state.tolerance_raised_at) == (Tier.MODERATE, LATER)
    no = refused(HIGHER, state, a_scene(LATER + timedelta(seconds=5)))
    assert (no.code, no.facts["wait"]) == (Refusal.TOLERANCE_COOLDOWN, 86_395)
    risen = done(state, HIGHER, a_scene(LATER + timedelta(days=1)))
    assert risen.preferences.trading.risk_tolerance is Tier.AGGRESSIVE


def test_a_lowering_on_the_day_of_the_rise_is_put_back_once() -> None:
    state = lowered(changed(CALM, trading__risk_tolerance="moderate"))
    back = done(state, UNDO, a_scene(NOON + timedelta(hours=1)))
    assert (back.preferences.trading.risk_tolerance, back.tolerance_raised_at) == (
        Tier.MODERATE,
        NOON + timedelta(hours=1),
    )
    for command in (HIGHER, UNDO):
        state = lowered(back) if command is UNDO else back
        assert refused(command, state, a_scene(NOON + timedelta(hours=24))).code is Refusal.TOLERANCE_COOLDOWN


def test_two_lowerings_are_not_both_put_back_on_one_day() -> None:
    """Nor is any value above that of the owner's own rise."""
    state = replace(CALM, preferences=prefer(trading__autonomy="off", trading__risk_tolerance="aggressive"))
    state = changed(changed(state, trading__risk_tolerance="moderate"), trading__risk_tolerance="conservative")
    back = done(state, UNDO)
    assert refused(UNDO, back).code is Refusal.TOLERANCE_COOLDOWN


def test_a_rise_that_is_taken_back_leaves_what_was_put_back_since() -> None:
    state = done(lowered(changed(CALM, trading__risk_tolerance="moderate")), UNDO, a_scene(NOON + timedelta(hours=1)))
    after = done(state, UNDO, a_scene(NOON + timedelta(hours=2)))
    assert after.preferences.trading.risk_tolerance is Tier.CONSERVATIVE
    assert after.tolerance_raised_at == NOON + timedelta(hours=1)


def test_putting_another_field_of_a_rise_back_leaves_the_rise() -> None:
    state = changed(CALM, risk__reserve_pct=30, trading__risk_tolerance="moderate")
    assert done(state, c.UndoChanges(field="risk.reserve_pct")).tolerance_raised_at == NOON
    assert done(state, c.UndoChanges(field="trading.risk_tolerance")).tolerance_raised_at is None
    assert done(state, c.ResetAccount(by="owner")).tolerance_raised_at == NOON


STEPS = st.lists(
    st.one_of(
        st.sampled_from(list(Tier)).map(
            lambda tier: c.ChangePreferences(patch={"trading.risk_tolerance": tier.value}, by="owner")
        ),
        st.integers(1, 3).map(lambda count: c.UndoChanges(count=count, by="owner")),
    ),
    max_size=12,
)


@given(STEPS)
def test_nothing_that_is_said_and_undone_within_a_day_rises_by_two_steps(steps: list[c.Command]) -> None:
    state = CALM
    for number, command in enumerate(steps):
        scene = a_scene(NOON + timedelta(minutes=number))
        if not isinstance(judge(command, a_ground(state, scene)), Refused):
            state = done(state, command, scene)
        assert state.preferences.trading.risk_tolerance is not Tier.AGGRESSIVE


# --- all that a message changed


def said(number: int, request: int, **fields: Any) -> c.ChangePreferences:
    patch = {name.replace("__", "."): value for name, value in fields.items()}
    return c.ChangePreferences(patch=patch, by="owner", channel="terminal", key=f"terminal:m{number}:{request}")


def test_without_a_number_all_that_the_last_message_changed_is_put_back() -> None:
    state = done(CALM, said(1, 0, risk__max_drawdown_pct=10))
    state = done(state, said(2, 0, risk__reserve_pct=30))
    state = done(state, c.PauseEntries(by="owner", key="terminal:m2:1"))
    state = done(state, said(2, 2, risk__reserve_pct=40, risk__max_exposure_pct=60))
    back = done(state, UNDO)
    assert (back.pause, back.preferences.risk.reserve_pct, back.preferences.risk.max_exposure_pct) == (None, 20, 80)
    assert back.preferences.risk.max_drawdown_pct == 10
    assert done(back, UNDO).preferences == CALM.preferences


def test_a_number_counts_changes_and_not_messages() -> None:
    state = done(done(CALM, said(1, 0, risk__reserve_pct=30)), said(1, 1, risk__max_exposure_pct=60))
    back = done(state, c.UndoChanges(count=1))
    assert (back.preferences.risk.reserve_pct, back.preferences.risk.max_exposure_pct) == (30, 80)


def test_a_field_that_one_message_set_and_set_back_is_undone_once_and_out_of_the_way() -> None:
    state = done(CALM, said(1, 0, risk__max_exposure_pct=60))
    state = done(done(state, said(2, 0, risk__reserve_pct=30)), said(2, 1, risk__reserve_pct=20))
    state = done(state, UNDO)
    assert state.preferences.risk.max_exposure_pct == 60
    assert done(state, UNDO).preferences == CALM.preferences


def test_an_undoing_says_whose_it_was_and_how() -> None:
    state = done(changed(CALM, risk__reserve_pct=30), c.PauseEntries())
    events = judged(c.UndoChanges(count=2, by="owner", channel="web", key="web:m9:0"), state)
    changes = [event.change for event in events if isinstance(event, e.PreferencesChanged | e.EntriesResumed)]
    assert [(one.by, one.channel, one.message, one.how, one.seq) for one in changes if one] == [
        ("owner", "web", "web:m9", "undo", state.seq + 1),
        ("owner", "web", "web:m9", "undo", state.seq + 2),
    ]


# --- as it was at an instant


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def test_the_settings_of_an_instant_are_those_before_the_first_change_after_it() -> None:
    changes = [
        a_change(seq=1, at=minutes(1), fields=(("risk.reserve_pct", 20.0, 30.0), ("engine.pause", None, "x"))),
        a_change(seq=2, at=minutes(2), fields=(("risk.reserve_pct", 30.0, 40.0), ("trading.watchlist", [], ["KO"]))),
        a_change(seq=3, at=minutes(3), fields=(("trading.watchlist", ["KO"], []),)),
    ]
    now = prefer(trading__autonomy="off", risk__reserve_pct=40)
    assert as_of(changes, minutes(0), now) == {"risk.reserve_pct": 20.0}
    assert as_of(reversed(changes), minutes(1), now) == {"risk.reserve_pct": 30.0}
    assert as_of(changes, minutes(2), now) == {"trading.watchlist": ["KO"]}
    assert as_of(changes, minutes(3), now) == {}


def test_a_value_that_is_not_possible_any_more_is_asked_for_all_the_same() -> None:
    """So that the refusal names it."""
    changes = [a_change(seq=1, at=minutes(1), fields=(("risk.reserve_pct", 95.0, 30.0),))]
    assert as_of(changes, minutes(0), CALM.preferences) == {"risk.reserve_pct": 95.0}


# --- pauses

LATER = NOON + timedelta(hours=2)


def test_a_pause_is_put_back() -> None:
    assert done(done(CALM, c.PauseEntries()), UNDO).pause is None
    twice = done(done(CALM, c.PauseEntries()), c.PauseEntries(until=LATER))
    assert done(twice, UNDO).pause == Pause(since=NOON, until=None)
    assert done(done(twice, UNDO), UNDO).pause is None


def test_a_resumption_is_put_back_and_stops_what_was_begun_since() -> None:
    state = done(done(CALM, c.PauseEntries(until=LATER)), c.ResumeEntries())
    assert state.pause is None
    buying = an_order(client_order_id="b", status=OrderStatus.ACCEPTED)
    state = replace(state, orders={"b": buying}, proposals={"d1": a_proposal()})
    again = done(state, UNDO)
    assert again.pause == Pause(since=NOON, until=LATER)
    assert again.proposals == {}
    assert again.orders["b"].status is OrderStatus.CANCELLING


def test_a_pause_that_would_be_over_by_now_is_not_put_back() -> None:
    state = done(changed(CALM, risk__reserve_pct=30), c.PauseEntries(until=LATER))
    state = done(state, c.ResumeEntries())
    buying = an_order(client_order_id="b", status=OrderStatus.ACCEPTED)
    state = replace(state, orders={"b": buying})
    over = a_scene(LATER)
    assert refused(UNDO, state, over).code is Refusal.NOTHING_TO_UNDO
    back = done(state, c.UndoChanges(by="owner", count=3), over)
    assert (back.pause, back.preferences, back.orders) == (None, CALM.preferences, {"b": buying})


def test_a_longer_pause_put_back_after_the_first_one_s_end_resumes() -> None:
    state = done(done(CALM, c.PauseEntries(until=LATER)), c.PauseEntries())
    assert done(state, UNDO).pause == Pause(since=NOON, until=LATER)
    assert done(state, UNDO, a_scene(LATER)).pause is None


def test_autonomy_and_a_pause_put_back_together_withdraw_each_question_once() -> None:
    state = done(changed(CALM, trading__autonomy="ask"), c.PauseEntries())
    state = done(state, c.ResumeEntries())
    state = replace(state, proposals={"d1": a_proposal()})
    events = judged(c.UndoChanges(count=3), state)
    assert sum(isinstance(event, e.Decided) for event in events) == 1
    state = replace(state, changes=(state.changes[0], state.changes[2]))
    events = judged(c.UndoChanges(count=2), state)
    assert sum(isinstance(event, e.Decided) for event in events) == 1


def test_a_setting_and_a_pause_go_back_together() -> None:
    state = done(changed(CALM, risk__reserve_pct=30), c.PauseEntries())
    back = done(state, c.UndoChanges(count=2))
    assert (back.pause, back.preferences, back.changes) == (None, CALM.preferences, ())


def test_no_undo_lifts_the_kill_switch() -> None:
    paused = done(CALM, c.PauseEntries())
    killed = done(paused, c.StopEverything())
    back = done(killed, c.UndoChanges(count=10))
    assert back.killed_at == NOON
    assert refused(UNDO, done(CALM, c.StopEverything())).code is Refusal.NOTHING_TO_UNDO


def test_lifting_the_kill_switch_is_not_undone() -> None:
    state = done(done(CALM, c.StopEverything()), c.ResumeEntries())
    assert state.killed_at is None
    assert refused(UNDO, state).code is Refusal.NOTHING_TO_UNDO


PATCHES: dict[str, list[Any]] = {
    "risk.reserve_pct": [5, 10.5],
    "trading.absolute_position_cap": [25, "30.50", None],
    "trading.watchlist": [["KO"], ["KO", "PEP"]],
    "trading.universe": ["any", "watchlist_only"],
    "trading.min_confidence": [0.9, None],
}


@settings(max_examples=60)
@given(
    changes=st.lists(
        st.fixed_dictionaries({}, optional={path: st.sampled_from(values) for path, values in PATCHES.items()}),
        min_size=1,
        max_size=6,
    ),
    steps=st.lists(st.integers(1, 3), min_size=1, max_size=6),
)
def test_undo_restores_every_value_exactly(changes: list[dict[str, Any]], steps: list[int]) -> None:
    """Through JSON: exact dollars, lists, words; however many are taken back at a time."""
    states = [replace(CALM, preferences=prefer(trading__watchlist=("PEP",)))]
    for patch in changes:
        if patched(states[-1].preferences, patch) != states[-1].preferences:
            states.append(done(states[-1], c.ChangePreferences(patch=patch)))
    state = states[-1]
    left = len(states) - 1
    for count in steps:
        left = max(0, left - count)
        expected = states[left].preferences
        if state.changes and state.preferences != expected:
            state = done(state, c.UndoChanges(count=count))
            assert state.preferences == expected
            assert len(state.changes) == left
        else:
            break


ACTS = st.lists(
    st.tuples(
        st.fixed_dictionaries({}, optional={path: st.sampled_from(values) for path, values in PATCHES.items()}),
        st.sampled_from(["set", "set", "for an hour", "undo", "undo two", "wait"]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_the_settings_of_every_instant_can_be_had_again(acts: list[tuple[dict[str, Any], str]]) -> None:
    """Through changes for good and for a time, undoings and ends: each minute's settings, from the journal alone."""
    state = replace(CALM, preferences=prefer(trading__watchlist=("PEP",)))
    stood, ever = [state.preferences], []
    for minute, (patch, how) in enumerate(acts, 1):
        scene = replace(a_scene(NOON + timedelta(hours=minute)), wall=minutes(minute))
        commands: list[c.Command] = [c.EndTerm(path=term.path) for term in state.terms if term.until <= scene.at]
        until = scene.at + timedelta(hours=1) if how == "for an hour" else None
        commands += {
            "undo": [c.UndoChanges()],
            "undo two": [c.UndoChanges(count=2)],
            "wait": [],
        }.get(how, [c.ChangePreferences(patch=patch, until=until)])
        for command in commands:
            verdict = judge(command, a_ground(state, scene))
            if not isinstance(verdict, Refused):
                ever += [event.change for event in verdict if isinstance(event, e.PreferencesChanged)]
                state = done(state, command, scene)
        stood.append(state.preferences)
    written = [revived(Change, canonical(change)) for change in ever]
    for minute, then in enumerate(stood):
        patch = as_of(written, minutes(minute), state.preferences)
        assert patched(state.preferences, patch) == then
        assert set(patch) == set(changed_from(state.preferences, then))


@pytest.mark.parametrize("count", [1, 5])
def test_with_nothing_changed_there_is_nothing_to_undo(count: int) -> None:
    assert refused(c.UndoChanges(count=count), CALM).code is Refusal.NOTHING_TO_UNDO
