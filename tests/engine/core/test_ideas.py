"""Which recommendations count now, in what order, and what would come of each."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.fit import fit_of, rank, suits
from engine.core.ideas import current, foreseen, ideas, room_for
from engine.core.judge.entries import case_of
from engine.core.nouns import Recommendation
from engine.core.state import State
from engine.core.units import money
from engine.core.words import Autonomy, Origin, Side, Skip, Style
from tests.builders import NOON, a_decision, a_recommendation
from tests.engine.core.rules.asks import quick
from tests.engine.scenes import a_ground, a_holding, a_scene, an_account, holding, judged, later, prefer

FRIDAY_PRICES = {"KO": "60", "PEP": "150", "AAPL": "200", "MSFT": "250", "XOM": "100"}


def an_idea(ticker: str, **changes: Any) -> Recommendation:
    usual = {"id": f"momentum-{ticker}", "ticker": ticker, "sector": None}
    return a_recommendation(**{**usual, **changes})


def tickers(state: State, *wanted: Recommendation) -> list[str]:
    ground = a_ground(state, a_scene(prices=FRIDAY_PRICES))
    return [one.wanted.ticker for one in ideas(ground, wanted)]


def test_those_that_wait_count_and_those_that_were_left_alone_while_they_are_fresh() -> None:
    waits, passed = an_idea("KO"), an_idea("PEP")
    state = an_account(pending={waits.id: waits})
    skipped = {passed.id: a_decision(reason=Skip.AUTONOMY_OFF, recommendation_id=passed.id)}
    assert current(a_ground(state), [waits, passed], skipped) == (waits, passed)
    days_later = later(a_scene(), days=5)
    assert current(a_ground(state, days_later), [waits, passed], skipped) == (waits,)


def test_what_was_carried_out_counts_no_more_nor_what_it_took_the_place_of() -> None:
    old = an_idea("KO", id="old", generated_at=NOON - timedelta(days=2))
    new = an_idea("KO", id="new")
    bought = {"new": a_decision(recommendation_id="new")}
    assert current(a_ground(), [old, new], bought) == ()
    assert current(a_ground(), [old, new], {}) == (new,)


def test_another_source_takes_no_place_and_a_sell_takes_that_of_its_own_buy() -> None:
    one, other = an_idea("KO"), an_idea("KO", id="breakout-KO", source="breakout")
    assert current(a_ground(), [one, other], {}) == (one, other)
    sell = an_idea("KO", id="later", action=Side.SELL, generated_at=NOON - timedelta(hours=1))
    assert current(a_ground(), [one, sell], {}) == (sell,)


def test_a_ticker_stands_once_with_its_best_idea_and_who_else_recommends_it() -> None:
    weak = an_idea("KO", id="b", source="breakout", confidence=0.7)
    strong = an_idea("KO", id="m", confidence=0.8)
    (found,) = ideas(a_ground(), [weak, strong])
    assert (found.wanted, found.others) == (strong, ("breakout",))
    assert ideas(a_ground(), [replace(strong, action=Side.SELL)]) == ()


def test_the_best_fit_comes_first_then_confidence_time_and_ticker() -> None:
    watching = an_account(preferences=prefer(trading__watchlist=("XOM",)))
    assert tickers(watching, an_idea("KO", confidence=0.85), an_idea("XOM")) == ["XOM", "KO"]
    assert tickers(an_account(), an_idea("XOM"), an_idea("KO")) == ["KO", "XOM"]
    older = an_idea("XOM", generated_at=NOON - timedelta(days=2))
    assert tickers(an_account(), an_idea("KO"), older) == ["XOM", "KO"]
    assert tickers(an_account(), an_idea("KO", confidence=0.80), an_idea("XOM", confidence=0.801)) == ["XOM", "KO"]


def test_a_score_says_what_it_is_made_of() -> None:
    """A moderate swing trader with KO: 20 × 0.15/0.35, 20, 16, 15 × (1 − 6/30), 10, none for the watchlist, 5."""
    state = holding(an_account(), a_holding("KO"))
    ground = a_ground(state, a_scene(prices=FRIDAY_PRICES))
    fit = fit_of(case_of(ground, an_idea("PEP"), Origin.RECOMMENDED))
    least = ground.limits.min_confidence
    tier = 20 * (0.8 - least) / (1 - least)
    room = 15 * (1 - 0.06 / ground.limits.max_sector)
    assert fit.sector == "consumer_staples"
    assert fit.merits.room == pytest.approx(1 - 0.06 / ground.limits.max_sector)
    assert fit.score == int(tier + 20 + 16 + room + 10 + 5 + 0.5)


@pytest.mark.parametrize(
    "preferences",
    [{"trading__excluded_tickers": ("KO",)}, {"trading__excluded_sectors": ("consumer_staples",)}],
)
def test_what_is_excluded_scores_nothing(preferences: dict[str, Any]) -> None:
    ground = a_ground(an_account(preferences=prefer(**preferences)))
    assert fit_of(case_of(ground, an_idea("KO"), Origin.RECOMMENDED)).score == 0


@pytest.mark.parametrize(
    ("style", "window", "share"),
    [
        (Style.DAY, "intraday", 1.0),
        (Style.SWING, "1d", 0.7),
        (Style.SWING, "7d", 1.0),
        (Style.POSITION, "30d", 1.0),
        (Style.LONG_TERM, "90d", 1.0),
        (Style.DAY, "90d", 0.0),
        (Style.SWING, "some time", 0.5),
    ],
)
def test_a_window_suits_a_style(style: Style, window: str, share: float) -> None:
    assert suits(style, window) == share


@quick
@given(st.lists(st.tuples(st.sampled_from(sorted(FRIDAY_PRICES)), st.integers(55, 95)), max_size=6))
def test_order_is_the_same_whatever_the_order_of_arrival(said: list[tuple[str, int]]) -> None:
    wanted = [an_idea(ticker, id=f"{n}", source=f"s{n}", confidence=pct / 100) for n, (ticker, pct) in enumerate(said)]
    ground = a_ground(an_account(), a_scene(prices=FRIDAY_PRICES))
    found = [(one.wanted.ticker, one.fit.score) for one in ideas(ground, wanted)]
    assert found == [(one.wanted.ticker, one.fit.score) for one in ideas(ground, wanted[::-1])]
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_what_is_foreseen_is_what_is_done() -> None:
    wanted = an_idea("KO")
    state = an_account(pending={wanted.id: wanted})
    seen = foreseen(a_ground(state), wanted)
    done = next(
        one.decision for one in judged(c.Consider(recommendation_id=wanted.id), state) if isinstance(one, e.Decided)
    )
    assert seen.acts
    assert seen == done


def test_what_was_decided_or_asked_already_is_foreseen_as_if_it_were_new() -> None:
    wanted = an_idea("KO")
    off = an_account(preferences=prefer(trading__autonomy=Autonomy.OFF), decided={wanted.id: None})
    seen = foreseen(a_ground(off), wanted)
    assert (seen.reason, seen.shares) == (Skip.NONE, foreseen(a_ground(), wanted).shares)
    closed = a_ground(off, a_scene(NOON + timedelta(hours=6)))
    assert foreseen(closed, wanted).reason is Skip.WINDOW


def test_the_limits_have_room_whatever_the_gates_say() -> None:
    wanted = an_idea("KO")
    open_now, night = a_ground(), a_ground(scene=a_scene(NOON + timedelta(hours=6)))
    size = room_for(open_now, wanted)
    assert size.shares == foreseen(open_now, wanted).shares > 0
    assert size.dollars == size.shares * money(60)
    assert room_for(night, wanted).shares == size.shares
    unsure = room_for(open_now, an_idea("KO", confidence=0.2))
    assert (unsure.shares, unsure.reason) == (0, Skip.LOW_CONFIDENCE)


def test_rank_puts_the_score_first() -> None:
    ground = a_ground(an_account(preferences=prefer(trading__excluded_tickers=("KO",))), a_scene(prices=FRIDAY_PRICES))
    sure, unsure = an_idea("KO", confidence=0.95), an_idea("XOM", confidence=0.66)
    ranks = {one.ticker: rank(fit_of(case_of(ground, one, Origin.RECOMMENDED)), one) for one in (sure, unsure)}
    assert ranks["XOM"] < ranks["KO"]
