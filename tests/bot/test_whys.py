"""A bare "why?" is answered about what was said last."""

from tests.journeys.house import Visit


async def test_a_question_that_waits_says_why_it_was_asked_and_still_waits(new: Visit) -> None:
    await new.say("set my daily loss limit to 4 percent")
    told = await new.hear("why?")
    assert told.text.startswith("I asked first because it loosens something: the daily loss limit.")
    assert [one.label for one in told.buttons] == ["Yes", "No"]
    assert "3% → 4%" in await new.say("yes")


async def test_words_to_be_typed_are_named_again(new: Visit) -> None:
    await new.say("reset the paper account")
    told = await new.hear("why?")
    assert 'is grave: it is done only once "' in told.text
    assert [one.label for one in told.buttons] == ["No"]


async def test_a_changed_setting_says_from_what_to_what_and_when(new: Visit) -> None:
    await new.say("set my daily loss limit to 1 percent")
    assert await new.say("why?") == "Because you said so, at Fri 20 Nov 12:00:\n  daily loss limit: 3% → 1%"
    await new.say("watch coke")
    assert "watchlist: added KO" in await new.say("how come?")


async def test_a_refusal_says_its_reason_again(new: Visit) -> None:
    refused = await new.say("set my daily loss limit to 90 percent")
    assert await new.say("why?") == f"It was not done for this reason: {refused}"


async def test_what_was_done_without_a_setting_says_who_asked(new: Visit) -> None:
    await new.say("put in 100 paper dollars")
    assert await new.say("why?") == "Because you said so here, just now."


async def test_after_a_look_or_with_a_name_decisions_are_explained(new: Visit) -> None:
    await new.say("watch coke")
    assert "bought nothing yet of AAPL" in await new.say("why did you not buy Apple?")
    await new.say("show my positions")
    assert "decided nothing yet" in await new.say("why?")


async def test_the_next_words_lean_on_what_was_before_the_why(new: Visit) -> None:
    await new.say("watch coke")
    await new.say("why?")
    await new.say("apple too")
    assert new.state.preferences.trading.watchlist == ("AAPL", "KO")
