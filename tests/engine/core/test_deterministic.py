"""The same account, scene and numbers give the same commands, events and traces, byte for byte."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, Final, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.appliers.lots import with_lot
from engine.core.apply import applied
from engine.core.decide import decide
from engine.core.journal import canonical, plain
from engine.core.judge import Ground, judge
from engine.core.nouns import Order, Proposal
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refused
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.taxes import held_before
from engine.core.words import BreakerKind, OrderStatus, Side
from tests.builders import (
    NOON,
    a_breaker,
    a_decision,
    a_lot,
    a_plan,
    a_proposal,
    a_recommendation,
    a_split,
    an_order,
)
from tests.engine.scenes import SECTORS, a_holding, a_scene, an_account, done, holding, prefer

K = TypeVar("K")
V = TypeVar("V")

TICKERS: Final = sorted(SECTORS)
MOST: Final = 60


def told(state: State, scene: Scene) -> str:
    """Everything that a turn would do, as text: the first command that changes anything, then all anew."""
    lines: list[str] = []
    tried: list[c.Command] = []
    while len(tried) < MOST:
        wishes = [wish for wish in decide(state, scene, DEFAULT_POLICY) if wish not in tried]
        lines.append(canonical([[type(wish).__name__, plain(wish)] for wish in wishes]))
        for wish in wishes:
            tried.append(wish)
            verdict = judge(wish, Ground(state, scene, DEFAULT_POLICY))
            if not isinstance(verdict, Refused):
                lines.append(canonical([[type(event).__name__, plain(event)] for event in verdict]))
                state = replace(applied(state, verdict), seq=state.seq + len(verdict))
                break
        else:
            return "\n".join(lines)
    return "\n".join(lines)


def a_day(prices: list[int], confidences: list[int], held: list[bool], tier: str = "moderate") -> tuple[State, Scene]:
    """A scene of these dollars, an account that holds some of it, and an idea for each ticker."""
    scene = a_scene(
        prices={ticker: str(price) for ticker, price in zip(TICKERS, prices, strict=True)},
        earnings={"KO": 2, "JPM": 1},
        correlation={("AAPL", "MSFT"): 0.7, ("KO", "PEP"): 0.9},
        halted=frozenset({"XOM"}),
        rapid=frozenset({"AAPL", "PEP", "KO"}),
        sources=("momentum", "breakout"),
    )
    state = an_account(preferences=prefer(trading__risk_tolerance=tier, trading__micro_trading=True))
    positions = [
        a_holding(ticker, "100", 20, confidence=confidence / 100)
        for ticker, confidence, is_held in zip(TICKERS, confidences, held, strict=True)
        if is_held
    ]
    ideas = [
        a_recommendation(
            id=f"i{number}",
            ticker=ticker,
            action=Side.SELL if number % 3 == 2 else Side.BUY,
            confidence=confidence / 100,
            window="1d" if number % 2 else "7d",
            generated_at=NOON - timedelta(hours=number),
        )
        for number, (ticker, confidence) in enumerate(zip(TICKERS, confidences, strict=True))
    ]
    state = holding(state, *positions)
    return replace(state, pending={idea.id: idea for idea in ideas}), scene


count = len(TICKERS)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(60, 160), min_size=count, max_size=count),
    st.lists(st.integers(50, 95), min_size=count, max_size=count),
    st.lists(st.booleans(), min_size=count, max_size=count),
    st.randoms(use_true_random=False),
)
def test_the_same_gives_the_same_whatever_order_it_was_put_together_in(
    prices: list[int], confidences: list[int], held: list[bool], random: Random
) -> None:
    """Ideas, positions and quotes come from tables and feeds in any order."""
    state, scene = a_day(prices, confidences, held)
    first = told(state, scene)
    assert first == told(state, scene)
    mixed, other = reordered(state, scene, random)
    assert first == told(mixed, other)


def shuffled(mapping: Mapping[K, V], random: Random) -> dict[K, V]:
    items = list(mapping.items())
    random.shuffle(items)
    return dict(items)


def reordered(state: State, scene: Scene, random: Random) -> tuple[State, Scene]:
    """An equal account and an equal scene, all that they keep by name put together in another order."""
    kept = ("positions", "pending", "orders", "proposals", "breakers", "lots", "strategies", "earnings", "decided")
    looked = ("quotes", "atr", "correlation", "earnings", "instruments")
    changed: dict[str, Any] = {name: shuffled(getattr(state, name), random) for name in kept}
    seen: dict[str, Any] = {name: shuffled(getattr(scene, name), random) for name in looked}
    mixed, other = replace(state, **changed), replace(scene, **seen)
    assert (mixed, other) == (state, scene)
    return mixed, other


def a_full_day(fractions: list[float], confidence: float) -> tuple[State, Scene]:
    """All is held, asked, ordered and bought in parts at once, and tied; every pair of tickers is known."""
    state, scene = a_day([101, 97, 103, 99, 107, 104, 95], [80] * count, [True] * 4 + [False] * 3)
    pairs = [(one, other) for one in TICKERS for other in TICKERS if one < other]
    scene = replace(scene, correlation=dict(zip(pairs, fractions, strict=True)), earnings={}, halted=frozenset())
    ideas = [
        replace(idea, id=f"{idea.id}-{copy}", confidence=confidence, action=Side.BUY, window="7d", generated_at=NOON)
        for idea in state.pending.values()
        for copy in "ab"
    ]
    plans = [a_plan(decision_id=f"d{place}", recommendation=ideas[place], next_at=NOON) for place in (8, 10)]
    tied = {"kind": BreakerKind.SINGLE_POSITION, "until": scene.at}
    breakers = [a_breaker(ticker=ticker, **tied) for ticker in TICKERS[4:]]
    return replace(
        state,
        pending={idea.id: idea for idea in ideas},
        tranches=tuple(plans),
        proposals={name: asked(name, ticker) for name, ticker in (("d71", "PEP"), ("d72", "KO"), ("d8", "XOM"))},
        orders={one.client_order_id: one for one in (waiting("o1", "PEP"), waiting("o2", "XOM"), waiting("o3", "KO"))},
        breakers={(one.kind, one.ticker): one for one in breakers},
    ), scene


def asked(name: str, ticker: str) -> Proposal:
    """All were asked at once, and nobody answered."""
    decision = a_decision(id=name, ticker=ticker)
    return a_proposal(decision=decision, recommendation=a_recommendation(id=name, ticker=ticker), lapses_at=NOON)


def waiting(name: str, ticker: str) -> Order:
    """All were sent at once, and have waited long enough."""
    at = NOON - timedelta(hours=1)
    return an_order(
        "1000", client_order_id=name, decision_id=name, ticker=ticker, status=OrderStatus.ACCEPTED, intended_at=at
    )


pairs_known = count * (count - 1) // 2


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.5, 0.7), min_size=pairs_known, max_size=pairs_known),
    st.sampled_from([0.75, 0.8, 0.95]),
    st.randoms(use_true_random=False),
)
def test_ties_sums_and_all_that_waits_are_in_one_order(
    fractions: list[float], confidence: float, random: Random
) -> None:
    """Equal ideas, questions, orders and breakers go by their names; sums of fractions too."""
    state, scene = a_full_day(fractions, confidence)
    assert told(state, scene) == told(*reordered(state, scene, random))


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(
        [
            c.Flatten(by="owner"),
            c.StopEverything(by="owner"),
            c.PauseEntries(by="owner"),
            c.TripBreaker(kind=BreakerKind.MANUAL, ticker=None, threshold=0.0, actual=0.0, by="owner"),
            c.Approve(by="owner", tickers=("KO", "PEP", "XOM")),
            c.Reject(by="owner", tickers=("KO", "PEP", "XOM")),
            c.ChangePreferences(patch={"trading.autonomy": "off"}, by="owner"),
            c.ChangePreferences(patch={"trading.excluded_tickers": ["KO", "PEP", "XOM"]}, by="owner"),
            c.SetStrategy(name="momentum", on=False, by="owner"),
            c.ResetAccount(by="owner"),
            c.CancelOrders(by="owner"),
            c.TrimPositions(),
        ]
    ),
    st.randoms(use_true_random=False),
)
def test_what_the_owner_ends_ends_in_one_order(command: c.Command, random: Random) -> None:
    state, scene = a_full_day([0.6] * pairs_known, 0.8)
    later = replace(scene, wall=NOON - timedelta(minutes=1))
    first, second = (answer(command, *day) for day in ((state, later), reordered(state, later, random)))
    assert first == second


def answer(command: c.Command, state: State, scene: Scene) -> str:
    verdict = judge(command, Ground(state, scene, DEFAULT_POLICY))
    return repr(verdict) if isinstance(verdict, Refused) else canonical([plain(event) for event in verdict])


def test_a_split_leaves_its_ticker_where_it_stood() -> None:
    """As a store that keeps the first number does; so a restart changes no order."""
    held = [a_holding(ticker, "60", 10, opened_at=NOON - timedelta(days=3)) for ticker in ("KO", "PEP", "XOM")]
    lots = {one.ticker: held_before(one) for one in held}
    state = replace(holding(an_account(), *held), lots={ticker: (lot,) for ticker, lot in lots.items()})
    split = done(state, c.TakeAction(action=a_split()), a_scene(prices=dict.fromkeys(lots, "30")))
    assert split.positions["KO"].shares == 20
    assert list(split.positions) == list(split.lots) == ["KO", "PEP", "XOM"]


def test_what_leaves_a_lot_leaves_its_ticker_where_it_stood() -> None:
    state = replace(an_account(), lots={ticker: (a_lot(ticker=ticker),) for ticker in ("KO", "PEP")})
    assert list(with_lot(state, "KO", "x1", a_lot(shares=5)).lots) == ["KO", "PEP"]
    assert list(with_lot(state, "KO", "x1", None).lots) == ["PEP"]


HERE: Final = (
    "from tests.engine.core.test_deterministic import a_day, told;"
    "print(told(*a_day([80, 90, 100, 110, 120, 130, 140], [60, 90, 70, 80, 75, 65, 85], [True] * 7, 'aggressive')))"
)


def test_processes_that_hash_words_differently_agree() -> None:
    texts = []
    for seed in ("1", "2"):
        surroundings = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", HERE], env=surroundings, check=True, capture_output=True, text=True
        )
        texts.append(done.stdout)

    assert texts[0] == texts[1]
    assert "SetStrategy" in texts[0] or "ExitPosition" in texts[0]
    assert len(texts[0]) > 10_000
