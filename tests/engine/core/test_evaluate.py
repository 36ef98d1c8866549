"""A decision explains itself: from its lines alone a reader comes to the same shares."""

from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.case import Case
from engine.core.evaluate import decision
from engine.core.gates import BUY_GATES
from engine.core.judge import Ground
from engine.core.nouns import Decision, TraceLine
from engine.core.policy import DEFAULT_POLICY
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import DOLLAR, money
from engine.core.words import Origin, Skip
from tests.builders import a_recommendation, an_order
from tests.engine.scenes import a_holding, a_scene, an_account, holding, prefer

KO = a_recommendation(confidence=0.8)
STEPS = [
    *("atr", "confidence", "tradable", "price", "earnings", "correlation", "diversification", "allocation"),
    *("position", "sector", "exposure", "absolute_cap", "buying_power", "heat", "shares"),
]


def decided(state: State, scene: Scene | None = None, **changes: Any) -> Decision:
    scene = scene or a_scene()
    ground = Ground(state, scene, DEFAULT_POLICY)
    wanted = replace(KO, **changes)
    case = Case(wanted, Origin.RECOMMENDED, state, scene, ground.limits, DEFAULT_POLICY, ground.worth)
    found = decision(case, "d1")
    assert found == decision(case, "d1")
    return found


def sizing_lines(found: Decision) -> dict[str, TraceLine]:
    return {line.step: line for line in found.trace[len(BUY_GATES) :]}


def exact(value: float | str | None) -> Fraction:
    """A number as it is printed."""
    return Fraction(str(value))


def recomputed(lines: dict[str, TraceLine]) -> int:
    """Shares by a calculator, from the values and limits that the lines show."""
    tradable, price = exact(lines["tradable"].value), exact(lines["price"].value)
    raw = exact(lines["allocation"].limit) * exact(lines["confidence"].value) / exact(lines["confidence"].limit)
    for factor in ("earnings", "correlation", "diversification"):
        raw *= exact(lines[factor].left)
    assert float(raw) == pytest.approx(float(lines["allocation"].left or 0), rel=1e-9)
    left = tradable * min(raw, exact(lines["position"].limit))
    for step in ("position", "sector", "exposure"):
        left = min(left, tradable * exact(lines[step].limit) - exact(lines[step].value))
        assert abs(left - exact(lines[step].left)) <= 1
        left = exact(lines[step].left)
    if lines["absolute_cap"].limit:
        left = min(left, exact(lines["absolute_cap"].limit) - exact(lines["position"].value))
    assert left == exact(lines["absolute_cap"].left)
    left = min(left, exact(lines["buying_power"].value))
    assert left == exact(lines["buying_power"].left)
    return floor(left / price)


@settings(max_examples=80)
@given(
    cash=st.integers(500, 2_000_000),
    cents=st.integers(100, 90_000),
    confidence=st.floats(0.75, 1),
    held=st.integers(0, 40),
    size=st.none() | st.floats(0.1, 25),
    cap=st.none() | st.integers(1, 5_000),
    earnings=st.none() | st.integers(0, 6),
    correlation=st.floats(-1, 1),
)
def test_a_reader_comes_to_the_same_shares_with_a_calculator(
    *,
    cash: int,
    cents: int,
    confidence: float,
    held: int,
    size: float | None,
    cap: int | None,
    earnings: int | None,
    correlation: float,
) -> None:
    preferences = prefer(trading__position_size_pct=size, trading__absolute_position_cap=cap)
    state = an_account(str(cash), preferences=preferences)
    if held and held * 150 < cash // 2:
        state = holding(state, a_holding("PEP", "150", held))
    price = f"{cents // 100}.{cents % 100:02d}"
    scene = replace(
        a_scene(prices={"KO": price, "PEP": "150"}),
        earnings={} if earnings is None else {"KO": earnings},
        correlation={("KO", "PEP"): correlation},
    )
    found = decided(state, scene, confidence=confidence)
    lines = sizing_lines(found)
    assert list(lines) == STEPS[: len(lines)]
    if "buying_power" in lines:
        # a long account without margin: what exposure leaves is always there in cash
        assert lines["buying_power"].left == lines["absolute_cap"].left
    if found.acts:
        assert found.shares == recomputed(lines) == lines["shares"].value
        assert found.shares * money(price) == lines["shares"].left
        assert list(lines) == STEPS
    elif found.reason in (Skip.BELOW_ONE_SHARE, Skip.HEAT):
        assert recomputed(lines) == 0 or found.reason is Skip.HEAT
        assert found.trace[-1].outcome == "reject"


def test_the_example_by_hand() -> None:
    """2 % × 0.8 / 0.75 × 1.2 of 100,000 are 2,560: 42 shares at 60."""
    found = decided(an_account())
    lines = sizing_lines(found)
    assert lines["allocation"].value == pytest.approx(0.0256)
    assert lines["diversification"].left == 1.2
    assert lines["buying_power"].left == 2_560 * DOLLAR
    assert (found.shares, lines["shares"].left) == (42, 2_520 * DOLLAR)
    # ATR 1.20 × 1.5 under 60, 1.5 times that above
    assert (found.stop, found.take) == (money("58.20"), money("62.70"))


@pytest.mark.parametrize(("wanted", "factor"), [(1, 1.0), (2, 1.2), (11, 1.2)])
def test_a_new_sector_is_bought_larger_until_as_many_are_held_as_the_owner_wants(wanted: int, factor: float) -> None:
    """One sector is held, and KO's is another."""
    state = holding(an_account(preferences=prefer(strategy__min_sectors=wanted)), a_holding("XOM", "50", 10))
    lines = sizing_lines(decided(state, a_scene(prices={"KO": "60", "XOM": "50"})))
    assert (lines["diversification"].limit, lines["diversification"].left) == (wanted, factor)


def test_open_buys_count_as_held_and_their_cash_as_spent() -> None:
    buying = an_order(client_order_id="b", reserved="4980")
    lines = sizing_lines(decided(an_account(orders={"b": buying})))
    assert lines["position"].value == lines["sector"].value == lines["exposure"].value == money("4980")
    assert lines["position"].left == money("20")
    assert lines["buying_power"].value == money("95020")


SKIPPED: dict[Skip, tuple[State, Scene, dict[str, Any]]] = {
    Skip.LOW_CONFIDENCE: (an_account(), a_scene(), {"confidence": 0.7499}),
    Skip.ACTIVE_POOL_MINIMUM: (an_account("99.99"), a_scene(), {}),
    Skip.PRICE_TOO_LOW: (an_account(), a_scene(prices={"KO": "0.99"}), {}),
    Skip.EARNINGS_IMMINENT: (an_account(), a_scene(earnings={"KO": 1}), {}),
    Skip.CORRELATED: (
        holding(an_account(), a_holding("PEP", "150", 10)),
        a_scene(correlation={("KO", "PEP"): 0.81}),
        {},
    ),
    Skip.POSITION_FULL: (holding(an_account(), a_holding("KO", "60", 84)), a_scene(), {}),
    Skip.SECTOR_FULL: (
        holding(an_account(preferences=prefer(risk__max_sector_pct=1)), a_holding("PEP", "100", 10)),
        a_scene(prices={"KO": "60", "PEP": "100"}),
        {},
    ),
    Skip.EXPOSURE: (
        holding(
            an_account(preferences=prefer(risk__max_exposure_pct=10)),
            a_holding("XOM", "100", 50),
            a_holding("JPM", "100", 50),
        ),
        a_scene(prices={"KO": "60", "XOM": "100", "JPM": "100"}),
        {},
    ),
    Skip.ABSOLUTE_CAP: (
        holding(an_account(preferences=prefer(trading__absolute_position_cap=60)), a_holding("KO", "60", 1)),
        a_scene(),
        {},
    ),
    Skip.HEAT: (
        holding(an_account(), a_holding("JPM", "100", 400, stop="85.50")),
        a_scene(prices={"KO": "60", "JPM": "100"}, atr={"KO": money("6")}),
        {},
    ),
    Skip.BELOW_ONE_SHARE: (an_account("1000"), a_scene(), {}),
    Skip.NO_ATR: (an_account(), a_scene(atr={}), {"atr": None}),
    Skip.ATR_TOO_LARGE: (an_account(), a_scene(atr={"KO": money("40")}), {}),
    Skip.NO_PRICE: (an_account(), a_scene(prices={"PEP": "150"}), {}),
}


@pytest.mark.parametrize("reason", SKIPPED, ids=lambda reason: reason.code)
def test_every_rule_can_bind_and_says_so_in_the_last_line(reason: Skip) -> None:
    state, scene, changes = SKIPPED[reason]
    found = decided(state, scene, **changes)
    assert found.reason is reason
    assert found.shares == 0
    assert found.trace[-1].outcome == "reject"
    assert [line.outcome for line in found.trace].count("reject") == 1


def test_the_reserve_is_neither_spent_nor_counted() -> None:
    state = an_account("10000", reserve=money("6000"))
    lines = sizing_lines(decided(state))
    assert lines["tradable"].value == money("4000")
    assert lines["buying_power"].value == money("4000")


def test_a_capital_limit_is_what_every_percent_is_of() -> None:
    state = an_account(preferences=prefer(trading__capital_limit=5000))
    lines = sizing_lines(decided(state))
    assert lines["tradable"].value == money("5000")


def test_unknown_pairs_count_as_unrelated_and_weights_are_market_values() -> None:
    """300 of PEP at 0.9 and 700 of XOM unknown: 0.27."""
    state = holding(an_account(), a_holding("PEP", "100", 3), a_holding("XOM", "100", 7))
    scene = a_scene(prices={"KO": "60", "PEP": "100", "XOM": "100"}, correlation={("KO", "PEP"): 0.9})
    assert sizing_lines(decided(state, scene))["correlation"].value == pytest.approx(0.27)


def test_no_earnings_on_record_is_shown_as_such() -> None:
    line = sizing_lines(decided(an_account()))["earnings"]
    assert (line.value, line.outcome, line.left) == (None, "no_data", 1.0)
