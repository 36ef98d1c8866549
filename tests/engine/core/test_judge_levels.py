"""Where the owner may put stops and takes, to the tick."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.apply import applied
from engine.core.decide import decide
from engine.core.harm import harm_of
from engine.core.judge import judge
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import money
from engine.core.words import Harm, OrderStatus, Side, StopReason
from tests.builders import an_order
from tests.engine.scenes import a_ground, a_holding, a_scene, an_account, holding, judged, prefer, refused

KO = a_holding("KO", "60", 100, stop="58.90", take="62.48", high="60.50", atr=money("1.10"))
KO = replace(KO, initial_stop=money("58.35"))
"""Conservative: a first stop stands at $58.35; this one was raised since."""

HELD = holding(an_account(), KO)


def at_price(price: str = "60") -> Scene:
    return a_scene(prices={"KO": price, "PEP": "150"}, atr={"KO": money("1.10")})


def stop(dollars: str, ticker: str = "KO") -> c.MoveStop:
    return c.MoveStop(ticker=ticker, stop=money(dollars))


def take(dollars: str, ticker: str = "KO") -> c.MoveTake:
    return c.MoveTake(ticker=ticker, take=money(dollars))


@pytest.mark.parametrize(
    ("asked", "new"),
    [
        ("59.50", "59.50"),  # nearer
        ("58.40", "58.40"),  # wider
        ("58.35", "58.35"),  # as wide as a first stop
        ("58.3401", "58.35"),  # rounded up to the cent
        ("59.4901", "59.50"),
        ("59.99", "59.99"),  # a tick under the price
    ],
)
def test_a_stop_goes_where_the_owner_says_up_to_the_tick(asked: str, new: str) -> None:
    (moved,) = judged(stop(asked), HELD, at_price())
    assert moved == e.StopMoved(
        ticker="KO",
        old=money("58.90"),
        new=money(new),
        high=money("60.50"),
        atr=money("1.10"),
        reason=StopReason.OWNER,
    )
    after = applied(HELD, (moved,)).positions["KO"]
    assert after == replace(KO, stop=money(new), stop_why=StopReason.OWNER)


@pytest.mark.parametrize("asked", ["58.34", "40", "0", "-5"])
def test_a_stop_wider_than_a_first_one_is_refused_with_the_widest_possible(asked: str) -> None:
    no = refused(stop(asked), HELD, at_price())
    assert no.code is Refusal.STOP_TOO_WIDE
    facts = {
        "ticker": "KO",
        "asked": money(asked),
        "stop": money("58.90"),
        "price": money("60"),
        "floor": money("58.35"),
    }
    assert no.facts == facts


def test_the_widest_stop_follows_tier_and_the_owners_own_stop_loss() -> None:
    """Moderate, two ATR: $57.80. A stop-loss of 2 %: $58.80, and nothing under that. A micro-trade, one ATR: $58.90."""
    began_so = holding(an_account(), replace(KO, initial_stop=money("57.80")))
    moderate = replace(began_so, preferences=prefer(trading__risk_tolerance="moderate"))
    assert refused(stop("57.79"), moderate, at_price()).facts["floor"] == money("57.80")
    assert judged(stop("57.80"), moderate, at_price())
    careful = replace(HELD, preferences=prefer(risk__stop_loss_pct=2))
    assert refused(stop("58.79"), careful, at_price()).facts["floor"] == money("58.80")
    micro = holding(an_account(), replace(KO, micro=True, stop=money("59.20")))
    assert refused(stop("58.89"), micro, at_price()).facts["floor"] == money("58.90")


def test_a_stop_that_stands_lower_than_a_first_one_may_be_brought_nearer_in_small_steps() -> None:
    """The tier has fallen since: what stands is left, and only nearer is possible."""
    low = holding(an_account(), replace(KO, stop=money("57.80")))
    assert judged(stop("58"), low, at_price())
    assert refused(stop("57.79"), low, at_price()).facts["floor"] == money("57.80")


@pytest.mark.parametrize("changes", [{"atr": money("10")}, {"atr": money("50")}])
def test_a_position_whose_range_grew_keeps_the_first_stop_that_it_began_with_as_its_floor(
    changes: dict[str, Any],
) -> None:
    """By $10 of ATR a first stop would stand at $45, by $50 nowhere: it began with $58.35."""
    wild = holding(an_account(), replace(KO, **changes))
    assert refused(stop("58.34"), wild, at_price()).facts["floor"] == money("58.35")
    assert judged(stop("58.35"), wild, at_price())


def test_a_riskier_tier_than_the_one_it_began_in_lowers_no_floor() -> None:
    """Two ATR would be $57.80; it began with $58.35."""
    moderate = replace(HELD, preferences=prefer(trading__risk_tolerance="moderate"))
    assert refused(stop("58.34"), moderate, at_price()).facts["floor"] == money("58.35")


def test_a_price_of_nothing_is_too_wide_wherever_a_stop_began() -> None:
    wild = holding(an_account(), replace(KO, atr=money("50"), initial_stop=1))
    assert judged(stop("0.0001"), wild, at_price())
    assert refused(stop("0"), wild, at_price()).facts["floor"] == 1


@pytest.mark.parametrize("asked", ["60", "60.01", "75", "59.9901"])
def test_a_stop_at_the_price_would_sell_at_once_and_is_refused(asked: str) -> None:
    no = refused(stop(asked), HELD, at_price())
    assert no.code is Refusal.LEVEL_CROSSED
    assert (no.facts["level"], no.facts["price"]) == ("stop", money("60"))


@pytest.mark.parametrize(("asked", "new"), [("62", "62"), ("70", "70"), ("60.01", "60.01"), ("60.0101", "60.02")])
def test_a_take_goes_where_the_owner_says_up_to_the_tick(asked: str, new: str) -> None:
    (moved,) = judged(take(asked), HELD, at_price())
    assert moved == e.TakeMoved(ticker="KO", old=money("62.48"), new=money(new))
    assert applied(HELD, (moved,)).positions["KO"] == replace(KO, take=money(new))


@pytest.mark.parametrize("asked", ["60", "59", "0", "60.00"])
def test_a_take_at_the_price_would_sell_at_once_and_is_refused(asked: str) -> None:
    no = refused(take(asked), HELD, at_price())
    assert no.code is Refusal.LEVEL_CROSSED
    facts = {
        "ticker": "KO",
        "asked": money(asked),
        "take": money("62.48"),
        "price": money("60"),
        "level": "take_profit",
    }
    assert no.facts == facts


def test_a_take_is_at_least_a_whole_tick_over_a_price_between_two() -> None:
    scene = at_price("60.005")
    assert refused(take("60.01"), HELD, scene).code is Refusal.LEVEL_CROSSED
    assert judged(take("60.02"), HELD, scene)


def test_a_take_beyond_any_price_is_refused() -> None:
    assert refused(take("1000001"), HELD, at_price()).code is Refusal.BAD_VALUE


@pytest.mark.parametrize("command", [stop("59", "XOM"), take("70", "XOM")])
def test_levels_of_what_is_not_held_are_refused(command: c.Command) -> None:
    assert refused(command, HELD, at_price()) == Refused(Refusal.NOT_HELD, {"ticker": "XOM"})


@pytest.mark.parametrize("command", [stop("59"), take("70")])
def test_levels_of_what_is_being_sold_or_has_no_price_are_refused(command: c.Command) -> None:
    selling = an_order(side=Side.SELL, shares=1, status=OrderStatus.CANCELLING, reserved="0")
    assert refused(command, replace(HELD, orders={"x": selling}), at_price()).code is Refusal.ALREADY_SELLING
    assert refused(command, HELD, a_scene(prices={"PEP": "150"})).code is Refusal.NO_PRICE_HERE


@pytest.mark.parametrize("command", [stop("58.90"), stop("58.8901"), take("62.48"), take("62.4701")])
def test_a_level_that_is_there_already_is_no_event(command: c.Command) -> None:
    assert refused(command, HELD, at_price()).code is Refusal.ALREADY_DONE


@pytest.mark.parametrize(
    ("command", "harm"),
    [
        (stop("59"), Harm.SAFER),
        (stop("58.50"), Harm.RISKIER),
        (take("62"), Harm.SAFER),
        (take("63"), Harm.RISKIER),
    ],
)
def test_wider_is_riskier_and_nearer_is_safer(command: c.Command, harm: Harm) -> None:
    assert harm_of(command, HELD) is harm


def test_the_owners_own_levels_are_answered_and_not_announced() -> None:
    for command in (stop("59.50"), stop("58.40"), take("70")):
        events = judged(command, HELD, at_price())
        assert announced(events, Moment(HELD, applied(HELD, events), at_price())) == ()


@settings(max_examples=100, deadline=None)
@given(
    price=st.integers(5_000, 8_000),
    stands=st.integers(5_000, 5_999),
    atr=st.integers(1, 60_000),
    asked=st.integers(0, 900_000),
    is_take=st.booleans(),
    fields=st.sampled_from([{}, {"risk__stop_loss_pct": 2}, {"trading__risk_tolerance": "moderate"}]),
)
def test_p10_what_the_owner_moves_does_not_sell_at_once_and_is_never_wider_than_a_first_stop(
    price: int, stands: int, atr: int, asked: int, *, is_take: bool, fields: dict[str, Any]
) -> None:
    """On the tick, at least as high as it was asked for; nothing else of the position changes."""
    position = replace(KO, stop=stands * 100, atr=atr, take=max(KO.take, price * 100 + 100))
    assume(price > stands)
    state: State = holding(an_account(preferences=prefer(**fields)), position)
    scene = at_price(str(price / 100))
    command = c.MoveTake(ticker="KO", take=asked) if is_take else c.MoveStop(ticker="KO", stop=asked)
    verdict = judge(command, a_ground(state, scene))
    event(verdict.code.value if isinstance(verdict, Refused) else "moved")
    if isinstance(verdict, Refused):
        return
    after = applied(state, verdict)
    held = after.positions["KO"]
    multiple = 4 if fields.get("trading__risk_tolerance") else 3
    first = 600_000 - multiple * atr / 2
    assert (held.stop if not is_take else held.take) - asked in range(100)
    assert held.stop >= min(position.stop, max(first, position.initial_stop))
    assert "risk__stop_loss_pct" not in fields or held.stop >= min(position.stop, 588_000)
    assert held.stop < scene.quotes["KO"].price < held.take
    assert replace(held, stop=position.stop, take=position.take, stop_why=position.stop_why) == position
    sold = [one for one in decide(after, scene, DEFAULT_POLICY) if isinstance(one, c.ExitPosition)]
    assert [one.origin.value for one in sold] in ([], ["single_position"])
