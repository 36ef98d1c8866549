"""The same account, scene and numbers give the same commands, events and traces, byte for byte."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Final, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.apply import applied
from engine.core.decide import decide
from engine.core.journal import canonical, plain
from engine.core.judge import Ground, judge
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refused
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.words import Side
from tests.builders import NOON, a_recommendation
from tests.engine.scenes import SECTORS, a_holding, a_scene, an_account, holding, prefer

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

    def shuffled(mapping: Mapping[K, V]) -> dict[K, V]:
        items = list(mapping.items())
        random.shuffle(items)
        return dict(items)

    mixed = replace(state, positions=shuffled(state.positions), pending=shuffled(state.pending))
    assert first == told(state, scene)
    assert first == told(mixed, replace(scene, quotes=shuffled(scene.quotes), atr=shuffled(scene.atr)))


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
