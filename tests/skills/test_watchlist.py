from engine.core import commands as c
from engine.core.scene import Quote
from engine.core.units import money
from skills.skill import NoSlots
from skills.watchlist import Tickers, clear_watchlist, show_watchlist, unwatch, watch
from tests.builders import NOON, a_state
from tests.engine.scenes import a_scene, prefer
from tests.skills.views import a_view, words

WATCHED = a_state(preferences=prefer(trading__watchlist=("KO", "PEP")))


def test_what_is_watched_with_its_prices() -> None:
    quotes = {"KO": Quote(money(63), NOON, money(60)), "PEP": Quote(money(150), NOON, None)}
    text = words(show_watchlist(NoSlots(), a_view(WATCHED, a_scene(quotes=quotes))))
    assert text == "Watching 2 companies:\n  KO  $63.00 (+5% today)\n  PEP  $150.00"


def test_an_empty_watchlist_names_what_could_be_on_it() -> None:
    assert words(show_watchlist(NoSlots(), a_view())) == (
        'Your watchlist is empty. Say "watch AAPL, KO and PEP", for example.'
    )


def test_watching_adds_to_what_is_watched() -> None:
    assert watch(Tickers(tickers=("AAPL", "KO")), a_view(WATCHED)) == c.ChangePreferences(
        patch={"trading.watchlist": ("KO", "PEP", "AAPL", "KO")}
    )
    assert words(watch(Tickers(tickers=("PEP",)), a_view(WATCHED))) == "PEP is on your watchlist already."


def test_unwatching_takes_away_what_is_there() -> None:
    assert unwatch(Tickers(tickers=("KO",)), a_view(WATCHED)) == c.ChangePreferences(
        patch={"trading.watchlist": ("PEP",)}
    )
    text = words(unwatch(Tickers(tickers=("KO", "AAPL")), a_view(WATCHED)))
    assert text == "AAPL is not on your watchlist."


def test_a_watchlist_is_emptied_at_once() -> None:
    assert clear_watchlist(NoSlots(), a_view(WATCHED)) == c.ChangePreferences(patch={"trading.watchlist": ()})
    assert words(clear_watchlist(NoSlots(), a_view())).startswith("Your watchlist is empty.")
