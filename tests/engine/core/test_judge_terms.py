"""Settings for a time: what goes back, when, to what, and what may not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.apply import applied
from engine.core.decide import decide
from engine.core.judge import judge
from engine.core.nouns import Breaker, Term
from engine.core.policy import DEFAULT_POLICY
from engine.core.preferences import Preferences, value_of
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Scene
from engine.core.state import BreakerKey, State
from engine.core.words import Autonomy, BreakerKind, OrderStatus, Priority, Skip, Tier
from tests.builders import NOON, a_breaker, a_proposal, an_order
from tests.engine.scenes import a_ground, a_scene, an_account, done, judged, prefer, refused

CALM = an_account(preferences=Preferences())
MONDAY, TUESDAY = NOON + timedelta(days=3), NOON + timedelta(days=4)
UNDO = c.UndoChanges(by="owner")


def at(instant: datetime, **changes: Any) -> Scene:
    """Market time has passed; people's time has not."""
    return replace(a_scene(instant), wall=NOON, **changes)


def temporary(until: datetime | None = MONDAY, **fields: Any) -> c.ChangePreferences:
    patch = {name.replace("__", "."): value for name, value in fields.items()}
    return c.ChangePreferences(patch=patch, until=until, by="owner")


def lasting(**fields: Any) -> c.ChangePreferences:
    return temporary(None, **fields)


def end(path: str) -> c.EndTerm:
    return c.EndTerm(path=path.replace("__", "."))


def due(state: State, scene: Scene) -> list[str]:
    """Paths of the terms that the engine would end now."""
    return [one.path for one in decide(state, scene, DEFAULT_POLICY) if isinstance(one, c.EndTerm)]


def ended(state: State, scene: Scene) -> State:
    """All that is due, done as a turn of the engine does it."""
    while paths := due(state, scene):
        state = done(state, c.EndTerm(path=paths[0]), scene)
    return state


def test_a_value_for_a_time_goes_back_when_it_is_over_and_not_before() -> None:
    state = done(CALM, temporary(risk__reserve_pct=30))
    assert state.terms == (Term(path="risk.reserve_pct", until=MONDAY, back=20.0, seq=1),)
    assert due(state, at(MONDAY - timedelta(seconds=1))) == []
    assert refused(end("risk.reserve_pct"), state, at(NOON)).code is Refusal.NO_TERM
    assert due(state, at(MONDAY)) == ["risk.reserve_pct"]
    back = done(state, end("risk.reserve_pct"), at(MONDAY))
    assert (back.preferences, back.terms, back.version) == (CALM.preferences, (), CALM.version + 2)


def test_a_time_that_is_over_is_refused() -> None:
    for until in (NOON, NOON - timedelta(days=1)):
        no = refused(temporary(until, risk__reserve_pct=30), CALM)
        assert (no.code, no.facts) == (Refusal.UNTIL_PASSED, {"until": until.isoformat()})


def test_putting_back_is_the_engines_own_act_and_no_act_of_the_owners() -> None:
    state = done(CALM, temporary(risk__reserve_pct=30))
    (event,) = judged(end("risk.reserve_pct"), state, at(MONDAY))
    assert isinstance(event, e.PreferencesChanged)
    assert (event.ended, event.change.by, event.change.how, event.change.channel) == (True, "engine", "term", "engine")
    assert event.change.fields == (("risk.reserve_pct", 30.0, 20.0),)
    after = done(state, end("risk.reserve_pct"), at(MONDAY))
    assert refused(UNDO, after, at(MONDAY)).code is Refusal.NOTHING_TO_UNDO


def test_what_was_changed_before_can_still_be_put_back_when_a_time_is_over() -> None:
    state = done(done(CALM, lasting(risk__reserve_pct=25)), temporary(risk__reserve_pct=30, risk__max_exposure_pct=50))
    state = done(state, temporary(TUESDAY, risk__reserve_pct=40))
    state = ended(state, at(TUESDAY))
    assert state.preferences.risk.reserve_pct == 25
    assert done(state, UNDO, at(TUESDAY)).preferences == CALM.preferences


def test_a_second_change_for_a_time_keeps_what_the_first_would_have_put_back() -> None:
    state = done(done(CALM, temporary(risk__reserve_pct=30)), temporary(TUESDAY, risk__reserve_pct=40))
    assert state.terms == (Term(path="risk.reserve_pct", until=TUESDAY, back=20.0, seq=2),)
    assert ended(state, at(MONDAY)).preferences.risk.reserve_pct == 40
    assert ended(state, at(TUESDAY)).preferences == CALM.preferences


def test_the_same_value_for_longer_is_a_change() -> None:
    state = done(CALM, temporary(risk__reserve_pct=30))
    assert refused(temporary(risk__reserve_pct=30), state).code is Refusal.NOTHING_CHANGED
    longer = done(state, temporary(TUESDAY, risk__reserve_pct=30))
    assert [term.until for term in longer.terms] == [TUESDAY]
    assert [term.until for term in done(longer, UNDO).terms] == [MONDAY]


def test_setting_a_field_for_good_drops_its_term_even_where_its_value_stays() -> None:
    state = done(CALM, temporary(risk__reserve_pct=30))
    for value in (30, 50):
        kept = done(state, lasting(risk__reserve_pct=value))
        assert kept.terms == ()
        assert ended(kept, at(MONDAY)).preferences.risk.reserve_pct == value
        assert done(kept, UNDO).terms == state.terms


def test_what_holds_for_good_already_is_not_set_for_a_time() -> None:
    assert refused(temporary(risk__reserve_pct=20), CALM).code is Refusal.NOTHING_CHANGED
    state = done(done(CALM, temporary(risk__reserve_pct=30)), temporary(TUESDAY, risk__reserve_pct=20))
    assert (state.terms, state.preferences) == ((), CALM.preferences)


def test_undoing_a_change_for_a_time_drops_its_term() -> None:
    state = done(done(CALM, temporary(risk__reserve_pct=30)), UNDO)
    assert (state.terms, state.preferences) == ((), CALM.preferences)


def test_undoing_the_second_of_two_brings_back_the_first_with_its_end() -> None:
    state = done(done(CALM, temporary(risk__reserve_pct=30)), temporary(TUESDAY, risk__reserve_pct=40))
    back = done(state, UNDO)
    assert (back.preferences.risk.reserve_pct, [term.until for term in back.terms]) == (30, [MONDAY])
    assert done(state, c.UndoChanges(count=2)).terms == ()


def test_an_end_that_passed_meanwhile_comes_at_once() -> None:
    state = done(done(CALM, temporary(risk__reserve_pct=30)), temporary(TUESDAY, risk__reserve_pct=40))
    later = at(MONDAY + timedelta(hours=1))
    back = done(ended(state, later), UNDO, later)
    assert ended(back, later).preferences == CALM.preferences


def test_undo_gives_no_time_that_is_over_but_what_comes_after_it() -> None:
    state = done(CALM, temporary(trading__max_open_positions=3))
    state = done(state, lasting(trading__max_open_positions=2))
    for scene, value, until in ((at(MONDAY - timedelta(seconds=1)), 3, [MONDAY]), (at(MONDAY), 10, [])):
        back = done(state, UNDO, scene)
        assert (back.preferences.trading.max_open_positions, [term.until for term in back.terms]) == (value, until)
    (event,) = judged(UNDO, state, at(MONDAY))
    assert isinstance(event, e.PreferencesChanged)
    assert event.change.fields == (("trading.max_open_positions", 2, 10),)
    assert done(state, c.UndoChanges(count=2), at(MONDAY)).preferences == CALM.preferences


def test_what_was_set_together_goes_back_together() -> None:
    """Neither could go back without the other."""
    state = done(CALM, temporary(trading__universe="watchlist_only", trading__watchlist=["KO"]))
    for first in ("trading.watchlist", "trading.universe"):
        assert done(state, c.EndTerm(path=first), at(MONDAY)).preferences == CALM.preferences
    assert ended(state, at(MONDAY)).preferences == CALM.preferences


# --- what needs no rule again, and what does


def test_risk_tolerance_goes_back_by_two_steps_at_once_and_without_a_day_between() -> None:
    state = replace(CALM, preferences=prefer(trading__autonomy="off", trading__risk_tolerance="moderate"))
    state = done(state, lasting(trading__risk_tolerance="aggressive"))
    state = done(state, temporary(trading__risk_tolerance="conservative"))
    back = ended(state, at(MONDAY))
    assert back.preferences.trading.risk_tolerance is Tier.AGGRESSIVE


def test_putting_back_is_not_counted_and_not_kept_waiting() -> None:
    state = CALM
    for number in range(30):
        state = done(state, temporary(risk__reserve_pct=number + 30))
    assert refused(lasting(risk__reserve_pct=5), state).code is Refusal.CHANGE_RATE
    assert ended(state, at(MONDAY)).acted_at == state.acted_at
    assert ended(state, at(MONDAY)).preferences == CALM.preferences


ACTING = an_account()
STANDING: dict[BreakerKey, Breaker] = {(BreakerKind.DAILY_LOSS, None): a_breaker()}


def dropped(state: State, scene: Scene, path: str) -> e.TermDropped:
    (event,) = judged(c.EndTerm(path=path), state, scene)
    assert isinstance(event, e.TermDropped)
    return event


def test_autonomy_does_not_come_back_while_a_breaker_stands() -> None:
    state = replace(done(ACTING, temporary(trading__autonomy="ask")), breakers=STANDING)
    event = dropped(state, at(MONDAY), "trading.autonomy")
    assert (event.back, event.why, event.facts["kind"]) == ("auto", "auto_needs_no_breaker", "daily_loss")
    after = applied(state, (event,))
    assert (after.preferences.trading.autonomy, after.terms) == (Autonomy.ASK, ())
    assert due(after, at(TUESDAY)) == []
    assert done(replace(after, breakers={}), UNDO, at(TUESDAY)).preferences.trading.autonomy is Autonomy.AUTO


def test_one_that_may_not_go_back_keeps_no_other_from_it() -> None:
    fields: dict[str, Any] = {
        "trading__autonomy": "ask",
        "trading__universe": "watchlist_only",
        "trading__watchlist": ["KO"],
    }
    state = replace(done(ACTING, temporary(**fields)), breakers=STANDING)
    for order in (["trading.autonomy", "trading.universe"], ["trading.watchlist", "trading.autonomy"]):
        after = state
        for path in order:
            after = done(after, c.EndTerm(path=path), at(MONDAY))
        assert after.preferences == prefer(trading__autonomy="ask")
        assert after.terms == ()


def test_a_silent_feed_keeps_nothing_from_being_watched_again() -> None:
    patch: dict[str, Any] = {"trading__watchlist": ["KO"], "performance__benchmark": "KO"}
    before = prefer(trading__watchlist=["KO", "PEP"], performance__benchmark="PEP")
    state = done(an_account(preferences=before), temporary(**patch))
    assert ended(state, at(MONDAY, quotes={})).preferences == before


def test_something_looser_never_stays_because_nothing_could_be_bought_without_it() -> None:
    """Any company for an hour was agreed; for good it was not."""
    state = an_account(preferences=prefer(trading__universe="watchlist_only", trading__watchlist=["KO"]))
    state = done(state, temporary(trading__universe="any"))
    state = done(state, lasting(trading__watchlist=[]))
    after = ended(state, at(MONDAY))
    assert (after.preferences.trading.universe, after.terms) == ("watchlist_only", ())


def test_what_loosens_as_it_goes_back_is_held_against_all_rules() -> None:
    state = an_account(preferences=prefer(risk__max_exposure_pct=80, trading__watchlist=["KO", "PEP"]))
    state = done(state, temporary(risk__max_exposure_pct=50, trading__watchlist=["KO"]))
    gone = at(MONDAY, quotes={"KO": a_scene(MONDAY).quotes["KO"]})
    (first, *_) = judged(c.EndTerm(path="risk.max_exposure_pct"), state, gone)
    assert isinstance(first, e.PreferencesChanged)
    assert [path for path, _, _ in first.change.fields] == ["risk.max_exposure_pct"]
    assert ended(state, gone).preferences == prefer(risk__max_exposure_pct=80, trading__watchlist=["KO", "PEP"])


def test_what_nobody_can_do_any_more_does_not_come_back() -> None:
    preferences = prefer(trading__after_hours=True)
    state = done(an_account(preferences=preferences), temporary(trading__after_hours=False))
    event = dropped(state, at(MONDAY), "trading.after_hours")
    assert (event.why, event.facts["needs"]) == ("not_here", "extended_hours")


def test_a_tighter_value_that_comes_back_ends_what_it_forbids() -> None:
    state = an_account(preferences=prefer(trading__excluded_tickers=["KO"]))
    state = done(state, temporary(trading__excluded_tickers=[]))
    buying = an_order(client_order_id="b", status=OrderStatus.ACCEPTED)
    state = replace(state, orders={"b": buying}, proposals={"d1": a_proposal()})
    after = ended(state, at(MONDAY))
    assert after.proposals == {}
    assert (after.orders["b"].status, after.orders["b"].why) == (OrderStatus.CANCELLING, Skip.EXCLUDED.code)


# --- what is told


def told(state: State, scene: Scene, path: str) -> Any:
    events = judged(c.EndTerm(path=path), state, scene)
    (one,) = announced(events, Moment(state, applied(state, events), scene))
    return one


@pytest.mark.parametrize(("value", "priority"), [(50, Priority.HIGH), (90, Priority.MEDIUM)])
def test_what_went_back_is_told_and_louder_where_it_loosens(value: float, priority: Priority) -> None:
    one = told(done(CALM, temporary(risk__max_exposure_pct=value)), at(MONDAY), "risk.max_exposure_pct")
    assert (one.event_type, one.key, one.priority) == ("preference_changed", "push.preference_changed", priority)
    (row,) = one.facts["rows"]
    assert (row["field"], row["old"]["value"], row["new"]["value"]) == ("risk.max_exposure_pct", value, 80)


def test_what_did_not_go_back_is_told_with_the_reason() -> None:
    state = replace(done(ACTING, temporary(trading__autonomy="ask")), breakers=STANDING)
    one = told(state, at(MONDAY), "trading.autonomy")
    assert (one.event_type, one.priority) == ("preference_changed", Priority.HIGH)
    assert one.key == "push.term_dropped.auto_needs_no_breaker"
    assert (one.facts["back"]["value"], one.facts["stays"]["value"]) == ("auto", "ask")


def test_looser_limits_for_a_time_are_told_with_their_end() -> None:
    events = judged(temporary(risk__max_exposure_pct=90), CALM)
    (one,) = announced(events, Moment(CALM, applied(CALM, events), a_scene()))
    assert (one.event_type, one.facts["rows"][0]["until"]) == ("limits_loosened", MONDAY)


# --- whatever is done in whatever order

PATHS: dict[str, list[Any]] = {
    "risk.reserve_pct": [5.0, 10.5, 20.0],
    "risk.max_exposure_pct": [50.0, 80.0, 90.0],
    "trading.watchlist": [["KO"], ["KO", "PEP"], []],
    "trading.absolute_position_cap": ["30.50", None],
}
ONE = st.sampled_from(sorted(PATHS)).flatmap(lambda path: st.tuples(st.just(path), st.sampled_from(PATHS[path])))
STEPS = st.lists(
    st.tuples(st.lists(ONE, min_size=1, max_size=2).map(dict), st.none() | st.integers(1, 9), st.integers(0, 4)),
    min_size=1,
    max_size=12,
)


def clock() -> Iterator[Scene]:
    for hour in range(100):
        yield replace(a_scene(NOON + timedelta(hours=hour)), wall=NOON + timedelta(minutes=hour))


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_without_an_open_term_a_field_has_its_last_lasting_value(
    steps: list[tuple[dict[str, Any], int | None, int]],
) -> None:
    """Changes for good and for some hours, and hours that pass: at every hour, and in the end."""
    scenes = tuple(clock())
    state, hour = CALM, 0
    lasts = {path: value_of(CALM.preferences, path) for path in PATHS}
    for patch, hours, wait in steps:
        until = None if hours is None else scenes[hour + hours].at
        command = c.ChangePreferences(patch=patch, until=until)
        verdict = judge(command, a_ground(state, scenes[hour]))
        if isinstance(verdict, Refused):
            assert verdict.code is Refusal.NOTHING_CHANGED
        else:
            state = done(state, command, scenes[hour])
        if until is None:
            lasts |= {path: value_of(state.preferences, path) for path in patch}
        for _ in range(wait):
            hour += 1
            state = ended(state, scenes[hour])
            holds(state, lasts)
    final = ended(state, scenes[hour + 10])
    assert final.terms == ()
    holds(final, lasts)


def holds(state: State, lasts: dict[str, Any]) -> None:
    open_terms = {term.path for term in state.terms}
    for path, value in lasts.items():
        if path not in open_terms:
            assert value_of(state.preferences, path) == value
