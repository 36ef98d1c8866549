"""What the calendar brings, once each: sessions, snapshots, summaries; and what happens to the engine itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.core import commands as c
from engine.core import events as e
from engine.core.nouns import Snapshot
from engine.core.refusals import Refusal
from engine.core.state import Tally
from engine.core.units import money
from engine.core.words import BreakerKind
from tests.builders import NOON, a_breaker, a_snapshot
from tests.engine.scenes import DAY, TODAY, a_holding, a_scene, an_account, done, holding, judged, prefer, refused

YESTERDAY = a_snapshot("10100", session=DAY - timedelta(days=1), contributed=money("9900"))
CLOSE = a_scene(TODAY.closes_at, {"KO": "65"}, benchmark=money("612.40"))


def test_an_account_is_opened_once() -> None:
    state = an_account("0", opened_at=None)
    after = done(state, c.OpenAccount(cash=money("100000")))
    assert (after.cash, after.contributed, after.peak, after.opened_at) == (money("100000"),) * 3 + (NOON,)
    assert refused(c.OpenAccount(cash=1), after).code is Refusal.ALREADY_DONE


def test_a_session_begins_once() -> None:
    state = an_account(tally=Tally(session=DAY - timedelta(days=1), entries=3, exits=2, realised=5))
    after = done(state, c.BeginSession())
    assert after.tally == Tally(session=DAY)
    assert refused(c.BeginSession(), after).code is Refusal.ALREADY_DONE


def test_a_snapshot_is_the_account_at_the_close_once_a_session() -> None:
    state = an_account("10000", last=YESTERDAY, reserve=money("50"))
    state = holding(state, a_holding("KO", "60", 10))
    state = replace(state, peak=money("10040"), tally=Tally(session=DAY, entries=2, exits=1, realised=money("3")))
    after = done(state, c.TakeSnapshot(), CLOSE)
    assert after.last == Snapshot(
        session=DAY,
        at=TODAY.closes_at,
        equity=money("10050"),
        cash=money("9400"),
        reserve=money("50"),
        day_pnl=money("-150"),
        realised_day=money("3"),
        peak=money("10050"),
        exposure=money("650"),
        open_positions=1,
        entries=2,
        exits=1,
        benchmark=money("612.40"),
        benchmark_ticker="SPY",
        contributed=money("10000"),
    )
    assert after.peak == money("10050")
    assert refused(c.TakeSnapshot(), after, CLOSE).code is Refusal.ALREADY_DONE


def test_a_session_that_never_took_a_turn_had_no_entries() -> None:
    before = Tally(session=DAY - timedelta(days=1), entries=2, exits=1, realised=money("3"))
    taken = done(an_account(last=YESTERDAY, tally=before), c.TakeSnapshot(), CLOSE).last
    assert taken is not None
    assert (taken.entries, taken.exits, taken.realised_day) == (0, 0, 0)


def test_a_snapshot_names_the_benchmark_of_the_owners_choice() -> None:
    (event,) = judged(c.TakeSnapshot(), an_account(preferences=prefer(performance__benchmark="AAPL")), CLOSE)
    assert isinstance(event, e.SnapshotTaken)
    assert event.snapshot.benchmark_ticker == "AAPL"


def test_the_first_day_is_measured_against_what_was_put_in() -> None:
    (event,) = judged(c.TakeSnapshot(), an_account("9990", contributed=money("10000")), CLOSE)
    assert isinstance(event, e.SnapshotTaken)
    assert event.snapshot.day_pnl == money("-10")
    assert event.snapshot.peak == money("9990")


def test_a_session_is_summarised_once_and_only_after_its_snapshot() -> None:
    assert refused(c.Summarise(), an_account(), CLOSE).code is Refusal.ALREADY_DONE
    state = done(an_account(), c.TakeSnapshot(), CLOSE)
    (event,) = judged(c.Summarise(), state, CLOSE)
    assert isinstance(event, e.DaySummarised)
    assert event.session == DAY
    assert event.facts["equity"] == money("100000")
    after = done(state, c.Summarise(), CLOSE)
    assert refused(c.Summarise(), after, CLOSE).code is Refusal.ALREADY_DONE
    assert event.facts["moved"] is None
    richer = done(an_account(), c.MoveCash(amount=money("500")), CLOSE)
    (event,) = judged(c.Summarise(), done(richer, c.TakeSnapshot(), CLOSE), CLOSE)
    assert isinstance(event, e.DaySummarised)
    assert (event.facts["moved"], event.facts["pnl"], event.facts["since_start"]) == (money("500"), 0, 0)
    next_day = done(after, c.BeginSession(), a_scene(CLOSE.upcoming[0].opens_at))
    assert refused(c.Summarise(), next_day, CLOSE).code is Refusal.ALREADY_DONE


@pytest.mark.parametrize("kind", BreakerKind)
def test_a_breaker_that_stands_is_not_tripped_again(kind: BreakerKind) -> None:
    ticker = "KO" if kind is BreakerKind.SINGLE_POSITION else None
    trip = c.TripBreaker(kind=kind, ticker=ticker, threshold=0.1, actual=0.2)
    after = done(an_account(), trip)
    breaker = after.breakers[kind, ticker]
    assert (breaker.threshold, breaker.actual, breaker.tripped_at) == (0.1, 0.2, NOON)
    assert (breaker.until is None) is (kind in (BreakerKind.MANUAL, BreakerKind.MAX_DRAWDOWN))
    assert refused(trip, after).code is Refusal.ALREADY_DONE


def test_a_breaker_that_waits_for_the_owner_never_resolves_by_itself() -> None:
    standing = a_breaker(kind=BreakerKind.MANUAL, until=None)
    state = an_account(breakers={(BreakerKind.MANUAL, None): standing})
    end = c.ResolveBreaker(kind=BreakerKind.MANUAL, ticker=None)
    assert refused(end, state, a_scene(NOON + timedelta(days=4))).code is Refusal.NOT_KNOWN


def test_cooldowns_are_counted_in_sessions_of_the_real_calendar() -> None:
    """Tripped on the Wednesday before Thanksgiving: Friday is one session later, Monday two."""
    wednesday = a_scene(NOON + timedelta(days=5))
    lost = done(an_account(), c.TripBreaker(kind=BreakerKind.DAILY_LOSS, ticker=None, threshold=0, actual=0), wednesday)
    until = lost.breakers[BreakerKind.DAILY_LOSS, None].until
    assert until is not None
    assert (until.isoformat(), until.weekday()) == ("2026-11-27T14:45:00+00:00", 4)
    single = c.TripBreaker(kind=BreakerKind.SINGLE_POSITION, ticker="KO", threshold=0, actual=0)
    until = done(an_account(), single, wednesday).breakers[BreakerKind.SINGLE_POSITION, "KO"].until
    assert until is not None
    assert until.isoformat() == "2026-11-30T14:30:00+00:00"


def test_a_ticker_is_frozen_once() -> None:
    freeze = c.FreezeTicker(ticker="KO", ours=5, theirs=6)
    after = done(an_account(), freeze)
    assert after.frozen == {"KO"}
    assert refused(freeze, after).code is Refusal.ALREADY_DONE


def test_a_note_changes_nothing_but_the_journal() -> None:
    state = an_account()
    after = done(state, c.Note(topic="engine_started", facts={"at": NOON}))
    assert replace(after, seq=0) == state
