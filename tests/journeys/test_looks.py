"""Looking at trades, prices and charts, and asking for what this build does not have."""

from pathlib import Path

from tests.journeys.house import People, Visit, copied, visit


async def test_trades_are_shown_and_shown_again_after_a_restart(
    invested_files: Path, tmp_path: Path, people: People
) -> None:
    folder = copied(invested_files, tmp_path / "account")
    async with visit(folder, people) as first:
        shown = await first.say("show my trades")
        title, *rows = shown.split("\n")
        assert title.startswith("PAPER · Since the start: ")
        assert len(rows) >= len(first.state.positions) >= 1
        assert all(" · bought " in row or " · sold " in row or row.startswith("And ") for row in rows)
        assert "nothing was bought or sold" in await first.say("did you sell any of my Apple yesterday?")
        assert (await first.say("what about last week?")).startswith("PAPER · Last week, AAPL: ")
    async with visit(folder, people) as again:
        assert await again.say("show my trades") == shown


async def test_a_price_is_asked_for_one_company_and_then_for_another(invested: Visit) -> None:
    held = min(invested.state.positions)
    quote = await invested.say(f"quote ${held}")
    assert f"({held}) $" in quote
    assert "You hold " in quote.split("\n")[1]
    assert (await invested.say("give me a quote")).startswith("Which company?")
    assert "(MSFT) $" in await invested.say("Microsoft")
    assert "(PEP) $" in await invested.say("and Pepsi?")
    assert (await invested.say("what's Tesla trading at?")).startswith("No price in this market for TSLA. It has AAPL,")


async def test_a_chart_is_drawn_of_what_was_asked_for(invested: Visit) -> None:
    assert (await invested.say("draw a chart")).startswith("A chart of what:")
    fall = (await invested.say("the drawdown")).split("\n")
    assert fall[0].startswith("PAPER · Since the start, drawdown: ")
    assert set(fall[1]) <= set("▁▂▃▄▅▆▇█")
    price = (await invested.say("chart Apple's price for the last 30 days")).split("\n")
    assert price[0].startswith("Apple Inc. (AAPL) · The last 30 days: $")
    assert 15 <= len(price[1]) <= 22
    assert len((await invested.say("now for the last 90 days")).split("\n")[1]) == 40
    spoken = (await invested.hear("pie chart of my allocation")).speech
    assert "cash" in spoken
    assert "█" not in spoken


async def test_what_is_no_part_of_this_build_changes_nothing(invested: Visit) -> None:
    before = invested.state
    assert (await invested.say("go live")).startswith("Real money is no part of this build")
    assert await invested.say("yes") != "Done."
    assert (await invested.say("delete all my data")).startswith("Data cannot be deleted from this chat.")
    assert (await invested.say("run a backtest for last year")).startswith("Backtests are no part of this build.")
    assert (await invested.say("switch to paper trading")).startswith("PAPER · It is on paper money already.")
    assert invested.state == before
