"""Where both books differ, and what becomes of ours when the broker's word is taken."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.judge import judge
from engine.core.lots import Lot
from engine.core.nouns import Difference
from engine.core.refusals import Refusal, Refused
from engine.core.state import State
from engine.core.units import money
from engine.core.valuation import equity, reference
from engine.core.words import OrderStatus, Side, Skip
from tests.builders import a_recommendation, an_order
from tests.engine.scenes import (
    NOON,
    TODAY,
    a_ground,
    a_holding,
    a_scene,
    an_account,
    done,
    holding,
    judged,
    later,
    refused,
)


def frozen(state: State, theirs: int, ticker: str = "KO") -> State:
    held = state.positions.get(ticker)
    return done(state, c.FreezeTicker(ticker=ticker, ours=held.shares if held else 0, theirs=theirs))


def a_lot(name: str, shares: int, price: str) -> Lot:
    cost = shares * money(price)
    return Lot(id=name, ticker="KO", shares=shares, bought=shares, cost=cost, tax_basis=cost, opened_at=NOON)


def in_two_lots() -> State:
    """60 shares at 50, then 40 at 75: all cost 6000, 60 each."""
    state = holding(an_account(), a_holding("KO", "60", 100))
    return replace(state, lots={"KO": (a_lot("x1", 60, "50"), a_lot("x2", 40, "75"))})


def whole(state: State) -> bool:
    cost = sum(position.cost for position in state.positions.values())
    return state.cash + cost == state.contributed + state.realised + state.dividends - state.fees


def told(state: State, command: c.Command) -> list[str]:
    events, scene = judged(command, state), a_scene()
    return [one.key for one in announced(events, Moment(state, done(state, command), scene))]


def test_a_difference_is_noted_with_both_numbers_and_told_once() -> None:
    state = frozen(in_two_lots(), 90)
    assert state.frozen == {"KO"}
    assert state.differences == (Difference("KO", 100, 90, NOON),)
    assert refused(c.FreezeTicker(ticker="KO", ours=100, theirs=90), state).code is Refusal.ALREADY_DONE
    assert told(in_two_lots(), c.FreezeTicker(ticker="KO", ours=100, theirs=90)) == ["push.reconcile_difference"]


def test_other_numbers_of_a_frozen_ticker_are_told_anew() -> None:
    state = frozen(in_two_lots(), 90)
    again = c.FreezeTicker(ticker="KO", ours=100, theirs=80)
    assert told(state, again) == ["push.reconcile_difference"]
    assert done(state, again).differences == (Difference("KO", 100, 80, NOON),)


def test_a_ticker_that_thaws_has_no_difference_left() -> None:
    state = done(frozen(in_two_lots(), 90), c.ThawTicker(ticker="KO"))
    assert (state.frozen, state.differences) == (frozenset(), ())


def test_a_ticker_frozen_by_an_older_version_gets_its_numbers() -> None:
    state = replace(in_two_lots(), frozen=frozenset({"KO"}))
    assert frozen(state, 90).differences == (Difference("KO", 100, 90, NOON),)


def test_cash_that_differs_stops_entries_until_both_agree() -> None:
    state, scene = an_account(), a_scene()
    short = done(state, c.NoteDifference(ours=money("100000"), theirs=money("99995")))
    wanted = a_recommendation(confidence=0.9)
    waiting = done(short, c.ReceiveRecommendation(recommendation=wanted), scene)
    (skipped, *_) = judged(c.Consider(recommendation_id=wanted.id), waiting, scene)
    assert isinstance(skipped, e.Decided)
    assert skipped.decision.reason is Skip.CASH_DIFFERS
    line = skipped.decision.trace[-1]
    assert (line.step, line.value, line.limit) == ("books", 999_950_000, 1_000_000_000)
    agreed = c.NoteDifference(ours=money("100000"), theirs=money("100000"))
    assert told(short, agreed) == ["push.reconcile_difference.cash_over"]
    assert done(short, agreed).differences == ()
    assert refused(agreed, state).code is Refusal.ALREADY_DONE


def test_cash_that_differs_ends_what_is_being_bought() -> None:
    buying = an_order(client_order_id="o1", ticker="KO", status=OrderStatus.ACCEPTED)
    state = replace(an_account(), orders={"o1": buying})
    after = done(state, c.NoteDifference(ours=1, theirs=2))
    assert after.orders["o1"].status is OrderStatus.CANCELLING


@pytest.mark.parametrize("ticker", ["KO", None])
def test_where_nothing_differs_there_is_nothing_to_accept(ticker: str | None) -> None:
    no = refused(c.AcceptBroker(ticker=ticker), in_two_lots())
    assert (no.code, no.facts["others"]) == (Refusal.NO_DIFFERENCE, None)


def test_fewer_shares_leave_the_oldest_lots_as_if_sold_at_the_last_price() -> None:
    """70 shares go: all 60 that cost 50 and 10 that cost 75, 3750 together; at 60 they are worth 4200."""
    state = frozen(in_two_lots(), 30)
    after = done(state, c.AcceptBroker(ticker="KO"))
    position = after.positions["KO"]
    assert (position.shares, position.cost) == (30, money("2250"))
    assert [(lot.id, lot.shares, lot.cost) for lot in after.lots["KO"]] == [("x2", 30, money("2250"))]
    assert (position.stop, position.take) == (state.positions["KO"].stop, state.positions["KO"].take)
    assert after.contributed - state.contributed == -money("4200")
    assert after.realised - state.realised == money("450")
    assert after.cash == state.cash
    assert (after.frozen, after.differences) == (frozenset(), ())


def test_more_shares_join_as_a_lot_bought_at_the_last_price() -> None:
    state = frozen(in_two_lots(), 110)
    after = done(state, c.AcceptBroker(ticker="KO"))
    position, lot = after.positions["KO"], after.lots["KO"][-1]
    assert (position.shares, position.cost) == (110, money("6600"))
    assert (lot.shares, lot.cost, lot.opened_at) == (10, money("600"), NOON)
    assert position.stop >= state.positions["KO"].stop
    assert after.contributed - state.contributed == money("600")
    assert after.tally.moved == money("600")


def test_shares_that_only_the_broker_knew_get_a_stop_and_a_take() -> None:
    """PEP at 150 with an ATR of 3: the conservative stop is 1.5 of them lower, its take as far above."""
    state = done(frozen(an_account(), 10, "PEP"), c.AcceptBroker(ticker="PEP"))
    position = state.positions["PEP"]
    assert (position.shares, position.entry) == (10, money("150"))
    assert position.stop < money("150") < position.take
    assert position.sector == "consumer_staples"
    assert state.lots["PEP"][0].shares == 10


def test_shares_without_an_average_range_get_the_single_position_limit_as_their_stop() -> None:
    scene = a_scene(prices={"KO": "60"}, atr={})
    state = done(frozen(an_account(), 10), c.AcceptBroker(ticker="KO"), scene)
    assert money("53.9") <= state.positions["KO"].stop <= money("57")


def test_shares_that_have_no_price_here_are_not_taken_over() -> None:
    state = frozen(an_account(), 10, "XYZ")
    assert refused(c.AcceptBroker(ticker="XYZ"), state).code is Refusal.NOT_TRADED


def test_shares_that_are_gone_leave_nothing_behind() -> None:
    state = frozen(in_two_lots(), 0)
    after = done(state, c.AcceptBroker(ticker="KO"))
    assert ("KO" in after.positions, "KO" in after.lots) == (False, False)
    assert whole(after)


def test_numbers_that_are_old_are_not_taken() -> None:
    """100 here and 90 there; since then 50 were sold here."""
    state = frozen(in_two_lots(), 90)
    state = replace(state, positions={"KO": replace(state.positions["KO"], shares=50, cost=money("3500"))})
    assert refused(c.AcceptBroker(ticker="KO"), state).code is Refusal.BOOK_UNSETTLED


def test_numbers_that_nobody_was_asked_about_are_not_taken() -> None:
    state = frozen(in_two_lots(), 90)
    assert refused(c.AcceptBroker(ticker="KO", seen=(100, 80)), state).code is Refusal.OVERTAKEN
    assert done(state, c.AcceptBroker(ticker="KO", seen=(100, 90))).positions["KO"].shares == 90


@pytest.mark.parametrize("status", [OrderStatus.INTENDED, OrderStatus.IN_DOUBT, OrderStatus.CANCELLING])
def test_nothing_is_taken_while_an_order_of_it_is_unsettled(status: OrderStatus) -> None:
    order = an_order(client_order_id="b", side=Side.BUY, status=status)
    state = frozen(replace(in_two_lots(), orders={"b": order}), 90)
    assert refused(c.AcceptBroker(ticker="KO"), state).code is Refusal.BOOK_UNSETTLED


@pytest.mark.parametrize(
    ("side", "theirs", "taken"),
    [(Side.BUY, 110, False), (Side.BUY, 111, True), (Side.SELL, 90, False), (Side.SELL, 110, True)],
)
def test_what_a_waiting_order_explains_is_not_taken(side: Side, theirs: int, *, taken: bool) -> None:
    """An order of 10 shares at the broker may have done it, and its executions are to come."""
    order = an_order(client_order_id="b", side=side, shares=10, status=OrderStatus.ACCEPTED)
    state = frozen(replace(in_two_lots(), orders={"b": order}), theirs)
    verdict = judge(c.AcceptBroker(ticker="KO"), a_ground(state))
    assert isinstance(verdict, Refused) is not taken


def test_cash_is_not_taken_while_a_waiting_order_may_have_moved_it() -> None:
    order = an_order(client_order_id="b", side=Side.BUY, status=OrderStatus.ACCEPTED)
    state = replace(an_account(), orders={"b": order})
    less = c.NoteDifference(ours=money("100000"), theirs=money("99995"))
    short = replace(done(state, less), orders={"b": order})
    assert refused(c.AcceptBroker(), short).code is Refusal.BOOK_UNSETTLED


def test_open_orders_of_the_ticker_are_looked_at() -> None:
    """A buy is given up; a sell of more than is left, too; one that still fits goes on."""
    orders = {
        "b": an_order(client_order_id="b", side=Side.BUY, status=OrderStatus.ACCEPTED),
        "s": an_order(client_order_id="s", side=Side.SELL, shares=30, reserved="0", status=OrderStatus.ACCEPTED),
    }
    state = frozen(replace(in_two_lots(), orders=orders), 60)
    after = done(state, c.AcceptBroker(ticker="KO")).orders
    assert (after["b"].status, after["s"].status) == (OrderStatus.CANCELLING, OrderStatus.ACCEPTED)
    state = frozen(replace(in_two_lots(), orders=orders), 20)
    after = done(state, c.AcceptBroker(ticker="KO")).orders
    assert (after["b"].status, after["s"].status) == (OrderStatus.CANCELLING, OrderStatus.CANCELLING)
    assert after["s"].why == "broker_accepted"


def test_cash_becomes_the_brokers() -> None:
    state = done(an_account(), c.NoteDifference(ours=money("100000"), theirs=money("99995")))
    after = done(state, c.AcceptBroker())
    assert (after.cash, after.contributed, after.differences) == (money("99995"), money("99995"), ())
    assert whole(after)


@given(
    sizes=st.lists(st.tuples(st.integers(1, 500), st.integers(1, 200)), min_size=0, max_size=4),
    theirs=st.integers(0, 3000),
    price=st.integers(2, 300),
)
def test_p38_holds_and_the_days_result_is_none(sizes: list[tuple[int, int]], theirs: int, price: int) -> None:
    """Whatever was held and whatever the broker has: books add up, and taking its word wins and loses nothing."""
    state, scene = an_account("10000000"), a_scene(prices={"KO": str(price)})
    lots = tuple(a_lot(f"x{number}", shares, str(paid)) for number, (shares, paid) in enumerate(sizes))
    held, cost = sum(lot.shares for lot in lots), sum(lot.cost for lot in lots)
    if lots:
        state = holding(state, replace(a_holding("KO", "1", held), cost=cost, stop=1, initial_stop=1))
        state = replace(state, lots={"KO": lots})
    if held == theirs:
        return
    before = done(state, c.FreezeTicker(ticker="KO", ours=held, theirs=theirs), scene)
    after = done(before, c.AcceptBroker(ticker="KO"), scene)
    assert whole(after)
    position = after.positions.get("KO")
    assert (position.shares if position else 0) == theirs
    assert sum(lot.shares for lot in after.lots.get("KO", ())) == theirs
    assert sum(lot.cost for lot in after.lots.get("KO", ())) == (position.cost if position else 0)
    assert equity(after, scene) - reference(after) == equity(before, scene) - reference(before)
    assert position is None or 0 < position.stop < money(str(price)) or position.stop <= money(str(price))


def test_a_later_difference_freezes_it_again() -> None:
    state = done(frozen(in_two_lots(), 90), c.AcceptBroker(ticker="KO"))
    again = frozen(state, 70)
    assert again.frozen == {"KO"}
    assert again.differences == (Difference("KO", 90, 70, NOON),)


def test_an_open_difference_of_cash_outlasts_the_day() -> None:
    state = done(an_account(), c.NoteDifference(ours=1, theirs=2))
    tomorrow = later(a_scene(), days=1)
    assert done(replace(state, tally=replace(state.tally, session=None)), c.BeginSession(), tomorrow).differences
    assert TODAY.opens_at < NOON
