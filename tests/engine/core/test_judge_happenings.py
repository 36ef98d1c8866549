"""What is said of the outside: market events marked, imported, called off and over; dates of earnings."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core import events as e
from engine.core.announce import announced
from engine.core.announcement import Announcement, Moment
from engine.core.apply import applied
from engine.core.happenings import MarketEvent
from engine.core.harm import harm_of
from engine.core.judge import judge
from engine.core.moments import next_deadline
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.words import EventScope, Harm, Priority, Severity, Skip
from tests.builders import DAY, NOON, a_market_event, a_recommendation
from tests.engine.scenes import a_ground, a_holding, a_scene, an_account, done, holding, judged, refused

HOUR = timedelta(hours=1)
SCENE = a_scene()


def an_event(**changes: Any) -> MarketEvent:
    """The owner's: the whole market, high, from now for four hours, without an id."""
    return a_market_event(**{"id": "", "scope": EventScope.MARKET, "target": None} | changes)


def marked(state: State, **changes: Any) -> State:
    return done(state, c.MarkEvent(event=an_event(**changes)), SCENE)


# --- marked


def test_an_event_gets_an_id_from_the_journal_and_begins_now_at_the_earliest() -> None:
    state = replace(an_account(), seq=41)
    (found,) = judged(c.MarkEvent(event=an_event(starts_at=NOON - HOUR)), state)
    assert isinstance(found, e.EventMarked)
    assert found.event == an_event(id="paper-e42", starts_at=NOON)
    to_come = an_event(id="mine", starts_at=NOON + HOUR)
    assert judged(c.MarkEvent(event=to_come), state) == (e.EventMarked(event=to_come),)


def test_the_whole_market_has_no_name() -> None:
    (found,) = judged(c.MarkEvent(event=an_event(target="KO")), an_account())
    assert isinstance(found, e.EventMarked)
    assert found.event.target is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends_at": NOON}, Refusal.UNTIL_PASSED),
        ({"starts_at": NOON - 2 * HOUR, "ends_at": NOON - HOUR}, Refusal.UNTIL_PASSED),
        ({"starts_at": NOON + HOUR, "ends_at": NOON + HOUR}, Refusal.BAD_VALUE),
        ({"starts_at": NOON + 2 * HOUR, "ends_at": NOON + HOUR}, Refusal.BAD_VALUE),
        ({"title": "x" * 201}, Refusal.BAD_VALUE),
        ({"scope": EventScope.SECTOR, "target": "gardening"}, Refusal.BAD_VALUE),
        ({"scope": EventScope.SECTOR, "target": None}, Refusal.BAD_VALUE),
        ({"scope": EventScope.TICKER, "target": "ZZZZ"}, Refusal.NO_PRICE_HERE),
        ({"scope": EventScope.TICKER, "target": None}, Refusal.NO_PRICE_HERE),
    ],
)
def test_an_impossible_event_is_refused(changes: dict[str, Any], code: Refusal) -> None:
    assert refused(c.MarkEvent(event=an_event(**changes)), an_account()).code is code


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_at": NOON + timedelta(seconds=1)},
        {"title": "x" * 200},
        {"scope": EventScope.SECTOR, "target": "energy"},
        {"scope": EventScope.TICKER, "target": "KO"},
    ],
)
def test_a_possible_event_is_marked(changes: dict[str, Any]) -> None:
    assert len(marked(an_account(), **changes).market_events) == 1


def test_the_same_said_twice_is_once() -> None:
    state = marked(an_account())
    assert refused(c.MarkEvent(event=an_event()), state).code is Refusal.ALREADY_DONE
    for other in ({"ends_at": NOON + 5 * HOUR}, {"severity": Severity.LOW}, {"source": "csv"}):
        assert len(marked(state, **other).market_events) == 2


# --- over


def test_an_event_is_over_by_its_time_or_called_off_before() -> None:
    state = marked(an_account())
    (standing,) = state.market_events
    early = judged(c.EndEvent(event_id=standing.id), state)
    assert early == (e.EventEnded(event=standing, called_off=True),)
    late = judged(c.EndEvent(event_id=standing.id), state, a_scene(NOON + 4 * HOUR))
    assert late == (e.EventEnded(event=standing, called_off=False),)
    assert applied(state, late).market_events == ()


def test_an_event_that_is_not_there_is_refused() -> None:
    assert refused(c.EndEvent(event_id="x"), an_account()) == Refused(Refusal.NO_EVENT, {"id": "x"})


def test_a_replay_wakes_when_an_event_begins_and_when_it_ends() -> None:
    state = marked(an_account(), starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
    assert next_deadline(state, NOON) == NOON + HOUR
    assert next_deadline(state, NOON + HOUR) == NOON + 2 * HOUR
    assert next_deadline(state, NOON + 2 * HOUR) is None


def test_marking_is_safer_calling_off_riskier_and_dates_are_neither() -> None:
    state = an_account()
    assert harm_of(c.MarkEvent(event=an_event()), state) is Harm.SAFER
    assert harm_of(c.ImportEvents(events=()), state) is Harm.SAFER
    assert harm_of(c.EndEvent(event_id="x"), state) is Harm.RISKIER
    assert harm_of(c.ImportEarnings(dates={}, source="csv"), state) is Harm.NEUTRAL


# --- imported from a file


def imported(**changes: Any) -> MarketEvent:
    return an_event(**{"id": "csv-1", "source": "csv"} | changes)


def test_all_events_are_marked_but_those_that_are_over_or_known() -> None:
    past = imported(id="csv-0", starts_at=NOON - 2 * HOUR, ends_at=NOON)
    other = imported(id="csv-2", severity=Severity.LOW)
    state = done(an_account(), c.ImportEvents(events=(past, imported(), other)), SCENE)
    assert state.market_events == (imported(), other)
    assert refused(c.ImportEvents(events=(past, imported())), state).code is Refusal.ALREADY_DONE
    assert refused(c.ImportEvents(events=(past,)), state) == Refused(Refusal.UNTIL_PASSED, {"until": NOON})
    assert refused(c.ImportEvents(events=()), state).code is Refusal.UNTIL_PASSED


def test_an_event_known_by_its_id_may_become_more_severe() -> None:
    state = done(an_account(), c.ImportEvents(events=(imported(severity=Severity.LOW),)), SCENE)
    assert done(state, c.ImportEvents(events=(imported(),)), SCENE).market_events == (imported(),)


def test_one_impossible_event_keeps_all_of_them_out() -> None:
    bad = imported(id="csv-2", scope=EventScope.TICKER, target="ZZZZ")
    assert refused(c.ImportEvents(events=(imported(), bad)), an_account()).code is Refusal.NO_PRICE_HERE


def told(state: State, command: c.Command, scene: Scene = SCENE) -> tuple[Announcement, ...]:
    events = judged(command, state, scene)
    return announced(events, Moment(state, applied(state, events), scene))


def test_what_others_brought_is_told_once_by_the_worst_of_it() -> None:
    state = holding(an_account(), a_holding("KO"), a_holding("XOM", "80"))
    events = (
        imported(scope=EventScope.SECTOR, target="consumer_staples"),
        imported(id="csv-2", scope=EventScope.TICKER, target="PEP", severity=Severity.MEDIUM),
    )
    (one,) = told(state, c.ImportEvents(events=events))
    assert (one.key, one.event_type, one.priority) == ("push.market_event", "market_event", Priority.HIGH)
    assert [(row["sector"], row["ticker"]) for row in one.facts["rows"]] == [("consumer_staples", None), (None, "PEP")]
    assert (one.facts["touched"], one.facts["more"]) == (["KO"], None)
    (one,) = told(state, c.ImportEvents(events=events[1:]))
    assert (one.priority, one.facts["touched"]) == (Priority.MEDIUM, None)


def test_many_events_are_told_by_the_first_five() -> None:
    events = tuple(imported(id=f"csv-{number}") for number in range(8))
    (one,) = told(an_account(), c.ImportEvents(events=events))
    assert (len(one.facts["rows"]), one.facts["more"]) == (5, 3)


def test_the_owners_own_word_is_answered_and_its_end_is_told() -> None:
    assert told(an_account(), c.MarkEvent(event=an_event())) == ()
    state = marked(an_account())
    name = state.market_events[0].id
    assert told(state, c.EndEvent(event_id=name)) == ()
    (one,) = told(state, c.EndEvent(event_id=name), a_scene(NOON + 4 * HOUR))
    assert (one.key, one.event_type, one.priority) == ("push.market_event_over", "market_event", Priority.MEDIUM)
    slight = marked(an_account(), severity=Severity.LOW)
    (one,) = told(slight, c.EndEvent(event_id=slight.market_events[0].id), a_scene(NOON + 4 * HOUR))
    assert one.priority is Priority.LOW


# --- earnings


def dates(source: str = "csv", **by_ticker: tuple[date, ...]) -> c.ImportEarnings:
    return c.ImportEarnings(dates=by_ticker, source=source)


YESTERDAY, SOON, LATER = DAY - timedelta(days=1), DAY + timedelta(days=3), DAY + timedelta(days=90)


def test_dates_take_the_place_of_those_from_today_on_and_earlier_ones_stay() -> None:
    state = replace(an_account(), earnings={"KO": (YESTERDAY, DAY, LATER), "PEP": (LATER,)})
    (found,) = judged(dates(KO=(SOON,)), state)
    assert found == e.EarningsImported(dates={"KO": (YESTERDAY, SOON)}, source="csv")
    assert applied(state, (found,)).earnings == {"KO": (YESTERDAY, SOON), "PEP": (LATER,)}


def test_dates_come_in_order_and_each_once() -> None:
    state = done(an_account(), dates(KO=(LATER, SOON, YESTERDAY, SOON)))
    assert state.earnings == {"KO": (YESTERDAY, SOON, LATER)}


def test_a_ticker_named_without_dates_loses_those_to_come() -> None:
    state = replace(an_account(), earnings={"KO": (YESTERDAY, LATER), "PEP": (LATER,)})
    assert done(state, dates(KO=(), PEP=())).earnings == {"KO": (YESTERDAY,)}


def test_what_changes_nothing_or_has_no_price_is_refused() -> None:
    state = replace(an_account(), earnings={"KO": (SOON,)})
    assert refused(dates(KO=(SOON,)), state).code is Refusal.ALREADY_DONE
    assert refused(dates(), state).code is Refusal.ALREADY_DONE
    no = refused(dates(KO=(SOON,), ZZZZ=(SOON,), AAAA=(SOON,)), state)
    assert no == Refused(Refusal.NO_PRICE_HERE, {"tickers": ["AAAA", "ZZZZ"], "others": None})


days = st.lists(st.integers(-40, 40).map(lambda number: DAY + timedelta(days=number)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(known=days, new=days, other=days)
def test_after_an_import_the_past_is_kept_and_the_future_is_the_file(
    known: list[date], new: list[date], other: list[date]
) -> None:
    state = replace(an_account(), earnings={"KO": tuple(sorted({*known})), "PEP": tuple(sorted({*other}))})
    state = replace(state, earnings={ticker: found for ticker, found in state.earnings.items() if found})
    once = after_import(state, dates(KO=tuple(new)))
    after = once.earnings.get("KO", ())
    assert [day for day in after if day >= DAY] == sorted({day for day in new if day >= DAY})
    assert {day for day in after if day < DAY} == {day for day in (*known, *new) if day < DAY}
    assert once.earnings.get("PEP") == state.earnings.get("PEP")
    assert refused(dates(KO=tuple(new)), once).code is Refusal.ALREADY_DONE


def after_import(state: State, command: c.ImportEarnings) -> State:
    """The account after it, or as it was where it says nothing new."""
    verdict = judge(command, a_ground(state))
    if isinstance(verdict, Refused):
        assert verdict.code is Refusal.ALREADY_DONE
        return state
    return applied(state, verdict)


# --- what earnings do to a buy


@pytest.mark.parametrize(
    ("sessions", "shares", "outcome", "reason"),
    [
        (None, 42, "no_data", Skip.NONE),
        (0, 0, "reject", Skip.EARNINGS_IMMINENT),
        (1, 0, "reject", Skip.EARNINGS_IMMINENT),
        (2, 21, "reduced", Skip.NONE),
        (3, 21, "reduced", Skip.NONE),
        (4, 42, "ok", Skip.NONE),
    ],
)
def test_p19_earnings_within_one_session_reject_and_within_three_halve(
    sessions: int | None, shares: int, outcome: str, reason: Skip
) -> None:
    """2 % of $100,000 × 0.8 / 0.75 × 1.2 for a new sector is $2,560: 42 shares at $60, or 21 for half of it.

    No date on record restricts nothing, and is shown.
    """
    scene = replace(SCENE, earnings={"PEP": 0} if sessions is None else {"KO": sessions})
    state = replace(an_account(), pending={"r": a_recommendation(id="r", confidence=0.8)})
    decided = judged(c.Consider(recommendation_id="r"), state, scene)[0]
    assert isinstance(decided, e.Decided)
    (line,) = [one for one in decided.decision.trace if one.step == "earnings"]
    assert (line.value, line.outcome) == (sessions, outcome)
    assert (decided.decision.reason, decided.decision.shares) == (reason, shares)


@settings(max_examples=40, deadline=None)
@given(sessions=st.none() | st.integers(0, 30), confidence=st.integers(75, 100))
def test_p19_what_is_bought_near_earnings_is_never_more_than_without(sessions: int | None, confidence: int) -> None:
    def bought(earnings: dict[str, int]) -> int:
        state = replace(an_account(), pending={"r": a_recommendation(id="r", confidence=confidence / 100)})
        decided = judged(c.Consider(recommendation_id="r"), state, replace(SCENE, earnings=earnings))[0]
        assert isinstance(decided, e.Decided)
        return decided.decision.shares

    without, near = bought({}), bought({} if sessions is None else {"KO": sessions})
    if sessions is None or sessions > 3:
        assert near == without
    elif sessions > 1:
        assert near == without // 2
    else:
        assert near == 0
