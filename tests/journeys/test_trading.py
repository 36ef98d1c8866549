"""Letting it trade: by itself, or after a yes to each trade."""

import re

from engine.core.nouns import Decision
from engine.core.words import Autonomy, Origin, Side, Skip
from tests.journeys.house import Visit

BOUGHT = re.compile(
    r"PAPER · Mon 3 Feb 09:45 · Bought \d+ shares? of [A-Z]+ at \$[\d.,]+ = \$[\d.,]+ \([\d.]+% of the account\)\. "
    r"Stop \$[\d.,]+, take \$[\d.,]+; \$[\d.,]+ \([\d.]+%\) at risk\. [A-Z]+ is .+\."
)
SUMMARY = re.compile(
    r"PAPER · \w{3} \d+ \w{3} 2020 · [+−]?\$[\d.,]+ \([+−]?[\d.]+%\) · \$[\d.,]+, [+−]?\$[\d.,]+ since the start"
)


async def test_until_it_is_told_to_it_trades_nothing(new: Visit) -> None:
    await new.days(2)
    assert not new.state.positions
    assert all(SUMMARY.match(text) for text in await new.news())
    said = await new.say("why did you buy?")
    assert said == "I have bought nothing so far. Autonomy is off: recommendations are noted, nothing is bought."


async def test_trade_for_me_is_read_back_in_dollars_and_bought_after_a_yes(new: Visit) -> None:
    asked = await new.hear("trade for me")
    assert asked.text == (
        "PAPER · Autonomy off → auto: I will buy and sell by myself, conservative limits, at most 10 positions "
        "of up to $5,000.00 each and $80,000.00 in all; entries stop for the day after a loss of $3,000.00. "
        "A usual position is about $2,000.00 today, of which its stop would lose about $49.13; "
        "all stops together at most $6,000.00, now $0.00. Yes or no?"
    )
    assert [button.says for button in asked.buttons] == ["yes", "no"]
    assert new.state.preferences.trading.autonomy is Autonomy.OFF
    await new.replay.beat()
    assert not new.state.positions, "the market stands still while a question is open"
    assert (await new.say("yes")).startswith("Done: I now trade by myself, within your limits.")
    await new.days(1)
    told = await new.news()
    assert told[0] == "PAPER · Limits are looser now: autonomy off → auto."
    bought = [text for text in told if "Bought" in text]
    assert len(bought) == len(new.state.positions) == 3
    assert all(BOUGHT.fullmatch(text) for text in bought), bought
    assert SUMMARY.match(told[-1])
    assert "3 entries, 0 exits · 3 positions open" in told[-1]
    assert "left alone 8 times, as its confidence was too low" in told[-1]


async def test_a_week_of_it(invested: Visit) -> None:
    """Exits are told with their result, answers are about what happened."""
    await invested.days(4)
    told = await invested.news()
    sold = [text for text in told if "old " in text and "shares of" in text and "Bought" not in text]
    assert sold
    for text in sold:
        assert re.search(r"sold|Sold", text)
        assert re.search(
            r"\d+ shares? of \w+ at \$[\d.,]+ = \$[\d.,]+ \([\d.]+% of the account\), [+−]\$[\d.,]+ \(", text
        )
    said = await invested.say("show my positions")
    assert said.startswith(f"PAPER · {len(invested.state.positions)} positions, $")
    for ticker, position in invested.state.positions.items():
        assert f"  {ticker}  {position.shares} share" in said
    for period in ("today", "yesterday", "this week", "last week", "this month", "last month", "this year"):
        answer = await invested.say(f"how much did I make {period}")
        assert answer.startswith("PAPER · "), answer
        assert "$" in answer
    assert "since the start" in await invested.say("how am I doing?")


async def test_profit_adds_up_over_periods(invested: Visit) -> None:
    """The days add up to the whole, and the whole is what the account is worth more than was put in."""
    await invested.days(1)
    snapshots = invested.house.engine.history.snapshots
    assert sum(one.day_pnl for one in snapshots) == snapshots[-1].equity - invested.state.contributed
    whole = await invested.hear("profit all time")
    assert whole.facts["pnl"] == whole.facts["since_start"] == snapshots[-1].equity - invested.state.contributed
    today, yesterday = [await invested.hear(f"how much did I make {day}") for day in ("today", "yesterday")]
    assert (today.facts["pnl"], yesterday.facts["pnl"]) == (snapshots[-1].day_pnl, snapshots[-2].day_pnl)


def newest(visitor: Visit, side: Side, *, acts: bool) -> Decision:
    decisions = visitor.house.engine.history.decisions
    return next(one for one in reversed(decisions) if one.side is side and one.acts is acts)


async def test_why_it_bought_and_why_it_did_not(invested: Visit) -> None:
    bought, left = newest(invested, Side.BUY, acts=True), newest(invested, Side.BUY, acts=False)
    said = await invested.say(f"why did you buy {bought.ticker}?")
    assert said.startswith(f"Bought {bought.shares} share")
    assert bought.thesis in said
    assert "your limits ask for 65%" in said
    said = await invested.say(f"why didn't you buy {left.ticker}?")
    assert said.startswith((f"{left.ticker} was recommended on ", "Bought "))
    said = await invested.say("why didn't you buy?")
    assert said.startswith(f"{left.ticker} was recommended on ")
    assert "left alone" in said
    assert (await invested.say("why did you not sell Microsoft?")).startswith("MSFT is still held: at $")
    said = await invested.say("why did you buy Tesla?")
    assert said == "TSLA has no price in this market, so it was never considered."


async def test_limits_say_what_is_used(invested: Visit) -> None:
    said = await invested.say("show my limits")
    assert said.startswith("PAPER · moderate limits in force; near or at: ")
    assert "open positions: 10 of 10, 0 left (yours) · binds now" in said
    assert "position: at most 8% = $" in said
    assert re.search(r"by sector: \w+", said)


async def test_closing_a_position(invested: Visit) -> None:
    held = invested.state.positions["MSFT"]
    asked = await invested.hear("close my microsoft position")
    assert asked.text.startswith("PAPER · Sell this, about $")
    assert f"MSFT: {held.shares} shares at $" in asked.text
    assert "The market is closed; it would be sold at Fri 7 Feb 09:30." in asked.text
    assert (await invested.say("yes")).startswith(f"PAPER · Selling: {held.shares} shares of MSFT.")
    assert "MSFT is being sold already." in await invested.say("close my microsoft position")
    told = await invested.news()
    assert f"PAPER · The market is closed: {held.shares} shares of MSFT will be sold at Fri 7 Feb 09:30." in told
    await invested.until(lambda state: "MSFT" not in state.positions, beats=5)
    assert any(f"Sold at your word: {held.shares} shares of MSFT at $" in text for text in await invested.news())
    assert "because you said so" in await invested.say("why did you sell microsoft?")
    assert await invested.say("close my microsoft position") == "You do not hold MSFT."


async def test_closing_half_of_it(invested: Visit) -> None:
    held = invested.state.positions["MSFT"].shares
    assert "50% of" in await invested.say("close half of my microsoft position")
    await invested.say("yes")
    await invested.until(lambda state: state.positions["MSFT"].shares < held, beats=5)
    assert invested.state.positions["MSFT"].shares == held - (held + 1) // 2


async def asking(visitor: Visit) -> None:
    await visitor.agree("ask me before every trade")
    await visitor.until(lambda state: bool(state.proposals), beats=10)


async def test_asked_before_a_trade_a_yes_buys_it(new: Visit) -> None:
    await asking(new)
    proposals = [one.decision for one in new.state.proposals.values()]
    told = [text for text in await new.news() if "Shall I" in text]
    assert len(told) == len(proposals) == 3
    assert re.fullmatch(
        r"PAPER · Mon 3 Feb 09:45 · Shall I buy \d+ shares of UNH at \$[\d.]+ = \$[\d.,]+ \([\d.]+% of the account\)\? "
        r"Stop \$[\d.]+, take \$[\d.]+; \$[\d.]+ at risk\. UNH is .+\. Yes or no, within 5 min\.",
        told[0],
    )
    assert [button.says for button in new.wall.buttons[-3:-1]] == ["yes", "no"]
    said = await new.say("yes")
    assert said.startswith("More than one trade waits for your yes: UNH, XOM and CVX.")
    assert not new.state.orders
    assert not new.state.positions
    assert (await new.say("approve UNH")).startswith("Approved: buy ")
    assert new.state.positions.keys() == {"UNH"}
    assert await new.say("reject CVX") == "Declined: CVX is left alone."
    assert (await new.say("yes")).startswith("Approved: buy ")
    assert new.state.positions.keys() == {"UNH", "XOM"}
    assert await new.say("yes") == "There is nothing waiting for your answer."
    decisions = {one.ticker: one for one in new.house.engine.history.decisions if one.ticker in ("UNH", "XOM", "CVX")}
    assert {ticker: one.reason for ticker, one in decisions.items()} == {
        "UNH": Skip.NONE,
        "XOM": Skip.NONE,
        "CVX": Skip.DECLINED,
    }
    assert decisions["UNH"].origin is Origin.PROPOSAL
    assert "You said no." in await new.say("why didn't you buy chevron?")


async def test_a_no_declines_and_silence_lapses(new: Visit) -> None:
    await asking(new)
    assert (await new.say("reject UNH")) == "Declined: UNH is left alone."
    await new.news()
    at = new.house.engine.clock.market()
    await new.replay.beat()
    assert new.house.engine.clock.market() == at, "the market stands still while a question is open"
    await new.seconds_pass(299)
    assert len(new.state.proposals) == 2
    await new.seconds_pass(1)
    assert not new.state.proposals
    assert await new.news() == [
        "PAPER · Mon 3 Feb 09:45 · The trade in XOM is off, as nobody answered in time, which is a no.",
        "PAPER · Mon 3 Feb 09:45 · The trade in CVX is off, as nobody answered in time, which is a no.",
    ]
    assert not new.state.positions
    assert await new.say("yes") == "There is nothing waiting for your answer."
    assert "Nobody answered in five minutes, which is a no." in await new.say("why didn't you buy chevron?")
    await new.replay.beat()
    assert new.house.engine.clock.market() > at


async def test_no_declines_all_that_is_proposed(new: Visit) -> None:
    await asking(new)
    assert "left alone" in await new.say("no")
    assert not new.state.proposals
    assert not new.state.positions


async def test_a_yes_runs_the_gates_again(new: Visit) -> None:
    await asking(new)
    assert "Done." in await new.say("set my max open positions to 1")
    assert "Approved" in await new.say("approve UNH")
    await new.say("set my max exposure to 1 percent")
    said = await new.say("approve CVX")
    assert said.startswith("Too late for CVX: ")
    assert said.endswith("Nothing was done.")
    assert new.state.positions.keys() == {"UNH"}


async def test_turning_it_off_withdraws_what_is_asked(new: Visit) -> None:
    await asking(new)
    said = await new.say("turn off auto trading")
    assert said == (
        "Done: autonomy is off, nothing more is entered; stops and take-profits go on. "
        "3 questions and orders withdrawn."
    )
    assert not new.state.proposals
