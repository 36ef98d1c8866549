"""The tier in force: moved at a close by how the account has done, taken back by the owner at once."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.harm import harm_of
from engine.core.judge import Ground, judge
from engine.core.nouns import ClosedTrade, Term
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Scene
from engine.core.standing import TierChange
from engine.core.state import State
from engine.core.tiering import Lack, lacks
from engine.core.units import money
from engine.core.words import Harm, Priority, Tier, TierSource
from tests.builders import NOON, a_trade
from tests.engine.core.rules.asks import quick
from tests.engine.scenes import TODAY, a_scene, an_account, done, judged, prefer, refused

PATH = "trading.risk_tolerance"
MONTH = date(2026, 10, 9)
LOW, MID, HIGH = Tier


def the_close() -> Scene:
    return a_scene(TODAY.closes_at, lookback=MONTH)


def traded(wins: int, losses: int, flat: int = 0, micro: int = 0) -> tuple[ClosedTrade, ...]:
    """Trades of the last 30 sessions, and ten lost ones of the day before those."""
    long_ago = (a_trade(realised="-9", closed_at=NOON - timedelta(days=43)),) * 10
    lately = ("5",) * wins + ("-5",) * losses + ("0",) * flat
    return (*long_ago, *(a_trade(realised=one) for one in lately), *(a_trade(realised="-5", micro=True),) * micro)


def under(ceiling: Tier | None, chosen: Tier = HIGH, **changes: Any) -> State:
    """An account whose owner chose a tier, lowered to `ceiling` where given."""
    return an_account(preferences=prefer(trading__risk_tolerance=chosen), ceiling=ceiling, **changes)


def set_to(tier: Tier, **other: Any) -> c.ChangePreferences:
    patch = {PATH: tier, **{name.replace("__", "."): value for name, value in other.items()}}
    return c.ChangePreferences(patch=patch, by="owner", channel="terminal")


def moves(state: State, scene: Scene | None = None) -> list[tuple[Tier, Tier]]:
    """From which tier to which a close moves the account; empty where it does not."""
    verdict = judge(c.MoveTier(), Ground(state, scene or the_close(), DEFAULT_POLICY))
    events = () if isinstance(verdict, Refused) else verdict
    return [(one.change.previous, one.change.new) for one in events if isinstance(one, e.TierChanged)]


def test_a_month_of_lost_trades_lowers_the_tier_by_a_step() -> None:
    state = under(None, trades=traded(3, 6, 1))
    (event,) = judged(c.MoveTier(), state, the_close())
    change = TierChange(at=TODAY.closes_at, previous=HIGH, new=MID, source=TierSource.AUTO, trades=10, win_rate=0.3)
    assert event == e.TierChanged(change=change)
    after = done(state, c.MoveTier(), the_close())
    assert (after.tier, after.ceiling, after.tier_move) == (MID, MID, change)
    assert after.preferences == state.preferences
    assert moves(under(None, trades=traded(4, 6))) == []
    assert moves(under(None, trades=traded(3, 6))) == [], "nine trades say nothing"
    assert moves(under(None, trades=traded(3, 6, micro=9))) == [], "micro-trades are counted apart"


def test_a_fall_of_more_than_fifteen_percent_lowers_the_tier() -> None:
    assert moves(under(None, cash="84999", peak=money("100000"))) == [(HIGH, MID)]
    assert moves(under(None, cash="85000", peak=money("100000"))) == []
    assert moves(under(LOW, cash="50000", peak=money("100000"))) == [], "there is none lower"


def test_good_trades_a_full_reserve_and_a_small_fall_raise_what_was_lowered() -> None:
    good: dict[str, Any] = {"trades": traded(6, 4), "reserve": money("20000.01")}
    assert moves(under(LOW, **good)) == [(LOW, MID)]
    assert moves(under(MID, **good)) == [(MID, HIGH)]
    assert moves(under(None, MID, **good)) == [], "never above the owner's own choice"
    assert moves(under(LOW, **{**good, "reserve": money("20000")})) == []
    assert moves(under(LOW, **{**good, "trades": traded(11, 9)})) == []
    assert moves(under(LOW, **good, cash="95000", peak=money("100000"))) == []
    assert moves(under(LOW, **good, cash="95001", peak=money("100000"))) == [(LOW, MID)]
    risen = done(under(MID, **good), c.MoveTier(), the_close())
    assert (risen.tier, risen.ceiling) == (HIGH, None)


def test_the_tier_moves_once_a_session_and_only_at_its_close() -> None:
    state = under(None, trades=traded(0, 10))
    assert refused(c.MoveTier(), state, a_scene(NOON, lookback=MONTH)).code is Refusal.ALREADY_DONE
    after = done(state, c.MoveTier(), the_close())
    assert after.tier is MID
    assert refused(c.MoveTier(), after, the_close()).code is Refusal.ALREADY_DONE
    next_close = a_scene(the_close().upcoming[0].closes_at, lookback=MONTH)
    assert moves(after, next_close) == [(MID, LOW)]


def test_the_owner_takes_back_at_once_what_was_lowered() -> None:
    """The same choice again: no setting changes, so there is nothing to undo."""
    state = under(LOW, MID, version=3)
    events = judged(set_to(MID), state)
    assert events == (e.TierChanged(change=TierChange(at=NOON, previous=LOW, new=MID, source=TierSource.OWNER)),)
    after = done(state, set_to(MID))
    assert (after.tier, after.ceiling, after.version, after.changes) == (MID, None, 3, ())
    assert refused(set_to(MID), after).code is Refusal.NOTHING_CHANGED


def test_every_choice_of_the_owner_is_a_move_of_the_tier() -> None:
    for ceiling, chosen, wanted, previous, left in (
        (None, LOW, MID, LOW, None),
        (None, HIGH, LOW, HIGH, None),
        (LOW, HIGH, MID, LOW, None),
        (LOW, HIGH, LOW, LOW, LOW),
        (MID, HIGH, LOW, MID, MID),
    ):
        state = under(ceiling, chosen)
        (change,) = [one.change for one in judged(set_to(wanted), state) if isinstance(one, e.TierChanged)]
        assert (change.previous, change.new, change.source) == (previous, wanted, TierSource.OWNER)
        after = done(state, set_to(wanted))
        assert (after.tier, after.ceiling) == (wanted, left)
    others = judged(c.ChangePreferences(patch={"risk.reserve_pct": 5}, by="owner"), under(LOW))
    assert [type(one) for one in others] == [e.PreferencesChanged]


def test_the_same_choice_beside_other_settings_takes_back_what_was_lowered() -> None:
    events = judged(set_to(MID, risk__reserve_pct=5), under(LOW, MID))
    assert [type(one) for one in events] == [e.PreferencesChanged, e.TierChanged]
    assert isinstance(events[0], e.PreferencesChanged)
    assert [path for path, _, _ in events[0].change.fields] == ["risk.reserve_pct"]
    assert events[0].loosened


def test_an_undo_of_the_choice_takes_back_what_was_lowered() -> None:
    state = done(under(None, MID), set_to(LOW))
    lowered = replace(state, ceiling=None)
    back = done(lowered, c.UndoChanges(by="owner"))
    assert back.tier is MID
    raised = replace(done(under(None, LOW), set_to(MID)), ceiling=LOW)
    events = judged(c.UndoChanges(by="owner"), raised)
    assert [type(one) for one in events] == [e.PreferencesChanged, e.TierChanged]
    assert (done(raised, c.UndoChanges(by="owner")).tier, done(raised, set_to(MID)).ceiling) == (LOW, None)


def test_taking_back_is_riskier_and_asks_for_a_yes() -> None:
    assert harm_of(set_to(MID), under(LOW, MID)) is Harm.RISKIER
    assert harm_of(set_to(MID), under(LOW, HIGH)) is Harm.RISKIER, "lower than chosen, but more than holds now"
    assert harm_of(set_to(LOW), under(LOW, HIGH)) is Harm.NEUTRAL
    assert harm_of(set_to(LOW), under(MID, HIGH)) is Harm.SAFER
    own = c.ChangePreferences(patch={"risk.max_position_pct": 12}, by="owner")
    tight = prefer(trading__risk_tolerance="aggressive", risk__max_position_pct=8)
    assert harm_of(own, an_account(preferences=tight)) is Harm.RISKIER
    assert harm_of(own, an_account(preferences=tight, ceiling=LOW)) is Harm.NEUTRAL, "5 % holds before and after"
    raised = done(under(None, LOW), set_to(MID))
    assert harm_of(c.UndoChanges(by="owner"), raised) is Harm.SAFER
    lowered = done(under(None, MID), set_to(LOW))
    assert harm_of(c.UndoChanges(by="owner"), lowered) is Harm.RISKIER


def test_taking_back_is_no_rise_in_the_sense_of_the_day_between_rises() -> None:
    """A rise beyond one's own choice still is one."""
    raised = replace(done(under(None, LOW), set_to(MID)), ceiling=LOW)
    assert raised.tolerance_raised_at == NOON
    assert done(raised, set_to(MID)).tier is MID
    assert refused(set_to(HIGH), raised).code is Refusal.TOLERANCE_COOLDOWN


def test_a_time_that_is_over_keeps_what_was_lowered() -> None:
    until = NOON - timedelta(minutes=1)
    term = Term(path=PATH, until=until, back="moderate", seq=1)
    state = under(LOW, HIGH, terms=(term,))
    ended = done(state, c.EndTerm(path=PATH))
    assert (ended.preferences.trading.risk_tolerance, ended.tier, ended.ceiling) == (MID, LOW, LOW)
    (only,) = judged(c.EndTerm(path=PATH), state)
    assert isinstance(only, e.PreferencesChanged)
    assert not only.loosened


def test_a_time_that_is_over_moves_the_tier_where_it_moves_what_holds() -> None:
    until = NOON - timedelta(minutes=1)
    state = under(MID, HIGH, terms=(Term(path=PATH, until=until, back="conservative", seq=1),))
    _, moved = judged(c.EndTerm(path=PATH), state)
    assert isinstance(moved, e.TierChanged)
    assert (moved.change.previous, moved.change.new, moved.change.source) == (MID, LOW, TierSource.OWNER)
    assert done(state, c.EndTerm(path=PATH)).tier is LOW


UNTIL = NOON + timedelta(hours=1)


def for_an_hour(tier: Tier) -> c.ChangePreferences:
    return c.ChangePreferences(patch={PATH: tier}, until=UNTIL, by="owner")


def an_hour_later(state: State) -> State:
    return done(state, c.EndTerm(path=PATH), a_scene(UNTIL))


def test_a_lower_choice_for_a_time_does_not_take_back_what_was_lowered() -> None:
    """No yes is asked for it: so it may raise nothing, not even when its time is over."""
    state = under(LOW, MID, emergency=True)
    assert harm_of(for_an_hour(LOW), state) is Harm.NEUTRAL
    chosen = done(state, for_an_hour(LOW))
    assert (chosen.tier, chosen.ceiling) == (LOW, LOW)
    after = an_hour_later(chosen)
    assert (after.preferences.trading.risk_tolerance, after.tier, after.ceiling) == (MID, LOW, LOW)
    assert (done(after, set_to(MID)).tier, harm_of(set_to(MID), after)) == (MID, Harm.RISKIER)


def test_a_time_that_ends_raises_the_tier_as_far_as_it_was_lowered_and_no_farther() -> None:
    chosen = done(under(MID, HIGH), for_an_hour(LOW))
    ended, moved = judged(c.EndTerm(path=PATH), chosen, a_scene(UNTIL))
    assert isinstance(ended, e.PreferencesChanged)
    assert isinstance(moved, e.TierChanged)
    assert (moved.change.previous, moved.change.new, ended.loosened) == (LOW, MID, True)
    after = an_hour_later(chosen)
    assert (after.tier, after.ceiling) == (MID, MID)


def test_a_higher_choice_for_a_time_lifts_what_was_lowered_up_to_itself() -> None:
    state = under(LOW, HIGH)
    assert harm_of(for_an_hour(MID), state) is Harm.RISKIER
    chosen = done(state, for_an_hour(MID))
    assert (chosen.tier, chosen.ceiling) == (MID, MID)
    assert an_hour_later(chosen).tier is MID


def test_an_end_that_comes_sooner_is_riskier_only_where_more_holds_then() -> None:
    sooner = c.ChangePreferences(patch={PATH: LOW}, until=NOON + timedelta(minutes=1), by="owner")
    assert harm_of(sooner, done(under(None, HIGH), for_an_hour(LOW))) is Harm.RISKIER
    assert harm_of(sooner, done(under(LOW, HIGH), for_an_hour(LOW))) is Harm.NEUTRAL


def test_what_is_lowered_while_a_lower_choice_holds_for_a_time_stays_lowered_after_it() -> None:
    chosen = done(under(None, HIGH, trades=traded(0, 10)), for_an_hour(LOW))
    assert moves(chosen) == [(LOW, LOW)]
    after = done(chosen, c.MoveTier(), the_close())
    assert (after.tier, after.ceiling) == (LOW, LOW)
    assert done(after, c.EndTerm(path=PATH), the_close()).tier is LOW
    assert moves(after, a_scene(the_close().upcoming[0].closes_at, lookback=MONTH)) == [], "once is enough"
    assert told(chosen, c.MoveTier(), the_close()) == [("push.tier_changed.kept", Priority.HIGH)]
    assert moves(done(under(None, LOW, trades=traded(0, 10)), set_to(MID))) == [(MID, LOW)]
    assert moves(under(None, LOW, trades=traded(0, 10))) == []


def test_a_rise_up_to_a_choice_for_a_time_takes_nothing_back_of_the_one_for_good() -> None:
    good: dict[str, Any] = {"trades": traded(6, 4), "reserve": money("20000.01")}
    state = under(LOW, MID, terms=(Term(path=PATH, until=TODAY.closes_at, back="aggressive", seq=1),), **good)
    risen = done(state, c.MoveTier(), the_close())
    assert (risen.tier, risen.ceiling) == (MID, MID)
    assert done(risen, c.EndTerm(path=PATH), the_close()).tier is MID


def test_an_account_that_begins_anew_begins_with_the_owners_tier() -> None:
    state = under(LOW, MID, opening=money("1000"), tier_move=TierChange(at=NOON, previous=MID, new=LOW,
                                                                        source=TierSource.AUTO))  # fmt: skip
    (change,) = [one.change for one in judged(c.ResetAccount(by="owner"), state) if isinstance(one, e.TierChanged)]
    assert (change.previous, change.new) == (LOW, MID)
    after = done(state, c.ResetAccount(by="owner"))
    assert (after.tier, after.ceiling, after.tier_move) == (MID, None, None)


def told(state: State, command: c.Command, scene: Scene) -> list[tuple[str, Priority]]:
    news = announced(judged(command, state, scene), Moment(state, done(state, command, scene), scene))
    return [(one.key, one.priority) for one in news if one.event_type == "tier_changed"]


def test_what_the_engine_moved_is_told_and_of_the_owners_choices_what_they_took_back() -> None:
    bad: dict[str, Any] = {"trades": traded(0, 10)}
    good: dict[str, Any] = {"trades": traded(10, 0), "reserve": money("30000")}
    assert told(under(None, **bad), c.MoveTier(), the_close()) == [("push.tier_changed.lowered", Priority.HIGH)]
    assert told(under(LOW, **good), c.MoveTier(), the_close()) == [("push.tier_changed.raised", Priority.MEDIUM)]
    assert told(under(LOW, MID), set_to(MID), a_scene()) == [("push.tier_changed.owner", Priority.MEDIUM)]
    assert told(under(None, LOW), set_to(MID), a_scene()) == []


def test_what_a_rise_lacks_is_named_with_its_bounds() -> None:
    state = under(LOW, cash="90000", peak=money("100000"), trades=traded(4, 4), reserve=money("9000"))
    assert lacks(state, the_close()) == (
        Lack("trades", 8, 10),
        Lack("win_rate", 0.5, 0.55),
        Lack("reserve", 0.1, 0.2),
        Lack("drawdown", 0.1, 0.05),
    )
    assert lacks(under(LOW, trades=traded(6, 4), reserve=money("30000")), the_close()) == ()
    assert lacks(under(None, trades=traded(4, 4)), the_close()) == ()


@pytest.mark.parametrize("chosen", Tier)
def test_the_limits_in_force_are_those_of_the_tier_in_force(chosen: Tier) -> None:
    lowered = Ground(under(LOW, chosen), a_scene(), DEFAULT_POLICY)
    assert lowered.limits.max_position == 0.05
    assert lowered.limits.min_confidence == 0.75


@quick
@given(
    st.sampled_from(Tier),
    st.none() | st.sampled_from(Tier),
    st.tuples(st.integers(0, 12), st.integers(0, 12)),
    st.integers(50, 100),
    st.integers(0, 40),
)
def test_p12_at_a_close_the_tier_moves_a_step_and_stays_at_or_under_the_owners_choice(
    chosen: Tier, ceiling: Tier | None, results: tuple[int, int], left: int, reserve: int
) -> None:
    wins, losses = results
    state = under(ceiling, chosen, cash=str(left * 1000), peak=money("100000"), reserve=money(reserve * 500))
    state = replace(state, trades=traded(wins, losses))
    found = moves(state)
    after = done(state, c.MoveTier(), the_close()) if found else state
    assert after.tier.rank <= chosen.rank
    assert abs(after.tier.rank - state.tier.rank) == len(found)
    lost = wins + losses >= 10 and wins * 10 < (wins + losses) * 4
    if lost or left < 85:
        assert after.tier.rank == max(0, state.tier.rank - 1)
    else:
        assert after.tier.rank >= state.tier.rank
    if not lacks(state, the_close()) and state.tier is not chosen:
        assert after.tier.rank == state.tier.rank + 1
    if found:
        assert moves(after) == []


@quick
@given(st.sampled_from(Tier), st.none() | st.sampled_from(Tier), st.sampled_from(Tier))
def test_p12_whatever_the_owner_may_choose_holds_at_once(chosen: Tier, ceiling: Tier | None, wanted: Tier) -> None:
    state = under(ceiling, chosen)
    if wanted.rank > chosen.rank + 1 or (wanted is chosen and state.tier is chosen):
        assert refused(set_to(wanted), state)
        return
    after = done(state, set_to(wanted))
    assert (after.tier, after.preferences.trading.risk_tolerance) == (wanted, wanted)
    assert (harm_of(set_to(wanted), state) is Harm.RISKIER) == (wanted.rank > state.tier.rank)


@quick
@given(st.sampled_from(Tier), st.none() | st.sampled_from(Tier), st.sampled_from(Tier))
def test_p12_what_needs_no_yes_never_raises_the_tier_not_even_when_its_time_is_over(
    chosen: Tier, ceiling: Tier | None, wanted: Tier
) -> None:
    state = under(ceiling, chosen)
    verdict = judge(for_an_hour(wanted), Ground(state, a_scene(), DEFAULT_POLICY))
    if isinstance(verdict, Refused) or harm_of(for_an_hour(wanted), state) >= Harm.RISKIER:
        return
    during = done(state, for_an_hour(wanted))
    after = an_hour_later(during) if during.terms else during
    assert during.tier.rank <= state.tier.rank
    assert after.tier.rank <= state.tier.rank
