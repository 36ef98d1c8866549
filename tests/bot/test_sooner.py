"""What is asked and dropped is named, and nothing is asked for that could not be done."""

from pathlib import Path

import pytest

from tests.journeys.house import People, Visit, visit

LOOSER = "set my daily loss limit to 4 percent"


@pytest.mark.parametrize("said", ["sell coke", "set stop on KO"])
async def test_what_is_not_held_is_said_before_a_piece_is_asked_for(new: Visit, said: str) -> None:
    told = await new.say(said)
    assert told.startswith("You do not hold KO")
    assert "?" not in told


async def test_a_missing_piece_is_asked_for_by_the_company_s_name(new: Visit) -> None:
    assert await new.say("buy some coke") == "How many shares of KO, or for how many dollars?"


async def test_words_to_be_typed_are_answered_with_what_comes_first(new: Visit) -> None:
    told = await new.say("reset paper")
    assert told.endswith('Say "reset the paper account" first.')
    assert "is kept" not in told
    await new.say("reset the paper account")
    assert 'Say "' not in await new.say("reset paper")
    assert new.state.reset_at is not None


async def test_a_yes_after_something_else_was_refused_loosens_nothing_unasked(new: Visit) -> None:
    await new.say(LOOSER)
    await new.say("sell 3 shares of coke")
    asked = await new.hear("yes")
    assert asked.text.startswith("A yes to what? the daily loss limit still waits")
    assert [one.label for one in asked.buttons] == ["Yes", "No"]
    assert new.state.preferences.risk.daily_loss_limit_pct == 3
    await new.say("yes")
    assert new.state.preferences.risk.daily_loss_limit_pct == 4


async def test_a_look_between_leaves_a_yes_what_it_was(new: Visit) -> None:
    await new.say(LOOSER)
    await new.say("show my positions")
    assert "3% → 4%" in await new.say("yes")


@pytest.mark.parametrize("word", ["no", "never mind", "undo"])
async def test_what_is_dropped_is_named(new: Visit, word: str) -> None:
    await new.say(LOOSER)
    assert await new.say(word) == "All right, dropped: the daily loss limit. Nothing was changed."


async def test_why_says_which_of_the_two_it_was(new: Visit) -> None:
    for _ in range(40):
        await new.replay.beat()
        if (await new.say("buy 1 Pepsi")).endswith("Yes or no?"):
            break
    assert (await new.say("why?")).startswith("I asked first because it cannot be taken back: buying PEP.")


async def test_a_yes_after_a_start_says_that_the_question_may_have_run_out(tmp_path: Path) -> None:
    people = People()
    async with visit(tmp_path, people) as before:
        assert await before.say("yes") == "There is nothing waiting for your answer."
        await before.say(LOOSER)
    people.wait(600)
    async with visit(tmp_path, people) as after:
        assert (await after.say("yes")).startswith("Nothing waits; a question of before the restart may have run out.")
        assert await after.say("yes") == "There is nothing waiting for your answer."


async def test_a_sale_that_is_not_filled_is_being_sold(new: Visit) -> None:
    for _ in range(40):
        await new.replay.beat()
        if (await new.say("buy 1 Pepsi")).endswith("Yes or no?"):
            break
    await new.say("yes")
    await new.until(lambda state: "PEP" in state.positions)
    await new.days(1)
    await new.say("sell 1 Pepsi")
    await new.say("yes")
    assert new.state.orders
    assert (await new.say("why did you sell Pepsi?")).startswith("Being sold since ")
    await new.until(lambda state: "PEP" not in state.positions)
    assert (await new.say("why did you sell Pepsi?")).startswith("Sold 1 share of PEP on ")
