"""Charts in characters."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.answers import rendered
from engine.core.performance import Standing
from engine.core.units import money
from engine.view import View
from skills.charts import Chart, drawdown, equity, returns, show_chart
from skills.skill import Say
from tests.builders import DAY
from tests.engine.scenes import a_scene
from tests.skills.views import PHRASES, PRICES, a_view, days, invested, words


def chart(view: View, what: str, **slots: Any) -> Say:
    return show_chart(Chart(what=what, **slots), view)


def priced(*closes: str) -> View:
    """KO at these closes, the last one on the day before DAY, and at 63 now."""
    dates = tuple(DAY - timedelta(days=len(closes) - n) for n in range(len(closes)))
    row = [money(one) for one in closes]
    return a_view(invested(), a_scene(prices=PRICES, closes={"KO": row}, closed=dates))


def test_equity_goes_from_the_first_close_to_now() -> None:
    view = a_view(invested(), snapshots=days("10000", "9900", "10010"))
    assert words(chart(view, "equity")) == (
        "PAPER · Since the start, equity: $10,000.00 on Tue 17 Nov 2026 → $10,030.00 on Fri 20 Nov 2026 (+0.3%)\n"
        "▆▁▇█\n"
        "Low $9,900.00 on Wed 18 Nov 2026, high $10,030.00 on Fri 20 Nov 2026."
    )


def test_what_is_heard_has_the_numbers_and_no_blocks() -> None:
    spoken = rendered(chart(a_view(invested(), snapshots=days("10000", "9900", "10010")), "equity"), PHRASES).speech
    assert not set(spoken) & set("▁▂▃▄▅▆▇█")
    assert "low nine thousand nine hundred dollars" in spoken.lower()


def test_a_period_begins_with_the_close_before_it() -> None:
    view = a_view(invested(), snapshots=days("10000", "9900", "10010"))
    assert chart(view, "equity", period="today").facts["points"] == [money(10_010), money(10_030)]


def test_money_put_in_is_no_gain() -> None:
    closes = [Standing(100, 100, None, DAY), Standing(200, 200, None, DAY + timedelta(days=1))]
    assert equity(closes)["change_frac"] == 0
    assert drawdown(closes)["points"] == [0, 0]


def test_drawdown_is_under_the_highest_close_before() -> None:
    view = a_view(invested(), snapshots=days("10000", "8000", "9000"))
    assert words(chart(view, "drawdown")) == (
        "PAPER · Since the start, drawdown: 0% from its high now, at worst −20% on Wed 18 Nov 2026\n"
        "█▁▅█\n"
        "From Tue 17 Nov 2026 to Fri 20 Nov 2026."
    )


def test_returns_are_those_of_the_sessions() -> None:
    view = a_view(invested(), snapshots=days("10000", "8000", "10000"))
    assert words(chart(view, "returns")) == (
        "PAPER · Since the start, returns: 3 sessions, 2 of them up; the last +0.3%\n"
        "▁█▄\n"
        "Worst −20% to Wed 18 Nov 2026, best +25% to Thu 19 Nov 2026; from Wed 18 Nov 2026 to Fri 20 Nov 2026."
    )


@pytest.mark.parametrize(("sessions", "steps"), [(41, "sessions"), (42, "weeks"), (400, "months")])
def test_more_sessions_than_fit_are_weeks_or_months(sessions: int, steps: str) -> None:
    closes = [Standing(1_000 + n, 0, None, date(2026, 1, 1) + timedelta(days=n)) for n in range(sessions)]
    found = returns(closes)
    assert found["steps"].key == f"charts.steps.{steps}"
    assert len(found["points"]) <= 40
    growth = 1.0
    for one in found["points"]:
        growth *= 1 + one
    assert growth == pytest.approx((999 + sessions) / 1_000)


def test_one_close_is_too_few() -> None:
    assert words(chart(a_view(), "drawdown")) == (
        "PAPER · Since the start: 1 close so far, too few for a chart of drawdown. Each session adds one."
    )


def test_allocation_lists_the_largest_first_then_what_is_not_invested() -> None:
    state = replace(invested(), reserve=money(100))
    assert words(chart(a_view(state), "allocation")) == (
        "PAPER · Where $10,030.00 are, 1 position:\n"
        "  █ KO 6.28%, $630.00\n"
        "  ███████████████████ cash 92.72%, $9,300.00\n"
        "  █ reserve 1%, $100.00"
    )


def test_the_price_of_a_company_goes_from_its_first_close_to_now() -> None:
    assert words(chart(priced("60", "58", "61"), "price", tickers=("KO",))) == (
        "KO · The last 90 days: $60.00 on Tue 17 Nov 2026 → $63.00 on Fri 20 Nov 2026 (+5%)\n"
        "▄▁▅█\n"
        "Low $58.00 on Wed 18 Nov 2026, high $63.00 on Fri 20 Nov 2026."
    )


def test_only_closes_of_the_period_are_drawn() -> None:
    say = chart(priced("60", "58", "61"), "price", tickers=("KO",), period="last_2_days")
    assert say.facts["rows"][0]["said"].facts["points"] == [money(61), money(63)]


def test_a_company_without_a_price_or_with_too_few_closes_is_said() -> None:
    assert words(chart(priced("60"), "price", tickers=("KO", "TSLA"), period="today")).split("\n") == [
        "KO · Today: fewer than two closes are known, so there is nothing to draw.",
        "No price in this market for TSLA.",
    ]


def test_three_companies_are_drawn_at_once() -> None:
    say = chart(priced("60", "61"), "price", tickers=("KO", "A", "B", "C", "D"))
    assert words(say).endswith("Three at once at most; ask again for C and D.")


def test_a_chart_of_the_price_needs_a_company_and_others_are_of_the_whole_account() -> None:
    assert words(chart(a_view(), "price")).startswith("Which company?")
    assert words(chart(a_view(), "returns", tickers=("KO",))) == (
        'A chart of returns is of the whole account. Of KO there is one of the price: "chart the price of Apple".'
    )
