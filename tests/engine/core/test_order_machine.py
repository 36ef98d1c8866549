"""Orders through the whole engine, whatever the broker does: none lost, none twice, both books the same in the end."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.nouns import Fill, Recommendation
from engine.core.questions import open_questions
from engine.core.state import State
from engine.core.units import Money, money
from engine.core.words import BreakerKind, OrderStatus, Side
from engine.loops import recover
from engine.reconcile import our_book
from tests.builders import a_recommendation
from tests.engine.scenes import House, an_outside, opened, the_calendar
from tests.fakes import FakeBroker, Fault

Answer = TypeVar("Answer")

TICKERS = ("AAPL", "JNJ", "KO", "PEP", "XOM")
FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
MOST = 3
tickers = st.sampled_from(TICKERS)
troubles = st.sampled_from([None, None, None, *Fault])
"""Whether the broker answers while something is done, and if not, when it falls silent."""


class Door:
    """The broker as the engine meets it: `late` tells no execution yet, `doubled` tells each of them twice."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker
        self.late = self.doubled = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def fills(self, after: str | None) -> Sequence[Fill]:
        found = await self._broker.fills(after)
        if self.late:
            return ()
        return [fill for one in found for fill in (one, one)] if self.doubled else found


class Orders(RuleBasedStateMachine):
    """One account over a fake broker and market, killed and started again at will."""

    house: House

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock, self.market, self.broker = an_outside(FRIDAY, dict.fromkeys(TICKERS, "50"), "10000")
        self.prices: dict[str, Money] = dict.fromkeys(TICKERS, money("50"))
        for day in range(20, 0, -1):
            self.market.close(
                FRIDAY - timedelta(days=day),
                {one: money("50") + day // (place + 1) % 2 * 10_000 for place, one in enumerate(TICKERS)},
            )
        self.door = Door(self.broker)
        self.said: list[Recommendation] = []
        self.events: list[e.Event] = []

    def wait(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return self.loop.run_until_complete(work)

    @property
    def state(self) -> State:
        return self.house.state

    def do(self, command: c.Command, trouble: Fault | None = None) -> None:
        self.broker.fault = trouble
        self.wait(self.house.do(command))
        self.broker.fault = None

    def turn(self, trouble: Fault | None = None) -> None:
        """As often as its time comes, the engine tries to recover and then looks at what is due."""
        self.wait(recover(self.house.crew))
        self.broker.fault = trouble
        self.wait(self.house.step.run())
        self.broker.fault = None

    async def write_down(self, done: Done) -> None:
        self.events += done.events

    def of(self, kind: type[Answer]) -> list[Answer]:
        return [event for event in self.events if isinstance(event, kind)]

    @initialize(autonomy=st.sampled_from(["auto", "auto", "ask"]))
    def begins(self, autonomy: str) -> None:
        self.house = self.wait(
            opened(self.clock, self.market, self.broker, door=self.door, cash="10000", autonomy=autonomy)
        )
        self.house.bus.listen(self.write_down)
        patch = {
            "trading.risk_tolerance": "moderate",
            "trading.max_open_positions": MOST,
            "trading.order_timeout_seconds": 600,
        }
        self.do(c.ChangePreferences(patch=patch, by="owner", key="mine"))
        assert self.state.preferences.trading.max_open_positions == MOST

    # --- what comes

    @rule(ticker=tickers, sure=st.sampled_from([0.6, 0.7, 0.9, 1.0]), sells=st.booleans(), trouble=troubles)
    def an_idea_comes(self, ticker: str, sure: float, trouble: Fault | None, *, sells: bool) -> None:
        wanted = a_recommendation(
            id=f"r{len(self.said)}",
            ticker=ticker,
            confidence=sure,
            action=Side.SELL if sells and ticker in self.state.positions else Side.BUY,
            generated_at=self.clock.market(),
            sector=None,
        )
        self.said.append(wanted)
        self.do(c.ReceiveRecommendation(recommendation=wanted))
        self.turn(trouble)

    @precondition(lambda self: self.said)
    @rule(choice=st.integers(0, 99))
    def an_idea_comes_again(self, choice: int) -> None:
        self.do(c.ReceiveRecommendation(recommendation=self.said[choice % len(self.said)]))

    @rule(minutes=st.sampled_from([1, 3, 5, 5, 6, 10, None]), trouble=troubles)
    def time_passes(self, minutes: int | None, trouble: Fault | None) -> None:
        """So many minutes, or what is left until the next session's window."""
        now = self.clock.market()
        if minutes is None:
            ahead = the_calendar().sessions(now.date(), (now + timedelta(9)).date())
            opens_at = next(one.opens_at for one in ahead if one.opens_at > now)
            self.clock.market_now = opens_at + timedelta(minutes=30)
            self.market.show(self.clock.market(), self.prices)
        else:
            self.clock.forward(timedelta(minutes=minutes))
        self.turn(trouble)

    @rule(ticker=tickers, percent=st.integers(-4, 6), trouble=troubles)
    def a_price_moves(self, ticker: str, percent: int, trouble: Fault | None) -> None:
        self.prices[ticker] = max(money("5"), self.prices[ticker] * (100 + percent) // 10_000 * 100)
        self.market.show(self.clock.market(), {ticker: self.prices[ticker]})
        self.turn(trouble)

    # --- what the owner says

    @rule(ticker=tickers, shares=st.integers(1, 16), trouble=troubles)
    def he_buys(self, ticker: str, shares: int, trouble: Fault | None) -> None:
        self.do(c.Buy(ticker=ticker, shares=shares, by="owner"), trouble)

    @precondition(lambda self: self.state.positions)
    @rule(place=st.integers(0, 9), shares=st.integers(1, 9), trouble=troubles)
    def he_sells(self, place: int, shares: int, trouble: Fault | None) -> None:
        held = sorted(self.state.positions)
        self.do(c.Sell(ticker=held[place % len(held)], shares=shares, by="owner"), trouble)

    @precondition(lambda self: self.state.positions)
    @rule(fraction=st.sampled_from([0.5, 1.0]), trouble=troubles)
    def he_closes(self, fraction: float, trouble: Fault | None) -> None:
        self.do(c.ClosePosition(tickers=(min(self.state.positions),), fraction=fraction, by="owner"), trouble)

    @precondition(lambda self: self.state.orders or self.state.tranches)
    @rule(trouble=troubles)
    def he_gives_entries_up(self, trouble: Fault | None) -> None:
        self.do(c.CancelOrders(by="owner"), trouble)

    @precondition(lambda self: bool(open_questions(self.state)))
    @rule(agrees=st.sampled_from([True, True, False]), trouble=troubles)
    def he_answers(self, trouble: Fault | None, *, agrees: bool) -> None:
        named = tuple(open_questions(self.state)[:1])
        self.do(c.Approve(tickers=named, by="owner") if agrees else c.Reject(tickers=named, by="owner"), trouble)

    @rule(percent=st.sampled_from([2, 3, 8]))
    def he_sets_the_largest_position(self, percent: int) -> None:
        """Tighter limits make the week's rebalancing sell."""
        self.do(c.ChangePreferences(patch={"risk.max_position_pct": percent}, by="owner"))

    # --- what goes wrong

    @rule(why=st.sampled_from(["", "", "halted"]))
    def the_broker_refuses(self, why: str) -> None:
        self.broker.refuses = why

    @rule(waits=st.booleans())
    def orders_wait(self, *, waits: bool) -> None:
        self.broker.holds_back = waits

    @rule(late=st.booleans(), doubled=st.booleans())
    def executions_are_told_late_or_twice(self, *, late: bool, doubled: bool) -> None:
        self.door.late, self.door.doubled = late, doubled

    @precondition(lambda self: self.broker.holds_back and self.at_the_broker())
    @rule(share=st.sampled_from([0.3, 0.6, 1.0]), told=st.booleans())
    def an_order_is_filled_in_part(self, share: float, *, told: bool) -> None:
        identity, left = self.at_the_broker()[0]
        order = self.broker._orders[identity]
        self.broker.execute(identity, max(1, int(left * share)), self.prices[order.ticker])
        if told:
            self.wait(self.house.execution.collect())

    def at_the_broker(self) -> list[tuple[str, int]]:
        """Orders that wait there, with what is left of each, as far as its cash or shares go."""
        waiting = [(one, self.broker._orders[one.client_order_id]) for one in self.broker._receipts.values()]
        return [
            (one.client_order_id, order.shares - one.filled_shares)
            for one, order in waiting
            if one.status is OrderStatus.ACCEPTED
            and (order.side is Side.SELL or order.shares * self.prices[order.ticker] <= self.broker._cash)
            and (order.side is Side.BUY or self.broker._shares.get(order.ticker, 0) >= order.shares)
        ]

    @rule()
    def it_is_killed_and_started_again(self) -> None:
        before = self.state
        self.house = self.wait(
            opened(self.clock, self.market, self.broker, self.house.store, door=self.door, cash="10000")
        )
        assert self.state == before
        self.house.bus.listen(self.write_down)
        self.wait(self.house.reconcile.run())

    @rule()
    def all_is_well_again(self) -> None:
        self.broker.refuses, self.broker.holds_back = "", False
        self.door.late = False
        self.turn()

    # --- what always holds

    @invariant()
    def test_p18_the_count_is_never_above_the_most_positions(self) -> None:
        if hasattr(self, "house"):
            buying = [order.ticker for order in self.state.orders.values() if order.side is Side.BUY]
            parts = [plan.recommendation.ticker for plan in self.state.tranches]
            assert len({*self.state.positions, *buying, *parts}) <= MOST

    @invariant()
    def test_p21_parts_of_an_entry_are_together_what_was_decided_or_less(self) -> None:
        decided = {event.decision.id: event.decision.shares for event in self.of(e.Decided) if event.decision.acts}
        ordered: Counter[str] = Counter()
        for event in self.of(e.OrderIntended):
            ordered[event.order.decision_id] += event.order.shares
        assert all(shares <= decided[identity] for identity, shares in ordered.items())

    @invariant()
    def test_p27_no_recommendation_is_decided_twice(self) -> None:
        answers = Counter(one.decision.recommendation_id for one in self.of(e.Decided))
        assert all(times == 1 for identity, times in answers.items() if identity is not None)

    @invariant()
    def test_p28_a_decision_acts_by_its_orders_and_no_order_is_without_one(self) -> None:
        acts = {event.decision.id for event in self.of(e.Decided) if event.decision.acts}
        assert {event.order.decision_id for event in self.of(e.OrderIntended)} == acts

    @invariant()
    def each_order_is_sent_once_and_each_execution_booked_once(self) -> None:
        assert set(Counter(one.client_order_id for one in self.broker.sent).values()) <= {1}
        intended = {one.order.client_order_id for one in self.of(e.OrderIntended)}
        assert {one.client_order_id for one in self.broker.sent} <= intended
        assert set(Counter(one.fill.execution_id for one in self.of(e.Filled)).values()) <= {1}

    @invariant()
    def nothing_is_sold_short_and_no_cash_spent_twice(self) -> None:
        if hasattr(self, "house"):
            state = self.state
            assert all(state.selling(one.ticker) <= one.shares for one in state.positions.values())
            assert state.buying_power >= 0
            assert all(shares > 0 for shares in self.broker._shares.values())

    def teardown(self) -> None:
        """In the end both books are the same, and nothing that is open hangs in the air."""
        try:
            if hasattr(self, "house"):
                self.settles()
        finally:
            self.loop.close()

    def settles(self) -> None:
        self.door.doubled = False
        self.all_is_well_again()
        assert self.wait(self.house.reconcile.run())
        theirs = self.wait(self.broker.holdings())
        assert our_book(self.state) == theirs
        assert self.state.frozen == frozenset()
        assert (BreakerKind.MANUAL, None) not in self.state.breakers
        assert not [one for one in self.state.orders.values() if one.status is not OrderStatus.ACCEPTED]


TestOrders = Orders.TestCase
TestOrders.settings = settings(max_examples=25, stateful_step_count=35, deadline=None)


async def a_house_behind() -> tuple[House, Door]:
    """An engine that meets its broker by a door, and may buy by itself."""
    clock, market, broker = an_outside(FRIDAY, {"KO": "60", "PEP": "150"})
    for day in range(20, 0, -1):
        market.close(FRIDAY - timedelta(days=day), {"KO": money("60") + day % 2 * 10_000})
    door = Door(broker)
    return await opened(clock, market, broker, door=door), door


async def test_an_execution_that_is_told_twice_is_booked_once_and_freezes_nothing() -> None:
    house, door = await a_house_behind()
    door.doubled = True
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(id="r1")))
    await house.do(c.Consider(recommendation_id="r1"))
    assert house.state.positions["KO"].shares == 42
    assert (house.state.orders, house.state.frozen) == ({}, frozenset())


async def test_a_cancelled_order_stays_until_what_was_filled_before_is_told() -> None:
    house, door = await a_house_behind()
    house.broker.holds_back = door.late = True
    await house.do(c.ReceiveRecommendation(recommendation=a_recommendation(id="r1")))
    await house.do(c.Consider(recommendation_id="r1"))
    (identity,) = house.state.orders
    house.broker.execute(identity, 20, money("60"))
    await house.do(c.CancelOrders(by="owner"))
    assert house.state.orders[identity].status is OrderStatus.CANCELLING
    door.late = False
    assert await house.reconcile.run()
    assert (house.state.orders, house.state.positions["KO"].shares) == ({}, 20)
    assert (house.state.frozen, our_book(house.state)) == (frozenset(), await house.broker.holdings())


async def test_what_the_owner_ordered_and_the_broker_never_saw_is_given_up_while_the_engine_is_not_well() -> None:
    house, _ = await a_house_behind()
    house.broker.fault = Fault.BEFORE
    await house.do(c.Buy(ticker="KO", shares=5, by="owner"))
    house.broker.fault = None
    assert await house.reconcile.run()
    assert (house.broker.sent, house.state.orders, house.state.positions) == ([], {}, {})
    assert "push.order_cancelled" in [one.key for one in await house.store.undelivered("paper", 100)]
