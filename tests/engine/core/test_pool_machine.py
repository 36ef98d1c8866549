"""The pools in any order of trades, moves, falls and recoveries: the ledger is the reserve, and nothing is lost."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.core import commands as c
from engine.core import events as e
from engine.core.apply import applied
from engine.core.decide import pools
from engine.core.judge import Ground, judge
from engine.core.nouns import LedgerRow
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refused
from engine.core.rules.pools import active
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import CENT, DOLLAR, Money
from engine.core.valuation import equity
from engine.core.words import OrderStatus, Side, Tier
from tests.builders import NOON, a_fill, an_order
from tests.engine.scenes import a_scene, an_account, prefer

COULD: tuple[type[c.Command], ...] = (c.LiquidateReserve, c.RearmEmergency, c.MarkReserve)
START = 10_000 * DOLLAR
SHARES = 100


class Pools(RuleBasedStateMachine):
    """An account with one ticker, whose price goes anywhere; `told` counts what the pools made of it."""

    @initialize(tier=st.sampled_from(Tier), share=st.sampled_from([0, 20, 90]))
    def begin(self, tier: Tier, share: int) -> None:
        chosen = prefer(trading__risk_tolerance=tier, risk__reserve_pct=share)
        self.state: State = an_account("10000", preferences=chosen, tolerance_raised_at=None)
        self.price: Money = 50 * DOLLAR
        self.ledger: list[LedgerRow] = []
        self.fills = 0
        self.in_fall = False
        self.above = False
        self.minutes = 0

    @property
    def scene(self) -> Scene:
        return a_scene(NOON + timedelta(seconds=self.minutes), {"KO": str(self.price / DOLLAR)})

    @property
    def worth(self) -> Money:
        return equity(self.state, self.scene)

    def do(self, command: c.Command) -> tuple[e.Event, ...]:
        """What came of a command; nothing where it was refused."""
        verdict = judge(command, Ground(self.state, self.scene, DEFAULT_POLICY))
        events = () if isinstance(verdict, Refused) else verdict
        self.state = replace(applied(self.state, events), seq=self.state.seq + len(events))
        self.ledger += [event.row for event in events if isinstance(event, e.ReserveMoved)]
        return events

    def filled(self, side: Side, shares: int) -> tuple[e.Event, ...]:
        self.fills += 1
        name = f"o{self.fills}"
        order = an_order(client_order_id=name, decision_id=name, side=side, shares=shares, status=OrderStatus.ACCEPTED,
                         reserved=str(shares * self.price // DOLLAR + 1) if side is Side.BUY else "0")  # fmt: skip
        self.state = replace(self.state, orders={name: order})
        fill = a_fill(execution_id=f"x{self.fills}", client_order_id=name, side=side, shares=shares)
        return self.do(c.RecordFill(fill=replace(fill, price=self.price, at=self.scene.at)))

    def enforced(self) -> None:
        """What the engine does of itself about the pools, until nothing is left to do."""
        for _ in range(5):
            due = [*pools(Ground(self.state, self.scene, DEFAULT_POLICY))]
            if not due:
                return
            before = self.state
            for event in self.do(due[0]):
                self.judged(event, before)
        raise AssertionError("the pools find no rest")

    def judged(self, event: e.Event, before: State) -> None:
        """An emergency comes once in a fall, a mark once a crossing."""
        if isinstance(event, e.EmergencyDeclared):
            assert not self.in_fall
            assert self.worth * 4 < before.peak * 3
            self.in_fall = True
        elif isinstance(event, e.EmergencyOver):
            assert self.in_fall
            assert self.worth * 100 > before.peak * 85
            self.in_fall = False
        elif isinstance(event, e.ReserveMarked):
            assert event.above != self.above
            self.above = event.above

    @rule(cents=st.integers(100, 15_000))
    def price_moves(self, cents: int) -> None:
        self.price = cents * CENT
        self.enforced()

    @precondition(lambda self: not self.state.positions and self.state.buying_power > SHARES * self.price)
    @rule()
    def bought(self) -> None:
        self.filled(Side.BUY, SHARES)
        self.enforced()

    @precondition(lambda self: self.state.positions)
    @rule(shares=st.integers(1, SHARES))
    def sold(self, shares: int) -> None:
        """A share of the profit is set aside, to the cent; of a loss nothing."""
        held, before = self.state.positions["KO"], self.state.reserve
        shares = min(shares, held.shares)
        events = self.filled(Side.SELL, shares)
        (trade,) = [event.trade for event in events if isinstance(event, e.TradeClosed)]
        percent = int(self.state.preferences.risk.reserve_pct)
        assert self.state.reserve - before == max(0, trade.realised) * percent // 100 // CENT * CENT
        self.enforced()

    @rule(cents=st.integers(-2_000_000, 2_000_000))
    def owner_moves(self, cents: int) -> None:
        """Cash stays what it was, and the reserve never takes what is not free."""
        cash, free, reserve = self.state.cash, self.state.buying_power, self.state.reserve
        done = self.do(c.MoveReserve(amount=cents * CENT, by="owner"))
        assert bool(done) == (cents != 0 and -reserve <= cents * CENT <= free // CENT * CENT)
        assert self.state.cash == cash
        self.enforced()

    @rule(beyond=st.integers(0, 1))
    def owner_sets_all_aside(self, beyond: int) -> None:
        """All that is settled and free, and not a cent more."""
        free = self.state.buying_power // CENT
        done = self.do(c.MoveReserve(amount=(free + beyond) * CENT, by="owner"))
        assert bool(done) == (free > 0 and not beyond)
        self.enforced()

    @rule()
    def session_ends(self) -> None:
        """What was sold settles, and a new peak is one."""
        self.state = replace(self.state, peak=max(self.state.peak, self.worth), unsettled=())
        self.enforced()

    @rule(dollars=st.integers(-5_000, 5_000))
    def paper_moves(self, dollars: int) -> None:
        self.do(c.MoveCash(amount=dollars * DOLLAR, by="owner"))
        self.enforced()

    @rule()
    def time_passes(self) -> None:
        self.minutes += 1
        self.enforced()

    @invariant()
    def test_p06_the_reserve_is_the_sum_of_its_ledger(self) -> None:
        balance = 0
        for row in self.ledger:
            balance += row.amount
            assert row.balance_after == balance
        assert self.state.reserve == balance >= 0
        assert self.state.reserve <= self.state.cash

    @invariant()
    def test_p05_active_and_reserve_are_the_account(self) -> None:
        ground = Ground(self.state, self.scene, DEFAULT_POLICY)
        assert active(self.worth, self.state.reserve) + self.state.reserve == self.worth == ground.worth.equity
        assert ground.worth.tradable == self.worth - self.state.reserve

    @invariant()
    def test_p08_an_emergency_leaves_the_lowest_tier_until_somebody_raises_it(self) -> None:
        assert self.state.emergency == self.in_fall
        assert self.state.high_water == self.above == (self.state.reserve * 10 > self.worth * 3)
        if any(row.kind == "emergency_liquidation" for row in self.ledger):
            assert self.state.tier is Tier.CONSERVATIVE


TestPools = Pools.TestCase
TestPools.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
