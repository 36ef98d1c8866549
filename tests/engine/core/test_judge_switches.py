"""Pause, resume and the kill switch: three meanings of stop, each stored, never mixed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.core import commands as c
from engine.core import events as e
from engine.core.nouns import Pause
from engine.core.refusals import Refusal
from engine.core.state import State
from engine.core.units import money
from engine.core.words import BreakerKind, OrderStatus, Side, Skip
from tests.builders import NOON, a_breaker, a_proposal, an_order
from tests.engine.scenes import a_holding, a_scene, an_account, done, holding, judged, later, refused

SOON = NOON + timedelta(hours=1)


def busy() -> State:
    """A question, an entry on its way, one being cancelled, an exit on its way."""
    orders = {
        "b": an_order(client_order_id="b", ticker="PEP", status=OrderStatus.ACCEPTED),
        "d": an_order(client_order_id="d", ticker="JPM", status=OrderStatus.CANCELLING),
        "s": an_order(client_order_id="s", side=Side.SELL, shares=5, status=OrderStatus.ACCEPTED),
    }
    state = an_account(orders=orders, proposals={"d9": a_proposal(decision=replace(a_proposal().decision, id="d9"))})
    return holding(state, a_holding("KO", shares=5))


@pytest.mark.parametrize(
    ("command", "reason"),
    [(c.PauseEntries(), Skip.PAUSED), (c.PauseEntries(until=SOON), Skip.PAUSED), (c.StopEverything(), Skip.KILLED)],
)
def test_stopping_withdraws_questions_and_entries_and_leaves_exits(command: c.Command, reason: Skip) -> None:
    events = judged(command, busy())
    cancelled = [event.order.client_order_id for event in events if isinstance(event, e.OrderUpdated)]
    assert cancelled == ["b"]
    closed = [event.outcome for event in events if isinstance(event, e.ProposalClosed)]
    assert closed == [reason]
    after = done(busy(), command)
    assert after.orders["s"] == busy().orders["s"]
    assert after.orders["b"].why == reason.code
    assert after.positions == busy().positions


def test_a_pause_may_have_an_end_in_market_time() -> None:
    assert done(an_account(), c.PauseEntries(until=SOON)).pause == Pause(since=NOON, until=SOON)
    assert refused(c.PauseEntries(until=NOON), an_account()).code is Refusal.UNTIL_PASSED


def test_the_same_pause_again_is_told() -> None:
    paused = done(an_account(), c.PauseEntries(until=SOON))
    assert refused(c.PauseEntries(until=SOON), paused).code is Refusal.ALREADY_PAUSED
    assert done(paused, c.PauseEntries()).pause == Pause(since=NOON, until=None)


def test_a_pause_ends_at_its_time_and_not_before_and_one_without_end_never() -> None:
    paused = done(an_account(), c.PauseEntries(until=SOON))
    assert refused(c.EndPause(), paused, later(a_scene(), minutes=59)).code is Refusal.NOT_PAUSED
    assert done(paused, c.EndPause(), later(a_scene(), hours=1)).pause is None
    endless = done(an_account(), c.PauseEntries())
    assert refused(c.EndPause(), endless, later(a_scene(), days=3)).code is Refusal.NOT_PAUSED


def test_the_kill_switch_is_latched_until_the_owner_resumes() -> None:
    killed = done(an_account(), c.StopEverything())
    assert killed.killed_at == NOON
    assert refused(c.StopEverything(), killed).code is Refusal.ALREADY_KILLED
    assert done(killed, c.ResumeEntries()).killed_at is None


def test_a_pause_that_ends_does_not_lift_the_kill_switch() -> None:
    both = done(done(an_account(), c.PauseEntries(until=SOON)), c.StopEverything())
    after = done(both, c.EndPause(), later(a_scene(), hours=1))
    assert (after.pause, after.killed_at) == (None, NOON)


def test_the_kill_switch_works_while_the_engine_is_not_well() -> None:
    assert done(an_account(), c.StopEverything(), a_scene(healthy=False)).killed_at == NOON


def test_resuming_lifts_all_that_waits_for_the_owner_and_nothing_else() -> None:
    kinds = {(kind, None): a_breaker(kind=kind) for kind in BreakerKind if kind is not BreakerKind.SINGLE_POSITION}
    state = an_account(breakers=kinds, pause=Pause(since=NOON, until=None), killed_at=NOON)
    after = done(state, c.ResumeEntries())
    assert (after.pause, after.killed_at) == (None, None)
    assert set(after.breakers) == {(BreakerKind.DAILY_LOSS, None), (BreakerKind.VOLATILITY, None)}
    assert refused(c.ResumeEntries(), after).code is Refusal.NOT_PAUSED


def test_drawdown_counts_anew_only_where_it_stood() -> None:
    state = holding(an_account("80000", peak=money("100000")), a_holding("KO", "60", 100, stop="1"))
    latched = replace(state, breakers={(BreakerKind.MAX_DRAWDOWN, None): a_breaker(kind=BreakerKind.MAX_DRAWDOWN)})
    # 74,000 in cash and 100 shares at 55
    scene = a_scene(prices={"KO": "55"})
    assert done(latched, c.ResumeEntries(), scene).peak == money("79500")
    paused = replace(state, pause=Pause(since=NOON, until=None))
    assert done(paused, c.ResumeEntries(), scene).peak == money("100000")
