"""Paper money in and out, and the account from its beginning: what is allowed, and what it leaves."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.nouns import LedgerRow, Pause, Tranches, Transfer
from engine.core.refusals import Refusal
from engine.core.rules.breakers import drawdown
from engine.core.standing import Rebalance, Trim
from engine.core.state import State, Tally
from engine.core.units import CENT, MAX_CASH, money
from engine.core.valuation import equity, reference
from engine.core.words import AccountKind, BreakerKind, OrderStatus, Side, Skip
from tests.builders import (
    NOON,
    a_breaker,
    a_change,
    a_ledger_row,
    a_proposal,
    a_recommendation,
    a_snapshot,
    an_order,
)
from tests.engine.scenes import (
    DAY,
    TODAY,
    a_holding,
    a_scene,
    an_account,
    done,
    holding,
    judged,
    prefer,
    refused,
)

YESTERDAY = a_snapshot("100000", session=DAY - timedelta(days=1))


def put(dollars: str) -> c.MoveCash:
    return c.MoveCash(amount=money(dollars), by="owner")


def test_money_put_in_is_cash_and_no_gain() -> None:
    (event,) = judged(put("5000"), an_account(seq=41))
    assert event == e.CashMoved(transfer=Transfer(id="paper-t42", amount=money("5000"), at=NOON), peak=money("105000"))
    after = done(an_account(seq=41), put("5000"))
    assert (after.cash, after.contributed, after.opening) == (money("105000"), money("105000"), money("100000"))
    assert after.tally == Tally(session=DAY, moved=money("5000"))
    assert after.transfers == (event.transfer,)


def test_no_more_is_taken_out_than_is_free() -> None:
    """10,000, of which 500 are set aside and 606 held by an order."""
    state = an_account("10000", reserve=money("500"), orders={"o": an_order("606")})
    answer = refused(put("-8894.01"), state)
    assert (answer.code, answer.facts) == (
        Refusal.NOT_ENOUGH_CASH,
        {"asked": money("8894.01"), "possible": money("8894")},
    )
    assert done(state, put("-8894")).buying_power == 0


def test_what_is_free_is_said_in_whole_cents() -> None:
    answer = refused(put("-2"), an_account("1.0099"))
    assert answer.facts["possible"] == money("1")


def test_no_more_is_put_in_than_can_be_counted() -> None:
    state = an_account(cash="999999999999.99")
    assert done(state, put("0.01")).cash == MAX_CASH
    answer = refused(put("0.02"), state)
    assert (answer.code, answer.facts) == (Refusal.TOO_MUCH_CASH, {"asked": money("0.02"), "possible": money("0.01")})


@pytest.mark.parametrize("amount", [0, 1, 99, -1, CENT + 1])
def test_a_sum_is_of_whole_cents_and_not_nothing(amount: int) -> None:
    answer = refused(c.MoveCash(amount=amount), an_account())
    assert (answer.code, answer.facts["field"]) == (Refusal.BAD_VALUE, "amount")
    assert answer.facts["asked"] == str(Decimal(abs(amount)) / 10_000)


@pytest.mark.parametrize("command", [put("1"), put("-1"), c.ResetAccount(), c.ResetAccount(cash=money("5"))])
def test_only_paper_accounts_have_paper_money(command: c.Command) -> None:
    assert refused(command, an_account(kind=AccountKind.LIVE)).code is Refusal.PAPER_ONLY


amounts = st.integers(-(10**9), 10**9).map(lambda cents: cents * CENT)


@given(
    cash=st.integers(0, 10**12),
    shares=st.integers(1, 1_000),
    price=st.integers(1, 10**7),
    peak=st.integers(0, 10**13),
    amount=amounts,
)
def test_a_move_leaves_drawdown_and_the_days_result_as_they_were(
    cash: int, shares: int, price: int, peak: int, amount: int
) -> None:
    """At the same prices: the drawdown as a fraction but for rounding, the day's result in dollars."""
    state = holding(an_account(last=YESTERDAY), a_holding("KO", "60", shares))
    state = replace(state, cash=cash, peak=peak)
    scene = a_scene(prices={"KO": f"{price / 10_000:.4f}"})
    before = equity(state, scene)
    if not amount or -amount > state.buying_power or before + amount == 0:
        return
    after = done(state, c.MoveCash(amount=amount), scene)
    now = equity(after, scene)
    assert now - reference(after) == before - reference(state)
    old, new = drawdown(before, max(peak, before)), drawdown(now, max(after.peak, now))
    if after.peak < MAX_CASH:
        assert old - 1 / max(after.peak, 1) - 1e-9 <= new <= old + 1e-9


def test_a_peak_is_never_more_than_can_be_counted() -> None:
    ruined = an_account("0.01", peak=MAX_CASH)
    assert done(ruined, put("5000000")).peak == MAX_CASH


def test_without_equity_money_put_in_is_added_to_the_peak() -> None:
    assert done(an_account("0", peak=money("7")), put("5")).peak == money("12")


def test_a_limit_of_the_day_is_not_reached_by_moving_money() -> None:
    """97,001 of 100,000 is within 3 %; nothing that is put in makes it a loss."""
    from engine.core.decide import decide
    from engine.core.policy import DEFAULT_POLICY

    state = an_account("97001", contributed=money("100000"), peak=money("100000"), last=YESTERDAY)
    assert not [one for one in decide(state, a_scene(), DEFAULT_POLICY) if isinstance(one, c.TripBreaker)]
    more = done(state, put("50000"))
    assert not [one for one in decide(more, a_scene(), DEFAULT_POLICY) if isinstance(one, c.TripBreaker)]


def test_money_moved_after_the_snapshot_counts_for_neither_day() -> None:
    state = an_account(last=a_snapshot("100000"))
    evening = done(state, put("5000"), a_scene(TODAY.closes_at + timedelta(hours=1)))
    monday = a_scene(a_scene().upcoming[0].opens_at)
    morning = done(evening, c.BeginSession(), monday)
    assert morning.tally.moved == 0
    assert reference(morning) == money("105000") == equity(morning, monday)


def test_a_transfer_is_recorded_once() -> None:
    state = done(an_account(), put("5000"))
    (open_one,) = state.transfers
    booked = done(state, c.RecordTransfer(transfer_id=open_one.id))
    assert booked.transfers == ()
    assert refused(c.RecordTransfer(transfer_id=open_one.id), booked).code is Refusal.NOT_KNOWN


SELL = an_order(client_order_id="s", side=Side.SELL, reserved="0", status=OrderStatus.ACCEPTED, filled_shares=4)
PLAN = Tranches(decision_id="d7", recommendation=a_recommendation(id="t"), left=(3,), bought=(3,), next_at=NOON)
BUSY = replace(
    holding(an_account("100000", seq=9), a_holding("KO")),
    reserve=money("80"),
    orders={"o": an_order(client_order_id="o"), "s": SELL},
    proposals={"d1": a_proposal()},
    pending={"r": a_recommendation(id="r")},
    tranches=(PLAN,),
    breakers={(BreakerKind.MANUAL, None): a_breaker(kind=BreakerKind.MANUAL, until=None)},
    frozen=frozenset({"PEP"}),
    realised=money("12"),
    fees=money("1"),
    last=YESTERDAY,
    killed_at=NOON,
    pause=Pause(since=NOON, until=None),
    changes=(a_change(),),
    tolerance_raised_at=NOON,
    tally=Tally(session=DAY, entries=3, exits=1, realised=5, moved=7, alerts=("gain_alert",)),
    transfers=(Transfer(id="paper-t3", amount=CENT, at=NOON),),
    decided={"old": None},
    preferences=prefer(risk__reserve_pct=5),
)


def test_a_reset_begins_anew_and_keeps_what_the_owner_chose() -> None:
    after = done(BUSY, c.ResetAccount(cash=money("25000"), by="owner"))
    last = after.transfers[-1]
    assert (last.amount, last.resets) == (money("25000"), True)
    assert after == replace(
        State(account=BUSY.account),
        opened_at=BUSY.opened_at,
        cash=money("25000"),
        contributed=money("25000"),
        peak=money("25000"),
        opening=money("100000"),
        preferences=BUSY.preferences,
        killed_at=NOON,
        pause=BUSY.pause,
        changes=BUSY.changes,
        pending=BUSY.pending,
        decided={"old": None, "momentum-2026-11-19-KO": None},
        tally=Tally(session=DAY),
        market_at=BUSY.market_at,
        transfers=(last,),
        reset_at=NOON,
        tolerance_raised_at=BUSY.tolerance_raised_at,
        seq=after.seq,
    )


def test_a_reset_ends_each_thing_by_its_own_event() -> None:
    events = judged(c.ResetAccount(), BUSY)
    asked, closed, plan, buy, sell, emptied, began = events
    assert isinstance(asked, e.Decided)
    assert asked.decision.reason is Skip.RESET
    assert closed == e.ProposalClosed(decision_id="d1", ticker="KO", outcome=Skip.RESET)
    assert plan == e.TranchesEnded(tranches=PLAN, outcome=Skip.RESET)
    for event, key in ((buy, "o"), (sell, "s")):
        order = replace(BUSY.orders[key], status=OrderStatus.CANCELLED, why="reset")
        assert event == e.OrderUpdated(order=order, old=BUSY.orders[key].status)
    row = LedgerRow(kind="manual_adjustment", amount=money("-80"), balance_after=0, at=NOON, reference="paper-t10")
    assert emptied == e.ReserveMoved(row=row)
    transfer = Transfer(id="paper-t10", amount=money("100000"), at=NOON, resets=True)
    assert began == e.AccountReset(transfer=transfer, at=NOON)
    assert a_ledger_row().kind == "profit_siphon"


def test_a_reset_ends_the_question_of_a_rebalancing_in_so_many_words() -> None:
    asked = Rebalance(id="r", trims=(Trim("KO", 5, "position"),), asked_at=NOON, lapses_at=NOON + timedelta(minutes=5))
    first, *_ = judged(c.ResetAccount(), an_account(opening=money("100"), rebalance=asked))
    assert first == e.Rebalanced(session=DAY, trims=asked.trims, outcome=Skip.RESET)
    assert done(an_account(opening=money("100"), rebalance=asked), c.ResetAccount()).rebalance is None


def test_without_a_sum_it_begins_with_what_it_began_with() -> None:
    richer = done(an_account("100000"), put("900"))
    once = done(richer, c.ResetAccount(cash=money("500")))
    assert (once.cash, done(once, c.ResetAccount()).cash) == (money("500"), money("100000"))


@pytest.mark.parametrize(
    ("cash", "code"),
    [
        (0, Refusal.BAD_VALUE),
        (-CENT, Refusal.BAD_VALUE),
        (CENT + 1, Refusal.BAD_VALUE),
        (MAX_CASH + CENT, Refusal.TOO_MUCH_CASH),
    ],
)
def test_a_reset_begins_with_a_possible_sum(cash: int, code: Refusal) -> None:
    assert refused(c.ResetAccount(cash=cash), an_account()).code is code


def test_a_session_that_was_over_when_the_account_began_anew_leaves_no_snapshot() -> None:
    close = a_scene(TODAY.closes_at)
    assert refused(c.TakeSnapshot(), done(an_account(), c.ResetAccount(), close), close).code is Refusal.ALREADY_DONE
    at_noon = done(done(an_account("90000", opening=money("500")), c.ResetAccount()), c.TakeSnapshot(), close)
    assert at_noon.last is not None
    assert (at_noon.last.day_pnl, at_noon.last.contributed, at_noon.last.peak) == (0, money("500"), money("500"))
