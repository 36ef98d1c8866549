"""Breakers at the owner's hand, and the sale of everything."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.decide import decide, safeguards
from engine.core.nouns import Breaker, Pause
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refusal
from engine.core.state import BreakerKey, State, Tally
from engine.core.units import money
from engine.core.words import BreakerKind, OrderStatus, Origin, Priority, Side, Skip
from tests.builders import NOON, a_breaker, a_plan, a_proposal, a_recommendation, a_snapshot, an_order
from tests.engine.scenes import DAY, a_holding, a_scene, an_account, done, holding, judged, later, refused

OWN = c.TripBreaker(kind=BreakerKind.MANUAL, ticker=None, threshold=0, actual=0, by="owner")
SINGLE = BreakerKind.SINGLE_POSITION


def standing(*keys: BreakerKey) -> dict[BreakerKey, Breaker]:
    return {(kind, ticker): a_breaker(kind=kind, ticker=ticker) for kind, ticker in keys}


def busy() -> State:
    """Two positions, of which one is being sold; a question, an entry on its way, one in parts, one in another."""
    orders = {
        "b": an_order(client_order_id="b", ticker="PEP", status=OrderStatus.ACCEPTED),
        "s": an_order(client_order_id="s", ticker="KO", side=Side.SELL, shares=100, status=OrderStatus.ACCEPTED),
    }
    asked = a_proposal(decision=replace(a_proposal().decision, id="d9"))
    plan = a_plan(recommendation=a_recommendation(ticker="XOM"))
    state = an_account(orders=orders, proposals={"d9": asked}, tranches=(plan,), seq=50)
    return holding(state, a_holding("KO"), a_holding("PEP", "150", 20), a_holding("JPM", "200", 7))


def kinds(events: Sequence[e.Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def trips(state: State) -> list[tuple[BreakerKind, str | None]]:
    """The breakers that would trip now."""
    found = safeguards(state, a_scene(), DEFAULT_POLICY)
    return [(one.kind, one.ticker) for one in found if isinstance(one, c.TripBreaker)]


# --- the owner's own breaker


def test_the_owners_breaker_cancels_entries_and_parts_and_stands_until_he_resumes() -> None:
    events = judged(OWN, busy())
    assert [event.order.client_order_id for event in events if isinstance(event, e.OrderUpdated)] == ["b"]
    assert [event.outcome for event in events if isinstance(event, e.TranchesEnded)] == [Skip.BREAKER]
    after = done(busy(), OWN)
    assert after.breakers[BreakerKind.MANUAL, None].until is None
    assert after.orders["s"] == busy().orders["s"]
    assert not [one for one in safeguards(after, a_scene(NOON + timedelta(days=9)), DEFAULT_POLICY)
                if isinstance(one, c.ResolveBreaker)]  # fmt: skip
    assert done(after, c.ResumeEntries()).breakers == {}


def keys_told(state: State, command: c.Command) -> list[tuple[str, Priority]]:
    news = announced(judged(command, state), Moment(state, done(state, command), a_scene()))
    return [(one.key, one.priority) for one in news]


def as_an_older_version(ours: str, theirs: str) -> c.TripBreaker:
    """What stopped entries before differences in cash were noted as such; it may still stand."""
    counted, found = float(money(ours)), float(money(theirs))
    return c.TripBreaker(kind=BreakerKind.MANUAL, ticker=None, threshold=counted, actual=found)


def test_the_owners_breaker_and_books_that_differ_are_told_differently() -> None:
    assert keys_told(an_account(), OWN) == [("push.breaker_tripped.own", Priority.HIGH)]
    differs = as_an_older_version(ours="100", theirs="90")
    assert keys_told(an_account(), differs) == [("push.breaker_tripped.manual", Priority.CRITICAL)]


def test_books_that_differ_are_told_although_the_owner_tripped_his_breaker() -> None:
    differs = as_an_older_version(ours="100", theirs="90")
    own = done(an_account(), OWN)
    both = done(own, differs)
    assert both.breakers[BreakerKind.MANUAL, None].actual == money("90")
    assert refused(OWN, both).code is Refusal.ALREADY_DONE
    assert refused(differs, both).code is Refusal.ALREADY_DONE
    assert refused(OWN, own).code is Refusal.ALREADY_DONE


# --- reset


def test_a_reset_ends_all_that_stand_or_those_of_one_ticker() -> None:
    keys = ((SINGLE, "PEP"), (BreakerKind.DAILY_LOSS, None), (SINGLE, "KO"), (BreakerKind.MANUAL, None))
    state = an_account(breakers=standing(*keys))
    events = judged(c.ResetBreakers(by="owner"), state)
    assert [(one.kind, one.ticker) for one in events if isinstance(one, e.BreakerResolved)] == [
        (BreakerKind.DAILY_LOSS, None),
        (BreakerKind.MANUAL, None),
        (SINGLE, "KO"),
        (SINGLE, "PEP"),
    ]
    assert done(state, c.ResetBreakers(by="owner")).breakers == {}
    left = done(state, c.ResetBreakers(ticker="KO", by="owner"))
    assert set(left.breakers) == {*keys} - {(SINGLE, "KO")}


def test_where_none_stands_there_is_none_to_reset() -> None:
    assert refused(c.ResetBreakers(), an_account()).code is Refusal.NO_BREAKER
    state = an_account(breakers=standing((BreakerKind.DAILY_LOSS, None)))
    refusal = refused(c.ResetBreakers(ticker="KO"), state)
    assert (refusal.code, refusal.facts) == (Refusal.NO_BREAKER, {"ticker": "KO"})


def test_what_was_reset_does_not_trip_again_in_this_session() -> None:
    state = an_account("96000", last=a_snapshot("100000", session=DAY - timedelta(days=1)), contributed=money("100000"))
    assert trips(state) == [(BreakerKind.DAILY_LOSS, None)]
    tripped = done(state, c.TripBreaker(kind=BreakerKind.DAILY_LOSS, ticker=None, threshold=0.03, actual=0.04))
    reset = done(tripped, c.ResetBreakers(by="owner"))
    assert (reset.breakers, reset.tally.waived) == ({}, ("daily_loss",))
    assert trips(reset) == []
    assert trips(replace(reset, tally=Tally(session=DAY))) == [(BreakerKind.DAILY_LOSS, None)], "in the next it may"


def test_a_position_that_loses_too_much_is_sold_although_its_breaker_was_reset() -> None:
    tally = Tally(session=DAY, waived=("single_position KO",))
    state = holding(an_account(tally=tally), a_holding("KO", "70"), a_holding("PEP", "170"))
    found = safeguards(state, a_scene(), DEFAULT_POLICY)
    assert trips(state) == [(SINGLE, "PEP")]
    assert [one.ticker for one in found if isinstance(one, c.ExitPosition)] == ["KO", "PEP"]


def test_after_a_reset_the_drawdown_counts_from_now() -> None:
    state = an_account("80000", peak=money("100000"), contributed=money("80000"))
    tripped = done(state, c.TripBreaker(kind=BreakerKind.MAX_DRAWDOWN, ticker=None, threshold=0.15, actual=0.2))
    reset = done(tripped, c.ResetBreakers(by="owner"))
    assert (reset.peak, reset.tally.waived) == (money("80000"), ())
    assert trips(reset) == []
    again = replace(reset, cash=money("67900"), contributed=money("67900"))
    assert trips(again) == [(BreakerKind.MAX_DRAWDOWN, None)], "a new fall of more than 15 %"
    other = an_account(peak=money("999999"), breakers=standing((BreakerKind.DAILY_LOSS, None)))
    assert done(other, c.ResetBreakers()).peak == money("999999")


# --- the sale of everything


def test_flatten_withdraws_what_was_begun_and_sells_every_position_whole() -> None:
    events = judged(c.Flatten(by="owner"), busy())
    assert kinds(events) == [
        *("FlattenBegan", "EngineKilled", "Decided", "ProposalClosed", "OrderUpdated", "TranchesEnded"),
        *("Decided", "OrderIntended", "Decided", "OrderIntended"),
    ]
    orders = [event.order for event in events if isinstance(event, e.OrderIntended)]
    assert [(one.ticker, one.shares, one.side, one.origin) for one in orders] == [
        ("JPM", 7, Side.SELL, Origin.FLATTEN),
        ("PEP", 20, Side.SELL, Origin.FLATTEN),
    ]
    assert [one.client_order_id for one in orders] == ["paper-d57-1", "paper-d59-1"]
    after = done(busy(), c.Flatten(by="owner"))
    assert (after.flatten_at, after.killed_at, after.proposals, after.tranches) == (NOON, NOON, {}, ())
    assert after.orders["b"].status is OrderStatus.CANCELLING
    assert after.orders["s"] == busy().orders["s"]


def test_flatten_on_an_engine_that_is_killed_keeps_the_hour_of_that() -> None:
    killed = done(busy(), c.StopEverything())
    events = judged(c.Flatten(by="owner"), killed, later(a_scene(), minutes=5))
    assert kinds(events) == ["FlattenBegan", "Decided", "OrderIntended", "Decided", "OrderIntended"]


def test_where_nothing_is_left_to_be_done_flatten_is_refused() -> None:
    idle = done(an_account(), c.StopEverything())
    assert refused(c.Flatten(by="owner"), idle).code is Refusal.ALREADY_FLAT
    assert kinds(judged(c.Flatten(by="owner"), an_account())) == ["FlattenBegan", "EngineKilled"]
    selling = done(busy(), c.Flatten(by="owner"))
    assert refused(c.Flatten(by="owner"), selling).code is Refusal.ALREADY_FLAT


def test_a_buy_that_is_filled_late_is_sold_too() -> None:
    flat = done(an_account(), c.Flatten(by="owner"))
    assert c.Flatten() not in decide(flat, a_scene(), DEFAULT_POLICY)
    late = holding(flat, a_holding("KO", shares=3))
    assert c.Flatten() in decide(late, a_scene(), DEFAULT_POLICY)
    (order,) = [one.order for one in judged(c.Flatten(), late) if isinstance(one, e.OrderIntended)]
    assert (order.ticker, order.shares, order.origin) == ("KO", 3, Origin.FLATTEN)
    assert c.Flatten() not in decide(done(late, c.Flatten()), a_scene(), DEFAULT_POLICY)


def test_resuming_lifts_it() -> None:
    flat = done(an_account(), c.Flatten(by="owner"))
    resumed = done(flat, c.ResumeEntries(by="owner"))
    assert (resumed.flatten_at, resumed.killed_at) == (None, None)
    assert c.Flatten() not in decide(holding(resumed, a_holding()), a_scene(), DEFAULT_POLICY)


@pytest.mark.parametrize(
    ("command", "pause", "killed", "flat"),
    [
        (c.PauseEntries(), Pause(since=NOON, until=None), None, None),
        (c.StopEverything(), None, NOON, None),
        (c.Flatten(), None, NOON, NOON),
    ],
)
def test_the_three_ways_of_stopping_are_three_states(
    command: c.Command, pause: Pause | None, killed: object, flat: object
) -> None:
    after = done(an_account(), command)
    assert (after.pause, after.killed_at, after.flatten_at) == (pause, killed, flat)


def test_a_pause_that_ends_leaves_everything_sold() -> None:
    paused = done(an_account(), c.PauseEntries(until=NOON + timedelta(hours=1)))
    flat = done(paused, c.Flatten())
    ended = done(flat, c.EndPause(), later(a_scene(), hours=2))
    assert (ended.pause, ended.killed_at, ended.flatten_at) == (None, NOON, NOON)


# --- the engine is being stopped


def test_parts_that_are_still_to_be_bought_are_given_up_when_the_engine_stops() -> None:
    """What its parts have brought stays, open orders are left to the broker, and it is told why."""
    state = busy()
    after = done(state, c.GiveUpParts())
    assert (after.tranches, after.orders, after.positions) == ((), state.orders, state.positions)
    assert [key for key, _ in keys_told(state, c.GiveUpParts())] == ["push.tranches_off"]
    (ended,) = judged(c.GiveUpParts(), state)
    assert isinstance(ended, e.TranchesEnded)
    assert ended.outcome is Skip.STOPPING
    assert refused(c.GiveUpParts(), after).code is Refusal.ALREADY_DONE
