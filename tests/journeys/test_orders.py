"""The owner's own orders and levels, from the sentence to the book."""

from engine.core.units import money
from engine.core.words import Origin, Side
from tests.journeys.house import Visit

HELD = "CVX"


async def in_the_window(visit: Visit) -> None:
    """Go on to a moment at which entries are made."""
    for _ in range(40):
        await visit.replay.beat()
        if (await visit.say("buy 1 Pepsi")).endswith("Yes or no?"):
            assert await visit.say("no") == "All right, dropped: buying PEP. Nothing was changed."
            return
    raise AssertionError("the window never opened")


async def test_a_buy_is_read_back_bought_after_a_yes_and_told(new: Visit) -> None:
    await in_the_window(new)
    await new.news()
    question = await new.hear("get me three shares of Pepsi")
    assert question.text.startswith("PAPER · Buy 3 shares of PEP at about $")
    assert [button.says for button in question.buttons] == ["yes", "no"]
    assert not new.state.positions
    assert (await new.say("yes")).startswith("PAPER · Being bought: 3 shares of PEP at about $")
    assert new.state.positions["PEP"].shares == 3
    assert any("Bought 3 shares of PEP at $" in text for text in await new.news())
    (decision,) = [one for one in new.house.engine.history.decisions if one.origin is Origin.OWNER]
    assert (decision.side, decision.acts, decision.source) == (Side.BUY, True, None)
    assert (await new.say("undo")).startswith("A purchase cannot be put back;")


async def test_a_buy_without_a_size_asks_for_it_and_can_be_corrected(new: Visit) -> None:
    await in_the_window(new)
    assert await new.say("buy some Pepsi") == "How many shares of PEP, or for how many dollars?"
    assert (await new.say("$400")).startswith("PAPER · Buy 3 shares of PEP at about $")
    assert "Buy 1 share of PEP at" in await new.say("no, one share")
    assert await new.say("no") == "All right, dropped: buying PEP. Nothing was changed."
    assert not new.state.positions


async def test_a_buy_that_a_gate_would_stop_is_refused_before_it_is_asked(new: Visit) -> None:
    said = await new.say("buy 2 Pepsi")
    assert said == (
        "Nothing was bought of PEP. The entry window was closed. Entries are possible from Mon 3 Feb 09:45."
    )
    await in_the_window(new)
    assert (await new.say("buy 5000 Pepsi")).startswith("Nothing was bought: 5,000 shares of PEP are more than ")
    assert (await new.say("never buy Pepsi")).startswith("Done: I never buy PEP from now on.")
    assert (await new.say("buy 2 Pepsi")).startswith("Nothing was bought of PEP. PEP is excluded;")
    assert await new.say("yes") == "There is nothing waiting for your answer."


async def test_the_kill_switch_stands_above_the_owners_own_word(new: Visit) -> None:
    await in_the_window(new)
    await new.say("stop everything")
    assert await new.say("buy 2 Pepsi") == ('Nothing was bought of PEP. The kill switch stood; "resume" lifts it.')


async def test_a_part_is_sold_after_a_yes(invested: Visit) -> None:
    await in_the_window(invested)
    before = invested.state.positions[HELD].shares
    assert (await invested.say("sell ten shares of Chevron")).startswith("PAPER · Sell this, about $")
    assert await invested.say("yes") == f"PAPER · Selling: 10 shares of {HELD}. The result follows."
    assert invested.state.positions[HELD].shares == before - 10
    assert any(f"Sold at your word: 10 shares of {HELD}" in text for text in await invested.news())
    assert "are more than can be sold" in await invested.say("sell 5000 Chevron")


async def test_a_sell_at_night_is_queued_and_shown(invested: Visit) -> None:
    said = await invested.say("sell half of my Chevron")
    assert "The market is closed; it would be sold at Fri 7 Feb 09:30." in said
    await invested.say("yes")
    shown = await invested.say("show my orders for Chevron")
    assert shown.startswith(f"PAPER · Under way in {HELD}:\n  sell 44 shares of {HELD}, about $")
    assert shown.endswith("waits for the open at Fri 7 Feb 09:30")
    assert (await invested.say("cancel my orders")).startswith("Nothing is being bought, so there is nothing to ")
    assert await invested.say(f"move the stop on {HELD} to 90") == f"{HELD} is being sold already."


async def test_a_nearer_stop_is_moved_at_once_and_a_wider_one_after_a_yes(invested: Visit) -> None:
    old = invested.state.positions[HELD].stop
    near, wide = old // 10_000 + 1, old // 10_000
    said = await invested.say(f"move the stop on {HELD} to {near}")
    assert said.startswith(f"PAPER · {HELD}'s stop is now ${near}.00 (was $")
    assert invested.state.positions[HELD].stop == money(near)
    asks = await invested.say(f"move the stop on {HELD} to {wide}")
    assert asks.startswith(f"PAPER · Put the stop of {HELD} lower, ${near}.00 → ${wide}.00?")
    assert invested.state.positions[HELD].stop == money(near)
    assert (await invested.say("yes")).startswith(f"PAPER · {HELD}'s stop is now ${wide}.00 (was ${near}.00).")
    assert (await invested.say("undo")).startswith("A stop or take-profit goes back by saying where it was")
    assert f"stop ${wide}.00" in await invested.say(f"show the stop on {HELD}")


async def test_another_value_for_a_level_takes_its_place(invested: Visit) -> None:
    near = invested.state.positions[HELD].stop // 10_000 + 1
    await invested.say(f"move the stop on {HELD} to {near}")
    again = await invested.say(f"no, {near}.50")
    assert again.startswith(f"PAPER · {HELD}'s stop is now ${near}.50 (was ${near}.00).")
    said = await invested.say("no, Coke")
    assert said.startswith("That level is moved already and stays; nothing else was done.")


async def test_levels_that_would_sell_at_once_or_lie_too_far_are_refused(invested: Visit) -> None:
    held = invested.state.positions[HELD]
    assert (await invested.say(f"put a stop on {HELD} at 500")).startswith(f"The price of {HELD} is $")
    assert (await invested.say(f"take profit on {HELD} at 5")).startswith(f"The price of {HELD} is $")
    assert (await invested.say(f"put a 60% stop on {HELD}")).endswith("Nothing was changed.")
    assert (await invested.say("put a 5% stop on Tesla")).startswith("You do not hold TSLA.")
    assert invested.state.positions[HELD] == held


async def test_a_stop_is_moved_by_percent_of_the_price_and_a_take_profit_by_percent_of_the_cost(
    invested: Visit,
) -> None:
    held = invested.state.positions[HELD]
    price = 932_900
    assert (await invested.say(f"set a 1% stop on {HELD}")).startswith(f"PAPER · {HELD}'s stop is now $92.36 (was $")
    assert invested.state.positions[HELD].stop == 923_600 >= price * 99 // 100
    assert f"${held.take / 10_000:.2f} → $99.83" in await invested.say(f"take profit on {HELD} at 10%")
    await invested.say("yes")
    assert invested.state.positions[HELD].take == 998_300


async def test_everything_is_sold_after_the_words_are_typed(invested: Visit) -> None:
    asks = await invested.say("sell everything")
    assert asks.startswith("PAPER · Sell everything: 10 positions, about $")
    assert asks.endswith('Type "flatten paper" within two minutes to do it; anything else is a no.')
    assert (await invested.say("yes")).startswith("A yes is not enough for that.")
    assert not invested.killed()
    said = await invested.say("flatten paper")
    assert said.startswith('PAPER · Everything is stopped; nothing is entered until you say "resume". Being sold:\n')
    assert invested.killed()
    await invested.until(lambda state: not state.positions, beats=20)
    assert (await invested.say("sell everything")).startswith("Everything is stopped already, and nothing is left ")
    assert sum("Sold with everything:" in text for text in await invested.news()) == 10
