"""Prices of companies."""

from dataclasses import replace

from engine.core.scene import Quote, Scene
from engine.core.units import money
from skills.quotes import Quotes, show_quote
from tests.builders import NOON
from tests.engine.scenes import a_scene, later
from tests.skills.views import a_view, invested, words


def the_scene(**quotes: Quote) -> Scene:
    return a_scene(quotes=quotes)


KO = Quote(money("63"), NOON, money("60"))


def test_a_price_is_told_with_its_change_since_the_close_before() -> None:
    scene = the_scene(PEP=Quote(money("147"), NOON, money("150")))
    assert words(show_quote(Quotes(tickers=("PEP",)), a_view(scene=scene))) == (
        "PEP $147.00, −$3.00 (−2%) since the close before · as of Fri 20 Nov 12:00."
    )


def test_your_shares_and_their_stop_stand_beneath() -> None:
    view = a_view(invested(), the_scene(KO=KO))
    assert words(show_quote(Quotes(tickers=("KO",)), view)) == (
        "KO $63.00, +$3.00 (+5%) since the close before · as of Fri 20 Nov 12:00.\n"
        "  You hold 10 shares, worth $630.00 (+$30.00, +5% since entry); the stop at $58.80 is 6.67% below."
    )


def test_without_an_earlier_close_there_is_no_change() -> None:
    scene = the_scene(PEP=Quote(money("147"), NOON, None))
    assert words(show_quote(Quotes(tickers=("PEP",)), a_view(scene=scene))) == "PEP $147.00 · as of Fri 20 Nov 12:00."


def test_a_closed_market_and_a_halt_are_told() -> None:
    night = replace(later(a_scene(), hours=8), quotes={"KO": KO}, halted=frozenset({"KO"}))
    said = words(show_quote(Quotes(tickers=("KO",)), a_view(scene=night)))
    assert said.endswith("as of Fri 20 Nov 12:00, the market is closed, trading in it is halted.")


def test_what_has_no_price_here_is_named_with_what_has() -> None:
    view = a_view(scene=the_scene(KO=KO, PEP=KO))
    assert words(show_quote(Quotes(tickers=("TSLA",)), view)) == "No price in this market for TSLA. It has KO and PEP."
    assert words(show_quote(Quotes(tickers=("KO", "TSLA")), view)).split("\n") == [
        "KO $63.00, +$3.00 (+5%) since the close before · as of Fri 20 Nov 12:00.",
        "No price in this market for TSLA.",
    ]


def test_a_large_market_is_not_listed() -> None:
    many = {f"T{n}": KO for n in range(31)}
    assert words(show_quote(Quotes(tickers=("TSLA",)), a_view(scene=a_scene(quotes=many)))) == (
        "No price in this market for TSLA."
    )
