"""Which accounts a price concerns: held against looking at every position."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.bus import Done
from engine.core.limits import Limits, for_micro, in_force
from engine.core.nouns import Position
from engine.core.policy import DEFAULT_POLICY
from engine.core.rules import breakers, stops
from engine.core.state import State
from engine.core.stopping import Watch, trail
from engine.core.units import money
from engine.core.words import OrderStatus, Origin, Side
from engine.nearest import Nearest
from tests.builders import a_position, a_state, an_order
from tests.engine.scenes import a_scene, prefer

LIMITS = in_force(a_state().tier, a_state().preferences, DEFAULT_POLICY)
TICKERS = ("KO", "PEP")
ACCOUNTS = ("ann", "bob", "cid")


def following(*positions: Position, account: str = "ann") -> Nearest:
    nearest = Nearest(DEFAULT_POLICY)
    nearest.begin(State(account=account, positions={one.ticker: one for one in positions}))
    return nearest


def test_a_price_between_all_levels_concerns_nobody() -> None:
    nearest = following(a_position("60", stop="58.35", take="62.48"))
    assert nearest.hit("KO", money("60")) == []
    assert nearest.hit("KO", money("58.3501")) == []
    assert nearest.hit("PEP", money("1")) == []


def test_a_stop_a_take_and_a_new_high_past_half_way_concern_their_account() -> None:
    """Entry 60, stop 58.35, take 62.48: half way is 61.24, where trailing begins."""
    nearest = following(a_position("60", stop="58.35", take="62.48"))
    assert nearest.hit("KO", money("58.35")) == ["ann"]
    assert nearest.hit("KO", money("62.48")) == ["ann"]
    assert nearest.hit("KO", money("61.24")) == []
    assert nearest.hit("KO", money("61.2401")) == ["ann"]


def test_a_stop_that_trails_is_looked_at_again_over_its_high_only() -> None:
    nearest = following(a_position("60", stop="60", take="62.48", high="61.50", atr=money("1.10")))
    assert nearest.hit("KO", money("61.50")) == []
    assert nearest.hit("KO", money("61.5001")) == ["ann"]


def test_a_loss_beyond_the_limit_of_one_position_comes_before_a_wide_stop() -> None:
    """Bought at 60 with a stop at 30; more than 10 % of cost is gone under 54."""
    nearest = Nearest(DEFAULT_POLICY)
    state = State(account="ann", preferences=prefer(risk__single_position_loss_pct=10))
    nearest.begin(replace(state, positions={"KO": a_position("60", 10, stop="30", take="90")}))
    assert nearest.hit("KO", money("54")) == []
    assert nearest.hit("KO", money("53.9999")) == ["ann"]


def test_accounts_are_named_once_and_in_order() -> None:
    nearest = Nearest(DEFAULT_POLICY)
    for account in ("cid", "ann", "bob"):
        nearest.begin(State(account=account, positions={"KO": a_position("60", stop="58", take="62")}))
    assert nearest.hit("KO", money("57")) == ["ann", "bob", "cid"]
    assert len(nearest) == 3


def test_a_position_that_is_being_sold_is_left_alone_until_the_sale_ends() -> None:
    held = a_position("60", 10, stop="58.35", take="62.48")
    before = State(account="ann", positions={"KO": held})
    sell = an_order(side=Side.SELL, shares=10, origin=Origin.STOP, status=OrderStatus.INTENDED)
    nearest = Nearest(DEFAULT_POLICY)
    nearest.begin(before)
    selling = replace(before, orders={sell.client_order_id: sell})
    nearest.follow(before, selling)
    assert nearest.hit("KO", money("50")) == []
    nearest.follow(selling, before)
    assert nearest.hit("KO", money("50")) == ["ann"]


prices = st.integers(50, 70).map(lambda dollars: dollars * 10_000) | st.integers(500_000, 700_000)


@st.composite
def positions(draw: st.DrawFn, ticker: str = "KO") -> Position:
    entry, shares = draw(prices), draw(st.integers(1, 50))
    return replace(
        a_position(ticker=ticker),
        shares=shares,
        cost=entry * shares + draw(st.integers(0, shares - 1)),
        stop=entry - draw(st.integers(1, 50_000)),
        take=entry + draw(st.integers(100, 60_000)),
        high=entry + draw(st.integers(0, 50_000)),
        atr=draw(st.integers(100, 40_000)),
        micro=draw(st.booleans()),
    )


def concerns(position: Position, price: int, limits: Limits) -> bool:
    """Whether a price sells a position, or lets its stop trail: to a new high, or to an old one that still owes it."""
    own = for_micro(limits, DEFAULT_POLICY) if position.micro else limits
    levels, wide = (position.stop, position.entry, position.take), own.stop_multiplier
    owed = stops.trailing_stop(*levels, position.high, position.atr, wide, price) > position.stop
    trails = stops.past_half_way(price, position.entry, position.take) and (owed or price > position.high)
    loses = breakers.position_loss_trips(position.shares * price, position.cost, own.single_position_loss)
    return loses or trails or price <= position.stop or price >= position.take


@settings(max_examples=300)
@given(positions(), prices)
def test_no_price_that_would_trail_a_stop_is_missed(position: Position, price: int) -> None:
    position = replace(position, micro=False)
    state = a_state(positions={"KO": position})
    scene = a_scene(prices={"KO": "60"})
    watch = Watch(state, scene, LIMITS, DEFAULT_POLICY)
    raised = trail(watch, position, price, position.atr).stop > position.stop
    if raised and stops.crossing(price, position.stop, position.take) == stops.NONE:
        assert following(position).hit("KO", price) == ["ann"]


@settings(max_examples=300)
@given(positions(), prices)
def test_no_price_that_sells_is_missed_and_none_under_half_way_disturbs(position: Position, price: int) -> None:
    position = replace(position, micro=False)
    lost = breakers.position_loss_trips(position.shares * price, position.cost, LIMITS.single_position_loss)
    sells = bool(stops.crossing(price, position.stop, position.take)) or lost
    named = following(position).hit("KO", price) == ["ann"]
    assert named or not sells
    half = stops.past_half_way(price, position.entry, position.take)
    assert sells or half or not named


class Ladders(RuleBasedStateMachine):
    """Buys, moved stops, sells, splits and settings, in any order, of three accounts."""

    @initialize()
    def begin(self) -> None:
        self.nearest = Nearest(DEFAULT_POLICY)
        self.states = {name: a_state(account=name) for name in ACCOUNTS}
        for state in self.states.values():
            self.nearest.begin(state)

    def change(self, name: str, **fields: object) -> None:
        old = self.states[name]
        self.states[name] = replace(old, **fields)  # type: ignore[arg-type]  # fields of a state
        self.nearest.follow(old, self.states[name])

    @rule(name=st.sampled_from(ACCOUNTS), ticker=st.sampled_from(TICKERS), position=positions())
    def buy(self, name: str, ticker: str, position: Position) -> None:
        held = {**self.states[name].positions, ticker: replace(position, ticker=ticker)}
        self.change(name, positions=held)

    @rule(name=st.sampled_from(ACCOUNTS), ticker=st.sampled_from(TICKERS))
    def sell(self, name: str, ticker: str) -> None:
        held = self.states[name].positions
        self.change(name, positions={one: position for one, position in held.items() if one != ticker})

    @rule(name=st.sampled_from(ACCOUNTS), ticker=st.sampled_from(TICKERS), by=st.integers(0, 20_000))
    def move_stop(self, name: str, ticker: str, by: int) -> None:
        held = self.states[name].positions
        if ticker in held:
            moved = replace(held[ticker], stop=held[ticker].stop + by, high=held[ticker].high + by)
            self.change(name, positions={**held, ticker: moved})

    @rule(ticker=st.sampled_from(TICKERS), ratio=st.integers(2, 4))
    def split(self, ticker: str, ratio: int) -> None:
        for name, state in self.states.items():
            if ticker in state.positions:
                old = state.positions[ticker]
                now = replace(old, shares=old.shares * ratio, stop=old.stop // ratio, take=old.take // ratio)
                self.change(name, positions={**state.positions, ticker: replace(now, high=old.high // ratio)})

    @rule(name=st.sampled_from(ACCOUNTS), ticker=st.sampled_from(TICKERS), selling=st.booleans())
    def order(self, name: str, ticker: str, selling: bool) -> None:  # noqa: FBT001  # drawn
        held = self.states[name].positions.get(ticker)
        if held is None:
            return
        sale = an_order(ticker=ticker, side=Side.SELL, shares=held.shares)
        self.change(name, orders={sale.client_order_id: sale} if selling else {})

    @rule(name=st.sampled_from(ACCOUNTS), loss=st.integers(2, 30))
    def set_limit(self, name: str, loss: int) -> None:
        self.change(name, preferences=prefer(risk__single_position_loss_pct=loss))

    @rule(ticker=st.sampled_from(TICKERS), price=prices | st.integers(100_000, 400_000))
    def tick(self, ticker: str, price: int) -> None:
        assert self.nearest.hit(ticker, price) == self.looked_for(ticker, price)

    @invariant()
    def every_position_that_is_not_being_sold_is_watched(self) -> None:
        if not hasattr(self, "states"):
            return
        watched = sum(
            position.shares > state.selling(ticker)
            for state in self.states.values()
            for ticker, position in state.positions.items()
        )
        assert len(self.nearest) == watched

    def looked_for(self, ticker: str, price: int) -> list[str]:
        """The same by looking at everybody's position."""
        found = []
        for name, state in sorted(self.states.items()):
            position = state.positions.get(ticker)
            if position is None or position.shares <= state.selling(ticker):
                continue
            if concerns(position, price, in_force(state.tier, state.preferences, DEFAULT_POLICY)):
                found.append(name)
        return found


TestLadders = Ladders.TestCase
TestLadders.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


async def test_it_listens_to_a_bus() -> None:
    nearest, old = Nearest(DEFAULT_POLICY), a_state(account="ann")
    await nearest(Done((), old, replace(old, positions={"KO": a_position("60", stop="58.35", take="62.48")})))
    assert nearest.hit("KO", money("58")) == ["ann"]
