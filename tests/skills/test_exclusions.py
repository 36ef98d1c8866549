from engine.core import commands as c
from engine.core.words import Sector
from skills.exclusions import Excluded, exclude, include
from skills.skill import Say
from tests.builders import a_state
from tests.engine.scenes import prefer
from tests.skills.views import a_view, words

TECH, ENERGY = Sector.INFORMATION_TECHNOLOGY, Sector.ENERGY
SOME = a_view(
    a_state(preferences=prefer(trading__excluded_tickers=("KO", "TSLA"), trading__excluded_sectors=("energy",)))
)


def test_excluding_adds_to_what_is_excluded() -> None:
    assert exclude(Excluded(tickers=("AAPL", "KO")), SOME) == c.ChangePreferences(
        patch={"trading.excluded_tickers": ("AAPL", "KO", "TSLA")}
    )
    assert exclude(Excluded(tickers=("AAPL",), sectors=(TECH,)), SOME) == c.ChangePreferences(
        patch={
            "trading.excluded_tickers": ("AAPL", "KO", "TSLA"),
            "trading.excluded_sectors": ("energy", "information_technology"),
        }
    )


def test_what_is_excluded_already_is_said_to_be() -> None:
    assert words(exclude(Excluded(tickers=("KO",), sectors=(ENERGY,)), SOME)) == (
        "Nothing to change; excluded already: KO and energy."
    )


def test_including_takes_away() -> None:
    assert include(Excluded(tickers=("KO", "AAPL")), SOME) == c.ChangePreferences(
        patch={"trading.excluded_tickers": ("TSLA",)}
    )
    assert include(Excluded(sectors=(ENERGY,)), SOME) == c.ChangePreferences(patch={"trading.excluded_sectors": ()})


def test_what_is_not_excluded_is_answered_with_what_is() -> None:
    assert words(include(Excluded(tickers=("AAPL",)), SOME)) == (
        "Nothing to change; not excluded: AAPL. Excluded are KO, TSLA and energy."
    )
    assert words(include(Excluded(sectors=(TECH,)), a_view())) == (
        "Nothing to change; not excluded: information technology."
    )


def test_nothing_named_is_asked_back() -> None:
    assert exclude(Excluded(), SOME) == include(Excluded(), SOME) == Say("slot.tickers")
