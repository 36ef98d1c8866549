"""The reserve: moved by the owner, given back in a deep fall, told when it is large."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.decide import safeguards
from engine.core.harm import harm_of
from engine.core.nouns import LedgerRow
from engine.core.policy import DEFAULT_POLICY
from engine.core.refusals import Refusal
from engine.core.standing import TierChange
from engine.core.state import State
from engine.core.units import money
from engine.core.words import Harm, Priority, Skip, Tier, TierSource
from tests.builders import NOON, a_recommendation, an_order
from tests.engine.core.rules.asks import quick
from tests.engine.scenes import a_holding, a_scene, an_account, done, holding, judged, prefer, refused

RESERVE = (c.LiquidateReserve, c.RearmEmergency, c.MarkReserve)


def owned(amount: str) -> c.MoveReserve:
    return c.MoveReserve(amount=money(amount), by="owner")


def wanted(state: State) -> list[c.Command]:
    """What the engine would do about the reserve."""
    return [one for one in safeguards(state, a_scene(), DEFAULT_POLICY) if isinstance(one, RESERVE)]


def fallen(reserve: str = "0", tier: str = "aggressive", cash: str = "74000") -> State:
    """An account that had $100,000 and has $74,000 left."""
    preferences = prefer(trading__risk_tolerance=tier)
    return an_account(cash, peak=money("100000"), reserve=money(reserve), preferences=preferences)


def test_the_owner_sets_money_aside_and_takes_it_back() -> None:
    state = an_account("1000", seq=40)
    (event,) = judged(owned("250.50"), state)
    assert event == e.ReserveMoved(
        row=LedgerRow(
            kind="manual_adjustment",
            amount=money("250.50"),
            balance_after=money("250.50"),
            at=NOON,
            reference="paper-r41",
        )
    )
    after = done(state, owned("250.50"))
    assert (after.cash, after.reserve, after.buying_power) == (money("1000"), money("250.50"), money("749.50"))
    back = done(after, owned("-100.50"))
    assert (back.cash, back.reserve, back.buying_power) == (money("1000"), money("150"), money("850"))
    assert done(back, owned("-150")).reserve == 0


def test_no_more_is_set_aside_than_is_settled_and_free() -> None:
    """Cash that open buys hold is not free; parts of a cent stay."""
    state = an_account("1000", orders={"b": an_order(reserved="300")}, reserve=money("100"))
    state = replace(state, cash=state.cash + 50)
    refusal = refused(owned("600.01"), state)
    assert (refusal.code, refusal.facts) == (
        Refusal.NOT_ENOUGH_CASH,
        {"asked": money("600.01"), "possible": money("600")},
    )
    assert done(state, owned("600")).reserve == money("700")


def test_no_more_is_taken_out_than_there_is() -> None:
    refusal = refused(owned("-5.01"), an_account("1000", reserve=money("5")))
    assert (refusal.code, refusal.facts) == (
        Refusal.NOT_ENOUGH_RESERVE,
        {"asked": money("5.01"), "possible": money("5")},
    )


@pytest.mark.parametrize("amount", ["0", "0.001", "-0.0099", "10.005"])
def test_whole_cents_are_moved(amount: str) -> None:
    assert refused(owned(amount), an_account("1000", reserve=money("50"))).code is Refusal.BAD_VALUE


def test_taking_out_is_grave_and_setting_aside_is_not() -> None:
    state = an_account("1000", reserve=money("50"))
    assert harm_of(owned("-1"), state) is Harm.GRAVE
    assert harm_of(owned("1"), state) is Harm.NEUTRAL


def test_a_fall_of_more_than_a_quarter_gives_the_whole_reserve_back_and_lowers_the_tier() -> None:
    state = fallen("1200", "aggressive")
    assert wanted(state)[0] == c.LiquidateReserve(fall=0.26)
    events = judged(c.LiquidateReserve(fall=0.26), replace(state, seq=7))
    assert events == (
        e.EmergencyDeclared(fall=0.26),
        e.ReserveMoved(
            row=LedgerRow(
                kind="emergency_liquidation",
                amount=money("-1200"),
                balance_after=0,
                at=NOON,
                reference="paper-r8",
            )
        ),
        e.TierChanged(
            change=TierChange(
                at=NOON,
                previous=Tier.AGGRESSIVE,
                new=Tier.CONSERVATIVE,
                source=TierSource.EMERGENCY,
                drawdown=0.26,
                reserve=1200 / 74000,
            )
        ),
    )
    after = done(state, c.LiquidateReserve(fall=0.26))
    assert (after.reserve, after.emergency, after.tier) == (0, True, Tier.CONSERVATIVE)
    assert after.preferences.trading.risk_tolerance is Tier.AGGRESSIVE, "the owner's choice stays his"
    assert wanted(after) == []
    assert refused(c.LiquidateReserve(fall=0.26), after).code is Refusal.ALREADY_DONE


def test_nothing_to_give_back_or_to_lower_is_an_emergency_all_the_same() -> None:
    assert judged(c.LiquidateReserve(fall=0.26), fallen("0", "conservative")) == (e.EmergencyDeclared(fall=0.26),)


def test_an_emergency_while_a_low_tier_holds_for_a_time_keeps_the_tier_low_after_it() -> None:
    path, until = "trading.risk_tolerance", NOON + timedelta(hours=1)
    state = done(fallen("1200", "aggressive"), c.ChangePreferences(patch={path: "conservative"}, until=until))
    fell = done(state, c.LiquidateReserve(fall=0.26))
    assert (fell.tier, fell.ceiling) == (Tier.CONSERVATIVE, Tier.CONSERVATIVE)
    after = done(fell, c.EndTerm(path=path), a_scene(until))
    assert after.preferences.trading.risk_tolerance is Tier.AGGRESSIVE
    assert after.tier is Tier.CONSERVATIVE


def test_a_fall_of_a_quarter_is_none_yet() -> None:
    state = fallen("100", cash="75000")
    assert wanted(state) == []
    assert refused(c.LiquidateReserve(fall=0.25), state).code is Refusal.ALREADY_DONE


def test_an_emergency_is_over_under_fifteen_percent_and_the_tier_stays_low() -> None:
    state = done(fallen("100", "moderate"), c.LiquidateReserve(fall=0.26))
    at_bound = replace(state, cash=money("85000"))
    assert wanted(at_bound) == []
    assert refused(c.RearmEmergency(), at_bound).code is Refusal.ALREADY_DONE
    better = replace(state, cash=money("85000.01"))
    assert wanted(better) == [c.RearmEmergency()]
    over = done(better, c.RearmEmergency())
    assert (over.emergency, over.tier) == (False, Tier.CONSERVATIVE)
    assert refused(c.RearmEmergency(), over).code is Refusal.ALREADY_DONE
    assert isinstance(wanted(replace(over, cash=money("70000")))[0], c.LiquidateReserve), "the next fall"


def test_the_reserve_is_given_back_before_anything_is_entered() -> None:
    state = replace(fallen("100"), pending={"m": a_recommendation()})
    commands = [type(one) for one in safeguards(state, a_scene(), DEFAULT_POLICY)]
    assert c.LiquidateReserve in commands
    assert c.Consider not in commands


def test_a_large_reserve_is_marked_once_a_crossing() -> None:
    state = an_account("1000", reserve=money("300"))
    assert wanted(state) == []
    above = replace(state, reserve=money("300.01"))
    assert wanted(above) == [c.MarkReserve(above=True, share=0.30001)]
    marked = done(above, c.MarkReserve(above=True, share=0.30001))
    assert wanted(marked) == []
    assert refused(c.MarkReserve(above=True, share=0.4), marked).code is Refusal.ALREADY_DONE
    below = replace(marked, reserve=money("300"))
    assert wanted(below) == [c.MarkReserve(above=False, share=0.3)]
    unmarked = done(below, c.MarkReserve(above=False, share=0.3))
    assert isinstance(wanted(replace(unmarked, reserve=money("400")))[0], c.MarkReserve)


def told(state: State, command: c.Command) -> list[tuple[str, str, Priority]]:
    events, scene = judged(command, state), a_scene()
    news = announced(events, Moment(state, done(state, command), scene))
    return [(one.event_type, one.key, one.priority) for one in news]


def test_the_owner_is_told_of_an_emergency_at_once_and_of_a_large_reserve() -> None:
    assert told(fallen("100"), c.LiquidateReserve(fall=0.26)) == [
        ("emergency_liquidation", "push.emergency_liquidation", Priority.CRITICAL),
        ("tier_changed", "push.tier_changed.emergency", Priority.HIGH),
    ]
    large = an_account("1000", reserve=money("400"))
    mark = c.MarkReserve(above=True, share=0.4)
    assert told(large, mark) == [("reserve_high_water", "push.reserve_high_water", Priority.MEDIUM)]
    small = an_account("1000", reserve=money("100"), high_water=True)
    assert told(small, c.MarkReserve(above=False, share=0.1)) == []


@quick
@given(st.integers(0, 74_99), st.integers(0, 50))
def test_p07_under_the_minimum_nothing_is_bought_and_everything_can_be_sold(free_cents: int, shares: int) -> None:
    """The reserve is not traded with, so it does not count."""
    state = an_account("5000", reserve=money("5000") - free_cents * 100, pending={"m": a_recommendation(id="m")})
    worth_less = a_scene(prices={"KO": "0.50" if shares else "60", "PEP": "150"})
    state = holding(state, a_holding("KO", "0.01", shares)) if shares else state
    (event,) = judged(c.Consider(recommendation_id="m"), state, worth_less)
    assert isinstance(event, e.Decided)
    assert event.decision.reason is Skip.ACTIVE_POOL_MINIMUM
    if shares:
        events = judged(c.ClosePosition(tickers=("KO",)), state, worth_less)
        assert [one.order.shares for one in events if isinstance(one, e.OrderIntended)] == [shares]


@quick
@given(st.integers(0, 100_000), st.integers(0, 100_000), st.sampled_from(Tier))
def test_p08_beyond_the_limit_the_whole_reserve_goes_back_and_the_tier_is_the_lowest(
    cash: int, reserve: int, tier: Tier
) -> None:
    state = fallen("0", tier.value, str(cash))
    state = replace(state, reserve=money(min(cash, reserve)))
    falls = cash < 75_000
    commands = [one for one in wanted(state) if isinstance(one, c.LiquidateReserve)]
    assert bool(commands) == falls
    if not falls:
        assert refused(c.LiquidateReserve(fall=0.9), state).code is Refusal.ALREADY_DONE
        return
    after = done(state, commands[0])
    assert (after.reserve, after.tier, after.cash) == (0, Tier.CONSERVATIVE, state.cash)
    assert not [one for one in wanted(after) if isinstance(one, c.LiquidateReserve)]
    later = done(done(after, c.PauseEntries()), c.ResumeEntries(), a_scene(NOON + timedelta(hours=1)))
    assert later.emergency
