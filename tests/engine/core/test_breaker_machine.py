"""Breakers in any order of prices, time, the owner's words and restarts: no entry while one stands, every exit goes."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.adapters.memory_store import MemoryStore
from engine.batching import batch_of
from engine.core import commands as c
from engine.core import events as e
from engine.core.decide import safeguards
from engine.core.judge import Ground, judge
from engine.core.nouns import Order, Recommendation
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refused
from engine.core.scene import Scene
from engine.core.state import BreakerKey, State
from engine.core.timing import window
from engine.core.units import money
from engine.core.words import BreakerKind, Side, Skip
from tests.builders import ACCOUNT, NOON, a_fill, a_recommendation
from tests.engine.scenes import MINUTE_S, a_scene, prefer

TICKERS = ("JPM", "KO", "PEP")
OWNERS = (BreakerKind.MANUAL, BreakerKind.MAX_DRAWDOWN)
OPEN = money("100")


def reason_of(events: tuple[e.Event, ...]) -> Skip:
    return next(event.decision.reason for event in events if isinstance(event, e.Decided))


class Breakers(RuleBasedStateMachine):
    """Three tickers at $100, bought by recommendations and sold by rules; what is ordered is filled at once."""

    @initialize(loss=st.sampled_from([0.5, 3]), drawdown=st.sampled_from([2, 15]))
    def begin(self, loss: float, drawdown: float) -> None:
        self.store = MemoryStore()
        self.at = NOON
        self.prices = dict.fromkeys(TICKERS, OPEN)
        self.names = 0
        self.ends: dict[BreakerKey, datetime | None] = {}
        self.state = State(account=ACCOUNT)
        self.do(c.OpenAccount(cash=money("100000")))
        limits = {"risk__daily_loss_limit_pct": loss, "risk__max_drawdown_pct": drawdown}
        chosen = prefer(trading__risk_tolerance="aggressive", trading__gradual_entry=False, **limits)
        self.state = replace(self.state, preferences=chosen)
        self.do(c.BeginSession())
        for ticker in TICKERS:
            assert self.offered(ticker) is Skip.NONE

    @property
    def scene(self) -> Scene:
        prices = {ticker: str(price / 10_000) for ticker, price in self.prices.items()}
        return a_scene(self.at, prices, interval_s=MINUTE_S)

    def do(self, command: c.Command) -> tuple[e.Event, ...]:
        """Judge and store as the bus does; what it ordered is filled at once."""
        scene = self.scene
        verdict = judge(command, Ground(self.state, scene, DEFAULT_POLICY))
        if isinstance(verdict, Refused):
            return ()
        batch = batch_of(command, verdict, self.state, scene)
        asyncio.run(self.store.save(batch))
        self.state = batch.new
        self.watch(verdict)
        for event in verdict:
            if isinstance(event, e.OrderIntended):
                self.fill(event.order)
        return verdict

    def fill(self, order: Order) -> None:
        self.names += 1
        fill = a_fill(execution_id=f"x{self.names}", client_order_id=order.client_order_id, ticker=order.ticker)
        price = self.prices[order.ticker]
        self.do(c.RecordFill(fill=replace(fill, side=order.side, shares=order.shares, price=price, at=self.at)))

    def watch(self, events: tuple[e.Event, ...]) -> None:
        """None ends before its time by itself, and none is tripped that stands."""
        for event in events:
            match event:
                case e.BreakerTripped(breaker=breaker):
                    assert (breaker.kind, breaker.ticker) not in self.ends
                    self.ends[breaker.kind, breaker.ticker] = breaker.until
                case e.BreakerResolved(kind=kind, ticker=ticker, waived=False) if kind not in OWNERS:
                    until = self.ends.pop((kind, ticker))
                    assert until is not None
                    assert self.at >= until
                case e.BreakerResolved(kind=kind, ticker=ticker):
                    self.ends.pop((kind, ticker))
                case e.EntriesResumed():
                    self.ends = {key: until for key, until in self.ends.items() if key[0] not in OWNERS}

    def enforced(self) -> None:
        """All that protects, each thing once, looked for anew after each change, as in a turn."""
        tried: list[c.Command] = []
        for _ in range(60):
            due = [one for one in safeguards(self.state, self.scene, DEFAULT_POLICY) if one not in tried]
            if not due:
                return
            tried.append(due[0])
            self.do(due[0])
        raise AssertionError("the engine finds no rest")

    def offered(self, ticker: str) -> Skip:
        """What comes of a sure recommendation of it now."""
        self.names += 1
        wanted = self.opinion(f"r{self.names}", ticker)
        self.do(c.ReceiveRecommendation(recommendation=wanted))
        return reason_of(self.do(c.Consider(recommendation_id=wanted.id)))

    def opinion(self, name: str, ticker: str) -> Recommendation:
        usual = a_recommendation(id=name, ticker=ticker, confidence=0.95, sector=None)
        return replace(usual, generated_at=self.at, atr=OPEN // 50)

    @rule(percent=st.sampled_from([-12, -7, -6, -3, 8]))
    def all_prices_move(self, percent: int) -> None:
        self.prices = {ticker: price * (100 + percent) // 100 for ticker, price in self.prices.items()}
        self.enforced()
        self.resolved_early()

    @rule(ticker=st.sampled_from(TICKERS), percent=st.integers(-20, 20))
    def price_moves(self, ticker: str, percent: int) -> None:
        self.prices[ticker] = max(money("2"), self.prices[ticker] * (100 + percent) // 100)
        self.enforced()

    @rule(minutes=st.sampled_from([1, 29, 119, 120, 121]))
    def minutes_pass(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)
        self.enforced()

    def resolved_early(self) -> None:
        """Nobody ends a breaker before its time by saying that it is over."""
        for kind, ticker in list(self.state.breakers):
            assert self.do(c.ResolveBreaker(kind=kind, ticker=ticker)) == ()

    @rule()
    def the_next_window_opens(self) -> None:
        self.at = window(self.scene.upcoming[0], DEFAULT_POLICY)[0]
        self.enforced()

    @rule()
    def owner_trips(self) -> None:
        self.do(c.TripBreaker(kind=BreakerKind.MANUAL, ticker=None, threshold=0, actual=0, by="owner"))
        assert (BreakerKind.MANUAL, None) in self.state.breakers

    @rule()
    def owner_resumes(self) -> None:
        self.do(c.ResumeEntries(by="owner"))
        assert not [kind for kind, _ in self.state.breakers if kind in OWNERS]
        self.enforced()

    @rule(ticker=st.none() | st.sampled_from(TICKERS))
    def owner_resets(self, ticker: str | None) -> None:
        """What he reset stays so in this session; a drawdown may come again from there."""
        self.do(c.ResetBreakers(ticker=ticker, by="owner"))
        assert not [key for key in self.state.breakers if ticker in (None, key[1])]
        self.enforced()
        again = [key[0] for key in self.state.breakers if ticker is None]
        assert set(again) <= {BreakerKind.SINGLE_POSITION, BreakerKind.VOLATILITY}

    @rule(ticker=st.sampled_from(TICKERS))
    def recommended(self, ticker: str) -> None:
        self.offered(ticker)
        self.enforced()

    @rule()
    def restarted(self) -> None:
        loaded = asyncio.run(self.store.load(ACCOUNT))
        assert loaded == self.state
        self.state = loaded

    @invariant()
    def test_p14_what_stands_is_what_was_tripped_and_not_yet_over(self) -> None:
        assert {key: one.until for key, one in self.state.breakers.items()} == self.ends
        for until in self.ends.values():
            assert until is None or until > self.at

    @invariant()
    def test_p13_no_entry_passes_a_breaker_that_is_there_to_stop_it(self) -> None:
        for ticker in TICKERS:
            if any(key[1] in (None, ticker) for key in self.state.breakers):
                pending = {"what-if": self.opinion("what-if", ticker)}
                ground = Ground(replace(self.state, pending=pending), self.scene, DEFAULT_POLICY)
                verdict = judge(c.Consider(recommendation_id="what-if"), ground)
                assert not isinstance(verdict, Refused)
                assert reason_of(verdict) is not Skip.NONE

    @invariant()
    def test_p13_whatever_stands_every_exit_goes(self) -> None:
        for ticker, held in self.state.positions.items():
            command = c.ClosePosition(tickers=(ticker,), by="owner")
            verdict = judge(command, Ground(self.state, self.scene, DEFAULT_POLICY))
            assert not isinstance(verdict, Refused)
            (order,) = [event.order for event in verdict if isinstance(event, e.OrderIntended)]
            assert (order.side, order.shares) == (Side.SELL, held.shares)


TestBreakers = Breakers.TestCase
TestBreakers.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
