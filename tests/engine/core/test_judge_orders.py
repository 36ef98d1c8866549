"""What the broker's word changes: fills, trades, what is set aside, and money that always adds up (property 38)."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import applied
from engine.core.judge import Ground, judge
from engine.core.nouns import Fill, LedgerRow, Order
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refusal, Refused
from engine.core.state import State
from engine.core.units import CENT, DOLLAR, money
from engine.core.words import BreakerKind, OrderStatus, Origin, Side
from tests.builders import NOON, a_fill, a_recommendation, an_order
from tests.engine.scenes import a_holding, a_scene, an_account, done, holding, judged, prefer, refused

BUY = an_order(reserved="600", shares=10)
SELL = an_order(client_order_id="paper-d2-1", decision_id="d2", side=Side.SELL, shares=10, reserved="0", stop=None)


def buying(order: Order = BUY) -> State:
    return an_account("10000", orders={order.client_order_id: order})


def selling(order: Order = SELL, *, entry: str = "60", shares: int = 10) -> State:
    return replace(holding(an_account("10000"), a_holding("KO", entry, shares)), orders={order.client_order_id: order})


def sell_fill(price: str, shares: int = 10, fee: str = "0", execution_id: str = "x1") -> c.RecordFill:
    fill = a_fill(price, fee, client_order_id=SELL.client_order_id, side=Side.SELL, shares=shares)
    return c.RecordFill(fill=replace(fill, execution_id=execution_id))


# --- buys


def test_a_filled_buy_is_a_position_with_levels_from_the_price_really_paid() -> None:
    """ATR 1.10 × 1.5 = 1.65 under 61, and 1.5 times that above it, rounded up to the cent."""
    after = done(buying(), c.RecordFill(fill=a_fill("61")))
    position = after.positions["KO"]
    assert (position.shares, position.cost, position.entry) == (10, money("610"), money("61"))
    assert (position.stop, position.initial_stop, position.take) == (money("59.35"), money("59.35"), money("63.48"))
    assert (position.high, position.atr, position.decision_id) == (money("61"), money("1.10"), "d1")
    assert (after.cash, after.orders) == (money("9390"), {})


def test_an_order_filled_in_parts_holds_cash_for_the_rest_only() -> None:
    state = done(buying(), c.RecordFill(fill=a_fill("60", shares=4)))
    assert state.reserved == money("360")
    assert state.orders["paper-d1-1"].status is OrderStatus.INTENDED
    state = done(state, c.RecordFill(fill=a_fill("60", shares=6, execution_id="x2")))
    assert state.reserved == 0
    assert not state.orders
    assert state.positions["KO"].shares == 10


def test_adding_keeps_the_higher_stop_the_latest_confidence_and_the_average_cost() -> None:
    order = replace(BUY, confidence=0.91)
    held = a_holding("KO", "50", 10, stop="59", take="70", confidence=0.5)
    state = replace(holding(an_account("10000"), held), orders={order.client_order_id: order})
    position = done(state, c.RecordFill(fill=a_fill("60"))).positions["KO"]
    assert (position.shares, position.cost, position.entry) == (20, money("1100"), money("55"))
    assert (position.stop, position.take, position.confidence) == (money("59"), money("70"), 0.91)


def test_a_nearer_stop_of_the_owner_holds_for_the_first_stop_too() -> None:
    state = replace(buying(), preferences=prefer(risk__stop_loss_pct=1, risk__take_profit_pct=1))
    position = done(state, c.RecordFill(fill=a_fill("60"))).positions["KO"]
    assert (position.stop, position.take) == (money("59.40"), money("60.60"))


def test_a_fill_of_an_order_that_is_not_open_is_refused() -> None:
    assert refused(c.RecordFill(fill=a_fill("60")), an_account()).code is Refusal.NOT_KNOWN


# --- sells


def test_a_sell_closes_its_trade_and_sets_a_fifth_of_the_profit_aside() -> None:
    lot, filled, sold, closed, moved = judged(sell_fill("65", fee="0.37"), selling())
    assert isinstance(lot, e.LotOpened)
    assert isinstance(filled, e.Filled)
    assert isinstance(sold, e.LotSold)
    assert isinstance(closed, e.TradeClosed)
    assert isinstance(moved, e.ReserveMoved)
    assert filled.position is None
    assert (closed.trade.realised, closed.trade.entry, closed.trade.exit) == (money("49.63"), money("60"), money("65"))
    # a fifth of 49.63 is 9.926
    assert moved.row == LedgerRow(
        kind="profit_siphon", amount=money("9.92"), balance_after=money("9.92"), at=NOON, reference="paper-d2-1"
    )


def test_a_loss_sets_nothing_aside() -> None:
    events = judged(sell_fill("55"), selling())
    assert [type(event) for event in events] == [e.LotOpened, e.Filled, e.LotSold, e.TradeClosed]


def test_a_sell_filled_in_parts_is_one_trade_when_it_is_done() -> None:
    state = done(selling(), sell_fill("65", 4))
    assert (state.positions["KO"].shares, state.selling("KO")) == (6, 6)
    _, _, closed, *_ = judged(sell_fill("70", 6, execution_id="x2"), state)
    assert isinstance(closed, e.TradeClosed)
    # 4 × 65 + 6 × 70 − 600
    assert (closed.trade.shares, closed.trade.realised, closed.trade.exit) == (10, money("80"), money("68"))


def test_a_sell_cancelled_half_way_closes_the_half_that_was_done() -> None:
    state = done(selling(), sell_fill("65", 4))
    ended = c.RecordOrder(client_order_id="paper-d2-1", status=OrderStatus.CANCELLED, why="x")
    updated, closed, moved = judged(ended, state)
    assert isinstance(updated, e.OrderUpdated)
    assert isinstance(closed, e.TradeClosed)
    assert isinstance(moved, e.ReserveMoved)
    assert (closed.trade.shares, closed.trade.realised, moved.row.amount) == (4, money("20"), money("4"))
    assert done(state, ended).positions["KO"].shares == 6


def test_more_than_is_held_cannot_have_been_sold() -> None:
    assert refused(sell_fill("60", 11), selling()).code is Refusal.FILL_MISFITS


def test_a_stop_filled_far_below_its_level_trips_the_single_position_breaker() -> None:
    """11 % of the cost is gone, where 10 are allowed."""
    stopped = replace(SELL, origin=Origin.STOP)
    tripped = judged(sell_fill("53.40"), selling(stopped))[-1]
    assert isinstance(tripped, e.BreakerTripped)
    breaker = tripped.breaker
    assert (breaker.kind, breaker.ticker) == (BreakerKind.SINGLE_POSITION, "KO")
    assert breaker.threshold == 0.10
    assert breaker.actual == pytest.approx(0.11)
    assert breaker.until == a_scene().upcoming[1].opens_at
    at_the_limit = judged(sell_fill("54"), selling(stopped))
    assert not [event for event in at_the_limit if isinstance(event, e.BreakerTripped)]
    by_the_owner = judged(sell_fill("53.40"), selling(replace(SELL, origin=Origin.OWNER)))
    assert not [event for event in by_the_owner if isinstance(event, e.BreakerTripped)]


# --- what the broker says of an order


def said(status: OrderStatus, why: str = "") -> c.RecordOrder:
    return c.RecordOrder(client_order_id=BUY.client_order_id, status=status, why=why)


def test_a_rejected_entry_frees_its_cash() -> None:
    state = done(buying(), said(OrderStatus.REJECTED, "no_cash"))
    assert (state.reserved, state.orders) == (0, {})


def test_the_same_word_twice_is_no_news() -> None:
    accepted = done(buying(), said(OrderStatus.ACCEPTED))
    assert refused(said(OrderStatus.ACCEPTED), accepted).code is Refusal.NOTHING_CHANGED
    assert refused(said(OrderStatus.ACCEPTED), an_account()).code is Refusal.NOT_KNOWN


def test_only_fills_end_an_order_as_filled() -> None:
    assert refused(said(OrderStatus.FILLED), buying()).code is Refusal.NOTHING_CHANGED


@pytest.mark.parametrize("status", [OrderStatus.ACCEPTED, OrderStatus.IN_DOUBT, OrderStatus.INTENDED])
def test_what_is_being_cancelled_stays_so_until_it_ends(status: OrderStatus) -> None:
    state = buying(replace(BUY, status=OrderStatus.CANCELLING))
    assert refused(said(status), state).code is Refusal.NOTHING_CHANGED
    assert not done(state, said(OrderStatus.CANCELLED)).orders


# --- property 38


class Money(RuleBasedStateMachine):
    """Any sequence of entries, questions, closes, fills and cancellations, at any prices."""

    def __init__(self) -> None:
        super().__init__()
        self.prices = {"KO": 60 * DOLLAR, "JPM": 200 * DOLLAR, "XOM": 110 * DOLLAR}
        preferences = prefer(risk__reserve_pct=33, risk__max_position_pct=100, trading__max_open_positions=3)
        self.start = an_account("100000", preferences=preferences)
        self.state = self.start
        self.number = 0
        self.traded = 0
        self.fees = 0
        self.ledger: list[LedgerRow] = []
        self.siphons = 0

    def do(self, command: c.Command) -> tuple[e.Event, ...]:
        dollars = {ticker: str(price / DOLLAR) for ticker, price in self.prices.items()}
        scene = a_scene(NOON, dollars)
        verdict = judge(command, Ground(self.state, scene, DEFAULT_POLICY))
        if isinstance(verdict, Refused):
            return ()
        self.state = replace(applied(self.state, verdict), seq=self.state.seq + len(verdict))
        self.ledger += [event.row for event in verdict if isinstance(event, e.ReserveMoved)]
        self.closed_by(verdict)
        return verdict

    def closed_by(self, events: tuple[e.Event, ...]) -> None:
        for event in events:
            if isinstance(event, e.TradeClosed) and event.trade.realised > 0:
                self.siphons += int(event.trade.realised * 33 // 100) // CENT * CENT

    @rule(ticker=st.sampled_from(["KO", "JPM", "XOM"]), step=st.integers(-900, 900))
    def prices_move(self, ticker: str, step: int) -> None:
        moved = self.prices[ticker] * (10_000 + step) // 10_000 // CENT * CENT
        self.prices[ticker] = max(5 * DOLLAR, moved)

    @rule(ticker=st.sampled_from(["KO", "JPM", "XOM"]), confidence=st.floats(0.75, 1), asks=st.booleans())
    def a_recommendation_comes(self, ticker: str, confidence: float, *, asks: bool) -> None:
        self.number += 1
        self.do(c.ChangePreferences(patch={"trading.autonomy": "ask" if asks else "auto"}))
        self.state = replace(self.state, changes=())
        wanted = a_recommendation(id=f"r{self.number}", ticker=ticker, confidence=confidence)
        self.do(c.ReceiveRecommendation(recommendation=wanted))
        assert self.do(c.Consider(recommendation_id=wanted.id))

    @precondition(lambda self: self.state.proposals)
    @rule(answer=st.booleans())
    def the_owner_answers(self, *, answer: bool) -> None:
        ticker = next(iter(self.state.proposals.values())).decision.ticker
        assert self.do(c.Approve(tickers=(ticker,)) if answer else c.Reject(tickers=(ticker,)))

    @precondition(lambda self: self.state.positions)
    @rule(fraction=st.just(1.0) | st.floats(0.01, 1), place=st.integers(0, 9))
    def the_owner_closes(self, fraction: float, place: int) -> None:
        held = sorted(self.state.positions)
        self.do(c.ClosePosition(tickers=(held[place % len(held)],), fraction=fraction))

    @precondition(lambda self: self.state.orders)
    @rule(place=st.integers(0, 9), part=st.just(1.0) | st.floats(0, 1), slip=st.integers(0, 300), fee=st.integers(0, 5))
    def the_broker_fills(self, place: int, part: float, slip: int, fee: int) -> None:
        """Buys never over the price that their cash was held for."""
        order = self.open_order(place)
        left = order.shares - order.filled_shares
        shares = max(1, int(left * part))
        price = self.prices[order.ticker]
        if order.side is Side.BUY:
            price = order.reserved // left * (10_000 - slip) // 10_000
        self.number += 1
        fill = Fill(
            execution_id=f"x{self.number}",
            client_order_id=order.client_order_id,
            ticker=order.ticker,
            side=order.side,
            shares=shares,
            price=price,
            fee=fee * CENT,
            at=NOON,
        )
        assert self.do(c.RecordFill(fill=fill))
        self.traded += (-1 if order.side is Side.BUY else 1) * shares * price
        self.fees += fee * CENT

    @precondition(lambda self: self.state.orders)
    @rule(place=st.integers(0, 9), status=st.sampled_from(OrderStatus))
    def the_broker_speaks(self, place: int, status: OrderStatus) -> None:
        self.do(c.RecordOrder(client_order_id=self.open_order(place).client_order_id, status=status))

    @rule(really=st.integers(0, 9))
    def the_owner_stops_and_resumes(self, really: int) -> None:
        if really == 7:
            assert self.do(c.StopEverything())
            self.do(c.ResumeEntries())

    def open_order(self, place: int) -> Order:
        orders = [self.state.orders[key] for key in sorted(self.state.orders)]
        return orders[place % len(orders)]

    @invariant()
    def books_add_up(self) -> None:
        state = self.state
        cost = sum(position.cost for position in state.positions.values())
        assert state.cash + cost == state.contributed + state.realised - state.fees
        assert state.cash == state.contributed + self.traded - self.fees
        assert state.fees == self.fees

    @invariant()
    def the_reserve_is_the_sum_of_its_ledger(self) -> None:
        assert self.state.reserve == sum(row.amount for row in self.ledger) == self.siphons
        balance = 0
        for row in self.ledger:
            balance += row.amount
            assert row.amount > 0
            assert row.balance_after == balance

    @invariant()
    def nothing_is_negative_or_spent_twice(self) -> None:
        state = self.state
        assert state.cash - state.reserve - state.reserved >= -self.fees
        assert all(order.reserved >= 0 for order in state.orders.values())
        assert all(position.shares > 0 and position.cost > 0 for position in state.positions.values())
        for ticker in {order.ticker for order in state.orders.values()}:
            held = state.positions[ticker].shares if ticker in state.positions else 0
            assert state.selling(ticker) <= held
        assert len(state.positions) <= 3


TestMoney = Money.TestCase
TestMoney.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


@settings(max_examples=50)
@given(
    parts=st.lists(st.integers(1, 50), min_size=1, max_size=6),
    prices=st.lists(st.integers(1, 10**7), min_size=6, max_size=6),
)
def test_a_buy_in_parts_costs_what_its_parts_cost(parts: list[int], prices: list[int]) -> None:
    order = replace(BUY, shares=sum(parts), reserved=sum(parts) * 10**7)
    state = replace(an_account("10000000"), orders={order.client_order_id: order})
    paid = 0
    for number, (shares, price) in enumerate(zip(parts, prices, strict=False)):
        before = state.reserved
        state = done(
            state, c.RecordFill(fill=a_fill(shares=shares, execution_id=f"x{number}", price=str(price / DOLLAR)))
        )
        paid += shares * price
        assert 0 <= state.reserved < before
    assert state.positions["KO"].cost == paid
    assert state.cash == state.contributed - paid
