"""One sector for a ticker, whoever knows it: a table, what is held, what is being bought, or a recommendation."""

from dataclasses import replace
from typing import Final

from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.nouns import Decision, Recommendation
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import money
from engine.core.valuation import sector_of
from engine.core.words import Side, Skip
from tests.builders import a_fill, a_recommendation, an_order
from tests.engine.scenes import a_ground, a_holding, a_scene, an_account, done, holding, judged, prefer

NEW: Final = ("NEWA", "NEWB", "NEWC", "NEWD", "NEWE", "NEWF")
"""Tickers that no table knows."""

WORDS: Final = ("energy", "health_care", None)


def at(*tickers: str) -> Scene:
    return a_scene(prices=dict.fromkeys(tickers, "100"))


def an_idea(ticker: str, sector: str | None = "energy", confidence: float = 0.8) -> Recommendation:
    return a_recommendation(id=f"i-{ticker}", ticker=ticker, sector=sector, confidence=confidence, atr=money("1"))


def decided(state: State, scene: Scene, wanted: Recommendation) -> Decision:
    asked = replace(state, pending={wanted.id: wanted})
    (found,) = (
        one for one in judged(c.Consider(recommendation_id=wanted.id), asked, scene) if isinstance(one, e.Decided)
    )
    return found.decision


def value_of(found: Decision, step: str = "sector") -> float | str | None:
    return next(line.value for line in reversed(found.trace) if line.step == step)


def test_what_a_recommendation_calls_a_sector_fills_it_as_what_a_table_does() -> None:
    """XOM is 19.9 % of energy by the tables; a ticker that no table knows has $100 of room where it is said to be."""
    state = holding(an_account(), a_holding("XOM", "100", 199))
    scene = at("XOM", "NEWA")
    found = decided(state, scene, an_idea("NEWA"))
    assert (found.shares, value_of(found)) == (1, money("19900"))
    full = decided(holding(an_account(), a_holding("XOM", "100", 200)), scene, an_idea("NEWA"))
    assert full.reason is Skip.SECTOR_FULL
    elsewhere = decided(state, scene, an_idea("NEWA", "health_care"))
    assert (elsewhere.shares > 1, value_of(elsewhere)) == (True, 0)


def test_a_position_fills_the_sector_that_it_was_bought_in() -> None:
    state = holding(an_account(), a_holding("NEWA", "100", 200, sector="energy"))
    scene = at("XOM", "NEWA")
    assert decided(state, scene, an_idea("XOM", None)).reason is Skip.SECTOR_FULL
    assert a_ground(state, scene).worth.sectors == {"energy": money("20000")}


def test_an_open_buy_fills_the_sector_that_it_was_ordered_in() -> None:
    order = an_order("20000", ticker="NEWA", sector="energy", shares=200, stop=money("99"))
    scene = at("XOM", "NEWA")
    state = an_account(orders={order.client_order_id: order})
    assert decided(state, scene, an_idea("XOM", None)).reason is Skip.SECTOR_FULL
    assert sector_of(state, scene, "NEWA") == "energy"


def test_tables_come_first_then_what_is_held_then_what_is_bought_then_the_word() -> None:
    order = an_order(ticker="NEWA", sector="energy")
    bought = an_account(orders={order.client_order_id: order})
    held = holding(bought, a_holding("NEWA", "100", 1, sector="utilities"))
    scene = at("NEWA")
    assert sector_of(held, scene, "KO", "energy") == "consumer_staples"
    assert sector_of(held, scene, "NEWA", "materials") == "utilities"
    assert sector_of(bought, scene, "NEWA", "materials") == "energy"
    assert sector_of(an_account(), scene, "NEWA", "materials") == "materials"
    assert sector_of(an_account(), scene, "NEWA") is None


def test_what_is_held_without_a_sector_counts_where_the_recommendation_says_it_belongs() -> None:
    """$4,000 of it is held, and $15,000 of XOM: of 20 % there is $1,000 of room."""
    unsaid = a_holding("NEWA", "100", 40, sector=None)
    state = holding(an_account(), unsaid, a_holding("XOM", "100", 150))
    found = decided(state, at("NEWA", "XOM"), an_idea("NEWA", confidence=1.0))
    assert (value_of(found), found.shares) == (money("19000"), 10)


def test_a_position_without_a_sector_takes_that_of_what_is_bought_of_it() -> None:
    order = an_order("500", ticker="NEWA", sector="energy", shares=5, client_order_id="paper-d1-1")
    state = replace(
        holding(an_account(), a_holding("NEWA", "100", 40, sector=None)), orders={order.client_order_id: order}
    )
    fill = a_fill("100", ticker="NEWA", shares=5, client_order_id="paper-d1-1")
    assert done(state, c.RecordFill(fill=fill), at("NEWA")).positions["NEWA"].sector == "energy"


def test_what_is_held_of_an_excluded_sector_is_not_bought_under_another_name() -> None:
    excluded = prefer(trading__excluded_sectors=["energy"])
    state = holding(an_account(preferences=excluded), a_holding("NEWA", "100", 4, sector="energy"))
    assert decided(state, at("NEWA"), an_idea("NEWA", "utilities")).reason is Skip.SECTOR_EXCLUDED


def test_rebalancing_sells_what_is_over_the_limit_of_a_sector_that_only_recommendations_knew() -> None:
    """Six times $4,500 are 27 % of energy, of which 20 % are allowed."""
    positions = [
        a_holding(ticker, "100", 45, sector="energy", confidence=0.7 + place / 100) for place, ticker in enumerate(NEW)
    ]
    state = holding(an_account(), *positions)
    after = done(state, c.TrimPositions(), at(*NEW))
    sold = {order.ticker: order.shares for order in after.orders.values()}
    assert sold == {"NEWA": 45, "NEWB": 25}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from((*NEW, "XOM", "JNJ")), st.sampled_from(WORDS), st.floats(0.75, 1.0)), max_size=14
    )
)
def test_p03_no_sector_passes_its_limit_whoever_knew_of_it(ideas: list[tuple[str, str | None, float]]) -> None:
    """What is being bought counts where table, position, order or recommendation has it."""
    state = an_account(preferences=prefer(trading__gradual_entry=False, trading__max_open_positions=50))
    scene = at(*NEW, "XOM", "JNJ")
    for number, (ticker, word, confidence) in enumerate(ideas):
        wanted = replace(an_idea(ticker, word, confidence), id=f"i{number}")
        state = done(replace(state, pending={wanted.id: wanted}), c.Consider(recommendation_id=wanted.id), scene)
    orders = [one for one in state.orders.values() if one.side is Side.BUY]
    names = {one.ticker: one.sector for one in orders if one.sector}
    bought = {
        sector: sum(one.reserved for one in orders if names.get(one.ticker) == sector)
        for sector in ("energy", "health_care")
    }
    event("full" if max(bought.values()) >= money("19900") else "room")
    assert max(bought.values()) <= money("20000")
