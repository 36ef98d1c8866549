"""Property 38: whatever happens to an account, its money, its lots, its reserve and its losses add up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import applied
from engine.core.happenings import CorporateAction
from engine.core.judge import Ground, judge
from engine.core.lots import Lot, LotSale
from engine.core.nouns import Fill, Order
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refused
from engine.core.state import State, Tally
from engine.core.units import CENT, DOLLAR, Money
from engine.core.words import ActionKind, OrderStatus, Origin, Side
from tests.builders import an_order
from tests.engine.scenes import a_holding, a_scene, an_account, holding, prefer, the_calendar

BEGINS = datetime(2024, 3, 4, 17, tzinfo=UTC)
TICKERS = ("KO", "XOM")
MONTH = timedelta(days=30)

tickers = st.sampled_from(TICKERS)
cents = st.integers(1, 50_000)
acts = st.tuples(tickers, st.integers(1, 7), st.integers(1, 7), st.none() | cents)


class Books(RuleBasedStateMachine):
    """Buys and sells filled in parts, money in and out, the reserve, splits, dividends, resets, over many sessions."""

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGINS
        self.prices = {"KO": 60 * DOLLAR, "XOM": 110 * DOLLAR}
        self.number = 0
        self.state = an_account("100000", preferences=prefer(risk__reserve_pct=33), tally=Tally(session=BEGINS.date()))
        self.forget()

    def forget(self) -> None:
        """What is counted beside the account begins anew, with what it holds then."""
        self.moved = self.traded = self.fees = self.dividends = 0
        self.in_lieu = self.paid_in_lieu = self.basis_lost = 0
        self.began_with: Money = self.state.contributed
        self.cost_at_first = sum(held.cost for held in self.state.positions.values())
        self.ledger: list[Money] = [self.state.reserve] if self.state.reserve else []
        self.sales: dict[str, LotSale] = {}

    @initialize(held=st.booleans())
    def an_account_from_before_lots(self, *, held: bool) -> None:
        if held:
            self.state = holding(self.state, a_holding("KO", "60", 50, opened_at=BEGINS - timedelta(days=10)))
            self.forget()

    def do(self, command: c.Command) -> tuple[e.Event, ...]:
        prices = {ticker: str(price / DOLLAR) for ticker, price in self.prices.items()}
        verdict = judge(command, Ground(self.state, a_scene(self.now, prices), DEFAULT_POLICY))
        if isinstance(verdict, Refused):
            return ()
        before = self.state
        self.state = replace(applied(before, verdict), seq=before.seq + len(verdict), changes=())
        for place, event in enumerate(verdict):
            self.count(event, applied(before, verdict[:place]))
        return verdict

    def count(self, event: e.Event, before: State) -> None:
        match event:
            case e.LotSold(sale=sale) | e.WashSaleFound(sale=sale):
                self.sales[sale.id] = sale
            case e.ReserveMoved(row=row):
                self.ledger.append(row.amount)
                assert row.balance_after == sum(self.ledger)
            case e.SplitApplied():
                self.in_lieu += event.cash - event.cost_out
                self.paid_in_lieu += event.cash
                old = before.lots.get(event.action.ticker, ())
                self.basis_lost += put_on(old) - put_on(event.lots)
            case e.DividendPaid():
                self.dividends += event.amount

    # --- what happens

    @rule(ticker=tickers, step=st.integers(-1500, 1500))
    def prices_move(self, ticker: str, step: int) -> None:
        self.prices[ticker] = max(5 * DOLLAR, self.prices[ticker] * (10_000 + step) // 10_000 // CENT * CENT)

    @rule(days=st.sampled_from([1, 1, 1, 3, 15, 30, 31]), acts=st.none() | acts)
    def days_pass(self, days: int, acts: tuple[str, int, int, int | None] | None) -> None:
        self.now += timedelta(days=days)
        while the_calendar().session_on(self.now.date()) is None:
            self.now += timedelta(days=1)
        if acts is not None:
            self.the_company_acts(*acts)
        self.do(c.BeginSession())

    @rule(ticker=tickers, shares=st.integers(1, 90))
    def the_engine_orders(self, ticker: str, shares: int) -> None:
        """Held for at the price of the moment, as any entry is."""
        reserved = shares * self.prices[ticker]
        if reserved > self.state.buying_power:
            return
        self.number += 1
        key = f"paper-b{self.number}"
        order = an_order(
            str(reserved / DOLLAR), client_order_id=key, ticker=ticker, shares=shares, intended_at=self.now
        )
        self.state = applied(self.state, (e.OrderIntended(order=order),))

    @precondition(lambda self: self.state.positions)
    @rule(fraction=st.just(1.0) | st.floats(0.01, 1), place=st.integers(0, 9))
    def the_owner_sells(self, fraction: float, place: int) -> None:
        held = sorted(self.state.positions)
        self.do(c.ClosePosition(tickers=(held[place % len(held)],), fraction=fraction))

    @precondition(lambda self: self.state.positions and not self.state.orders)
    @rule(fraction=st.just(1.0) | st.floats(0.01, 1), place=st.integers(0, 9))
    def the_owner_sells_at_once(self, fraction: float, place: int) -> None:
        self.the_owner_sells(fraction, place)
        self.the_broker_fills(0, 1.0, 0, 1)

    @precondition(lambda self: not self.state.orders)
    @rule(ticker=tickers, shares=st.integers(1, 90))
    def the_engine_buys_at_once(self, ticker: str, shares: int) -> None:
        self.the_engine_orders(ticker, shares)
        if self.state.orders:
            self.the_broker_fills(0, 1.0, 0, 1)

    @precondition(lambda self: self.state.orders)
    @rule(place=st.integers(0, 9), part=st.just(1.0) | st.floats(0, 1), slip=st.integers(0, 300), fee=st.integers(0, 5))
    def the_broker_fills(self, place: int, part: float, slip: int, fee: int) -> None:
        """Buys never over the price that their cash was held for."""
        order = self.open_order(place)
        left = order.shares - order.filled_shares
        price = self.prices[order.ticker]
        if order.side is Side.BUY:
            price = max(1, order.reserved // left * (10_000 - slip) // 10_000)
        self.number += 1
        fill = Fill(
            execution_id=f"x{self.number}",
            client_order_id=order.client_order_id,
            ticker=order.ticker,
            side=order.side,
            shares=max(1, int(left * part)),
            price=price,
            fee=fee * CENT,
            at=self.now,
        )
        lots = self.state.lots.get(order.ticker, ())
        events = self.do(c.RecordFill(fill=fill))
        assert events
        self.traded += (-1 if order.side is Side.BUY else 1) * fill.shares * price
        self.fees += fill.fee
        if order.side is Side.SELL and lots:
            self.oldest_left(lots, fill.shares, order.ticker)

    def oldest_left(self, before: tuple[Lot, ...], shares: int, ticker: str) -> None:
        """Of the lots in order, so many shares are gone from the front, and nothing else."""
        expected = [lot.id for lot in before for _ in range(lot.shares)][shares:]
        assert [lot.id for lot in self.state.lots.get(ticker, ()) for _ in range(lot.shares)] == expected

    @precondition(lambda self: self.state.orders)
    @rule(place=st.integers(0, 9), status=st.sampled_from(OrderStatus))
    def the_broker_speaks(self, place: int, status: OrderStatus) -> None:
        self.do(c.RecordOrder(client_order_id=self.open_order(place).client_order_id, status=status))

    def open_order(self, place: int) -> Order:
        orders = [self.state.orders[key] for key in sorted(self.state.orders)]
        return orders[place % len(orders)]

    @rule(amount=cents, into=st.booleans())
    def money_moves(self, amount: int, *, into: bool) -> None:
        moved = amount * 100 * CENT if into else -amount * 10 * CENT
        if self.do(c.MoveCash(amount=moved)):
            self.moved += moved

    @rule(amount=cents, into=st.booleans())
    def the_owner_moves_his_reserve(self, amount: int, *, into: bool) -> None:
        self.do(c.MoveReserve(amount=(1 if into else -1) * amount * CENT))

    def the_company_acts(self, ticker: str, new: int, old: int, per_share: int | None) -> None:
        """A split of shares, or a dividend, before anything else of its session."""
        self.number += 1
        session = the_calendar().session_on(self.now.date())
        assert session is not None
        splits = per_share is None
        price = max(CENT, self.prices[ticker] * old // new)
        action = CorporateAction(
            id=f"a{self.number}",
            kind=ActionKind.SPLIT if splits else ActionKind.DIVIDEND,
            ticker=ticker,
            ex_date=session.date,
            opens_at=session.opens_at,
            new=new if splits else 1,
            old=old if splits else 1,
            per_share=(per_share or 0) * 10,
            close=price if splits else 0,
        )
        if self.do(c.TakeAction(action=action)) and splits:
            self.prices[ticker] = price

    @precondition(lambda self: self.number > 25)
    @rule(really=st.integers(0, 19))
    def the_account_begins_anew(self, really: int) -> None:
        if really == 7:
            assert self.do(c.ResetAccount())
            assert (self.state.positions, self.state.lots, self.state.losses) == ({}, {}, ())
            self.forget()

    # --- what holds

    @invariant()
    def the_equation_holds(self) -> None:
        state = self.state
        cost = sum(held.cost for held in state.positions.values())
        assert state.cash + cost == state.contributed + state.realised + state.dividends - state.fees
        assert state.contributed == self.began_with + self.moved
        paid = self.moved + self.traded - self.fees + self.dividends + self.paid_in_lieu
        assert state.cash == self.began_with - self.cost_at_first + paid
        assert (state.fees, state.dividends) == (self.fees, self.dividends)

    @invariant()
    def lots_are_the_position(self) -> None:
        for ticker, lots in self.state.lots.items():
            held = self.state.positions[ticker]
            assert (held.shares, held.cost) == (sum(lot.shares for lot in lots), sum(lot.cost for lot in lots))
            assert [lot.opened_at for lot in lots] == sorted(lot.opened_at for lot in lots)
            assert all(0 < lot.shares <= lot.bought and lot.cost >= 0 for lot in lots)

    @invariant()
    def nothing_is_sold_short(self) -> None:
        for ticker in TICKERS:
            held = self.state.positions[ticker].shares if ticker in self.state.positions else 0
            assert 0 <= self.state.selling(ticker) <= held
        assert self.state.reserve >= 0

    @invariant()
    def the_reserve_is_its_ledger(self) -> None:
        assert self.state.reserve == sum(self.ledger)

    @invariant()
    def lots_realise_what_the_account_does(self) -> None:
        assert self.state.realised == sum(sale.realised for sale in self.sales.values()) + self.in_lieu
        assert all(sale.realised == sale.proceeds - sale.cost for sale in self.sales.values())

    @invariant()
    def what_is_put_off_is_kept(self) -> None:
        """On lots that are held, in sales that took it along, or in fractions of a share that a split paid out."""
        lots = [lot for held in self.state.lots.values() for lot in held]
        gone = sum(sale.tax_basis - sale.cost for sale in self.sales.values())
        off = sum(sale.disallowed for sale in self.sales.values())
        assert off == put_on(lots) + gone + self.basis_lost
        assert all(0 <= sale.replaced <= sale.shares for sale in self.sales.values())
        assert all(0 <= sale.disallowed <= sale.loss for sale in self.sales.values())
        assert all(0 <= lot.replaces <= lot.shares for lot in lots)

    @invariant()
    def losses_that_wait_can_still_be_put_off(self) -> None:
        for sale in self.state.losses:
            assert sale.loss > 0
            assert sale.replaced < sale.shares

    @invariant()
    def what_is_not_settled_is_younger_than_a_session(self) -> None:
        assert all(one.amount > 0 and one.on > self.now.date() for one in self.state.unsettled)
        assert self.state.buying_power <= max(0, self.state.free_cash)


def put_on(lots: list[Lot] | tuple[Lot, ...]) -> Money:
    """Losses that lie on lots."""
    return sum(lot.tax_basis - lot.cost for lot in lots)


def test_p38_money_lots_reserve_and_losses_add_up_after_any_sequence() -> None:
    few = settings(max_examples=120, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Books, settings=few)


def test_p38_an_account_that_only_sold_has_its_money_back_and_the_difference() -> None:
    """100 shares bought at 60 and sold at 63 with $1 of fees each way: 300 − 2."""
    books = Books()
    for side, price in ((Side.BUY, 60), (Side.SELL, 63)):
        order = an_order("6000", client_order_id=f"o-{side}", side=side, shares=100, origin=Origin.OWNER)
        books.state = applied(books.state, (e.OrderIntended(order=order),))
        fill = Fill(
            execution_id=f"x-{side}",
            client_order_id=order.client_order_id,
            ticker="KO",
            side=side,
            shares=100,
            price=price * DOLLAR,
            fee=DOLLAR,
            at=books.now,
        )
        assert books.do(c.RecordFill(fill=fill))
    assert (books.state.cash, books.state.realised, books.state.fees) == (100_298 * DOLLAR, 300 * DOLLAR, 2 * DOLLAR)
