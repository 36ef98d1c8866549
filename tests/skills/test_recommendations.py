from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.gates import BUY_GATES, Gate
from engine.core.judge import judge
from engine.core.nouns import Decision, Pause, Recommendation
from engine.core.refusals import Refused
from engine.core.state import State
from engine.core.words import Autonomy, Side, Skip
from engine.view import View
from skills.recommendations import Recommended, shares_of, show_recommendations
from skills.skill import Say
from tests.builders import NOON, a_decision, a_proposal, a_recommendation
from tests.engine.scenes import a_holding, a_scene, an_account, holding, prefer
from tests.skills.views import PHRASES, a_view, words

ALL = Recommended()
PRICES = {"KO": "60", "PEP": "150", "AAPL": "200", "XOM": "100"}
NIGHT = NOON + timedelta(hours=6)


def an_idea(ticker: str = "KO", **changes: Any) -> Recommendation:
    return a_recommendation(**{"id": f"momentum-{ticker}", "ticker": ticker, "sector": None, **changes})


def waiting(*wanted: Recommendation, **changes: Any) -> State:
    """An account with $100,000 in which these wait."""
    return an_account(**{"pending": {one.id: one for one in wanted}, **changes})


def left_alone(state: State, wanted: Recommendation, reason: Skip, *more: Decision) -> View:
    """A view of an account that decided against this one an hour ago."""
    decision = a_decision(recommendation_id=wanted.id, reason=reason, shares=0, at=NOON - timedelta(hours=1))
    view = a_view(state, a_scene(prices=PRICES), (*more, decision))
    view.history.ideas[wanted.id] = wanted
    return view


def shown(state: State, slots: Recommended = ALL, at: Any = NOON) -> list[str]:
    return words(show_recommendations(slots, a_view(state, a_scene(at, PRICES)))).split("\n")


def test_each_says_how_it_fits_and_what_would_come_of_it() -> None:
    state = waiting(an_idea(), preferences=prefer(trading__watchlist=("KO",)))
    head, row, last = shown(state)
    assert head == "PAPER · 1 recommendation, best fit for you first"
    assert row == (
        "  1. KO, fit 80: momentum, confidence 80%; on your watchlist; 100% of your room in consumer staples is free. "
        "Now: would buy 42 shares for $2,520.00 (stop $58.20)."
    )
    assert last == '"buy number 1" buys as much of it as I would.'


def test_a_gate_that_is_closed_is_named_and_what_the_limits_have_room_for() -> None:
    (_, row, last) = shown(waiting(an_idea()), at=NIGHT)
    assert last.startswith("Entries are possible from Mon 23 Nov 09:45. ")
    assert row.endswith(
        "Now: no, as the entry window is closed until Mon 23 Nov 09:45. Your limits have room for 42 shares, $2,520.00."
    )


def test_of_many_closed_gates_two_are_named_and_the_others_counted() -> None:
    state = waiting(an_idea(confidence=0.6), preferences=prefer(trading__excluded_tickers=("KO",)))
    paused = replace(state, pause=Pause(since=NOON, until=None))
    (_, row, _) = shown(paused, at=NIGHT)
    assert "Now: no, as entries are paused and it is excluded, and 2 reasons more." in row


@pytest.mark.parametrize("gate", BUY_GATES)
def test_every_gate_has_words_for_now(gate: Gate) -> None:
    facts = {"value": 0, "limit": 0, "opens_at": None}
    assert PHRASES.say(f"now.{gate.reason.code}", facts).text


def test_the_best_come_first_and_the_rest_is_counted() -> None:
    state = waiting(an_idea("PEP"), an_idea("XOM", confidence=0.9), an_idea("KO", confidence=0.95))
    head, first, second, _ = shown(state, Recommended(count=2))
    assert head == "PAPER · 2 recommendations, best fit for you first (and 1 more)"
    assert first.startswith("  1. KO, fit ")
    assert second.startswith("  2. XOM, fit ")


def test_only_those_asked_for_with_what_the_idea_is() -> None:
    state = waiting(an_idea("PEP"), an_idea("KO"))
    text = "\n".join(shown(state, Recommended(tickers=("PEP",))))
    assert "1. PEP" in text
    assert "KO" not in text
    assert "up five days in a row." in text


def test_what_is_under_the_least_confidence_cannot_be_bought_by_number_alone() -> None:
    answer = show_recommendations(ALL, a_view(waiting(an_idea(confidence=0.6)), a_scene(prices=PRICES)))
    text = words(answer)
    assert "Now: no, as its confidence of 60% is under the 75% that your limits ask for." in text
    assert text.endswith('I would buy none of these; "buy 10 shares of number 1" asks for a number of your own.')
    assert answer.buttons == ("why",)


def test_the_first_that_has_a_size_is_the_example_and_the_button_is_for_the_first() -> None:
    unsure_first = prefer(trading__watchlist=("KO",))
    state = waiting(an_idea("KO", confidence=0.7), an_idea("XOM", confidence=0.75), preferences=unsure_first)
    answer = show_recommendations(ALL, a_view(state, a_scene(prices=PRICES)))
    assert '"buy number 2" buys' in words(answer)
    assert answer.buttons == ("why",)
    sure = show_recommendations(ALL, a_view(waiting(an_idea()), a_scene(prices=PRICES)))
    assert sure.buttons == ("buy_first", "why")


def test_what_is_held_or_asked_says_so() -> None:
    wanted = an_idea()
    (_, row, _) = shown(holding(waiting(wanted), a_holding("KO", shares=5)))
    assert "You hold 5 shares of it." in row
    proposal = a_proposal(recommendation=wanted)
    view = a_view(an_account(proposals={"d1": proposal}), a_scene(prices=PRICES))
    view.history.ideas[wanted.id] = wanted
    assert "It waits for your yes." in words(show_recommendations(ALL, view))


def test_what_was_left_alone_is_told_once_with_what_would_come_of_it_now() -> None:
    view = left_alone(an_account(), an_idea(), Skip.PAUSED)
    text = words(show_recommendations(ALL, view))
    assert "I left it alone Fri 20 Nov 11:00 (paused) and do not come back to it by myself." in text
    assert "Now: it would pass: 42 shares for $2,520.00 (stop $58.20)." in text
    again = left_alone(an_account(), an_idea(confidence=0.6), Skip.LOW_CONFIDENCE)
    assert "I left it alone" not in words(show_recommendations(ALL, again))


@pytest.mark.parametrize(
    ("level", "said"),
    [
        (Autonomy.OFF, "Autonomy is off: this is what I would do with it on; nothing is bought unless you say so."),
        (Autonomy.ASK, "would ask you to buy 42 shares for $2,520.00 (stop $58.20)."),
    ],
)
def test_without_full_autonomy_it_says_what_would_happen(level: Autonomy, said: str) -> None:
    state = waiting(an_idea(), preferences=prefer(trading__autonomy=level))
    assert said in "\n".join(shown(state))


def test_sells_are_told_of_what_is_held_alone() -> None:
    sell, other = an_idea("KO", action=Side.SELL), an_idea("PEP", action=Side.SELL)
    state = holding(waiting(sell, other), a_holding("KO"))
    assert shown(state) == ["PAPER · Nothing is recommended to buy. To sell, of what you hold: KO."]
    with_buy = holding(waiting(sell, an_idea("XOM")), a_holding("KO"))
    assert "To sell, of what you hold: KO." in shown(with_buy)[-1]


def test_nothing_says_when_the_next_come_and_what_would_happen() -> None:
    off = an_account(preferences=prefer(trading__autonomy=Autonomy.OFF))
    scene = a_scene(prices=PRICES, sources=("momentum",))
    answer = show_recommendations(ALL, a_view(off, scene))
    assert words(answer) == (
        "Nothing is recommended now. The strategies are asked again Fri 20 Nov 16:01. "
        "Autonomy is off: recommendations are noted, nothing is bought."
    )
    assert answer.buttons == ("trade", "status")
    ended = replace(scene, ends_at=scene.day.closes_at)
    of_one = words(show_recommendations(Recommended(tickers=("XOM",)), a_view(an_account(), ended)))
    assert of_one == (
        "Nothing is recommended of XOM now. No more come: the market's prices end Fri 20 Nov 16:00. "
        "I trade by myself within your limits."
    )
    assert "asked again Mon 23 Nov 16:01" in words(
        show_recommendations(ALL, a_view(off, a_scene(NIGHT, PRICES, sources=("momentum",))))
    )


def test_as_much_as_the_engine_would_buy_or_why_it_would_buy_nothing() -> None:
    scene = a_scene(prices=PRICES)
    assert shares_of("KO", a_view(waiting(an_idea()), scene)) == 42
    gone = shares_of("KO", a_view(an_account(), scene))
    assert isinstance(gone, Say)
    assert words(gone).startswith("KO is not recommended any more. Nothing was bought;")
    unsure = shares_of("KO", a_view(waiting(an_idea(confidence=0.6)), scene))
    assert isinstance(unsure, Say)
    assert words(unsure).startswith("I would buy nothing of KO now, so there is no number that I could take: ")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(PRICES)), st.integers(75, 95), st.integers(0, 90))
def test_a_number_taken_from_a_recommendation_is_one_that_the_owner_may_buy(ticker: str, pct: int, held: int) -> None:
    state = waiting(an_idea(ticker, confidence=pct / 100))
    view = a_view(holding(state, a_holding("KO", shares=held)) if held else state, a_scene(prices=PRICES))
    shares = shares_of(ticker, view)
    if isinstance(shares, int):
        assert not isinstance(judge(c.Buy(ticker=ticker, shares=shares, by="owner"), view.ground), Refused)
