"""Recommendations received, decided, asked about and answered: once each, and with their whole record."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.nouns import Decision, Pause, Recommendation
from engine.core.refusals import Refusal
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.words import OrderStatus, Origin, Side, Skip
from tests.builders import a_recommendation, an_order
from tests.engine.scenes import NOON, a_holding, a_scene, an_account, done, holding, judged, later, prefer, refused

KO = a_recommendation(confidence=0.8)
SCENE = a_scene()
CONSIDER = c.Consider(recommendation_id=KO.id)


def with_pending(state: State, *wanted: Recommendation) -> State:
    return replace(state, pending={**state.pending, **{one.id: one for one in wanted}})


def asking(*wanted: Recommendation, scene: Scene = SCENE) -> State:
    """An account that asks, with these recommendations asked about."""
    state = with_pending(an_account(preferences=prefer(trading__autonomy="ask")), *wanted)
    for one in wanted:
        state = done(state, c.Consider(recommendation_id=one.id), scene)
    assert len(state.proposals) == len(wanted)
    return state


def decisions(events: tuple[e.Event, ...]) -> list[Decision]:
    return [event.decision for event in events if isinstance(event, e.Decided)]


# --- once


def test_p27_a_recommendation_twice_is_once() -> None:
    received = done(an_account(), c.ReceiveRecommendation(recommendation=KO))
    assert refused(c.ReceiveRecommendation(recommendation=KO), received).code is Refusal.ALREADY_DONE
    decided = done(received, CONSIDER)
    assert not decided.pending
    assert refused(CONSIDER, decided).code is Refusal.NOT_KNOWN
    assert refused(c.ReceiveRecommendation(recommendation=KO), decided).code is Refusal.ALREADY_DONE


@pytest.mark.parametrize("source", ["", " "])
def test_a_recommendation_that_names_no_source_is_refused_on_receipt(source: str) -> None:
    """Later it would pass for the owner's own, and meet fewer gates."""
    no = refused(c.ReceiveRecommendation(recommendation=replace(KO, source=source)), an_account())
    assert (no.code, no.facts["field"], no.facts["asked"]) == (Refusal.BAD_VALUE, "source", source)


def test_p27_what_is_asked_about_is_not_asked_again() -> None:
    state = asking(KO)
    assert refused(c.ReceiveRecommendation(recommendation=KO), state).code is Refusal.ALREADY_DONE
    assert refused(CONSIDER, state).code is Refusal.NOT_KNOWN
    answered = done(state, c.Reject())
    assert refused(c.ReceiveRecommendation(recommendation=KO), answered).code is Refusal.ALREADY_DONE


def test_a_recommendation_that_came_back_although_decided_is_a_duplicate() -> None:
    state = with_pending(an_account(decided={KO.id: None}), KO)
    assert decisions(judged(CONSIDER, state))[0].reason is Skip.DUPLICATE


# --- the record


@settings(max_examples=60)
@given(
    confidence=st.floats(0, 1),
    cents=st.integers(1, 200_000),
    seq=st.integers(0, 10**12),
    account=st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=24),
    cash=st.integers(1, 10**6),
)
def test_p28_a_decision_is_complete_and_acting_means_one_order(
    confidence: float, cents: int, seq: int, account: str, cash: int
) -> None:
    wanted = replace(KO, confidence=confidence, atr=cents)
    scene = a_scene(prices={"KO": f"{cents // 100}.{cents % 100:02d}"}, atr={})
    state = replace(with_pending(an_account(str(cash)), wanted), account=account, seq=seq)
    events = judged(CONSIDER, state, scene)
    decision = decisions(events)[0]
    orders = [event.order for event in events if isinstance(event, e.OrderIntended)]
    assert (decision.recommendation_id, decision.ticker, decision.side) == (wanted.id, "KO", Side.BUY)
    assert (decision.confidence, decision.source, decision.thesis) == (confidence, "momentum", wanted.thesis)
    assert (decision.at, decision.session, decision.origin) == (NOON, scene.day.date, Origin.RECOMMENDED)
    assert decision.trace
    assert all(line.outcome != "reject" for line in decision.trace[:-1])
    assert (decision.trace[-1].outcome == "reject") is not decision.acts
    assert len(orders) == (1 if decision.acts else 0)
    assert decision.acts is (decision.shares > 0)
    for order in orders:
        plans = [event.tranches for event in events if isinstance(event, e.TranchesPlanned)]
        assert order.client_order_id == f"{account}-{decision.id}-1"
        assert len(order.client_order_id) <= 48
        assert (order.decision_id, order.ticker) == (decision.id, "KO")
        assert order.shares + sum(sum(plan.left) for plan in plans) == decision.shares
        assert order.reserved == order.shares * (decision.price or 0) <= state.buying_power
        assert order.status is OrderStatus.INTENDED
        assert (order.stop, order.take) == (decision.stop, decision.take)
        assert 0 < (decision.stop or 0) < (decision.price or 0) < (decision.take or 0)


@settings(max_examples=40)
@given(
    tickers=st.lists(st.sampled_from(["AAPL", "MSFT", "JNJ", "JPM", "KO", "PEP", "XOM"]), max_size=12),
    limit=st.integers(1, 5),
    asks=st.booleans(),
)
def test_p18_no_entry_takes_the_count_above_the_most_positions(tickers: list[str], limit: int, *, asks: bool) -> None:
    """Whatever is bought or asked about, and however it is answered, before anything is filled."""
    scene = a_scene(prices=dict.fromkeys(["AAPL", "MSFT", "JNJ", "JPM", "KO", "PEP", "XOM"], "50"))
    autonomy = "ask" if asks else "auto"
    state = an_account(preferences=prefer(trading__autonomy=autonomy, trading__max_open_positions=limit))
    for number, ticker in enumerate(tickers):
        wanted = replace(KO, id=f"r{number}", ticker=ticker)
        state = done(with_pending(state, wanted), c.Consider(recommendation_id=wanted.id), scene)
    for proposal in list(state.proposals.values()):
        if proposal.decision.id in state.proposals:
            state = done(state, c.Approve(tickers=(proposal.decision.ticker,)), scene)
    taken = {*state.positions, *(order.ticker for order in state.orders.values())}
    assert len(taken) <= limit
    assert len(taken) == min(limit, len(set(tickers)))


def test_an_evaluation_that_failed_is_stored_as_a_skip() -> None:
    state = with_pending(an_account(), KO)
    (decision,) = decisions(judged(c.AbandonRecommendation(recommendation_id=KO.id, error="ValueError"), state))
    assert (decision.reason, decision.recommendation_id) == (Skip.EVALUATION_ERROR, KO.id)
    assert decision.trace[0].value == "ValueError"
    after = done(state, c.AbandonRecommendation(recommendation_id=KO.id, error="ValueError"))
    assert (KO.id in after.decided, after.pending) == (True, {})
    gone = c.AbandonRecommendation(recommendation_id=KO.id, error="ValueError")
    assert refused(gone, after).code is Refusal.NOT_KNOWN


def test_without_atr_of_either_side_there_is_no_buy() -> None:
    bare = replace(KO, atr=None)
    (decision,) = decisions(judged(CONSIDER, with_pending(an_account(), bare), a_scene(atr={})))
    assert (decision.reason, decision.trace[-1].step) == (Skip.NO_ATR, "atr")


def test_an_atr_as_wide_as_the_price_is_no_buy() -> None:
    (decision,) = decisions(judged(CONSIDER, with_pending(an_account(), KO), a_scene(atr={"KO": 400_000})))
    assert decision.reason is Skip.ATR_TOO_LARGE


# --- questions


def test_in_ask_mode_a_buy_that_passes_is_a_question_and_no_order() -> None:
    state = asking(KO)
    (proposal,) = state.proposals.values()
    assert proposal.decision.shares > 0
    assert proposal.lapses_at == NOON + timedelta(minutes=5)
    assert not state.orders
    assert state.tally.entries == 0


def test_in_ask_mode_what_does_not_pass_is_a_skip_and_no_question() -> None:
    state = with_pending(an_account(preferences=prefer(trading__autonomy="ask")), replace(KO, confidence=0.5))
    assert decisions(judged(CONSIDER, state))[0].reason is Skip.LOW_CONFIDENCE


def test_in_ask_mode_a_sell_is_asked_about_too() -> None:
    wanted = replace(KO, action=Side.SELL)
    state = holding(an_account(preferences=prefer(trading__autonomy="ask")), a_holding("KO", shares=9))
    state = done(with_pending(state, wanted), CONSIDER)
    assert next(iter(state.proposals.values())).decision.side is Side.SELL
    _, intended, closed = judged(c.Approve(), state)
    assert isinstance(intended, e.OrderIntended)
    assert isinstance(closed, e.ProposalClosed)
    assert (intended.order.side, intended.order.shares) == (Side.SELL, 9)


def test_a_yes_is_done_under_the_decision_that_was_asked_about() -> None:
    state = asking(KO)
    (asked,) = (proposal.decision for proposal in state.proposals.values())
    decided, intended, closed = judged(c.Approve(), state)
    assert isinstance(decided, e.Decided)
    assert isinstance(intended, e.OrderIntended)
    assert (decided.decision.id, decided.decision.origin) == (asked.id, Origin.PROPOSAL)
    assert intended.order.shares == asked.shares
    assert closed == e.ProposalClosed(decision_id=asked.id, ticker="KO", outcome=Skip.NONE)
    after = done(state, c.Approve())
    assert (after.proposals, after.tally.entries) == ({}, 1)
    assert refused(c.Approve(), after).code is Refusal.NO_PROPOSAL


def test_a_yes_is_sized_on_the_price_of_its_own_moment() -> None:
    state = asking(KO)
    asked = next(iter(state.proposals.values())).decision
    dearer = later(SCENE, {"KO": "90"}, minutes=4)
    (decision,) = decisions(judged(c.Approve(), state, dearer))
    assert decision.price == 900_000
    assert decision.shares < asked.shares


def test_a_yes_is_not_measured_by_a_confidence_raised_since() -> None:
    state = replace(asking(KO), preferences=prefer(trading__autonomy="ask", trading__min_confidence=0.99))
    assert decisions(judged(c.Approve(), state))[0].acts


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pause": Pause(since=NOON, until=None)}, Skip.PAUSED),
        ({"killed_at": NOON}, Skip.KILLED),
        ({"frozen": frozenset({"KO"})}, Skip.FROZEN),
        ({"cash": 500_000, "peak": 0}, Skip.ACTIVE_POOL_MINIMUM),
    ],
)
def test_a_yes_that_does_not_pass_any_more_is_stored_as_its_skip(changes: dict[str, object], reason: Skip) -> None:
    state = replace(asking(KO), **changes)  # type: ignore[arg-type]
    decided, closed = judged(c.Approve(), state)
    assert isinstance(decided, e.Decided)
    assert decided.decision.reason is reason
    assert closed == e.ProposalClosed(decision_id=decided.decision.id, ticker="KO", outcome=reason)
    after = done(state, c.Approve())
    assert (after.proposals, after.orders) == ({}, {})
    assert KO.id in after.decided


def test_a_yes_after_the_time_is_over_is_none_even_if_nobody_noticed_yet() -> None:
    state, late = asking(KO), replace(SCENE, wall=NOON + timedelta(minutes=5))
    decided, closed = judged(c.Approve(), state, late)
    assert isinstance(decided, e.Decided)
    assert decided.decision.reason is Skip.LAPSED
    assert closed == e.ProposalClosed(decision_id=decided.decision.id, ticker="KO", outcome=Skip.LAPSED)
    in_time = replace(SCENE, wall=NOON + timedelta(minutes=4, seconds=59))
    assert decisions(judged(c.Approve(), state, in_time))[0].acts


PEP = replace(KO, id="r2", ticker="PEP", confidence=0.9)


def test_a_bare_yes_to_several_asks_which() -> None:
    state = asking(KO, PEP)
    no = refused(c.Approve(), state)
    assert (no.code, no.facts) == (Refusal.WHICH_PROPOSAL, {"tickers": ["KO", "PEP"]})
    (one,) = done(state, c.Approve(tickers=("PEP",))).proposals.values()
    assert one.decision.ticker == "KO"
    assert done(state, c.Approve(tickers=("KO", "PEP"))).proposals == {}


def test_a_yes_to_something_else_is_refused_and_changes_nothing() -> None:
    state = asking(KO)
    assert refused(c.Approve(tickers=("XOM",)), state).code is Refusal.NO_PROPOSAL
    assert refused(c.Approve(tickers=("KO", "XOM")), state).code is Refusal.NO_PROPOSAL
    assert refused(c.Approve(), an_account()).code is Refusal.NO_PROPOSAL


def test_two_yeses_at_once_never_spend_the_same_cash() -> None:
    """Each is sized knowing the other's order."""
    limits = {"trading__autonomy": "ask", "trading__capital_limit": 100_000}
    state = replace(asking(KO, PEP), preferences=prefer(**limits), cash=25_000_000, contributed=25_000_000, peak=0)
    after = done(state, c.Approve(tickers=("KO", "PEP")))
    assert after.reserved <= after.cash
    assert after.buying_power == after.cash - after.reserved


def test_a_no_is_stored_as_declined() -> None:
    state = asking(KO, PEP)
    (decision,) = decisions(judged(c.Reject(tickers=("KO",)), state))
    assert (decision.reason, decision.shares, decision.ticker) == (Skip.DECLINED, 0, "KO")
    assert [d.reason for d in decisions(judged(c.Reject(), state))] == [Skip.DECLINED, Skip.DECLINED]
    assert refused(c.Reject(), an_account()).code is Refusal.NO_PROPOSAL


def test_silence_is_a_no_after_five_minutes_of_peoples_time() -> None:
    state = asking(KO)
    (identity,) = state.proposals
    lapse = c.LapseProposal(decision_id=identity)
    assert refused(lapse, state, replace(SCENE, wall=NOON + timedelta(seconds=299))).code is Refusal.NO_PROPOSAL
    # hours of market time do not count
    assert refused(lapse, state, replace(later(SCENE, hours=2), wall=NOON)).code is Refusal.NO_PROPOSAL
    events = judged(lapse, state, replace(SCENE, wall=NOON + timedelta(seconds=300)))
    assert decisions(events)[0].reason is Skip.LAPSED


def test_a_yes_after_peoples_clock_was_put_back_is_too_late() -> None:
    state = asking(KO)
    (decision,) = decisions(judged(c.Approve(), state, replace(SCENE, wall=NOON - timedelta(minutes=1))))
    assert decision.reason is Skip.LAPSED


def test_autonomy_off_withdraws_questions_and_entries_but_no_exits() -> None:
    buy = an_order(client_order_id="b", ticker="PEP", status=OrderStatus.ACCEPTED)
    sell = an_order(client_order_id="s", side=Side.SELL, shares=5, status=OrderStatus.ACCEPTED)
    state = replace(holding(asking(KO), a_holding("KO", shares=5)), orders={"b": buy, "s": sell})
    after = done(state, c.ChangePreferences(patch={"trading.autonomy": "off"}))
    assert after.proposals == {}
    assert after.orders["b"].status is OrderStatus.CANCELLING
    assert after.orders["s"] == sell
    assert dict(after.tally.skips) == {"autonomy_off": 1}


def test_other_changes_while_autonomy_is_off_withdraw_nothing() -> None:
    """What the owner ordered himself goes on."""
    own = an_order(client_order_id="b", origin=Origin.OWNER, status=OrderStatus.ACCEPTED)
    state = an_account(preferences=prefer(trading__autonomy="off"), orders={"b": own})
    after = done(state, c.ChangePreferences(patch={"risk.reserve_pct": 10}))
    assert after.orders["b"].status is OrderStatus.ACCEPTED
