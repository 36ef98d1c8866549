from dataclasses import replace

from engine.core.nouns import Term
from engine.core.preferences import FIELDS
from skills.preferences import Category, show_preferences
from tests.builders import NOON, a_state
from tests.engine.scenes import prefer
from tests.skills.views import a_view, words


def test_what_differs_from_the_defaults_is_shown() -> None:
    state = a_state(preferences=prefer(risk__daily_loss_limit_pct=2, trading__excluded_tickers=("AMD",)))
    text = words(show_preferences(Category(), a_view(state)))
    assert text.startswith("PAPER · Your settings:\n  autonomy: auto\n  risk tolerance: conservative\n")
    assert "  daily loss limit: 2%\n" in text
    assert "AMD" in text
    assert f"The other {len(FIELDS) - 4} settings are as they were at first" in text


def test_a_category_is_shown_whole() -> None:
    text = words(show_preferences(Category(category="risk"), a_view(a_state(preferences=prefer(risk__reserve_pct=30)))))
    assert text.count("\n") == sum(1 for path in FIELDS if path.startswith("risk."))
    assert "  reserve: 30% · set by you" in text


def test_what_holds_for_a_time_says_until_when() -> None:
    term = Term(path="trading.risk_tolerance", until=NOON, back="moderate", seq=1)
    text = words(show_preferences(Category(), a_view(replace(a_state(preferences=prefer()), terms=(term,)))))
    assert "risk tolerance: conservative until Fri 20 Nov 12:00, then moderate" in text


def test_a_switch_that_nothing_here_honours_says_so() -> None:
    text = words(show_preferences(Category(category="market_data"), a_view()))
    assert "order book depth: off · cannot be changed here" in text
