from dataclasses import replace
from datetime import date, timedelta

import pytest

from engine.core.nouns import Snapshot
from engine.core.performance import UNBEGUN
from engine.core.units import money
from skills.periods import period_words
from skills.pnl import Pnl, beside_benchmark, show_pnl
from tests.builders import DAY, NOON, a_lot_sale, a_snapshot, a_trade
from tests.engine.scenes import a_scene, prefer
from tests.skills.views import PHRASES, PRICES, a_view, days, invested, words

CLOSED = NOON - timedelta(days=1)


def test_today_is_against_the_last_close() -> None:
    text = words(show_pnl(Pnl(), a_view(invested(), snapshots=days("10000", "10010"))))
    assert text == (
        "PAPER · Today: +$20.00 (+0.2%) · now $10,030.00, +$30.00 (+0.3%) since the start\n"
        "0 trades closed for $0.00; open positions stand at +$30.00."
    )


def test_what_counts_for_taxes_is_told_where_it_is_not_what_was_realised() -> None:
    """A loss of 100 of which 40 are put off, a gain of 50 after more than a year, 15 put off earlier that count now."""
    plain = a_lot_sale("650", "600", id="x1/l1")
    washed = a_lot_sale("500", "600", id="x2/l2", replaced=4, disallowed=money("40"))
    old = a_lot_sale("650", "600", id="x3/l3", opened_at=NOON - timedelta(days=400))
    late = a_lot_sale("600", "600", id="x4/l4", tax_basis=money("615"))
    view = a_view(invested(), snapshots=days("10000", "10010"))
    view.history.sales.update({plain.id: plain})
    assert "For taxes" not in words(show_pnl(Pnl(), view))
    view.history.sales.update({sale.id: sale for sale in (washed, old, late)})
    said = (
        "For taxes, before fees: −$25.00 short-term, +$50.00 long-term; $40.00 of losses put off by wash sales; "
        "$15.00 put off earlier counted now."
    )
    assert words(show_pnl(Pnl(), view)).endswith(f".\n{said}")
    assert words(show_pnl(Pnl(tickers=("KO",)), view)).endswith(f".\n{said}")
    assert "For taxes" not in words(show_pnl(Pnl(tickers=("PEP",)), view))


def test_a_past_day_is_between_its_closes() -> None:
    """DAY is a Friday; the Thursday's close was 10,010, the Wednesday's 10,000."""
    say = show_pnl(Pnl(period="yesterday"), a_view(invested(), snapshots=days("10000", "10010")))
    assert (say.facts["pnl"], say.facts["equity"]) == (money(10), money(10_030))


def test_after_the_close_today_is_the_days_own_snapshot() -> None:
    snapshots = (*days("10000", "10010"), a_snapshot("10025", session=DAY, contributed=money("10000")))
    view = a_view(invested(last=snapshots[-1]), snapshots=snapshots)
    assert view.at_end(DAY).equity == money(10_025)
    assert view.gained(DAY, DAY).amount == money(15)
    assert view.at_end(DAY - timedelta(days=99)) == UNBEGUN


def test_money_put_in_or_taken_out_is_no_gain() -> None:
    """30 won today on the 10,000 of yesterday; what is put in widens what it is a part of, what goes out not."""
    richer = replace(invested(), cash=money("14400"), contributed=money("15000"))
    say = show_pnl(Pnl(), a_view(richer, snapshots=days("9990", "10000")))
    assert (say.facts["pnl"], say.facts["pnl_frac"]) == (money(30), pytest.approx(30 / 15_000))
    assert (say.facts["since_start"], say.facts["since_start_frac"]) == (money(30), pytest.approx(30 / 15_000))
    poorer = replace(invested(), cash=money("1400"), contributed=money("2000"))
    say = show_pnl(Pnl(period="all"), a_view(poorer, snapshots=days("9990", "10000")))
    assert (say.facts["pnl"], say.facts["pnl_frac"]) == (money(30), pytest.approx(30 / 10_000))
    assert say.facts["since_start_frac"] == say.facts["pnl_frac"]


def test_where_nothing_is_left_there_is_no_percentage() -> None:
    empty = replace(invested(), cash=0, contributed=money("-100"))
    assert show_pnl(Pnl(), a_view(empty, snapshots=days("0"))).facts["pnl_frac"] == 0.0


def test_what_was_before_a_reset_does_not_count() -> None:
    """Begun anew on Wednesday noon: of Wednesday, Thursday and today, only what came later."""
    wednesday = NOON - timedelta(days=2)
    state = invested(reset_at=wednesday)
    older = (a_trade(closed_at=wednesday), a_trade(closed_at=wednesday - timedelta(days=1)))
    newer = (a_trade(closed_at=wednesday + timedelta(hours=1), realised="7"),)
    kept = days("20000", "20010", "10015")
    view = a_view(state, snapshots=kept, trades=(*older, *newer))
    say = show_pnl(Pnl(period="all"), view)
    assert (say.facts["trades"], say.facts["realised"]) == (1, money(7))
    assert (say.facts["pnl"], say.facts["since_start"]) == (money(30), money(30))
    assert show_pnl(Pnl(), view).facts["pnl"] == money(15)
    assert show_pnl(Pnl(period="yesterday"), view).facts["pnl"] == money(15)


def test_trades_of_the_period_and_how_many_won() -> None:
    trades = (
        a_trade(closed_at=CLOSED),
        a_trade(closed_at=NOON, realised="-5"),
        a_trade(closed_at=NOON, ticker="PEP"),
    )
    view = a_view(invested(reserve=money(5)), trades=trades)
    today = words(show_pnl(Pnl(), view))
    assert "2 trades closed for +$20.00, 50% of them won" in today
    assert "$5.00 set aside in the reserve" in today
    assert "3 trades closed for +$45.00, 66.67% of them won" in words(show_pnl(Pnl(period="all"), view))
    one = words(show_pnl(Pnl(tickers=("KO",)), view))
    assert one == "PAPER · KO, Today: 1 trade closed for −$5.00, 0% of them won; the open position stands at +$30.00."


def levels(*of: tuple[str, int]) -> tuple[Snapshot, ...]:
    """One snapshot a day up to yesterday, with the ticker and level of what the account was compared with."""
    return tuple(
        a_snapshot(
            session=DAY - timedelta(days=len(of) - n),
            benchmark_ticker=ticker,
            benchmark=money(level) if level else None,
        )
        for n, (ticker, level) in enumerate(of)
    )


YESTERDAY = DAY - timedelta(days=1)


def test_the_benchmark_stands_beside_it_where_it_is_known() -> None:
    known = levels(("SPY", 100), ("SPY", 105))
    view = a_view(invested(), snapshots=known)
    found = beside_benchmark(view, YESTERDAY, YESTERDAY)
    assert found == {"benchmark": "SPY", "benchmark_frac": pytest.approx(0.05)}
    assert "SPY +5% · now" in words(show_pnl(Pnl(period="yesterday"), view))
    open_day = a_view(invested(), a_scene(prices=PRICES, benchmark=money(84)), snapshots=known)
    assert beside_benchmark(open_day, DAY, DAY)["benchmark_frac"] == pytest.approx(-0.2)
    assert "SPY" not in words(show_pnl(Pnl(), view)), "its level of now is not known"
    assert beside_benchmark(a_view(), DAY, DAY)["benchmark_frac"] is None


@pytest.mark.parametrize(
    "known",
    [
        levels(("SPY", 100), ("AAPL", 105)),
        levels(("AAPL", 100), ("SPY", 105)),
        levels(("AAPL", 100), ("AAPL", 0)),
        levels(("AAPL", 0), ("AAPL", 105)),
    ],
)
def test_only_levels_of_one_benchmark_are_compared(known: tuple[Snapshot, ...]) -> None:
    state = replace(invested(), preferences=prefer(performance__benchmark="AAPL"))
    assert beside_benchmark(a_view(state, snapshots=known), YESTERDAY, YESTERDAY)["benchmark_frac"] is None


def test_the_benchmark_of_choice_is_named() -> None:
    state = replace(invested(), preferences=prefer(performance__benchmark="AAPL"))
    view = a_view(state, snapshots=levels(("AAPL", 100), ("AAPL", 101)))
    assert "(0%), AAPL +1% · now" in words(show_pnl(Pnl(period="yesterday"), view))


@pytest.mark.parametrize(
    ("period", "text"),
    [
        ("this_quarter", "This quarter"),
        ("last_30_days", "The last 30 days"),
        ("since:2026-11-02", "Since Mon 2 Nov 2026"),
        ("2026-11-02..2026-11-06", "From Mon 2 Nov 2026 to Fri 6 Nov 2026"),
    ],
)
def test_periods_have_names(period: str, text: str) -> None:
    assert PHRASES.say(*period_words(period)).text == text
    assert f"PAPER · {text}: " in words(show_pnl(Pnl(period=period), a_view(invested())))


def test_every_named_period_has_a_phrase() -> None:
    from skills.periods import span

    for key in PHRASES:
        name = key.removeprefix("period.")
        if key.startswith("period.") and name not in ("last_days", "since", "between"):
            assert span(name, date(2026, 11, 20))


def test_p33_micro_trades_are_told_apart_from_the_others() -> None:
    """Of two standard trades one won; three micro-trades that lost are not among them."""
    standard = (a_trade(closed_at=NOON, realised="10"), a_trade(closed_at=NOON, realised="-4"))
    micro = tuple(a_trade(closed_at=NOON, realised="-1", micro=True) for _ in range(3))
    text = words(show_pnl(Pnl(), a_view(invested(), trades=(*standard, *micro))))
    assert "2 trades closed for +$6.00, 50% of them won; apart from them 3 micro-trades for −$3.00; open" in text
    alone = words(show_pnl(Pnl(tickers=("KO",)), a_view(invested(), trades=micro)))
    assert "0 trades closed for $0.00; apart from them 3 micro-trades for −$3.00" in alone
