from dataclasses import replace

from engine.core.words import BreakerKind
from skills.breakers import show_breakers
from skills.skill import NoSlots
from tests.builders import NOON, a_breaker
from tests.engine.scenes import a_scene
from tests.skills.views import a_view, invested, words


def test_none_stands_and_how_near_they_are() -> None:
    text = words(show_breakers(NoSlots(), a_view(invested(), a_scene(prices={"KO": "50"}))))
    assert text == (
        "PAPER · No breaker stands: entries are not held back by one.\n"
        "  daily loss: 1% today ($99.00), trips at 3%\n"
        "  drawdown: 1% below the peak ($99.00), trips beyond 15%\n"
        "  volatility: 0 stops hit lately, trips at 3\n"
        "  single position: the worst has lost 16.67% (KO), trips beyond 10%"
    )


def test_one_that_stands_says_why_and_until_when() -> None:
    breaker = a_breaker(kind=BreakerKind.DAILY_LOSS, ticker=None, threshold=0.03, actual=0.034, until=NOON)
    state = replace(invested(), breakers={(breaker.kind, None): breaker})
    text = words(show_breakers(NoSlots(), a_view(state)))
    assert "daily loss breaker, tripped" in text
    assert "at 3.4% (limit 3%); it stands until Fri 20 Nov 12:00: no entries, exits go on." in text
    assert "trips at 3%" not in text


def test_one_that_waits_for_the_owner_names_the_way_out() -> None:
    breaker = a_breaker(kind=BreakerKind.MAX_DRAWDOWN, ticker=None, threshold=0.15, actual=0.16, until=None)
    state = replace(invested(), breakers={(breaker.kind, None): breaker}, killed_at=NOON)
    text = words(show_breakers(NoSlots(), a_view(state)))
    assert 'it stands until you say "resume": no entries' in text
    assert "The kill switch has stood since Fri 20 Nov 12:00" in text
