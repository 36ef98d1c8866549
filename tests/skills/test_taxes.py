from dataclasses import replace
from datetime import timedelta
from typing import Any

from engine.core.lots import LotSale
from engine.core.units import money
from engine.view import View
from skills.taxes import Taxes, show_taxes
from tests.builders import NOON, a_lot, a_lot_sale, a_trade
from tests.skills.views import a_view, invested, words

PLAIN = a_lot_sale("650", "600", id="x1/l1", lot_id="l1", opened_at=NOON - timedelta(days=40))
WASHED = a_lot_sale(
    "500",
    "600",
    id="x2/l2",
    lot_id="l2",
    opened_at=NOON,
    replaced=4,
    disallowed=money("40"),
    bought_again=(NOON + timedelta(days=3),),
)
OLD = a_lot_sale("640", "600", id="x3/l3", lot_id="l3", opened_at=NOON - timedelta(days=400))


def sold(*sales: LotSale, **changes: Any) -> View:
    view = a_view(replace(invested(), **changes))
    view.history.sales.update({sale.id: sale for sale in sales})
    return view


def said(view: View, *tickers: str, period: str = "this_year") -> str:
    return words(show_taxes(Taxes(period=period, tickers=tickers), view))


def test_sums_and_lots_with_what_a_wash_sale_put_off_and_where_to() -> None:
    """A gain of 50, a loss of 100 of which 40 do not count yet, a gain of 40 after more than a year."""
    lot = a_lot(id="b2", replaces=4, tax_basis=money("640"), opened_at=NOON + timedelta(days=3))
    view = sold(PLAIN, WASHED, OLD, lots={"KO": (lot,)})
    assert said(view) == (
        "PAPER · This year for taxes: −$10.00 short-term, +$40.00 long-term; −$10.00 realised; $40.00 put off by 1 "
        "wash sale.\n"
        "  KO: 10 shares bought on Thu 16 Oct 2025, sold on Fri 20 Nov 2026: +$40.00, long-term\n"
        "  KO: 10 shares bought on Fri 20 Nov 2026, sold on Fri 20 Nov 2026: −$100.00, short-term; wash sale, $40.00 "
        "put off to what was bought on Mon 23 Nov 2026\n"
        "  KO: 10 shares bought on Sun 11 Oct 2026, sold on Fri 20 Nov 2026: +$50.00, short-term\n"
        "Before fees; this is no tax advice."
    )


def test_losses_that_were_put_off_earlier_count_when_the_lot_is_sold() -> None:
    text = said(sold(a_lot_sale("600", "600", tax_basis=money("615"))))
    assert "−$15.00 short-term; $0.00 realised; $15.00 put off earlier counted now." in text
    assert "sold on Fri 20 Nov 2026: $0.00, short-term; $15.00 put off earlier counts here" in text


def test_lots_that_are_held_are_told_where_a_company_is_named() -> None:
    """One of ten days, with a loss put off to it, and one of over a year."""
    late = a_lot(id="b2", opened_at=NOON - timedelta(days=10), replaces=4, tax_basis=money("640"))
    early = a_lot("300", id="b1", shares=5, opened_at=NOON - timedelta(days=400))
    assert said(sold(lots={"KO": (early, late)}), "KO") == (
        "PAPER · This year for taxes, KO: nothing was sold.\n"
        "Held, oldest first:\n"
        "  KO: 5 shares bought on Thu 16 Oct 2025, 400 days ago, cost $300.00, tax basis $300.00, long-term\n"
        "  KO: 10 shares bought on Tue 10 Nov 2026, 10 days ago, cost $600.00, tax basis $640.00, "
        "long-term from Thu 11 Nov 2027\n"
        "Before fees; this is no tax advice."
    )


def test_a_position_from_before_lots_were_kept_is_one_lot() -> None:
    """Its date is that of the first purchase."""
    text = "KO: 10 shares bought from Fri 20 Nov 2026 on, taken as one purchase, cost $600.00"
    assert text in said(sold(), "KO")
    assert text in said(sold(lots={"KO": (a_lot(id="before/KO"),)}), "KO")
    part = replace(PLAIN, lot_id="before/KO")
    assert "10 shares bought from Sun 11 Oct 2026 on, taken as one purchase, sold on" in said(sold(part))


def after_an_upgrade(*sales: LotSale) -> View:
    """Two trades of last year and two of this one, of which no lots are known."""
    view = sold(*sales)
    for number, (ticker, days) in enumerate([("KO", 400), ("PEP", 390), ("KO", 30), ("PEP", 20)]):
        closed = NOON - timedelta(days=days)
        view.history.trades.append(a_trade(client_order_id=f"o{number}", ticker=ticker, closed_at=closed))
    return view


def test_what_closed_before_lots_were_known_is_counted_apart() -> None:
    view = after_an_upgrade()
    assert said(view) == (
        "PAPER · This year for taxes: tax lots are known of nothing that was sold.\n"
        "Tax lots are known of what was sold after Sat 31 Oct 2026. Not in these sums: 2 trades closed by then, "
        "+$50.00 together.\n"
        "Before fees; this is no tax advice."
    )
    assert "1 trade closed by then, +$25.00 together" in said(view, "KO")
    assert "1 trade closed by then, +$25.00 together" in said(view, "KO", period="last_year")
    assert "nothing was sold." in said(view, "AAPL")


def test_sums_name_the_trades_that_they_leave_out_as_long_as_the_period_has_any() -> None:
    view = after_an_upgrade(PLAIN)
    text = said(view)
    assert "+$50.00 short-term; +$50.00 realised." in text
    assert "Not in these sums: 2 trades closed by then, +$50.00 together." in text
    view.history.trades.append(a_trade(client_order_id="o9", closed_at=PLAIN.closed_at))
    assert said(view) == text
    assert "Not in these sums" not in said(view, period="today")


def test_only_the_company_and_the_period_that_were_named() -> None:
    view = sold(PLAIN, replace(WASHED, ticker="PEP"))
    assert "+$50.00 short-term; +$50.00 realised." in said(view, "KO")
    assert "PEP, sold" not in said(view, "KO")
    assert said(view, "AAPL") == (
        "PAPER · This year for taxes, AAPL: nothing was sold.\nNothing of it is held.\n"
        "Before fees; this is no tax advice."
    )
    assert "Last year for taxes: nothing was sold." in said(view, period="last_year")


def test_the_newest_ten_lots_are_shown() -> None:
    text = said(sold(*(replace(PLAIN, id=f"x{n}/l{n}") for n in range(12))))
    assert text.count("bought on") == 10
    assert "  and 2 lots sold earlier" in text


def test_the_purchases_are_named_that_replaced_it_though_others_near_it_were_sold_since() -> None:
    """A purchase sold since carries a loss of another sale, and lies nearer."""
    sale = replace(WASHED, replaced=8, bought_again=(NOON + timedelta(days=2), NOON + timedelta(days=4)))
    since = a_lot_sale(
        "300", "120", id="x9/b9", lot_id="b9", shares=2, tax_basis=money(140), opened_at=NOON + timedelta(days=1)
    )
    assert "put off to what was bought on Sun 22 Nov 2026 and at 1 other time" in said(sold(sale, since))
