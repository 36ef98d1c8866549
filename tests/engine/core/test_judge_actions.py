"""Splits and dividends: what is held, ordered and asked, as it stands after them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Announcement, Moment
from engine.core.apply import applied
from engine.core.happenings import CorporateAction
from engine.core.lots import Lot
from engine.core.refusals import Refusal
from engine.core.state import State
from engine.core.units import money
from engine.core.words import OrderStatus, Side, Skip
from tests.builders import OPEN, a_dividend, a_plan, a_proposal, a_recommendation, a_split, an_order
from tests.engine.scenes import a_holding, a_scene, an_account, done, holding, judged, refused

BEFORE = OPEN - timedelta(days=3)


def a_lot(number: int, shares: int, dollars: str, **changes: Any) -> Lot:
    usual: dict[str, Any] = {
        "id": f"x{number}",
        "ticker": "KO",
        "shares": shares,
        "bought": shares,
        "cost": money(dollars),
        "tax_basis": money(dollars),
        "opened_at": BEFORE + timedelta(minutes=number),
    }
    return Lot(**usual | changes)


def with_ko(shares: int = 100, *lots: Lot, **changes: Any) -> State:
    """KO held since three days ago at $60 on average, stop $58.35, take $62.48."""
    known: dict[str, Any] = {"opened_at": BEFORE, "stop": "58.35", "take": "62.48"}
    state = holding(an_account(), a_holding("KO", "60", shares, **known | changes))
    return replace(state, lots={"KO": lots} if lots else {})


def take(action: CorporateAction) -> c.TakeAction:
    return c.TakeAction(action=action)


def told(state: State, action: CorporateAction) -> Announcement:
    events = judged(take(action), state)
    (said,) = announced(events, Moment(state, applied(state, events), a_scene()))
    return said


def test_two_for_one_doubles_shares_and_halves_levels() -> None:
    state = done(with_ko(), take(a_split()))
    held = state.positions["KO"]
    assert (held.shares, held.cost, held.entry) == (200, money("6000"), money("30"))
    assert (held.stop, held.initial_stop) == (money("29.18"), money("29.18"))
    assert (held.take, held.high, held.atr) == (money("31.24"), money("30"), money("0.55"))
    assert (state.cash, state.realised, state.actions) == (money("94000"), 0, ("split-KO-2026-11-20",))


def test_a_fraction_of_a_share_is_paid_in_cash() -> None:
    """101 shares at three for two: 151 and a half, the last close being $40 in new shares."""
    state = done(with_ko(101), take(a_split(3, 2)))
    held = state.positions["KO"]
    assert (held.shares, state.cash) == (151, money("93940") + money("20"))
    # the half was 1/303 of $6,060
    assert (held.cost, state.realised) == (money("6060") - money("20"), 0)


def test_a_reverse_split_that_leaves_no_whole_share_ends_the_position() -> None:
    state = done(with_ko(7, a_lot(1, 7, "420")), take(a_split(1, 10)))
    assert (state.positions, state.lots) == ({}, {})
    # seven tenths of a share at ten times $60
    assert (state.cash, state.realised) == (money("99580") + money("420"), 0)


def test_lots_add_up_to_the_position_and_the_oldest_keep_their_cost() -> None:
    """26 shares at one for ten are two and six tenths, which the newest lots lose."""
    lots = (a_lot(1, 12, "600"), a_lot(2, 10, "500", replaces=10), a_lot(3, 4, "480"))
    state = done(with_ko(26, *lots), take(a_split(1, 10)))
    assert [(lot.id, lot.shares, lot.bought, lot.cost, lot.replaces) for lot in state.lots["KO"]] == [
        ("x1", 1, 1, money("600"), 0),
        ("x2", 1, 1, money("400"), 1),
    ]
    held = state.positions["KO"]
    assert (held.shares, held.cost) == (2, money("1560") - money("580"))
    assert state.realised == money("360") - money("580")


def test_a_lot_that_makes_no_whole_share_goes_into_the_next() -> None:
    lots = (a_lot(1, 3, "30"), a_lot(2, 7, "70", tax_basis=money("75")))
    (lot,) = done(with_ko(10, *lots), take(a_split(1, 10))).lots["KO"]
    assert (lot.id, lot.shares, lot.cost, lot.tax_basis) == ("x2", 1, money("100"), money("105"))


def test_an_open_sell_goes_on_in_new_shares() -> None:
    sell = an_order(side=Side.SELL, shares=100, intended_at=BEFORE, trigger=money("58.35"), status=OrderStatus.ACCEPTED)
    state = replace(with_ko(), orders={sell.client_order_id: sell})
    (order,) = done(state, take(a_split(3, 1))).orders.values()
    assert (order.shares, order.filled_shares, order.trigger) == (300, 0, money("19.45"))


def test_a_sell_that_is_filled_in_part_keeps_its_parts_in_new_shares() -> None:
    sell = an_order(
        side=Side.SELL,
        shares=100,
        filled_shares=40,
        proceeds=money("2400"),
        intended_at=BEFORE,
        status=OrderStatus.ACCEPTED,
    )
    state = replace(with_ko(60), orders={sell.client_order_id: sell})
    (order,) = done(state, take(a_split())).orders.values()
    assert (order.shares, order.filled_shares, order.proceeds) == (200, 80, money("2400"))


def test_a_sell_of_which_no_whole_share_is_left_ends() -> None:
    sell = an_order(side=Side.SELL, shares=9, intended_at=BEFORE, status=OrderStatus.ACCEPTED)
    events = judged(take(a_split(1, 10)), replace(with_ko(), orders={sell.client_order_id: sell}))
    (updated,) = [event for event in events if isinstance(event, e.OrderUpdated)]
    assert (updated.order.status, updated.order.why) == (OrderStatus.CANCELLED, "split")


def test_an_order_that_was_made_after_the_open_counts_in_new_shares_already() -> None:
    sell = an_order(side=Side.SELL, shares=50, intended_at=OPEN, status=OrderStatus.ACCEPTED)
    state = done(replace(with_ko(), orders={sell.client_order_id: sell}), take(a_split()))
    assert state.orders[sell.client_order_id].shares == 50
    assert state.positions["KO"].shares == 200


def test_open_buys_entries_in_parts_and_questions_end() -> None:
    buy = an_order(intended_at=BEFORE, status=OrderStatus.ACCEPTED)
    proposal = a_proposal()
    proposal = replace(proposal, decision=replace(proposal.decision, at=BEFORE))
    state = replace(
        with_ko(),
        orders={buy.client_order_id: buy},
        tranches=(a_plan(next_at=BEFORE),),
        proposals={proposal.decision.id: proposal},
    )
    after = done(state, take(a_split()))
    assert (after.tranches, after.proposals) == ((), {})
    assert after.orders[buy.client_order_id].status is OrderStatus.CANCELLING
    assert after.orders[buy.client_order_id].why == "split"
    outcomes = [event.outcome for event in judged(take(a_split()), state) if isinstance(event, e.ProposalClosed)]
    assert outcomes == [Skip.SPLIT]


def test_what_began_after_the_open_is_left_alone() -> None:
    buy = an_order(intended_at=OPEN + timedelta(minutes=20), status=OrderStatus.ACCEPTED)
    plan = a_plan(next_at=OPEN + timedelta(minutes=25))
    proposal = a_proposal()
    state = replace(
        with_ko(), orders={buy.client_order_id: buy}, tranches=(plan,), proposals={proposal.decision.id: proposal}
    )
    after = done(state, take(a_split()))
    assert (after.orders, after.tranches, after.proposals) == (state.orders, state.tranches, state.proposals)


def test_other_tickers_are_left_alone() -> None:
    state = holding(with_ko(), a_holding("PEP", "150", 10, opened_at=BEFORE))
    assert done(state, take(a_split())).positions["PEP"] == state.positions["PEP"]


def test_a_split_without_a_holding_ends_the_order_that_waits() -> None:
    buy = an_order(intended_at=BEFORE, status=OrderStatus.ACCEPTED)
    state = done(replace(an_account(), orders={buy.client_order_id: buy}), take(a_split()))
    assert state.orders[buy.client_order_id].status is OrderStatus.CANCELLING
    assert (state.positions, state.actions) == ({}, ("split-KO-2026-11-20",))


def test_a_dividend_is_paid_for_what_was_held_and_moves_no_level() -> None:
    before = with_ko()
    state = done(before, take(a_dividend()))
    assert (state.cash, state.dividends) == (money("94048.50"), money("48.50"))
    assert state.positions == before.positions
    assert state.realised == 0


def test_each_is_booked_once() -> None:
    for action in (a_split(), a_dividend()):
        state = done(with_ko(), take(action))
        assert refused(take(action), state).code is Refusal.ALREADY_DONE


def test_what_was_bought_in_its_session_is_not_touched() -> None:
    state = with_ko(opened_at=OPEN)
    for action in (a_split(), a_dividend()):
        assert refused(take(action), state).code is Refusal.NOT_KNOWN
        assert refused(take(action), an_account()).code is Refusal.NOT_KNOWN


def test_an_order_alone_gets_no_dividend() -> None:
    buy = an_order(intended_at=BEFORE, status=OrderStatus.ACCEPTED)
    state = replace(an_account(), orders={buy.client_order_id: buy})
    assert refused(take(a_dividend()), state).code is Refusal.NOT_KNOWN


def test_nothing_is_booked_before_its_session_opens() -> None:
    early = a_scene(OPEN - timedelta(seconds=1))
    assert refused(take(a_split()), with_ko(), early).code is Refusal.NOT_KNOWN
    assert done(with_ko(), take(a_split()), a_scene(OPEN)).positions["KO"].shares == 200


def test_the_owner_is_told_of_a_split() -> None:
    said = told(with_ko(), a_split())
    assert (said.key, said.facts["shares"], said.facts["was"]) == ("push.split", 200, 100)
    assert (said.facts["stop"], said.facts["take"], said.facts["cash"], said.facts["gone"]) == (
        money("29.18"), money("31.24"), None, None,
    )  # fmt: skip


def test_the_owner_is_told_that_a_split_left_less_than_a_share() -> None:
    said = told(with_ko(7), a_split(1, 10))
    assert (said.facts["gone"], said.facts["shares"], said.facts["cash"]) == (7, None, money("420"))


def test_the_owner_is_told_of_a_dividend() -> None:
    said = told(with_ko(), a_dividend())
    assert (said.key, said.facts["amount"], said.facts["per_share"]) == (
        "push.dividend",
        money("48.50"),
        money("0.485"),
    )


ratios = st.tuples(st.integers(1, 50), st.integers(1, 50))
bought = st.lists(st.tuples(st.integers(1, 500), st.integers(1, 10**7)), min_size=1, max_size=4)


@given(lots=bought, ratio=ratios)
def test_p38_a_split_conserves_shares_cost_and_cash(lots: list[tuple[int, int]], ratio: tuple[int, int]) -> None:
    """Cash and what was paid for holdings change by the fraction's result alone, and lots are the position's."""
    known = [
        a_lot(number, held, "0", cost=held * price, tax_basis=held * price) for number, (held, price) in enumerate(lots)
    ]
    shares, cost = sum(held for held, _ in lots), sum(held * price for held, price in lots)
    before = with_ko(shares, *known, cost=cost)
    before = replace(before, cash=before.contributed - cost)
    after = done(before, take(a_split(*ratio)))
    held = after.positions.get("KO")
    kept = after.lots.get("KO", ())
    assert sum(lot.shares for lot in kept) == (held.shares if held else 0) == shares * ratio[0] // ratio[1]
    assert sum(lot.cost for lot in kept) == (held.cost if held else 0)
    assert after.cash + sum(lot.cost for lot in kept) == after.contributed + after.realised + after.dividends
    assert after.cash >= before.cash


@given(per_share=st.integers(1, 10**6), shares=st.integers(1, 10**6))
def test_p38_a_dividend_is_cash_and_nothing_else(per_share: int, shares: int) -> None:
    before = with_ko(shares)
    after = done(before, take(replace(a_dividend(), per_share=per_share)))
    assert after.cash - before.cash == after.dividends == shares * per_share
    assert replace(after, cash=0, dividends=0, actions=(), seq=0) == replace(before, cash=0, seq=0)


def test_a_recommendation_that_waits_has_its_own_range_in_new_shares() -> None:
    """Made at $200 with an ATR of $4: after four for one it is $1. One made since the open is in new shares already."""
    old = a_recommendation(id="old", atr=money("4"))
    new = a_recommendation(id="new", atr=money("1"), generated_at=OPEN)
    other = a_recommendation(id="other", ticker="PEP", atr=money("4"))
    state = an_account(pending={one.id: one for one in (old, new, other)})
    after = done(state, c.TakeAction(action=a_split(4)))
    assert {key: one.atr for key, one in after.pending.items()} == {
        "old": money("1"),
        "new": money("1"),
        "other": money("4"),
    }
    assert refused(c.TakeAction(action=a_split(4)), an_account(pending={"new": new})).code is Refusal.NOT_KNOWN
