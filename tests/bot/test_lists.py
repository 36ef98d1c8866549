"""A list of recommendations counts for five minutes, whatever is said meanwhile, and its numbers are explained."""

import re
from pathlib import Path

import pytest

from bot.message import Reply
from tests.journeys.house import People, Visit, visit

ROW = re.compile(r"^ +\d+\. ([A-Z.]+), fit ", re.MULTILINE)


async def in_the_window(visit: Visit) -> None:
    for _ in range(40):
        await visit.replay.beat()
        if (await visit.say("buy 1 Pepsi")).endswith("Yes or no?"):
            await visit.say("no")
            return
    raise AssertionError("the window never opened")


async def listed(visit: Visit) -> tuple[Reply, list[str]]:
    await in_the_window(visit)
    shown = await visit.hear("recommendations")
    return shown, ROW.findall(shown.text)


async def test_a_list_outlives_a_purchase_and_looks_but_not_five_minutes(new: Visit) -> None:
    _, names = await listed(new)
    assert f"shares of {names[0]} at about" in await new.say("buy number 1")
    assert "Being bought" in await new.say("yes")
    await new.say("show my status")
    await new.say("show my positions")
    assert f"Buy 10 shares of {names[2]} at about" in await new.say("buy 10 shares of number 3")
    await new.say("no")
    new.people.wait(299)
    assert f"Buy 10 shares of {names[2]} at about" in await new.say("buy 10 shares of number 3")
    await new.say("no")
    new.people.wait(1)
    assert "no list here" in await new.say("buy 10 shares of number 3")
    assert "There is no such choice open" in await new.say("buy number 3")


async def test_a_list_outlives_a_start(tmp_path: Path) -> None:
    people = People()
    async with visit(tmp_path, people) as before:
        _, names = await listed(before)
        await before.say("show my status")
    async with visit(tmp_path, people) as after:
        assert f"{names[1]}" in await after.say("why number 2?")
        people.wait(300)
        assert "no list here" in await after.say("why number 2?")


@pytest.mark.parametrize("said", ["buy the first one", "buy 10 shares of number 3", "why number 1?"])
async def test_a_number_without_a_list_asks_for_the_list(new: Visit, said: str) -> None:
    told = await new.hear(said)
    assert told.text.startswith("There is no list here of the last five minutes")
    assert "preset" not in told.text


async def test_why_after_a_list_explains_the_first_and_by_its_number_any(new: Visit) -> None:
    shown, names = await listed(new)
    assert shown.buttons[-1].says == "why?"
    told = await new.say("why?")
    assert told.startswith(f"Number 1, {names[0]}, fits you ")
    await new.say("show my positions")
    assert (await new.say("why number 2?")).startswith(f"Number 2, {names[1]}, fits you ")
    assert await new.say("why number 9?") == "Only 5 choices stood there; which of them do you mean?"


async def test_why_after_a_number_that_could_not_be_bought_gives_the_reason(new: Visit) -> None:
    shown, names = await listed(new)
    unsure = next(at for at, one in enumerate(shown.facts["rows"], 1) if not one["possible"])
    refused = await new.say(f"buy number {unsure}")
    assert refused.startswith(f"I would buy nothing of {names[unsure - 1]} now")
    assert await new.say("why?") == f"It was not done for this reason: {refused}"
