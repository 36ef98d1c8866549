from dataclasses import replace
from datetime import date, timedelta

import pytest

from engine.core.nouns import Pause
from engine.core.state import Tally
from engine.core.units import money
from engine.core.words import BreakerKind, EventScope, Severity
from skills.limits import Limit, used
from skills.skill import NoSlots
from skills.status import show_status
from tests.builders import DAY, NOON, a_breaker, a_market_event, a_proposal, a_strategy, an_order
from tests.engine.scenes import a_scene, later
from tests.skills.views import PRICES, a_view, days, invested, words


def said(view: object) -> str:
    return words(show_status(NoSlots(), view))  # type: ignore[arg-type]


def test_money_day_and_what_is_open() -> None:
    assert said(a_view(invested(), snapshots=days("10000", "10010"))) == (
        "PAPER · Fri 20 Nov 12:00, market open · $10,030.00 (+$20.00, +0.2% today)\n"
        "1 position open, 6.28% invested, $9,400.00 cash · conservative limits · 0 entries today\n"
        "I trade by myself within your limits."
    )


@pytest.mark.parametrize(("session", "entries"), [(DAY, 3), (DAY - timedelta(days=1), 0)])
def test_entries_are_those_of_today(session: date, entries: int) -> None:
    """At the open, before anything was entered, there are none."""
    view = a_view(invested(tally=Tally(session=session, entries=3)))
    assert f" {entries} entries today" in said(view)
    assert Limit("entries today", entries, 50, "count") in used(view)


def test_money_put_in_is_no_gain_of_the_day() -> None:
    richer = replace(invested(), cash=money("14400"), contributed=money("15000"))
    assert "$15,030.00 (+$20.00, +0.13% today)" in said(a_view(richer, snapshots=days("10000", "10010")))


def test_what_waits_is_counted_and_the_market_is_closed_at_night() -> None:
    state = invested(orders={"o": an_order()}, proposals={"d1": a_proposal()})
    text = said(a_view(state, later(a_scene(prices=PRICES), hours=9)))
    assert "market closed" in text
    assert "1 order open · 1 question waiting for your yes" in text


PAUSE = Pause(since=NOON, until=None)
UNTIL = Pause(since=NOON, until=NOON + timedelta(days=3))
BREAKER = a_breaker()
SINGLE = a_breaker(kind=BreakerKind.SINGLE_POSITION, ticker="KO")


@pytest.mark.parametrize(
    ("changes", "ending"),
    [
        (
            {"killed_at": NOON, "pause": PAUSE},
            'The kill switch has stood since Fri 20 Nov 12:00; say "resume" to lift it.',
        ),
        ({"pause": PAUSE}, 'Entries are paused; say "resume" to go on.'),
        ({"pause": UNTIL}, 'Entries are paused until Mon 23 Nov 12:00; say "resume" to go on.'),
        ({"breakers": {(BREAKER.kind, None): BREAKER}}, "The daily loss breaker stands until Mon 23 Nov 12:00."),
        ({"breakers": {(SINGLE.kind, "KO"): SINGLE}}, "breaker stands for KO until Mon 23 Nov 12:00."),
    ],
)
def test_what_holds_it_back(changes: dict[str, object], ending: str) -> None:
    assert said(a_view(invested(**changes))).endswith(ending)


def test_an_engine_that_is_not_well_comes_first() -> None:
    text = said(a_view(invested(killed_at=NOON), a_scene(prices=PRICES, healthy=False)))
    assert text.endswith("The engine is not well: it enters nothing until that is over.")


def test_market_events_of_high_risk_are_told_while_they_last() -> None:
    view = a_view(invested())
    at = view.scene.at
    severe = a_market_event(
        scope=EventScope.SECTOR, target="energy", title="OPEC", starts_at=at, ends_at=at.replace(hour=20)
    )
    slight, to_come = replace(severe, severity=Severity.MEDIUM), replace(severe, starts_at=at.replace(hour=19))
    told = said(replace(view, state=replace(view.state, market_events=(slight, to_come, severe))))
    assert told.endswith("\nMarket events of high risk: OPEC, energy, until Fri 20 Nov 15:00.")
    whole = replace(severe, scope=EventScope.MARKET, target=None, title="")
    told = said(replace(view, state=replace(view.state, market_events=(whole, severe))))
    until = "until Fri 20 Nov 15:00"
    assert told.endswith(f"\nMarket events of high risk: the whole market, {until}; OPEC, energy, {until}.")
    assert "risk" not in said(replace(view, state=replace(view.state, market_events=(slight, to_come))))


def test_where_all_strategies_are_off_it_does_not_say_that_it_trades_by_itself() -> None:
    paused = a_strategy(name="mean_reversion", on=False, why="underperforming", result=-0.055)
    off = a_strategy(name="momentum", on=False, why="owner")
    told = said(a_view(invested(strategies={one.name: one for one in (paused, off)})))
    assert "I trade by myself" not in told
    assert (
        "but there is nothing to follow.\nNo strategy is followed, so none is bought from: mean reversion (paused on"
        in told
    )
    assert 'Say "turn mean reversion on" to follow one again.' in told
    again = said(a_view(invested(strategies={"mean_reversion": paused, "momentum": replace(off, on=True)})))
    assert "I trade by myself within your limits." in again
    assert "No strategy" not in again
