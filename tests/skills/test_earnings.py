from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from engine.core.words import EventScope, Severity
from engine.view import View
from skills.earnings import Companies, show_earnings
from tests.builders import DAY, NOON, a_market_event
from tests.engine.scenes import a_scene, prefer
from tests.skills.views import PRICES, a_view, invested, words

DATES = {"KO": (date(2026, 8, 20), date(2026, 11, 24)), "PEP": (DAY,), "AAPL": (date(2027, 1, 28),)}
NEAR = {"KO": 2, "PEP": 0, "AAPL": 45}


def asked(*tickers: str, **changes: Any) -> str:
    state = replace(invested(), preferences=prefer(trading__watchlist=("PEP", "AAPL", "MSFT")), earnings=DATES)
    view: View = a_view(replace(state, **changes), a_scene(prices=PRICES, earnings=NEAR))
    return words(show_earnings(Companies(tickers=tickers), view))


def test_dates_of_what_is_held_or_watched_with_what_they_do() -> None:
    assert asked() == (
        "PAPER · Earnings on record:\n"
        "  PEP  Fri 20 Nov 2026: not bought until it is past, stops nearer\n"
        "  KO  Tue 24 Nov 2026, in 2 sessions: bought at 50% of the usual size, stops nearer\n"
        "  AAPL  Thu 28 Jan 2027, in 45 sessions\n"
        'No date on record for MSFT; "parley import earnings FILE" brings dates in.'
    )


def test_only_the_companies_that_were_named() -> None:
    assert asked("AAPL") == "PAPER · Earnings on record:\n  AAPL  Thu 28 Jan 2027, in 45 sessions"
    assert asked("KO", "IBM").endswith('No date on record for IBM; "parley import earnings FILE" brings dates in.')


def test_without_dates_it_is_said_how_they_come_in() -> None:
    assert asked(earnings={}) == (
        'PAPER · No date on record for AAPL, KO, MSFT and PEP; "parley import earnings FILE" brings dates in.'
    )
    assert words(show_earnings(Companies(), a_view())) == "PAPER · Nothing is held or watched; name a company."


def test_market_events_in_force_and_to_come_belong_to_it() -> None:
    later = a_market_event(
        id="e2",
        scope=EventScope.MARKET,
        target=None,
        severity=Severity.MEDIUM,
        title="",
        starts_at=NOON + timedelta(days=3),
        ends_at=NOON + timedelta(days=3, hours=1),
    )
    over = a_market_event(id="e3", starts_at=NOON - timedelta(hours=2), ends_at=NOON)
    staples = a_market_event(id="e4", scope=EventScope.SECTOR, target="consumer_staples", title="")
    events = (a_market_event(), later, over, staples)
    now = "  a product is recalled, high risk for KO, Fri 20 Nov 12:00 to Fri 20 Nov 16:00, now"
    market = "  medium risk, Mon 23 Nov 12:00 to Mon 23 Nov 13:00"
    sector = "  high risk for consumer staples, Fri 20 Nov 12:00 to Fri 20 Nov 16:00, now"
    assert asked(market_events=events).endswith(f"Market events:\n{now}\n{market}\n{sector}")
    assert asked("AAPL", market_events=events).endswith(f"sessions\nMarket events:\n{market}")
    nobody = words(show_earnings(Companies(), a_view(replace(invested(), positions={}, market_events=(later,)))))
    assert nobody == f"PAPER · Nothing is held or watched; name a company.\nMarket events:\n{market}"
