"""Changing what it may do, by talking: safer at once, riskier after a yes, and back again."""

from dataclasses import replace

import pytest

from engine.core.words import Tier
from tests.journeys.house import Visit

DAY_S = 86_400


async def test_risk_rises_one_step_a_day_and_falls_at_once(new: Visit) -> None:
    asked = await new.say("set my risk to moderate")
    assert asked == (
        "PAPER · Change this?\n"
        "  risk tolerance: conservative → moderate (largest position today $5,000.00 → $8,000.00)\n"
        "Today: a usual position about $2,000.00 → $4,000.00, of which its stop would lose about $49.13 → $131.08; "
        "all stops together at most $6,000.00 → $10,000.00, now $0.00.\n"
        "Yes or no?"
    )
    assert await new.say("yes") == "Done.\n  risk tolerance: conservative → moderate"
    new.people.wait(3600)
    assert await new.say("set my risk to aggressive") == (
        "Risk tolerance was raised less than a day ago; the next step up is possible in 23 h. "
        "Lowering is possible at once."
    )
    assert await new.say("set my risk to conservative") == "Done.\n  risk tolerance: moderate → conservative"
    assert "one step at a time: from conservative to moderate first" in await new.say("set my risk to aggressive")
    new.people.wait(DAY_S)
    await new.agree("set my risk to moderate")
    new.people.wait(DAY_S)
    await new.agree("set my risk to aggressive")
    assert new.state.preferences.trading.risk_tolerance is Tier.AGGRESSIVE


async def test_the_most_that_may_be_lost_in_a_day(new: Visit) -> None:
    assert await new.say("never lose more than two percent a day") == "Done.\n  daily loss limit: 3% → 2%"
    assert await new.say("never lose more than 5 percent a day") == (
        "PAPER · Change this?\n"
        "  daily loss limit: 2% → 5% (entries stop after losing $2,000.00 → $5,000.00 in a day)\n"
        "Yes or no?"
    )
    assert await new.say("no") == "All right, dropped: the daily loss limit. Nothing was changed."
    assert new.state.preferences.risk.daily_loss_limit_pct == 2
    await new.agree("never lose more than 5 percent a day")
    assert new.state.preferences.risk.daily_loss_limit_pct == 5
    assert "PAPER · Limits are looser now: daily loss limit 2% → 5%." in await new.news()


async def test_undo_takes_back_the_last_thing_and_then_the_one_before(new: Visit) -> None:
    await new.say("set my daily loss limit to 2 percent")
    await new.say("watch apple")
    assert await new.say("undo") == "Put back.\n  watchlist: removed AAPL"
    assert (await new.say("undo")).startswith("PAPER · Change this?\n  daily loss limit: 2% → 3%")
    assert await new.say("yes") == "Put back.\n  daily loss limit: 2% → 3%"
    assert await new.say("undo") == "There is no change to put back."


async def test_undo_of_something_riskier_is_done_at_once(new: Visit) -> None:
    await new.agree("trade for me")
    assert await new.say("undo") == "Put back.\n  autonomy: auto → off"


async def test_undo_of_a_pause_resumes_after_a_yes(new: Visit) -> None:
    await new.say("pause")
    asked = await new.say("undo")
    assert asked.startswith("PAPER · Resume?")
    assert (await new.say("yes")).startswith("Resumed.")
    assert new.state.pause is None


async def test_an_undo_that_would_now_undo_something_else_is_not_done(new: Visit) -> None:
    await new.say("set my daily loss limit to 2 percent")
    assert "daily loss limit: 2% → 3%" in await new.say("undo")
    await new.say("set my max drawdown to 10 percent", channel="elsewhere")
    assert await new.say("yes") == (
        "The daily loss limit has changed since I asked. Nothing was done; say it again to get the numbers of now."
    )
    risk = new.state.preferences.risk
    assert (risk.daily_loss_limit_pct, risk.max_drawdown_pct) == (2, 10)


async def test_a_watchlist_is_changed_whole_or_not_at_all(new: Visit) -> None:
    said = await new.say("add nvidia and apple to my watchlist")
    assert said.startswith('Nothing was changed: no price in this market for NVDA. Say "watch AAPL" to add the rest.')
    assert new.state.preferences.trading.watchlist == ()
    said = await new.say("add microsoft and apple to my watchlist")
    assert said == "Done: now watching AAPL and MSFT. 2 companies on your watchlist."
    assert await new.say("watch apple") == "AAPL is on your watchlist already."
    said = await new.say("show my watchlist")
    assert said.startswith("Watching 2 companies:\n  AAPL  $")
    assert await new.say("remove tesla from my watchlist") == "TSLA is not on your watchlist."
    said = await new.say("remove apple from my watchlist")
    assert said == "Done: no longer watching AAPL. 1 company on your watchlist."


async def test_a_value_out_of_range_changes_nothing(new: Visit) -> None:
    said = await new.say("set my daily loss limit to 90 percent")
    assert "The daily loss limit cannot be 90%" in said
    assert said.endswith("Nothing was changed.")
    assert new.state.preferences.risk.daily_loss_limit_pct == 3


async def test_what_is_so_already_is_said(new: Visit) -> None:
    said = await new.say("set my daily loss limit to 3 percent")
    assert said == "Nothing to change: daily loss limit is 3% already."


async def test_too_many_changes_in_a_minute(new: Visit) -> None:
    for turn in range(30):
        await new.say("watch apple" if turn % 2 == 0 else "unwatch apple")
    said = await new.say("watch apple")
    assert said == "That is more than 30 changes in a minute; try again in 1 min. Nothing was changed."
    new.people.wait(61)
    assert "now watching AAPL" in await new.say("watch apple")


async def test_a_missing_piece_is_asked_for_and_taken(new: Visit) -> None:
    assert await new.say("set my risk") == "Which one: conservative, moderate or aggressive?"
    assert "risk tolerance: conservative → moderate" in await new.say("moderate")
    await new.say("yes")
    assert new.state.preferences.trading.risk_tolerance is Tier.MODERATE


async def test_a_piece_that_comes_too_late_is_not_taken(new: Visit) -> None:
    await new.say("set my risk")
    new.people.wait(301)
    assert "did not understand" in await new.say("moderate") or "not sure" in await new.say("moderate")


@pytest.mark.parametrize(
    "text", ["buy 10 apple", "tell me a joke", "do not trade for me", "should I sell apple?", "🤷"]
)
async def test_what_is_not_asked_for_is_not_done(new: Visit, text: str) -> None:
    before = new.state
    reply = await new.hear(text)
    assert replace(new.state, seq=before.seq, head=before.head) == before  # a refusal is only witnessed
    assert reply.text
    assert not new.house.dialogue.confirmations.any_open(new.people.now)


async def test_the_history_says_you_and_until_when(new: Visit) -> None:
    await new.say("set my daily loss limit to 2 percent until friday")
    (row,) = [one for one in (await new.say("show my settings history")).split("\n") if "daily loss limit" in one]
    assert row.split("daily loss limit: ")[1] == "3% → 2% until Fri 7 Feb 00:00 · you"
