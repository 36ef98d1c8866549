"""What is named as a way out really is one: the gate is asked again under the changed settings."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.apply import applied
from engine.core.evaluate import sized
from engine.core.gates import BUY_GATES
from engine.core.judge import Ground, judge
from engine.core.judge.entries import case_of
from engine.core.nouns import Recommendation
from engine.core.refusals import Refused
from engine.core.remedies import CONFIDENCE, TOLERANCE, Question, closed, remedies
from engine.core.state import Tally
from engine.core.words import Autonomy, Origin, Skip, Tier
from tests.builders import DAY, NOON, a_recommendation, a_state
from tests.engine.scenes import a_ground, a_holding, a_scene, holding, prefer

PRICES = {"KO": "60", "PEP": "150", "AAPL": "200", "JNJ": "140"}

PERCENTS = st.integers(1, 30)
SETTINGS = st.fixed_dictionaries(
    {
        "trading__autonomy": st.sampled_from(["auto", "off"]),
        "trading__risk_tolerance": st.sampled_from(list(Tier)),
        "trading__min_confidence": st.none() | st.sampled_from([0.5, 0.7, 0.9]),
        "trading__max_open_positions": st.integers(1, 3),
        "trading__max_daily_trades": st.integers(1, 3),
        "trading__absolute_position_cap": st.none() | st.integers(100, 20_000),
        "trading__position_size_pct": st.none() | st.sampled_from([0.1, 1, 5]),
        "trading__excluded_tickers": st.sampled_from([(), ("KO",)]),
        "trading__excluded_sectors": st.sampled_from([(), ("consumer_staples",)]),
        "trading__asset_classes": st.sampled_from([("equities",), ("etfs",)]),
        "risk__max_position_pct": st.none() | PERCENTS,
        "risk__max_sector_pct": st.none() | PERCENTS,
        "risk__max_exposure_pct": st.integers(5, 100),
    }
)
WANTED = st.builds(
    a_recommendation,
    ticker=st.sampled_from(["KO", "PEP", "AAPL"]),
    confidence=st.floats(0.5, 1.0).map(lambda sure: round(sure, 3)),
)


@st.composite
def questions(draw: Any) -> Question:
    held = [a_holding("KO", shares=draw(st.integers(1, 300))), a_holding("AAPL", "200", draw(st.integers(1, 100)))]
    positions = held[: draw(st.integers(0, 2))]
    tally = Tally(session=DAY, entries=draw(st.integers(0, 3)))
    account = holding(a_state("100000", preferences=prefer(**draw(SETTINGS)), tally=tally), *positions)
    return Question(a_ground(account, a_scene(prices=PRICES)), draw(WANTED))


def is_shut(ground: Ground, wanted: Recommendation, reason: Skip) -> bool:
    """Whether the gate of this reason, asked by itself, or sizing gives it."""
    case = case_of(ground, wanted, Origin.RECOMMENDED)
    for gate in BUY_GATES:
        if gate.reason is reason:
            return not gate.check(case).passed
    answer, _ = sized(case, ground.scene.price(wanted.ticker), [])
    return answer.reason is reason


@given(questions())
def test_every_way_out_opens_its_gate_and_may_be_had(question: Question) -> None:
    for reason, *_ in closed(question):
        for patch in remedies(question, reason):
            verdict = judge(c.ChangePreferences(patch=patch, by="owner"), question.ground)
            assert not isinstance(verdict, Refused)
            after = question.ground._replace(state=applied(question.ground.state, verdict))
            assert is_shut(question.ground, question.wanted, reason)
            assert not is_shut(after, question.wanted, reason), (reason, patch)


@given(questions())
def test_a_number_that_is_named_is_the_least_that_does(question: Question) -> None:
    for reason, *_ in closed(question):
        for patch in remedies(question, reason):
            for path, value in patch.items():
                if isinstance(value, int) and path.startswith(("trading.max", "risk.max")):
                    nearer = judge(c.ChangePreferences(patch={path: value - 1}, by="owner"), question.ground)
                    if not isinstance(nearer, Refused):
                        before = question.ground._replace(state=applied(question.ground.state, nearer))
                        assert is_shut(before, question.wanted, reason), (reason, patch)


def asked(wanted: Recommendation, **settings: Any) -> Question:
    account = a_state("100000", preferences=prefer(**settings))
    return Question(a_ground(account, a_scene(prices=PRICES)), wanted)


SURE = a_recommendation(confidence=0.68)


def test_a_minimum_of_ones_own_is_lowered_to_what_the_idea_came_with() -> None:
    question = asked(SURE, trading__risk_tolerance="moderate", trading__min_confidence=0.75)
    assert remedies(question, Skip.LOW_CONFIDENCE) == ({CONFIDENCE: 0.68},)


def test_a_minimum_of_the_tier_takes_the_next_tolerance() -> None:
    assert remedies(asked(SURE), Skip.LOW_CONFIDENCE) == ({TOLERANCE: Tier.MODERATE},)


def test_where_neither_does_alone_both_together_may() -> None:
    question = asked(SURE, trading__min_confidence=0.8)
    assert remedies(question, Skip.LOW_CONFIDENCE) == ({CONFIDENCE: 0.68, TOLERANCE: Tier.MODERATE},)


def test_two_steps_of_tolerance_at_once_are_no_way_out() -> None:
    assert remedies(asked(a_recommendation(confidence=0.6)), Skip.LOW_CONFIDENCE) == ()


def test_a_tolerance_that_rose_a_moment_ago_cannot_rise_again() -> None:
    question = asked(SURE)
    state = replace(question.ground.state, tolerance_raised_at=NOON)
    again = question._replace(ground=question.ground._replace(state=state))
    assert remedies(again, Skip.LOW_CONFIDENCE) == ()


def test_a_tier_that_the_engine_lowered_is_chosen_again() -> None:
    question = asked(SURE, trading__risk_tolerance="moderate")
    state = replace(question.ground.state, ceiling=Tier.CONSERVATIVE)
    lowered = question._replace(ground=question.ground._replace(state=state))
    assert remedies(lowered, Skip.LOW_CONFIDENCE) == ({TOLERANCE: Tier.MODERATE},)


@pytest.mark.parametrize(
    ("settings", "reason", "patch"),
    [
        ({"trading__autonomy": "off"}, Skip.AUTONOMY_OFF, {"trading.autonomy": Autonomy.ASK}),
        ({"trading__excluded_tickers": ("KO",)}, Skip.EXCLUDED, {"trading.excluded_tickers": ()}),
        ({"trading__excluded_sectors": ("consumer_staples",)}, Skip.SECTOR_EXCLUDED, {"trading.excluded_sectors": ()}),
        ({"trading__asset_classes": ("etfs",)}, Skip.ASSET_CLASS, {"trading.asset_classes": ("etfs", "equities")}),
        (
            {"trading__universe": "watchlist_only", "trading__watchlist": ("PEP",)},
            Skip.NOT_ON_WATCHLIST,
            {"trading.watchlist": ("PEP", "KO")},
        ),
        ({"trading__position_size_pct": 0.1, "trading__absolute_position_cap": 59}, Skip.BELOW_ONE_SHARE, None),
    ],
)
def test_each_gate_has_its_own_way_out(settings: dict[str, Any], reason: Skip, patch: dict[str, Any] | None) -> None:
    question = asked(a_recommendation(confidence=0.9), **settings)
    assert reason in [one.reason for one in closed(question)]
    found = remedies(question, reason)
    assert found == ((patch,) if patch else ({"trading.absolute_position_cap": 100},))


def test_an_open_gate_asks_for_nothing() -> None:
    question = asked(a_recommendation(confidence=0.9))
    assert closed(question) == ()
    assert remedies(question, Skip.LOW_CONFIDENCE) == ()
    assert remedies(question, Skip.MAX_POSITIONS) == ()


def test_what_only_time_or_the_market_opens_has_no_setting() -> None:
    question = asked(a_recommendation(confidence=0.9))
    ground = question.ground._replace(scene=a_scene(prices=PRICES, earnings={"KO": 1}, halted=frozenset({"KO"})))
    shut = question._replace(ground=ground)
    assert [one.reason for one in closed(shut)] == [Skip.HALTED, Skip.EARNINGS_IMMINENT]
    assert remedies(shut, Skip.HALTED) == remedies(shut, Skip.EARNINGS_IMMINENT) == ()
