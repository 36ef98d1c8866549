import pytest

from engine.core import commands as c
from engine.core.words import Autonomy
from skills.positions import Close, Tickers, close_position, show_positions
from skills.skill import Say
from tests.builders import a_state
from tests.engine.scenes import a_scene, prefer
from tests.skills.views import a_view, invested, words


def test_holdings_with_worth_gain_and_levels() -> None:
    assert words(show_positions(Tickers(), a_view(invested()))) == (
        "PAPER · 1 position, $630.00 (6.28% of what may be invested)\n"
        "  KO  10 shares at $63.00 = $630.00, +$30.00 (+5%), stop $58.80 (6.67% below), take $61.80"
    )


def test_without_a_price_the_entry_counts() -> None:
    text = words(show_positions(Tickers(), a_view(invested(), a_scene(prices={"PEP": "150"}))))
    assert "10 shares at $60.00 = $600.00, $0.00 (0%)" in text


def test_only_the_companies_asked_for() -> None:
    assert words(show_positions(Tickers(tickers=("KO",)), a_view(invested()))).count("\n") == 1
    assert words(show_positions(Tickers(tickers=("KO", "PEP")), a_view(invested()))) == "You do not hold PEP."


@pytest.mark.parametrize("level", list(Autonomy))
def test_no_holdings(level: Autonomy) -> None:
    say = show_positions(Tickers(), a_view(a_state(preferences=prefer(trading__autonomy=level))))
    assert words(say).startswith("PAPER · No open positions. ")


def test_closing() -> None:
    view = a_view(invested())
    assert close_position(Close(tickers=("KO",), fraction=0.5), view) == c.ClosePosition(tickers=("KO",), fraction=0.5)
    assert close_position(Close(tickers=("KO", "PEP")), view) == Say("positions.not_held", {"tickers": ["PEP"]})
