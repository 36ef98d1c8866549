"""Settings of every kind, by talking: up and down, on and off, in and out, for a time, as they were, as at first."""

from engine.core.words import AssetClass, Autonomy, Sector
from tests.journeys.house import Visit


async def test_a_setting_goes_down_at_once_and_up_after_a_yes(new: Visit) -> None:
    assert await new.say("lower my daily loss limit by half a percent") == "Done.\n  daily loss limit: 3% → 2.5%"
    assert await new.say("raise my daily loss limit by 0.2 percent") == (
        "PAPER · Change this?\n"
        "  daily loss limit: 2.5% → 2.7% (entries stop after losing $2,500.00 → $2,700.00 in a day)\n"
        "Yes or no?"
    )
    await new.say("yes")
    assert new.state.preferences.risk.daily_loss_limit_pct == 2.7
    assert await new.say("lower my daily loss limit by 5 percent") == (
        "The daily loss limit cannot be −2.3%; possible is: from 0.1% to 50%. Nothing was changed."
    )


async def test_what_nobody_here_honours_is_refused_with_the_reason(new: Visit) -> None:
    assert await new.say("turn gradual entry off") == "Done.\n  gradual entry: on → off"
    assert await new.say("turn level 2 data on") == (
        "The order book depth cannot be on here: this market shows last prices, not the order book. "
        "Nothing was changed."
    )


async def test_what_is_never_bought_is_let_in_again_after_a_yes(new: Visit) -> None:
    assert await new.say("never buy Apple") == "Done: I never buy AAPL from now on."
    assert await new.say("exclude energy") == "Done: I never buy energy from now on."
    assert await new.say("exclude energy") == "Nothing to change; excluded already: energy."
    asked = await new.say("allow Apple again")
    assert asked.endswith("up to $5,000.00 in one company. Still excluded: energy.\nYes or no?")
    assert await new.say("yes") == "Done: AAPL may be bought again. Still excluded: energy."
    trading = new.state.preferences.trading
    assert (trading.excluded_tickers, trading.excluded_sectors) == ((), (Sector.ENERGY,))


async def test_kinds_of_securities_leave_at_once_and_come_after_a_yes(new: Visit) -> None:
    assert await new.say("do not trade ETFs") == "Done.\n  kinds of securities: removed ETFs"
    await new.agree("trade ETFs again")
    assert new.state.preferences.trading.asset_classes == (AssetClass.EQUITIES, AssetClass.ETFS)


async def test_a_setting_for_a_time_goes_back_by_itself(new: Visit) -> None:
    assert await new.say("set my max exposure to 70 percent until friday") == (
        "Done.\n  max exposure: 80% → 70% until Fri 7 Feb 00:00, then back to 80%"
    )
    await new.days(3)
    assert new.state.preferences.risk.max_exposure_pct == 70
    await new.days(2)
    assert new.state.preferences.risk.max_exposure_pct == 80


async def test_times_are_told_by_the_owners_clock(new: Visit) -> None:
    told = await new.say("my time zone is Berlin")
    assert told == (
        "Done: times are told and understood by Berlin time from now on (was New York); here it is Mon 3 Feb 15:30."
    )
    assert "Mon 3 Feb 15:30" in await new.say("status")
    assert await new.say("send the daily summary at 6 pm") == (
        "Done: the day's summary comes at 18:00 by your clock (was 16:30); the next one on Mon 3 Feb 22:02. "
        "18:00 comes before the market's close there, so it is told right after the close."
    )


async def test_first_steps_are_one_change_and_one_undo(new: Visit) -> None:
    assert await new.say("use the first steps preset") == (
        "PAPER · Change this?\n"
        "  autonomy: off → ask (I propose trades of up to $5,000.00 and make none without your yes)\n"
        "  most trades a day: 50 → 5 "
        "(bought in a day at most $80,000.00 → $25,000.00, in positions of up to $5,000.00)\n"
        "  max open positions: 10 → 5 "
        "(invested today at most $50,000.00 → $25,000.00, in positions of up to $5,000.00)\n"
        "  daily loss limit: 3% → 1% (entries stop after losing $3,000.00 → $1,000.00 in a day)\n"
        "Yes or no?"
    )
    await new.say("yes")
    assert new.state.preferences.trading.autonomy is Autonomy.ASK
    assert await new.say("use the first steps preset") == (
        "Nothing to change: the first steps settings are in force already."
    )
    await new.agree("undo")
    trading = new.state.preferences.trading
    assert (trading.autonomy, trading.max_daily_trades) == (Autonomy.OFF, 50)


async def test_settings_go_back_to_an_earlier_hour_and_to_the_first(new: Visit) -> None:
    await new.say("watch apple")
    new.people.wait(2 * 86_400)
    await new.say("set my daily loss limit to 2 percent")
    await new.say("compare me with Coke")
    asked = await new.say("put it back as it was yesterday")
    assert "daily loss limit: 2% → 3%" in asked
    assert (await new.say("yes")).startswith("Done.\n  daily loss limit: 2% → 3%")
    preferences = new.state.preferences
    assert (preferences.performance.benchmark, preferences.trading.watchlist) == ("SPY", ("AAPL",))
    assert await new.say("reset my settings") == "Done: no longer watching AAPL. Your watchlist is empty."
    assert await new.say("reset my settings") == "Nothing to reset: all settings are as they were at first."


async def test_paper_money_and_a_beginning_anew(new: Visit) -> None:
    assert await new.say("add $5,000 of paper money") == (
        "PAPER · $5,000.00 of paper money put in. Cash $100,000.00 → $105,000.00; "
        "it counts neither as gain nor as loss."
    )
    assert await new.say("take out $200,000 of paper money") == (
        "$200,000.00 is more than may be taken: $105,000.00 is settled and not held by open orders. Nothing was "
        "changed."
    )
    asked = await new.hear("reset the paper account with $5,000")
    assert "Begin this account anew with $5,000.00?" in asked.text
    assert 'Type "reset paper"' in asked.text
    assert (await new.say("reset paper")).startswith("PAPER · The account begins anew with $5,000.00.")
    assert new.state.cash == 5_000 * 10_000
