"""What the owner is told: once for each fact, with its numbers, and no more than that."""

from dataclasses import replace
from typing import Any

import pytest

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import ANNOUNCERS, announced
from engine.core.announcement import Announcement, Moment
from engine.core.apply import applied
from engine.core.journal import canonical
from engine.core.nouns import Pause
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import money
from engine.core.words import BreakerKind, OrderStatus, Origin, Priority, Side, Skip, StopReason
from tests.builders import (
    NOON,
    a_breaker,
    a_change,
    a_decision,
    a_fill,
    a_ledger_row,
    a_proposal,
    a_trade,
    an_order,
)
from tests.engine.scenes import TODAY, a_holding, a_scene, an_account, holding, judged, prefer

HELD = holding(an_account(), a_holding("KO", "60", 10, stop="58.20", take="62.70"))


def said(state: State, *events: e.Event, scene: Scene | None = None) -> tuple[Announcement, ...]:
    return announced(events, Moment(state, applied(state, events), scene or a_scene()))


def one(state: State, *events: e.Event, scene: Scene | None = None) -> Announcement:
    (found,) = said(state, *events, scene=scene)
    canonical(found.facts)
    return found


def filled(status: OrderStatus, **changes: Any) -> e.Filled:
    order = an_order(status=status, filled_shares=10, proceeds=money("600"), why="up", **changes)
    return e.Filled(fill=a_fill(), order=order, position=a_holding("KO", "60", 10, stop="58.20", take="62.70"))


def test_an_entry_is_told_when_its_order_is_finished() -> None:
    told = one(replace(an_account(), seq=41), filled(OrderStatus.FILLED))
    assert (told.event_type, told.priority, told.at, told.id) == ("trade_opened", Priority.MEDIUM, NOON, "00000042")
    facts = told.facts
    assert (facts["ticker"], facts["shares"], facts["price"], facts["dollars"]) == ("KO", 10, money("60"), money("600"))
    assert (facts["stop"], facts["take"], facts["at_risk"]) == (money("58.20"), money("62.70"), money("18"))
    assert facts["share_frac"] == pytest.approx(0.006)
    assert (facts["account"], facts["why"]) == ("paper", "up")
    assert said(an_account(), filled(OrderStatus.ACCEPTED)) == ()


def test_a_sell_is_told_as_its_trade_and_not_as_its_fill() -> None:
    sell = an_order(client_order_id="paper-d2-1", side=Side.SELL, origin=Origin.TAKE, reserved="0", why="a reason")
    state = replace(HELD, orders={sell.client_order_id: sell})
    fill = a_fill("65", client_order_id="paper-d2-1", side=Side.SELL)
    events = judged(c.RecordFill(fill=fill), state)
    (told,) = said(state, *events)
    facts = told.facts
    assert told.event_type == "take_profit_hit"
    assert (facts["realised"], facts["siphoned"], facts["left"]) == (money("50"), money("10"), None)
    assert facts["realised_frac"] == pytest.approx(50 / 600)


@pytest.mark.parametrize(
    ("origin", "event_type", "priority"),
    [
        (Origin.STOP, "stop_hit", Priority.MEDIUM),
        (Origin.TAKE, "take_profit_hit", Priority.MEDIUM),
        (Origin.OWNER, "trade_closed", Priority.MEDIUM),
        (Origin.RECOMMENDED, "trade_closed", Priority.MEDIUM),
        (Origin.SINGLE_POSITION, "trade_closed", Priority.HIGH),
        (Origin.PRICE_UNAVAILABLE, "trade_closed", Priority.HIGH),
    ],
)
def test_a_closed_trade_is_told_by_what_closed_it(origin: Origin, event_type: str, priority: Priority) -> None:
    told = one(HELD, e.TradeClosed(trade=a_trade(origin=origin)))
    assert (told.event_type, told.priority) == (event_type, priority)
    assert told.facts["left"] == 10


def test_an_exit_that_must_wait_is_said_at_once_and_an_entry_never_so() -> None:
    sell = an_order(side=Side.SELL)
    evening = a_scene(TODAY.closes_at)
    told = one(HELD, e.OrderIntended(order=sell), scene=evening)
    assert (told.key, told.facts["opens_at"]) == ("push.exit_queued", evening.upcoming[0].opens_at)
    assert said(HELD, e.OrderIntended(order=sell)) == ()
    assert said(HELD, e.OrderIntended(order=an_order()), scene=evening) == ()


def test_an_exit_that_must_wait_for_a_halt_to_end_is_said_at_once() -> None:
    sell, halted = an_order(side=Side.SELL), a_scene(halted=frozenset({"KO"}))
    told = one(HELD, e.OrderIntended(order=sell), scene=halted)
    assert (told.key, told.priority, told.facts["shares"]) == ("push.exit_queued.halted", Priority.HIGH, 10)
    assert said(HELD, e.OrderIntended(order=an_order()), scene=halted) == ()
    assert said(HELD, e.OrderIntended(order=replace(sell, ticker="PEP")), scene=halted) == ()


def test_orders_are_told_when_they_come_to_nothing() -> None:
    def updated(status: OrderStatus) -> e.OrderUpdated:
        order = an_order(status=status, filled_shares=4, why="no_cash")
        return e.OrderUpdated(order=order, old=OrderStatus.INTENDED)

    rejected, cancelled = one(HELD, updated(OrderStatus.REJECTED)), one(HELD, updated(OrderStatus.CANCELLED))
    assert (rejected.key, rejected.priority) == ("push.order_rejected", Priority.HIGH)
    assert (cancelled.key, cancelled.priority) == ("push.order_cancelled", Priority.MEDIUM)
    assert (rejected.facts["shares"], rejected.facts["reason"]) == (6, "no_cash")
    for status in (OrderStatus.ACCEPTED, OrderStatus.IN_DOUBT, OrderStatus.CANCELLING):
        assert said(HELD, updated(status)) == ()


def test_a_question_has_all_that_an_answer_needs() -> None:
    told = one(an_account(), e.Proposed(proposal=a_proposal()))
    facts = told.facts
    assert (told.event_type, told.priority) == ("trade_proposed", Priority.HIGH)
    assert (facts["shares"], facts["dollars"], facts["wait"]) == (10, money("600"), 300)
    assert (facts["stop"], facts["take"], facts["at_risk"]) == (money("58.35"), money("62.48"), money("16.50"))
    assert facts["share_frac"] == pytest.approx(0.006)
    assert facts["why"] == "up five days in a row"


@pytest.mark.parametrize(
    ("outcome", "is_told"), [(Skip.NONE, False), (Skip.DECLINED, False), (Skip.LAPSED, True), (Skip.BREAKER, True)]
)
def test_an_answer_is_not_told_back_but_silence_is(outcome: Skip, *, is_told: bool) -> None:
    event = e.ProposalClosed(decision_id="d1", ticker="KO", outcome=outcome)
    assert bool(said(an_account(), event)) is is_told


@pytest.mark.parametrize("kind", BreakerKind)
def test_a_breaker_is_told_with_cause_numbers_and_end(kind: BreakerKind) -> None:
    told = one(HELD, e.BreakerTripped(breaker=a_breaker(kind=kind)))
    assert told.key == f"push.breaker_tripped.{kind.value}"
    assert told.priority is (Priority.HIGH if kind is BreakerKind.SINGLE_POSITION else Priority.CRITICAL)
    assert (told.facts["threshold"], told.facts["actual"]) == (0.03, 0.034)
    assert told.facts["until"] is not None
    assert one(HELD, e.BreakerResolved(kind=kind, ticker=None)).event_type == "breaker_resolved"


def test_only_a_pause_that_ran_out_by_itself_is_told() -> None:
    state = an_account(pause=Pause(since=NOON, until=NOON))
    assert one(state, e.EntriesResumed(change=None, lifts_all=False)).key == "push.pause_over"
    assert said(state, e.EntriesResumed(change=None, lifts_all=True)) == ()
    assert said(state, e.EntriesResumed(change=None, lifts_all=False, undoes=(3,))) == ()


def test_a_stop_is_told_when_it_moves_and_not_when_only_its_high_does() -> None:
    def moved(new: str) -> e.StopMoved:
        old = money("58.20")
        return e.StopMoved(ticker="KO", old=old, new=money(new), high=1, atr=1, reason=StopReason.HEAT)

    facts = one(HELD, moved("59")).facts
    assert (facts["at_risk"], facts["locked"]) == (money("10"), None)
    facts = one(HELD, moved("61")).facts
    assert (facts["at_risk"], facts["locked"]) == (None, money("10"))
    assert said(HELD, moved("58.20")) == ()


def test_looser_limits_are_told_everywhere_and_tighter_ones_where_they_were_made() -> None:
    def changed(*, loosened: bool) -> e.PreferencesChanged:
        return e.PreferencesChanged(change=a_change(), preferences=prefer(), loosened=loosened)

    told = one(HELD, changed(loosened=True))
    assert (told.event_type, told.priority) == ("limits_loosened", Priority.HIGH)
    (row,) = told.facts["rows"]
    assert (row["field"], row["old"]["value"], row["new"]["value"]) == (
        "trading.risk_tolerance",
        "conservative",
        "moderate",
    )
    assert said(HELD, changed(loosened=False)) == ()


def test_what_happens_to_the_engine_has_its_priority() -> None:
    for topic, priority in (
        ("engine_degraded", Priority.CRITICAL),
        ("engine_recovered", Priority.HIGH),
        ("loop_error", Priority.HIGH),
        ("engine_started", Priority.LOW),
    ):
        told = one(HELD, e.Noted(topic=topic, facts={"why": "x"}))
        assert (told.event_type, told.priority, told.facts["why"]) == (topic, priority, "x")
    frozen = one(HELD, e.TickerFrozen(ticker="KO", ours=1, theirs=2))
    assert (frozen.event_type, frozen.priority) == ("reconcile_difference", Priority.CRITICAL)


def test_what_speaks_through_its_consequences_is_not_told_itself() -> None:
    silent = [
        e.Decided(decision=a_decision()),
        e.ReserveMoved(row=a_ledger_row()),
        e.SessionBegan(session=TODAY.date),
        e.EngineKilled(at=NOON),
        e.EntriesPaused(pause=Pause(since=NOON, until=None), change=None),
    ]
    assert said(HELD, *silent) == ()
    told_otherwise = {e.EngineKilled}  # where nobody threw it by talking
    assert {type(event) for event in silent} & set(ANNOUNCERS) == told_otherwise


def test_several_are_told_in_order_under_the_numbers_of_their_rows() -> None:
    state = replace(HELD, seq=7)
    quiet = e.SessionBegan(session=TODAY.date)
    first, second = said(
        state, e.Noted(topic="a", facts={}), quiet, e.BreakerResolved(kind=BreakerKind.MANUAL, ticker=None)
    )
    assert (first.id, second.id) == ("00000008", "00000010")


def test_shares_of_an_empty_account_are_nought() -> None:
    assert one(an_account("0"), e.Proposed(proposal=a_proposal())).facts["share_frac"] == 0.0
