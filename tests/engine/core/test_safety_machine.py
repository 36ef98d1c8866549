"""Whatever is asked, in whatever order and at whatever instant: no entry is meant that is not safe, and exits go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import applied
from engine.core.judge import Ground, judge
from engine.core.nouns import Fill, Order
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refused
from engine.core.scene import Quote, Scene
from engine.core.state import Tally
from engine.core.units import DOLLAR, money
from engine.core.words import OrderStatus, Origin, Side
from tests.builders import a_recommendation
from tests.engine.scenes import MINUTE_S, a_scene, an_account, prefer

MORNING = datetime(2024, 3, 5, 15, tzinfo=UTC)
TICKERS = ("KO", "PEP")
POLICY = DEFAULT_POLICY._replace(
    max_order=2_000 * DOLLAR, max_order_shares=35, repeat_seconds=20, orders_a_minute=3, gradual_entry_min=1
)
tickers = st.sampled_from(TICKERS)
spans = st.sampled_from([0, 0, 1, 5, 19, 20, 21, 60, 61, 300, 1_000])


class Seen(NamedTuple):
    """An order that came out, as the test wrote it down itself."""

    order: Order
    at: datetime
    wall: datetime
    command: int


class Safety(RuleBasedStateMachine):
    """An account between a market and its owner, whose clocks go on, stand and jump each for itself."""

    def __init__(self) -> None:
        super().__init__()
        preferences = prefer(trading__risk_tolerance="aggressive", trading__max_daily_trades=50)
        self.state = an_account("9000", preferences=preferences, tally=Tally(session=MORNING.date()))
        self.at = self.wall = MORNING
        self.quotes = {ticker: Quote(money("60"), MORNING, money("55")) for ticker in TICKERS}
        self.seen: list[Seen] = []
        self.idle: set[str] = set()
        self.ideas = self.asked = 0

    def scene(self) -> Scene:
        ranges = dict.fromkeys(TICKERS, money("1"))
        return a_scene(self.at, wall=self.wall, quotes=self.quotes, interval_s=MINUTE_S, atr=ranges)

    def do(self, command: c.Command) -> tuple[e.Event, ...] | Refused:
        self.asked += 1
        ground = Ground(self.state, self.scene(), POLICY)
        verdict = judge(command, ground)
        if isinstance(verdict, Refused):
            return verdict
        for event in verdict:
            if isinstance(event, e.OrderIntended):
                if event.order.side is Side.BUY:
                    self.holds(event.order, ground)
                self.seen = [one for one in self.seen if not self.long_ago(one)]
                self.seen.append(Seen(event.order, self.at, self.wall, self.asked))
        self.state = replace(applied(self.state, verdict), seq=self.state.seq + len(verdict))
        return verdict

    def holds(self, order: Order, ground: Ground) -> None:
        """All that must be true of an entry, reckoned from what the test knows."""
        quote = self.quotes[order.ticker]
        mine = [one.order for one in self.seen if one.command == self.asked]
        assert self.at - quote.at <= timedelta(minutes=15)
        assert quote.previous is not None
        assert 5 * abs(quote.price - quote.previous) <= quote.previous
        assert order.shares * quote.price <= 2_000 * DOLLAR
        assert order.shares <= 35
        lately = [one for one in self.seen if self.apart(one) < 60]
        assert len(lately) < 3
        for one in self.seen:
            same = (one.order.ticker, one.order.side) == (order.ticker, Side.BUY)
            same = same and one.order.client_order_id not in self.idle
            if same and one.order.decision_id != order.decision_id and one.command != self.asked:
                assert self.apart(one) >= 20
        opposite = [one for one in (*ground.state.orders.values(), *mine) if one.ticker == order.ticker]
        assert all(one.side is Side.BUY for one in opposite)
        held = sum(one.reserved for one in (*ground.state.orders.values(), *mine))
        assert held + order.shares * quote.price <= ground.state.cash - ground.state.reserve

    def apart(self, one: Seen) -> float:
        """Seconds since then, by whichever clock has gone further, forth or back."""
        return max(abs((self.at - one.at).total_seconds()), abs((self.wall - one.wall).total_seconds()))

    def long_ago(self, one: Seen) -> bool:
        """Five minutes before an order of now, by either clock: that much is forgotten, also should it be put back."""
        return max(self.at - one.at, self.wall - one.wall) >= timedelta(minutes=5)

    # --- time and prices

    @rule(market=spans, people=spans)
    def time_passes(self, market: int, people: int) -> None:
        self.at = min(self.at + timedelta(seconds=market), MORNING + timedelta(hours=4))
        self.wall += timedelta(seconds=people)

    @rule(seconds=spans)
    def peoples_clock_is_put_back(self, seconds: int) -> None:
        self.wall -= timedelta(seconds=seconds)

    @rule(ticker=tickers, price=st.integers(40, 75))
    def a_price_comes(self, ticker: str, price: int) -> None:
        self.quotes = {**self.quotes, ticker: Quote(price * DOLLAR, self.at, money("55"))}

    @rule()
    def all_prices_come(self) -> None:
        self.quotes = {ticker: quote._replace(at=self.at) for ticker, quote in self.quotes.items()}

    # --- what is asked

    @rule(ticker=tickers, autonomy=st.sampled_from(["auto", "ask"]))
    def an_idea_is_considered(self, ticker: str, autonomy: str) -> None:
        trading = self.state.preferences.trading.model_copy(update={"autonomy": autonomy})
        self.state = replace(self.state, preferences=self.state.preferences.model_copy(update={"trading": trading}))
        self.ideas += 1
        wanted = a_recommendation(id=f"r{self.ideas}", ticker=ticker, confidence=0.9, generated_at=self.at)
        self.do(c.ReceiveRecommendation(recommendation=wanted))
        self.do(c.Consider(recommendation_id=wanted.id))

    @precondition(lambda self: self.state.proposals)
    @rule(ticker=tickers, both=st.booleans())
    def a_yes(self, ticker: str, *, both: bool) -> None:
        self.do(c.Approve(tickers=TICKERS if both else (ticker,), by="owner"))

    @precondition(lambda self: self.state.tranches)
    @rule()
    def the_next_part(self) -> None:
        self.do(c.BuyTranche(decision_id=self.state.tranches[0].decision_id))

    @rule(ticker=tickers, shares=st.sampled_from([1, 5, 30, 36, 60]))
    def the_owner_buys(self, ticker: str, shares: int) -> None:
        self.do(c.Buy(ticker=ticker, shares=shares, by="owner"))

    @precondition(lambda self: self.state.positions)
    @rule(ticker=tickers, part=st.sampled_from([0.5, 1.0]), crossed=st.booleans())
    def something_is_sold(self, ticker: str, part: float, *, crossed: bool) -> None:
        """Nothing keeps an exit back but that there is nothing to sell."""
        held = self.state.positions.get(ticker)
        free = held.shares - self.state.selling(ticker) if held else 0
        stop = c.ExitPosition(ticker=ticker, origin=Origin.STOP, trigger=money("50"))
        verdict = self.do(stop if crossed else c.ClosePosition(tickers=(ticker,), fraction=part, by="owner"))
        assert isinstance(verdict, Refused) is (free <= 0)

    @rule()
    def everything_is_sold(self) -> None:
        if not isinstance(self.do(c.Flatten(by="owner")), Refused):
            self.do(c.ResumeEntries(by="owner"))

    # --- what becomes of it

    @precondition(lambda self: self.state.orders)
    @rule(number=st.integers(0, 9), fills=st.booleans())
    def an_order_ends(self, number: int, *, fills: bool) -> None:
        order = list(self.state.orders.values())[number % len(self.state.orders)]
        if not fills:
            self.do(c.RecordOrder(client_order_id=order.client_order_id, status=OrderStatus.REJECTED))
            self.idle.add(order.client_order_id)
            return
        fill = Fill(
            execution_id=f"x{self.asked}",
            client_order_id=order.client_order_id,
            ticker=order.ticker,
            side=order.side,
            shares=order.shares,
            price=self.quotes[order.ticker].price,
            fee=0,
            at=self.at,
        )
        self.do(c.RecordFill(fill=fill))

    @invariant()
    def little_is_remembered(self) -> None:
        assert len(self.state.sent) == len(self.seen)


def test_no_entry_is_meant_that_is_not_safe_and_every_exit_goes() -> None:
    run_state_machine_as_test(Safety, settings=settings(max_examples=40, stateful_step_count=40, deadline=None))
