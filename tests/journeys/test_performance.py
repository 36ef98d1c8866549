"""Asking how it went: the same numbers in every answer, in the day's summary and over a restart."""

import re
from pathlib import Path

import pytest

from tests.journeys.house import People, Visit, copied, visit


async def test_performance_profit_and_summary_agree(invested: Visit) -> None:
    await invested.days(2)
    told = (await invested.news())[-1]
    today = await invested.hear("how much did I make today")
    shown = await invested.hear("show my performance today")
    assert [shown.facts[name] for name in ("pnl", "pnl_frac")] == [today.facts[name] for name in ("pnl", "pnl_frac")]
    header = told.splitlines()[0]
    assert shown.text.partition(": ")[2].partition(")")[0] in header
    for period in ("this week", "last week", "all time"):
        profit = await invested.hear(f"profit {period}")
        found = await invested.hear(f"performance {period}")
        assert [found.facts[name] for name in ("pnl", "pnl_frac", "equity", "unrealised")] == [
            profit.facts[name] for name in ("pnl", "pnl_frac", "equity", "unrealised")
        ]
        assert found.facts["trades"].facts.get("trades", 0) == profit.facts["trades"]


async def test_the_summary_tells_win_rate_and_nearest_stops(invested: Visit) -> None:
    await invested.days(4)
    told = (await invested.news())[-1]
    trades = invested.state.trades
    share, count = re.findall(r"Won ([\d.]+)% of (\d+) trade", told)[0]
    assert int(count) == len(trades) > 0
    assert float(share) == pytest.approx(100 * sum(one.realised > 0 for one in trades) / len(trades), abs=0.01)
    prices = {ticker: quote.price for ticker, quote in (await invested.house.engine.view()).scene.quotes.items()}
    held = invested.state.positions
    nearest = sorted(held, key=lambda ticker: 1 - held[ticker].stop / prices[ticker])
    line = next(line for line in told.splitlines() if "Nearest to a stop" in line)
    assert [part.split()[0] for part in line.partition(": ")[2].split(", ")] == nearest[:3]


async def test_taxes_and_reserve_are_the_same_after_a_restart(
    invested_files: Path, tmp_path: Path, people: People
) -> None:
    asked = ("show my tax report for this year", "show the reserve", "performance all time")
    folder = copied(invested_files, tmp_path / "account")
    async with visit(folder, people) as account:
        await account.days(4)
        first = [await account.say(question) for question in asked]
        sales = account.house.engine.history.sales
        assert first[0].startswith("PAPER · This year for taxes: ")
        assert first[0].endswith("Before fees; this is no tax advice.")
        assert first[0].count("bought on") == min(10, len(sales)) > 0
        assert "Last moves:\n" in first[1]
        ticker = next(iter(account.state.positions))
        assert "Held, oldest first:\n" in await account.say(f"show the tax lots of {ticker}")
    async with visit(folder, people) as account:
        assert [await account.say(question) for question in asked] == first


async def test_what_else_can_be_looked_at(invested: Visit) -> None:
    assert '"parley import earnings FILE" brings dates in' in await invested.say("when are the next earnings?")
    said = await invested.say("show my strategies")
    assert said.startswith("PAPER · 3 strategies listened to, of 5 at most; ")
    assert "  momentum: on; " in said
    assert "the most alike first:\n" in await invested.say("how correlated are my positions?")
    help_text = await invested.say("help with performance")
    assert "show my tax report for this year" in help_text
