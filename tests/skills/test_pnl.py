from datetime import date, timedelta

import pytest

from engine.core.units import money
from skills.pnl import Pnl, beside_benchmark, equity_at, period_words, show_pnl
from tests.builders import DAY, NOON, a_snapshot, a_trade
from tests.engine.scenes import a_scene
from tests.skills.views import PHRASES, PRICES, a_view, days, invested, words

CLOSED = NOON - timedelta(days=1)


def test_today_is_against_the_last_close() -> None:
    text = words(show_pnl(Pnl(), a_view(invested(), snapshots=days("10000", "10010"))))
    assert text == (
        "PAPER · Today: +$20.00 (+0.2%) · now $10,030.00, +$30.00 (+0.3%) since the start\n"
        "0 trades closed for $0.00; open positions stand at +$30.00."
    )


def test_a_past_day_is_between_its_closes() -> None:
    """DAY is a Friday; the Thursday's close was 10,010, the Wednesday's 10,000."""
    say = show_pnl(Pnl(period="yesterday"), a_view(invested(), snapshots=days("10000", "10010")))
    assert (say.facts["pnl"], say.facts["equity"]) == (money(10), money(10_030))


def test_after_the_close_today_is_the_days_own_snapshot() -> None:
    snapshots = (*days("10000", "10010"), a_snapshot("10025", session=DAY))
    view = a_view(invested(last=snapshots[-1]), snapshots=snapshots)
    assert equity_at(view, DAY) == money(10_025)
    assert equity_at(view, DAY - timedelta(days=99)) == money(10_000)


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


def test_the_benchmark_stands_beside_it_where_it_is_known() -> None:
    levels = [a_snapshot(session=DAY - timedelta(days=n), benchmark=money(level)) for n, level in ((2, 100), (1, 105))]
    view = a_view(invested(), snapshots=tuple(levels))
    yesterday = DAY - timedelta(days=1)
    found = beside_benchmark(view, yesterday, yesterday)
    assert found["benchmark_frac"] == pytest.approx(0.05)
    assert "S&P 500 +5%" in words(show_pnl(Pnl(period="yesterday"), view))
    open_day = a_view(invested(), a_scene(prices=PRICES, benchmark=money(84)), snapshots=tuple(levels))
    assert beside_benchmark(open_day, DAY, DAY)["benchmark_frac"] == pytest.approx(-0.2)
    assert "S&P 500" not in words(show_pnl(Pnl(), view)), "its level of now is not known"
    assert beside_benchmark(a_view(), DAY, DAY) == {"benchmark_frac": None}


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
