from dataclasses import replace

import pytest

from engine.core import events as e
from engine.core.state import State
from engine.core.units import DOLLAR, money
from engine.core.words import StopReason
from skills.stops import Stops, show_stops
from tests.builders import DAY, a_market_event, a_position
from tests.engine.scenes import holding
from tests.skills.views import a_view, invested, words


def test_what_would_be_lost_at_the_stops() -> None:
    state = holding(invested(), a_position(ticker="PEP", shares=2, entry="140", stop="140"))
    state = replace(state, positions={**state.positions, "KO": replace(state.positions["KO"], stop=money(57))})
    text = words(show_stops(Stops(), a_view(state)))
    assert text.startswith("PAPER · 2 positions; if every stop were hit now you would lose $80.00 (")
    assert "KO at $63.00: stop $57.00 (9.52% below" in text
    assert "−$30.00 in all if sold there)" in text


def test_a_stop_that_was_raised_says_so() -> None:
    state = holding(invested(), a_position(stop="61", initial_stop=57 * DOLLAR))
    text = words(show_stops(Stops(tickers=("KO",)), a_view(state)))
    assert "stop $61.00 (3.17% below, raised from $57.00 since entry, since when is not known here; +" in text


def test_a_stop_whose_move_is_on_record_says_since_when() -> None:
    state = replace(holding(invested(), a_position(stop="61", initial_stop=57 * DOLLAR)), seq=2)
    view = a_view(state)
    to_61 = e.StopMoved(
        ticker="KO", old=money(57), new=money(61), high=money(64), atr=money(1), reason=StopReason.TRAILING
    )
    view.history.recall.hear(1, e.SessionBegan(session=DAY))
    view.history.recall.hear(2, to_61)
    text = words(show_stops(Stops(tickers=("KO",)), view))
    assert "raised from $57.00 since entry, since Fri 20 Nov 2026; +" in text


def test_what_is_not_held_has_no_stop() -> None:
    assert words(show_stops(Stops(tickers=("AAPL",)), a_view(invested()))) == "You do not hold AAPL."
    assert words(show_stops(Stops(), a_view())) == "PAPER · Nothing is held, so there is no stop."


def test_a_stop_that_stands_nearer_for_now_says_why() -> None:
    view = a_view(nearer(StopReason.EARNINGS))
    soon = replace(view, scene=replace(view.scene, earnings={"KO": 2, "PEP": 0}))
    assert "nearer, with 2 sessions to its earnings; " in words(show_stops(Stops(), soon))
    today = replace(view, scene=replace(view.scene, earnings={"KO": 0}))
    assert "nearer, on the day of its earnings; " in words(show_stops(Stops(), today))
    later = replace(view, scene=replace(view.scene, earnings={"KO": 4}))
    assert "nearer" not in words(show_stops(Stops(), later))
    at = view.scene.at
    event = a_market_event(title="Fed", starts_at=at, ends_at=at.replace(hour=20, minute=0))
    marked = replace(soon, state=replace(nearer(StopReason.EVENT), market_events=(event,)))
    assert "nearer while an event of high risk lasts, Fed, until " in words(show_stops(Stops(), marked))
    untouched = replace(marked, state=replace(invested(), market_events=(event,)))
    assert "nearer" not in words(show_stops(Stops(), untouched))


def nearer(why: StopReason) -> State:
    state = invested()
    return replace(state, positions={"KO": replace(state.positions["KO"], stop_why=why)})


REASONS = {
    StopReason.INITIAL: "raised from $57.00 since entry;",
    StopReason.AVERAGED: "raised from $57.00 since entry, as more of it was bought;",
    StopReason.TRAILING: "raised from $57.00 since entry, as it follows the price up;",
    StopReason.ATR_MOVED: "raised from $57.00 since entry, as its usual range has changed;",
    StopReason.HEAT: "raised from $57.00 since entry, as too much was at risk in all;",
    StopReason.EARNINGS: "raised from $57.00 since entry, as its earnings are near;",
    StopReason.EVENT: "raised from $57.00 since entry, as an event of high risk touches it;",
    StopReason.SIGNAL: "raised from $57.00 since entry, as a recommendation says something else by now;",
    StopReason.RAPID_MOVE: "raised from $57.00 since entry, as its price moved fast;",
    StopReason.OWNER: "raised from $57.00 since entry, as you said so;",
}


@pytest.mark.parametrize("why", list(StopReason))
def test_a_stop_that_was_moved_says_why(why: StopReason) -> None:
    held = replace(a_position(stop="61", initial_stop=57 * DOLLAR), stop_why=why)
    assert REASONS[why] in words(show_stops(Stops(), a_view(holding(invested(), held))))


def test_a_stop_that_the_owner_lowered_says_so() -> None:
    held = replace(a_position(stop="56", initial_stop=57 * DOLLAR), stop_why=StopReason.OWNER)
    assert "lowered from $57.00 since entry, as you said so;" in words(
        show_stops(Stops(), a_view(holding(invested(), held)))
    )
