from dataclasses import replace

from engine.core.commands import ResetBreakers, TripBreaker
from engine.core.drill import Drilled
from engine.core.judge.sessions import is_own
from engine.core.words import BreakerKind, Skip
from skills import breaking
from skills.breaking import breaker_drill, reset_breaker, trip_breaker, verdict
from skills.skill import NoSlots
from tests.builders import NOON, a_breaker
from tests.engine.scenes import a_scene
from tests.skills.views import a_view, invested, words


def test_the_breaker_that_is_tripped_is_the_owners_own() -> None:
    command = trip_breaker(NoSlots(), a_view(invested()))
    assert isinstance(command, TripBreaker)
    assert (command.kind, command.ticker) == (BreakerKind.MANUAL, None)
    assert is_own(command)


def test_one_that_stands_already_is_not_tripped_again() -> None:
    own = a_breaker(kind=BreakerKind.MANUAL, ticker=None, until=None, threshold=0.0, actual=0.0)
    state = replace(invested(), breakers={(own.kind, None): own})
    assert words(trip_breaker(NoSlots(), a_view(state))) == (
        'Your breaker has stood since Fri 20 Nov 12:00 already: nothing is entered until you say "reset the breaker".'
    )


def test_a_reset_is_of_all_that_stand() -> None:
    assert reset_breaker(NoSlots(), a_view()) == ResetBreakers(ticker=None)


def test_the_drill_shows_that_entries_stop_and_exits_go_on() -> None:
    view = a_view(invested())
    before = view.state
    assert words(breaker_drill(NoSlots(), view)) == (
        "PAPER · A drill on a copy; your account was not touched. Each breaker was tripped, AAPL recommended to be "
        "bought, and its stop hit:\n"
        "  daily loss: entry refused, as a breaker stands; 1 of 1 share sold at the stop "
        "· it would stand until Mon 23 Nov 09:45\n"
        "  single position: entry refused, as it had just lost more than one position may lose; "
        "1 of 1 share sold at the stop · it would stand until Tue 24 Nov 09:30\n"
        "  volatility: entry refused, as a breaker stands; 1 of 1 share sold at the stop "
        "· it would stand until Mon 23 Nov 09:30\n"
        "  drawdown: entry refused, as the account is too far below its peak; 1 of 1 share sold at the stop "
        '· it would stand until you say "resume"\n'
        "  manual: entry refused, as a breaker stands; 1 of 1 share sold at the stop "
        '· it would stand until you say "resume"\n'
        "All 5 hold: no entry passed, every exit did."
    )
    assert view.state is before


def test_without_prices_there_is_nothing_to_drill_with() -> None:
    scene = replace(a_scene(), quotes={})
    assert words(breaker_drill(NoSlots(), a_view(scene=scene))) == (
        "PAPER · The market has no prices now, so there is nothing to drill with."
    )


DRILLED = Drilled(BreakerKind.VOLATILITY, "KO", Skip.NONE, Skip.BREAKER, 5, 5, NOON)


def test_a_breaker_that_does_not_hold_is_named() -> None:
    for failed in (DRILLED._replace(reason=Skip.NONE), DRILLED._replace(sold=4)):
        assert words(verdict((DRILLED._replace(kind=BreakerKind.DAILY_LOSS), failed))) == (
            'NOT ALL HOLD: volatility. Say "stop everything" if you do not want to rely on them.'
        )
    assert breaking.row(DRILLED._replace(reason=Skip.NONE))["entry"].key == "drill.passed"


def test_a_drill_that_proves_nothing_of_entries_says_so() -> None:
    found = (DRILLED._replace(before=Skip.LOW_CONFIDENCE, reason=Skip.BREAKER),)
    assert words(verdict(found)) == (
        "All hold: no entry passed, every exit did. But nothing would have been bought without a breaker either, "
        "as its confidence was too low; so this shows the exits only."
    )
