"""What is asked back is answered by a press, by a number or by a yes, and by nothing that was not asked."""

import pytest

from bot.message import Reply
from intents.choices import FEW, answers
from intents.context import Context, Question
from intents.language import Language
from intents.load import load_language
from intents.parser import parse
from intents.result import Parsed, Request
from tests.builders import NOON
from tests.journeys.house import Visit

READINGS = "lower my daily loss limit 1 percent"


@pytest.fixture(scope="module")
def language() -> Language:
    return load_language()


def labels(reply: Reply) -> list[str]:
    return [one.label for one in reply.buttons]


def asked_for(intent: str, missing: str, **slots: str) -> Parsed:
    return Parsed("", "clarify", missing=(missing,), candidates=(Request(intent, slots),))


@pytest.mark.parametrize(
    ("parsed", "words"),
    [
        (asked_for("set_risk_tolerance", "tier"), {"conservative", "moderate", "aggressive"}),
        (asked_for("set_autonomy", "level"), {"off", "ask", "auto"}),
        (asked_for("set_style", "style"), {"day", "swing", "position trading", "long term"}),
        (asked_for("set_strategy", "on", strategy="momentum"), {"on", "off"}),
        (asked_for("set_role", "role", person="Anna"), {"owner", "operator", "viewer", "none"}),
        (asked_for("set_strategy", "strategy"), {"momentum", "mean reversion", "breakout"}),
        (asked_for("adjust_preference", "direction", field="risk.max_drawdown_pct"), {"up", "down"}),
        (asked_for("set_preference", "value", field="notifications.verbosity"), {"terse", "normal", "full"}),
        (asked_for("set_preference", "value", field="risk.max_drawdown_pct"), set()),
        (asked_for("set_language", "language"), set()),
        (asked_for("watch", "tickers"), set()),
    ],
)
def test_few_answers_stand_on_buttons_and_many_do_not(parsed: Parsed, words: set[str], language: Language) -> None:
    assert set(answers(parsed, Context(NOON, "UTC"), language)) == words


def test_every_button_puts_its_value_where_it_was_missing(language: Language) -> None:
    """Of every intent and every piece that it wants."""
    pressed = 0
    for intent, spec in language.contract.items():
        for name in (*(one.name for one in spec.slots.values() if one.required), *spec.one_of):
            parsed = asked_for(intent, name)
            found = answers(parsed, Context(NOON, "UTC"), language)
            assert len(found) <= FEW
            question = Question(parsed.missing, parsed.candidates)
            values = []
            for words in found:
                made = parse(words, Context(NOON, "UTC", question=question), language)
                (request,) = (*made.requests, *made.candidates)
                assert request.intent == intent
                values.append(str(request.slots[name]))
            assert len(set(values)) == len(found)
            pressed += len(found)
    assert pressed > 30


def test_an_account_s_own_strategies_are_offered(language: Language) -> None:
    context = Context(NOON, "UTC", strategies=("momentum", "my_own"))
    assert "momentum" in answers(asked_for("set_strategy", "strategy"), context, language)
    assert "breakout" not in answers(asked_for("set_strategy", "strategy"), context, language)


async def test_a_missing_word_is_pressed(new: Visit) -> None:
    asked = await new.hear("change my risk tolerance")
    assert labels(asked) == ["conservative", "moderate", "aggressive"]
    assert "moderate" in await new.say(asked.buttons[1].says)
    assert labels(await new.hear("set my daily loss limit")) == []


async def test_one_of_several_readings_is_pressed_once(new: Visit) -> None:
    asked = await new.hear(READINGS)
    assert [(one.label, one.says) for one in asked.buttons] == [("1", "1"), ("2", "2")]
    assert await new.say(asked.buttons[1].says) == "Done.\n  daily loss limit: 3% → 1%"
    assert (await new.say("the first one")).startswith("There is no such choice open.")
    assert new.state.preferences.risk.daily_loss_limit_pct == 1


async def test_what_was_picked_is_what_the_next_words_lean_on(new: Visit) -> None:
    await new.say("set my style to swing")
    await new.say(READINGS)
    await new.say("2")
    assert "daily loss limit: 1% → 2%" in await new.say("make that 2 percent")


async def test_a_yes_is_no_choice_and_no_value(new: Visit) -> None:
    asked = await new.say(READINGS)
    again = await new.hear("yes")
    assert again.text.partition("Did you mean")[2] == asked.partition("Did you mean")[2]
    assert labels(again) == ["1", "2"]
    question = await new.say("set my daily loss limit")
    assert await new.say("yes") == question
    assert "3% → 1%" in await new.say("1 percent")


async def test_a_no_drops_what_was_asked_back(new: Visit) -> None:
    for text in (READINGS, "set my daily loss limit"):
        await new.say(text)
        assert await new.say("no") == "All right, dropped. Nothing was changed."
        assert "daily loss limit:" not in await new.say("2 percent")
    assert new.state.preferences.risk.daily_loss_limit_pct == 3


async def test_a_yes_after_another_question_does_not_do_what_was_read_back(new: Visit) -> None:
    await new.say("set my daily loss limit to 4 percent")
    await new.say("change my risk tolerance")
    assert "that yes could mean either" in await new.say("yes")
    assert new.state.preferences.risk.daily_loss_limit_pct == 3


async def test_the_last_of_the_choices_is_the_last_however_many_there_are(new: Visit) -> None:
    asked = await new.say("watch general")
    assert "3. watch GIS" in asked
    assert "GIS" in await new.say("the last one")
    assert await new.say("the last one") == "There is nothing waiting for your answer."


async def test_what_was_not_clear_is_named(new: Visit) -> None:
    told = await new.say("watch coke and frobnicate the moon")
    assert told == 'Part of that was not clear ("frobnicate the moon"), so I did none of it.'
    assert not new.state.preferences.trading.watchlist


async def test_a_choice_beside_something_else_is_no_choice_between_the_two(new: Visit) -> None:
    told = await new.hear("buy number 2 and pause")
    assert told.text.startswith("A choice by its number stands alone")
    assert new.state.pause is None


def test_a_reading_that_lacks_a_piece_is_never_taken(language: Language) -> None:
    half = Question(candidates=(Request("use_preset"),))
    for words in ("yes", "1"):
        parsed = parse(words, Context(NOON, "UTC", question=half), language)
        assert (parsed.status, parsed.missing) == ("clarify", ("preset",))
    for text in ("use the steps preset thing", "the first steps presets one"):
        parsed = parse(text, Context(NOON, "UTC"), language)
        whole = [one for one in parsed.candidates if one.intent != "use_preset" or "preset" in one.slots]
        assert parsed.missing or len(whole) == len(parsed.candidates)
