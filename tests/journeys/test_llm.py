"""A language model's proposals through the whole house: looks are answered, all else waits for a yes."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import app
from bot.llm import Interpreter, NoAnswer
from bot.message import Reply
from engine.core.events import Witnessed
from tests.fakes import FakeModel
from tests.journeys.house import People, Visit, visit

RIDDLE = "sphinx of black quartz"


def an_answer(intent: str, **slots: Any) -> str:
    return json.dumps({"requests": [{"intent": intent, "slots": slots}]})


class Asked:
    """A house that asks a fake model, and what it shows later."""

    def __init__(self, found: Visit, model: FakeModel) -> None:
        self.visit, self.model = found, model
        self.later: list[Reply] = []

    async def show(self, reply: Reply) -> None:
        self.later.append(reply)

    async def say(self, text: str, **whose: Any) -> Reply:
        return await self.visit.hear(text, **whose)


@pytest.fixture
async def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    model = FakeModel(NoAnswer("unset"))
    monkeypatch.setattr(app, "interpreter_of", lambda _, language: Interpreter(model, language))
    async with visit(tmp_path, People()) as new:
        new.house.dialogue.interpreting.later = None
        yield Asked(new, model)


async def test_a_look_is_answered_with_what_it_was_taken_for(asked: Asked) -> None:
    asked.model.given = an_answer("show_balance")
    reply = await asked.say(RIDDLE)
    assert reply.text.startswith("I took this as: show balance.\nPAPER")
    assert [text for _, text, _ in asked.model.asked] == [RIDDLE]


@pytest.mark.parametrize(
    ("text", "intent", "slots"),
    [
        (RIDDLE, "pause", {}),
        (RIDDLE, "stop_everything", {}),
        (RIDDLE, "trip_breaker", {}),
        ("sphinx of black quartz, PEP", "watch", {"tickers": ["PEP"]}),
        ("sphinx of black quartz: 1%", "set_preference", {"field": "risk.daily_loss_limit_pct", "value": 1}),
    ],
)
async def test_all_else_waits_for_a_yes_even_what_is_safe(
    asked: Asked, text: str, intent: str, slots: dict[str, Any]
) -> None:
    asked.model.given = an_answer(intent, **slots)
    before = asked.visit.state
    happened = len(asked.visit.events)
    reply = await asked.say(text)
    assert reply.text.startswith("I understood: ")
    assert [one.says for one in reply.buttons] == ["yes", "no"]
    assert replace(asked.visit.state, seq=before.seq, head=before.head) == before
    assert [type(one) for one in asked.visit.events[happened:]] == [Witnessed]
    answer = (await asked.say("yes")).text
    assert "nothing waiting" not in answer
    assert len(asked.model.asked) == 1


async def test_what_needs_no_yes_since_nothing_would_be_done_is_only_said(asked: Asked) -> None:
    asked.model.given = an_answer("cancel_orders")
    reply = await asked.say(RIDDLE)
    assert reply.text.startswith("I took this as: cancel orders.")
    assert reply.buttons == ()


async def test_no_leaves_all_as_it_was(asked: Asked) -> None:
    asked.model.given = an_answer("pause")
    await asked.say(RIDDLE)
    assert (await asked.say("no")).text == "All right, dropped. Nothing was changed."
    assert asked.visit.state.pause is None


@pytest.mark.parametrize(
    "given",
    [
        an_answer("flatten"),
        an_answer("confirm"),
        an_answer("buy", ticker="PEP", shares=5),
        NoAnswer("time_out"),
        "garbage",
        '{"requests": []}',
    ],
)
async def test_what_cannot_be_taken_gives_the_ordinary_answer(asked: Asked, given: Any) -> None:
    asked.model.given = given
    reply = await asked.say(RIDDLE)
    assert "so nothing was done" in reply.text
    assert (await asked.say("yes")).text == "There is nothing waiting for your answer."


async def test_what_is_grave_by_what_it_does_is_not_taken_from_a_guess(asked: Asked) -> None:
    await asked.say("move $500 into the reserve")
    asked.model.given = an_answer("move_reserve", direction="out", amount=500)
    reply = await asked.say("sphinx of $500")
    assert "say it in plain words" in reply.text or "so nothing was done" in reply.text
    assert (await asked.say("yes")).text == "There is nothing waiting for your answer."


async def test_it_is_asked_for_nothing_but_what_was_not_understood(asked: Asked) -> None:
    asked.model.given = an_answer("show_balance")
    for text in ("status", "stop everything", "don't sell Apple", "x" * 1_001, "should I buy?", "resume"):
        await asked.say(text)
    await asked.say(RIDDLE)  # a question is open
    assert asked.model.asked == []
    await asked.say("no")
    await asked.say(RIDDLE, person="stranger")
    assert asked.model.asked == []


async def test_at_this_machine_the_kill_switch_does_not_wait_for_it(asked: Asked) -> None:
    asked.model.given, asked.model.seconds = an_answer("resume"), 0.2
    asked.visit.house.dialogue.interpreting.later = asked.show
    assert (await asked.say(RIDDLE)).text.startswith("That is not among my sentences.")
    await asked.say("stop everything")
    assert asked.visit.killed()
    assert asked.later == []
    await asyncio.sleep(0.3)
    (reply,) = asked.later
    assert "so nothing was done" in reply.text, "what was said since is not overtaken by a guess"
    assert (await asked.say("yes")).text == "There is nothing waiting for your answer."
    assert asked.visit.killed()


async def test_at_this_machine_the_answer_is_shown_when_it_has_come(asked: Asked) -> None:
    asked.model.given, asked.model.seconds = an_answer("pause"), 0.05
    interpreting = asked.visit.house.dialogue.interpreting
    interpreting.later = asked.show
    await asked.say(RIDDLE)
    await interpreting.settle(wait=True)
    (reply,) = asked.later
    assert reply.text.startswith('To "sphinx of black quartz":\nI understood: pause. Shall I?')
    await asked.say("yes")
    assert asked.visit.state.pause is not None
    assert asked.model.closed


async def test_at_this_machine_it_is_said_that_something_went_wrong(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreting = asked.visit.house.dialogue.interpreting
    interpreting.later = asked.show

    async def broken(*_: object) -> None:
        raise LookupError("a bug")

    monkeypatch.setattr(interpreting, "said", broken)
    asked.model.given = an_answer("pause")
    await asked.say(RIDDLE)
    await interpreting.settle(wait=True)
    (reply,) = asked.later
    assert reply.key == "sorry"


async def overtaken_by(asked: Asked, text: str) -> Reply:
    """What is answered to a guess on the phone, where this was said while the model thought."""
    asked.model.given, asked.model.seconds = an_answer("pause"), 0.1
    guessed = asyncio.create_task(asked.say(RIDDLE, channel="phone"))
    await asyncio.sleep(0.03)
    await asked.say(text, channel="phone")
    return await guessed


async def test_what_was_overtaken_leaves_what_was_said_since_as_it_is(asked: Asked) -> None:
    reply = await overtaken_by(asked, "set my daily loss limit")
    assert "so nothing was done" in reply.text
    assert "daily loss limit: 3% → 1%" in await asked.visit.say("1 percent", channel="phone")


async def test_what_is_said_while_a_guess_is_about_to_be_read_back_drops_it(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, asked.model.given = asked.visit.house.dialogue._desk, an_answer("pause")
    possible = desk.possible

    async def slow(*told: Any) -> Any:
        monkeypatch.undo()
        await asked.say("set my daily loss limit to 4 percent", channel="phone")
        return await possible(*told)

    monkeypatch.setattr(desk, "possible", slow)
    assert "so nothing was done" in (await asked.say(RIDDLE, channel="phone")).text
    assert "daily loss limit: 3% → 4%" in await asked.visit.say("yes", channel="phone")
    assert asked.visit.state.pause is None


async def test_a_guess_that_is_over_is_forgotten(asked: Asked) -> None:
    asked.model.given = an_answer("show_balance")
    await asked.say(RIDDLE, channel="phone")
    await overtaken_by(asked, "status")
    assert asked.visit.house.dialogue.interpreting._guessed == {}
