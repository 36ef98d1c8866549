from dataclasses import replace

import pytest

from engine.core.state import State
from engine.core.units import money
from skills.correlation import Companies, effect, show_correlation
from tests.builders import a_position, a_state
from tests.engine.scenes import a_scene, holding, prefer
from tests.skills.views import PHRASES, a_view, invested, words

PRICES = {"KO": "63", "PEP": "150", "AAPL": "200", "MSFT": "400"}
KNOWN = {("AAPL", "KO"): 0.1, ("AAPL", "MSFT"): 0.72, ("AAPL", "PEP"): -0.2, ("KO", "PEP"): 0.85, ("KO", "MSFT"): 0.3}


def asked(*tickers: str, state: State | None = None) -> str:
    view = a_view(state or invested(), a_scene(prices=PRICES, correlation=KNOWN))
    return words(show_correlation(Companies(tickers=tickers), view))


def two() -> State:
    """KO worth 630 and AAPL worth 2,000, PEP and MSFT watched."""
    state = holding(invested(), a_position("200", ticker="AAPL", decision_id="d2", sector="information_technology"))
    return replace(state, preferences=prefer(trading__watchlist=("PEP", "MSFT", "KO")))


def test_what_is_held_with_each_other_and_what_is_watched_beside_it() -> None:
    """MSFT: (0.3 × 630 + 0.72 × 2,000) ÷ 2,630; PEP: (0.85 × 630 − 0.2 × 2,000) ÷ 2,630."""
    assert asked(state=two()) == (
        "PAPER · 90 daily returns, from minus 1 to 1, the most alike first:\n"
        "  AAPL and KO: 0.1\n"
        "Beside what is held, on average:\n"
        "  MSFT 0.62: a buy is 60.2% of its usual size\n"
        "  PEP 0.05: a buy is of full size"
    )


def test_named_companies_with_each_other() -> None:
    text = asked("PEP", "KO", "AAPL")
    assert text.startswith(
        "PAPER · 90 daily returns, from minus 1 to 1, the most alike first:\n"
        "  KO and PEP: 0.85\n  AAPL and KO: 0.1\n  AAPL and PEP: −0.2\n"
    )
    assert "  PEP 0.85: too alike, it is not bought\n  AAPL 0.1: a buy is of full size" in text


def test_one_company_with_what_is_held() -> None:
    text = asked("MSFT", state=two())
    assert "  AAPL and MSFT: 0.72\n  KO and MSFT: 0.3\n" in text


def test_where_nothing_can_be_compared_that_is_said() -> None:
    assert asked() == "PAPER · No pair of companies to compare here; name two, or hold some."
    assert asked("PEP", "IBM").endswith("No prices here for IBM.")
    assert asked("PEP", state=a_state()) == "PAPER · No pair of companies to compare here; name two, or hold some."


@pytest.mark.parametrize(
    ("mean", "text"),
    [
        (-0.4, "a buy is of full size"),
        (0.5, "a buy is of full size"),
        (0.65, "a buy is 50% of its usual size"),
        (0.8, "too alike, it is not bought"),
        (0.95, "too alike, it is not bought"),
    ],
)
def test_a_mean_and_the_size_of_a_buy(mean: float, text: str) -> None:
    said = effect(mean)
    assert PHRASES.say(said.key, said.facts).text == text


def test_the_values_that_weigh_are_those_of_the_market() -> None:
    assert (a_view(two(), a_scene(prices=PRICES)).worth.marks["AAPL"]) == money(2_000)
