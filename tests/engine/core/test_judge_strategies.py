"""Strategies: the owner switches them, a review pauses those that lost too much, and at most so many are followed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.apply import applied
from engine.core.harm import harm_of
from engine.core.judge.strategies import reviews
from engine.core.refusals import Refusal
from engine.core.review import reviewed
from engine.core.scene import Scene
from engine.core.standing import StrategyStanding
from engine.core.state import State
from engine.core.strategies import known, listened_to
from engine.core.units import money
from engine.core.words import Harm, Priority, Side, Skip
from tests.builders import NOON, a_decision, a_plan, a_proposal, a_recommendation, a_trade
from tests.engine.scenes import (
    TODAY,
    a_ground,
    a_holding,
    a_scene,
    an_account,
    done,
    holding,
    judged,
    prefer,
    refused,
)

THREE = a_scene(sources=("momentum", "breakout", "mean_reversion"))
CLOSE = a_scene(TODAY.closes_at, sources=("momentum",))


def switched(name: str = "momentum", *, on: bool, at: datetime = NOON, why: str = "owner") -> dict[str, Any]:
    return {name: StrategyStanding(name=name, on=on, at=at, why=why)}


def due(state: State, scene: Scene = CLOSE) -> list[c.SetStrategy]:
    return list(reviews(a_ground(state, scene)))


# --- the owner's word


def test_what_the_owner_switches_off_and_on_is_so_from_then_on() -> None:
    (off,) = judged(c.SetStrategy(name="momentum", on=False, by="owner"), an_account(), THREE)
    assert off == e.StrategySet(strategy=StrategyStanding(name="momentum", on=False, at=NOON, why="owner"))
    state = applied(an_account(), (off,))
    assert listened_to(state, THREE) == ("breakout", "mean_reversion")
    state = done(state, c.SetStrategy(name="momentum", on=True, by="owner"), THREE)
    assert listened_to(state, THREE) == ("momentum", "breakout", "mean_reversion")


def test_an_unknown_strategy_is_refused_with_those_that_are_known() -> None:
    no = refused(c.SetStrategy(name="astrology", on=True, by="owner"), an_account(), THREE)
    assert (no.code, no.facts) == (
        Refusal.NO_STRATEGY,
        {"name": "astrology", "names": ["breakout", "mean_reversion", "momentum"]},
    )
    assert refused(c.SetStrategy(name="astrology", on=True), an_account()).facts["names"] is None


@pytest.mark.parametrize(
    ("state", "on"),
    [
        (an_account(), True),
        (an_account(strategies=switched(on=True)), True),
        (an_account(strategies=switched(on=False)), False),
    ],
)
def test_what_is_so_already_is_refused(state: State, *, on: bool) -> None:
    no = refused(c.SetStrategy(name="momentum", on=on, by="owner"), state, THREE)
    assert (no.code, no.facts) == (Refusal.STRATEGY_IS_SO, {"name": "momentum", "state": "on" if on else "off"})


def test_one_beyond_the_most_takes_the_place_of_one_that_nobody_chose() -> None:
    one = an_account(preferences=prefer(strategy__max_strategies=1))
    assert listened_to(one, THREE) == ("breakout",)
    state = done(one, c.SetStrategy(name="momentum", on=True, by="owner"), THREE)
    assert listened_to(state, THREE) == ("momentum",)
    no = refused(c.SetStrategy(name="breakout", on=True, by="owner"), state, THREE)
    assert (no.code, no.facts) == (
        Refusal.TOO_MANY_STRATEGIES,
        {"name": "breakout", "most": 1, "names": ["momentum"]},
    )


def test_known_is_what_is_asked_and_what_was_heard_of() -> None:
    state = an_account(
        strategies=switched("said", on=False),
        pending={"r": a_recommendation(source="waiting")},
        trades=(a_trade(source="traded"), a_trade(source="")),
    )
    state = holding(state, a_holding(source="held"), a_holding("PEP", source=""))
    assert known(state, a_scene(sources=("asked",))) == ("asked", "held", "said", "traded", "waiting")


names = st.sampled_from(["breakout", "mean_reversion", "momentum", "news", "value"])


@given(
    asked=st.sets(names, min_size=1), standings=st.dictionaries(names, st.booleans()), most=st.integers(1, 6), one=names
)
def test_never_more_are_followed_than_the_owner_wants_and_none_that_is_off(
    asked: set[str], standings: dict[str, bool], most: int, one: str
) -> None:
    strategies = {name: StrategyStanding(name=name, on=on, at=NOON, why="owner") for name, on in standings.items()}
    state = an_account(preferences=prefer(strategy__max_strategies=most), strategies=strategies)
    scene = a_scene(sources=tuple(asked))
    found = listened_to(state, scene, one)
    off = {name for name, on in standings.items() if not on}
    assert len(found) == len({*found}) == min(most, len((asked | {*standings} | {one}) - off))
    assert not off & {*found}
    assert {name for name in found if standings.get(name)} or not {*standings} - off
    wanted = a_recommendation(source=one)
    (decided, *_) = judged(c.Consider(recommendation_id=wanted.id), replace(state, pending={wanted.id: wanted}), scene)
    assert isinstance(decided, e.Decided)
    assert (decided.decision.reason is Skip.STRATEGY_OFF) is (one not in found)


def test_with_a_strategy_its_questions_and_parts_to_come_end_and_what_is_held_stays() -> None:
    theirs = a_proposal(recommendation=a_recommendation(source="momentum"))
    others = a_proposal(decision=a_decision(id="d2"), recommendation=a_recommendation(id="r2", source="breakout"))
    sale = a_proposal(decision=a_decision(id="d3", side=Side.SELL), recommendation=a_recommendation(id="r3"))
    plan = a_plan(decision_id="d4", recommendation=a_recommendation(id="r4"))
    state = an_account(proposals={"d1": theirs, "d2": others, "d3": sale}, tranches=(plan,))
    state = holding(state, a_holding(source="momentum"))
    off = done(state, c.SetStrategy(name="momentum", on=False, by="owner"), THREE)
    assert (sorted(off.proposals), off.tranches, sorted(off.positions)) == (["d2", "d3"], (), ["KO"])
    events = judged(c.SetStrategy(name="momentum", on=False, by="owner"), state, THREE)
    assert [one.outcome for one in events if isinstance(one, e.ProposalClosed)] == [Skip.STRATEGY_OFF]


def test_a_paused_strategy_may_still_sell_what_is_held() -> None:
    wanted = a_recommendation(action=Side.SELL)
    state = holding(an_account(strategies=switched(on=False), pending={wanted.id: wanted}), a_holding())
    decided, _ = judged(c.Consider(recommendation_id=wanted.id), state, THREE)
    assert isinstance(decided, e.Decided)
    assert decided.decision.acts


def test_switching_on_is_riskier_and_off_is_safer() -> None:
    assert harm_of(c.SetStrategy(name="momentum", on=True), an_account()) is Harm.RISKIER
    assert harm_of(c.SetStrategy(name="momentum", on=False), an_account()) is Harm.SAFER


# --- the review


def lost(dollars: str, **changes: Any) -> Any:
    """A trade of $600 that brought this much."""
    usual: dict[str, Any] = {"source": "momentum", "closed_at": NOON, "realised": dollars}
    return a_trade(**usual | changes)


def trades(*dollars: str, **changes: Any) -> tuple[Any, ...]:
    """Five trades or more: these, and others that cost nothing and brought nothing."""
    idle = (lost("0", entry="0", **changes) for _ in range(5 - len(dollars)))
    return (*(lost(one, **changes) for one in dollars), *idle)


@pytest.mark.parametrize(
    ("closed", "held", "paused"), [(1, 0, False), (4, 0, False), (5, 0, True), (4, 1, True), (3, 1, False)]
)
def test_none_is_paused_by_fewer_than_five_trades_open_ones_included(closed: int, held: int, *, paused: bool) -> None:
    """However much they lost."""
    state = an_account(trades=(lost("-300"),) * closed)
    state = holding(state, *[a_holding("PEP", "150", 1, source="momentum")] * held)
    found = reviewed(state, CLOSE, "momentum")
    assert (found.trades, found.held, found.is_enough) == (closed, held, paused)
    assert bool(due(state)) is paused


@pytest.mark.parametrize(
    ("realised", "paused"),
    [("-30", False), ("-30.0001", True), ("30", False), ("0", False), ("-600", True)],
)
def test_more_than_five_percent_down_is_too_much(realised: str, *, paused: bool) -> None:
    """Of the $600 that its one trade cost."""
    assert bool(due(an_account(trades=trades(realised)))) is paused


def test_open_positions_count_at_their_price_with_their_cost() -> None:
    """$40 lost on $600, $10 won on $600: 2.5 % down; at $57.90 instead of $61 it is 5.08 % down."""
    state = holding(an_account(trades=trades("-40")), a_holding("KO", shares=10, source="momentum"))
    fine, worse = (replace(CLOSE, quotes=a_scene(CLOSE.at, {"KO": price}).quotes) for price in ("61", "57.90"))
    assert reviewed(state, fine, "momentum").result == pytest.approx(-30 / 1200)
    assert due(state, fine) == []
    (found,) = due(state, worse)
    assert found == c.SetStrategy(name="momentum", on=False, why="underperforming", result=-61 / 1200)
    unpriced = replace(CLOSE, quotes={})
    assert reviewed(state, unpriced, "momentum")[:3] == (money("-40"), money("1200"), 5)


def test_an_open_micro_trade_is_no_part_of_the_review() -> None:
    """Ten shares bought at $60 that stand at $30."""
    scene = replace(CLOSE, quotes=a_scene(CLOSE.at, {"KO": "30"}).quotes)
    micro = a_holding("KO", shares=10, source="momentum", micro=True)
    idle = an_account(trades=trades())
    assert reviewed(holding(idle, micro), scene, "momentum")[:2] == (0, 0)
    assert due(holding(idle, replace(micro, micro=False)), scene)
    assert due(holding(idle, micro), scene) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "breakout"},
        {"source": ""},
        {"micro": True},
        {"closed_at": TODAY.closes_at - timedelta(days=30)},
    ],
)
def test_what_is_not_its_own_or_micro_or_older_than_the_period_does_not_count(changes: dict[str, Any]) -> None:
    assert "momentum" not in [one.name for one in due(an_account(trades=trades("-300", **changes)))]
    assert reviewed(an_account(trades=trades("-300", **changes)), CLOSE, "momentum").cost == 0


def test_the_owner_sets_period_and_share_and_whether_anything_is_paused() -> None:
    closed = trades("-45", closed_at=NOON - timedelta(days=9))
    assert due(an_account(trades=closed))
    assert due(an_account(trades=closed, preferences=prefer(strategy__review_period_days=9))) == []
    assert due(an_account(trades=closed, preferences=prefer(strategy__underperformance_pct=7.5))) == []
    assert due(an_account(trades=closed, preferences=prefer(strategy__underperformance_pct=7.4)))
    assert due(an_account(trades=closed, preferences=prefer(strategy__auto_pause_underperforming=False))) == []


def test_what_lags_is_paused_once_and_told_with_its_figures() -> None:
    state = holding(an_account(trades=trades("-300")), a_holding("PEP", "150", 1, source="momentum"))
    scene = replace(CLOSE, quotes=a_scene(CLOSE.at, {"PEP": "150"}).quotes)
    (command,) = due(state, scene)
    events = judged(command, state, scene)
    after = applied(state, events)
    standing = after.strategies["momentum"]
    assert (standing.on, standing.why, standing.result) == (False, "underperforming", -300 / 750)
    assert due(after, scene) == []
    (told,) = announced(events, Moment(state, after, scene))
    assert (told.event_type, told.key, told.priority) == ("strategy_paused", "push.strategy_paused", Priority.HIGH)
    assert told.facts == {
        "account": "paper",
        "name": "momentum",
        "result": -0.4,
        "limit": 0.05,
        "since": TODAY.closes_at - timedelta(days=30),
        "held": 1,
    }


def test_the_owners_own_word_is_no_news() -> None:
    state = an_account()
    events = judged(c.SetStrategy(name="momentum", on=False, by="owner"), state, THREE)
    assert announced(events, Moment(state, applied(state, events), THREE)) == ()


def test_after_it_was_switched_on_again_it_is_judged_by_what_came_since() -> None:
    old, new = lost("-300", closed_at=NOON), trades("-31", closed_at=NOON + timedelta(hours=1))
    idle = trades(closed_at=NOON + timedelta(hours=1))
    again = an_account(strategies=switched(on=True, at=NOON), trades=(old, *idle))
    losing = a_holding("PEP", "150", 10, source="momentum", opened_at=NOON)
    scene = replace(CLOSE, quotes=a_scene(CLOSE.at, {"PEP": "100"}).quotes)
    assert due(holding(again, losing), scene) == []
    (found,) = due(replace(again, trades=(old, *new)))
    assert found.result == pytest.approx(-31 / 600)
    later = replace(losing, opened_at=NOON + timedelta(seconds=1))
    assert due(holding(again, later), scene)
    a_month_on = a_scene(TODAY.closes_at + timedelta(days=31), {"PEP": "100"}, sources=("momentum",))
    assert due(holding(replace(again, trades=trades(closed_at=a_month_on.at)), losing), a_month_on)


def test_none_is_judged_from_before_the_account_began_or_began_anew() -> None:
    """Noon is 20 November; the account is of the 12th, and began anew on the 17th."""
    young = an_account(opened_at=NOON - timedelta(days=8))
    assert reviewed(young, CLOSE, "momentum").since == NOON - timedelta(days=8)
    anew = replace(young, reset_at=NOON - timedelta(days=3))
    assert reviewed(anew, CLOSE, "momentum").since == NOON - timedelta(days=3)
    again = replace(anew, strategies=switched(on=True, at=NOON))
    assert reviewed(again, CLOSE, "momentum").since == NOON
    assert reviewed(replace(anew, strategies=switched(on=False, at=NOON)), CLOSE, "momentum").since == anew.reset_at


@pytest.mark.parametrize(
    "command",
    [
        c.SetStrategy(name="momentum", on=True, why="underperforming", result=-0.5),
        c.SetStrategy(name="momentum", on=False, why="underperforming", result=-0.4),
        c.SetStrategy(name="breakout", on=False, why="underperforming", result=-0.5),
    ],
)
def test_a_review_does_only_what_the_figures_say(command: c.SetStrategy) -> None:
    state = an_account(trades=trades("-300"))
    assert due(state) == [c.SetStrategy(name="momentum", on=False, why="underperforming", result=-0.5)]
    assert refused(command, state, CLOSE).code is Refusal.NOTHING_CHANGED


outcomes = st.lists(
    st.tuples(st.sampled_from(["breakout", "momentum"]), st.integers(-700, 700), st.booleans(), st.integers(0, 960)),
    min_size=1,
    max_size=24,
)


@given(found=outcomes, share=st.integers(1, 90), days=st.integers(1, 40))
def test_exactly_those_are_paused_that_lost_more_than_their_share(
    found: Sequence[tuple[str, int, bool, int]], share: int, days: int
) -> None:
    """Recomputed in whole dollars: every trade cost $600."""
    closed = tuple(
        lost(str(won), source=name, micro=micro, closed_at=CLOSE.at - timedelta(hours=hours))
        for name, won, micro, hours in found
    )
    own = prefer(strategy__underperformance_pct=share, strategy__review_period_days=days)
    state = an_account(trades=closed, preferences=own, opened_at=NOON - timedelta(days=99))
    expected = []
    for name in sorted({name for name, *_ in found}):
        counted = [won for source, won, micro, hours in found if source == name and not micro and hours < 24 * days]
        if len(counted) >= 5 and -100 * sum(counted) > share * 600 * len(counted):
            expected.append(name)
    assert [one.name for one in due(state, a_scene(CLOSE.at, sources=()))] == expected
