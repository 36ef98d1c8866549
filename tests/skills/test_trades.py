"""What was bought and sold."""

from datetime import timedelta
from typing import Any

from bot.answers import rendered
from engine.core.nouns import Fill
from engine.core.words import Origin, Side
from engine.view import View
from skills.skill import Say
from skills.trades import Trades, show_trades
from tests.builders import NOON, a_fill, a_trade
from tests.skills.views import PHRASES, a_view, invested, words

HOUR = timedelta(hours=1)


def seen(*fills: Fill, **rest: Any) -> View:
    view = a_view(invested(), **rest)
    view.history.fills.extend(fills)
    return view


def rows(view: View, **slots: Any) -> list[str]:
    return words(show_trades(Trades(**slots), view)).split("\n")[1:]


def test_a_purchase_that_is_still_held_is_a_trade() -> None:
    assert words(show_trades(Trades(), seen(a_fill()))) == (
        "PAPER · Since the start: 1 purchase for $600.00.\n"
        "  Fri 20 Nov 12:00 · bought 10 shares of KO at $60.00, $600.00; still held"
    )


def test_a_finished_sale_says_from_what_to_what_and_why() -> None:
    view = seen(trades=(a_trade(),))
    assert words(show_trades(Trades(period="today"), view)) == (
        "PAPER · Today: 1 sale, 1 won: +$25.00 realised.\n"
        "  Fri 20 Nov 13:00 · sold 10 shares of KO at $62.50, bought at $60.00: +$25.00 (+4.17%), "
        "as its target was reached"
    )


def test_buys_and_sales_stand_in_order_newest_first() -> None:
    buy = a_fill(at=NOON - HOUR)
    sell = a_fill("62.50", execution_id="x2", client_order_id="paper-d2-1", side=Side.SELL, at=NOON + HOUR)
    view = seen(buy, sell, trades=(a_trade(closed_at=NOON + HOUR),))
    found = rows(view)
    assert [one.split(" · ")[1].split()[0] for one in found] == ["sold", "bought"]


def test_fills_of_one_order_are_one_trade_at_their_mean_price() -> None:
    first = a_fill("60", shares=4)
    rest = a_fill("61", shares=6, execution_id="x2", at=NOON + HOUR)
    assert rows(seen(first, rest)) == ["  Fri 20 Nov 13:00 · bought 10 shares of KO at $60.60, $606.00; still held"]


def test_a_sale_under_way_is_told_as_such() -> None:
    sell = a_fill("62", shares=3, side=Side.SELL, client_order_id="paper-d2-1")
    assert rows(seen(sell)) == ["  Fri 20 Nov 12:00 · selling: 3 shares of KO gone so far at $62.00, $186.00"]


def test_only_the_companies_and_the_days_that_were_named() -> None:
    other = a_fill("150", ticker="PEP", execution_id="x2", client_order_id="paper-d3-1", at=NOON - 26 * HOUR)
    view = seen(other, a_fill())
    assert len(rows(view)) == 2
    assert rows(view, tickers=("PEP",)) == ["  Thu 19 Nov 10:00 · bought 10 shares of PEP at $150.00, $1,500.00"]
    assert rows(view, period="today") == ["  Fri 20 Nov 12:00 · bought 10 shares of KO at $60.00, $600.00; still held"]


def test_the_last_trade_is_one_and_says_nothing_of_the_others() -> None:
    several = [a_fill(execution_id=f"x{n}", client_order_id=f"o{n}", at=NOON + n * HOUR) for n in range(3)]
    assert rows(seen(*several), count=1) == [
        "  Fri 20 Nov 14:00 · bought 10 shares of KO at $60.00, $600.00; still held"
    ]


def test_more_than_ten_are_counted() -> None:
    several = [a_fill(execution_id=f"x{n}", client_order_id=f"o{n}") for n in range(12)]
    found = rows(seen(*several))
    assert len(found) == 11
    assert found[-1] == 'And 2 older. "Show the last 50 trades" lists more.'


def test_three_are_spoken_and_the_others_counted() -> None:
    several = [a_fill(execution_id=f"x{n}", client_order_id=f"o{n}") for n in range(12)]
    speech = rendered(show_trades(Trades(), seen(*several)), PHRASES).speech
    assert speech.count("bought ten shares of") == 3
    assert speech.endswith("And nine more.")


def test_where_nothing_was_traded_it_says_so_and_what_would() -> None:
    assert words(show_trades(Trades(period="yesterday", tickers=("PEP",)), seen(a_fill()))) == (
        "PAPER · Yesterday, PEP: nothing was bought or sold. I trade by myself within your limits."
    )


def test_what_was_before_a_reset_does_not_count() -> None:
    view = a_view(invested(reset_at=NOON))
    view.history.fills.append(a_fill())
    assert "nothing was bought" in words(show_trades(Trades(), view))


def test_every_origin_of_a_sale_has_words() -> None:
    for origin in Origin:
        assert "{" not in rendered(Say(f"trades.why.{origin.value}"), PHRASES).text
