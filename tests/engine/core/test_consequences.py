"""What changed settings end at once, in the same transaction: questions, entry orders, parts still to be bought."""

from dataclasses import replace
from typing import Any

import pytest

from engine.core import commands as c
from engine.core import events as e
from engine.core.judge.permitted import LISTS, NAMES
from engine.core.state import State, Tally
from engine.core.units import money
from engine.core.words import OrderStatus, Origin, Side, Skip
from tests.builders import DAY, a_decision, a_plan, a_proposal, a_recommendation, an_order
from tests.engine.scenes import a_scene, an_account, done, judged, prefer

BUYING = an_order(client_order_id="b", status=OrderStatus.ACCEPTED)
OTHER = an_order(client_order_id="x", ticker="XOM", sector="energy", status=OrderStatus.ACCEPTED)
SELLING = an_order(client_order_id="s", side=Side.SELL, status=OrderStatus.ACCEPTED)
PLAN = a_plan(recommendation=a_recommendation(ticker="KO"))
ORDERS = {one.client_order_id: one for one in (BUYING, OTHER, SELLING)}


def setting(**fields: Any) -> c.ChangePreferences:
    return c.ChangePreferences(patch={name.replace("__", "."): value for name, value in fields.items()})


def begun(**preferences: Any) -> State:
    """A question about KO, entries in KO and XOM, an exit of KO, and an entry in KO that is bought in parts."""
    asked = a_proposal(recommendation=a_recommendation(id="asked", ticker="KO"))
    return an_account(
        preferences=prefer(**{"trading__autonomy": "ask", **preferences}),
        proposals={"d1": asked},
        orders=ORDERS,
        tranches=(PLAN,),
    )


def statuses(state: State) -> dict[str, OrderStatus]:
    return {name: order.status for name, order in state.orders.items()}


BARS: list[tuple[dict[str, Any], Skip]] = [
    ({"trading__excluded_tickers": ["KO"]}, Skip.EXCLUDED),
    ({"trading__excluded_sectors": ["consumer_staples"]}, Skip.SECTOR_EXCLUDED),
    ({"trading__asset_classes": ["etfs"]}, Skip.ASSET_CLASS),
    ({"trading__universe": "watchlist_only", "trading__watchlist": ["PEP"]}, Skip.NOT_ON_WATCHLIST),
]


@pytest.mark.parametrize(("patch", "reason"), BARS)
def test_what_is_not_to_be_bought_any_more_is_not_bought(patch: dict[str, Any], reason: Skip) -> None:
    """The question is closed, the entry cancelled, no further part bought; all with the gate's own reason."""
    state = begun()
    events = judged(setting(**patch), state)
    closed = [event for event in events if isinstance(event, e.ProposalClosed)]
    over = [event for event in events if isinstance(event, e.TranchesEnded)]
    skips = [event.decision for event in events if isinstance(event, e.Decided)]
    assert [one.outcome for one in closed] == [reason]
    assert [one.outcome for one in over] == [reason]
    assert [(one.id, one.reason, one.shares) for one in skips] == [("d1", reason, 0)]
    assert skips[0].trace[-1].outcome == "reject"
    after = done(state, setting(**patch))
    assert (after.proposals, after.tranches) == ({}, ())
    assert after.orders["b"].status is OrderStatus.CANCELLING
    assert after.orders["b"].why == reason.code
    assert after.orders["s"] == SELLING


@pytest.mark.parametrize("autonomy", ["ask", "off"])
def test_less_autonomy_besides_spares_nothing_that_may_not_be_bought(autonomy: str) -> None:
    """The owner's own buys go on without autonomy; in what he excludes with it they end, each thing once."""
    own = replace(BUYING, client_order_id="own", origin=Origin.OWNER)
    state = replace(begun(trading__autonomy="auto"), orders={**ORDERS, "own": own})
    events = judged(setting(trading__excluded_tickers=["KO"], trading__autonomy=autonomy), state)
    ended = [(one.order.client_order_id, one.order.why) for one in events if isinstance(one, e.OrderUpdated)]
    assert ended == [("b", "autonomy_off"), ("x", "autonomy_off"), ("own", "excluded")]
    assert [one.outcome for one in events if isinstance(one, e.TranchesEnded)] == [Skip.AUTONOMY_OFF]


@pytest.mark.parametrize("ticker", ["PEP", "XOM"])
def test_what_others_are_about_goes_on(ticker: str) -> None:
    after = done(begun(), setting(trading__excluded_tickers=[ticker]))
    assert set(after.proposals) == {"d1"}
    assert after.tranches == (PLAN,)
    assert statuses(after) == {
        "b": OrderStatus.ACCEPTED,
        "x": OrderStatus.CANCELLING if ticker == "XOM" else OrderStatus.ACCEPTED,
        "s": OrderStatus.ACCEPTED,
    }


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        ({"trading__min_confidence": 0.9}, Skip.LOW_CONFIDENCE),
        ({"trading__capital_limit": 0}, Skip.ACTIVE_POOL_MINIMUM),
        ({"trading__max_daily_trades": 1}, Skip.DAILY_LIMIT),
        ({"trading__absolute_position_cap": 5}, Skip.BELOW_ONE_SHARE),
    ],
)
def test_a_question_that_would_not_be_asked_any_more_is_closed(patch: dict[str, Any], reason: Skip) -> None:
    state = replace(begun(), orders={}, tranches=(), tally=Tally(session=DAY, entries=1))
    closed = [event for event in judged(setting(**patch), state) if isinstance(event, e.ProposalClosed)]
    assert [one.outcome for one in closed] == [reason]


def test_fewer_positions_than_are_open_close_the_question_and_leave_what_is_under_way() -> None:
    state = replace(begun(), orders={"x": OTHER}, tranches=())
    after = done(state, setting(trading__max_open_positions=1))
    assert after.proposals == {}
    assert after.orders == {"x": OTHER}


def test_questions_hold_no_place_against_each_other() -> None:
    """One of two is left to be answered, and which of them is the owner's to say."""
    other = a_proposal(
        decision=a_decision(id="d2", ticker="XOM"), recommendation=a_recommendation(id="o", ticker="XOM")
    )
    state = begun()
    state = replace(state, proposals={**state.proposals, "d2": other}, orders={}, tranches=())
    assert set(done(state, setting(trading__max_open_positions=1)).proposals) == {"d1", "d2"}


def test_what_stood_in_the_way_before_closes_nothing_now() -> None:
    """Outside the window a question waits for its end; a change of something else does not answer it."""
    night = a_scene(a_scene().day.closes_at)
    state = begun()
    assert len(judged(setting(risk__reserve_pct=5), state, night)) == 1
    assert len(judged(setting(trading__excluded_tickers=["KO"]), state, night)) > 1


@pytest.mark.parametrize("patch", [{"risk__reserve_pct": 5}, {"notifications__timezone": "UTC"}])
def test_what_has_nothing_to_do_with_entries_ends_nothing(patch: dict[str, Any]) -> None:
    assert len(judged(setting(**patch), begun())) == 1


def test_autonomy_off_ends_all_that_was_begun() -> None:
    after = done(begun(), setting(trading__autonomy="off"))
    assert (after.proposals, after.tranches) == ({}, ())
    assert statuses(after) == {"b": OrderStatus.CANCELLING, "x": OrderStatus.CANCELLING, "s": OrderStatus.ACCEPTED}
    assert {after.orders["b"].why, after.orders["x"].why} == {"autonomy_off"}


def test_from_auto_to_ask_ends_what_nobody_was_asked_about() -> None:
    after = done(begun(trading__autonomy="auto"), setting(trading__autonomy="ask"))
    assert after.tranches == ()
    assert statuses(after) == {"b": OrderStatus.CANCELLING, "x": OrderStatus.CANCELLING, "s": OrderStatus.ACCEPTED}
    assert set(after.proposals) == {"d1"}


@pytest.mark.parametrize(
    ("command", "reason"), [(c.PauseEntries(), Skip.PAUSED), (c.StopEverything(), Skip.KILLED)], ids=["pause", "stop"]
)
def test_pause_and_kill_switch_end_parts_still_to_be_bought(command: c.Command, reason: Skip) -> None:
    over = [event for event in judged(command, begun()) if isinstance(event, e.TranchesEnded)]
    assert [(one.tranches, one.outcome) for one in over] == [(PLAN, reason)]


def test_an_order_that_is_being_cancelled_is_not_cancelled_twice() -> None:
    state = replace(begun(), orders={"b": replace(BUYING, status=OrderStatus.CANCELLING)})
    events = judged(setting(trading__excluded_tickers=["KO"]), state)
    assert not [event for event in events if isinstance(event, e.OrderUpdated)]


def test_an_undoing_ends_what_it_forbids_as_any_change_does() -> None:
    state = an_account(preferences=prefer(trading__excluded_tickers=["KO"]))
    state = done(state, setting(trading__excluded_tickers=[]))
    state = replace(state, orders={"b": BUYING}, cash=money(100_000))
    assert statuses(done(state, c.UndoChanges())) == {"b": OrderStatus.CANCELLING}


def test_the_owners_own_lists_are_gates_that_are_there() -> None:
    assert {gate.name for gate in LISTS} == NAMES
