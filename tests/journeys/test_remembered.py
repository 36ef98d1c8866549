"""A start goes on with every conversation where it was left."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot import memories
from bot.message import Reply
from bot.turn import Turn
from engine.ports import Unavailable
from intents.result import Parsed
from tests.journeys.house import People, Visit, copied, visit

LOSS = "set my daily loss limit to 4 percent"
BEFORE: dict[str, tuple[list[str], str, str]] = {
    "a yes": ([LOSS], "yes", "daily loss limit: 3% → 4%"),
    "a missing value": (["set my daily loss limit"], "1 percent", "daily loss limit: 3% → 1%"),
    "another value": ([LOSS], "make that 5 percent", "daily loss limit: 3% → 5%"),
    "another value for what was done": (
        ["watch coke", "watch apple"],
        "no, microsoft",
        "Done: now watching MSFT no longer watching AAPL.",
    ),
    "a choice": (["watch general"], "the second one", "Done: now watching"),
    "the same for another company": (["show the stop on coke"], "and apple?", "AAPL"),
    "a cancelled question": ([LOSS], "never mind", "All right, dropped"),
    "no": ([LOSS], "no", "All right, dropped"),
    "an undo": (["set my daily loss limit to 1 percent"], "undo", "daily loss limit: 1% → 3%"),
}


@pytest.mark.parametrize("name", BEFORE)
async def test_what_follows_means_the_same_after_a_start(
    begun_files: Path, tmp_path: Path, people: People, name: str
) -> None:
    before, after, said = BEFORE[name]
    answers = []
    for stops in (False, True):
        folder = copied(begun_files, tmp_path / f"{stops}")
        async with visit(folder, people) as house:
            for text in before:
                await house.say(text)
            if not stops:
                answers.append(await house.say(after))
        if stops:
            people.wait(60)
            async with visit(folder, people) as house:
                answers.append(await house.say(after))
    assert said in answers[0]
    assert answers[0] == answers[1]


async def test_what_was_asked_long_ago_is_not_open_any_more(begun_files: Path, tmp_path: Path, people: People) -> None:
    folder = copied(begun_files, tmp_path / "account")
    async with visit(folder, people) as house:
        await house.say(LOSS)
    people.wait(121)
    async with visit(folder, people) as house:
        assert "has run out" in await house.say("yes")
        await house.say("set my daily loss limit")
    people.wait(300)
    async with visit(folder, people) as house:
        assert house.state.preferences.risk.daily_loss_limit_pct == 3
        assert "daily loss limit" not in await house.say("1 percent")
        assert house.state.preferences.risk.daily_loss_limit_pct == 3


async def test_a_yes_works_once_even_where_its_answer_was_never_stored(
    invested_files: Path, tmp_path: Path, people: People
) -> None:
    """As after a death between what was done and its answer."""
    folder = copied(invested_files, tmp_path / "account")
    async with visit(folder, people) as house:
        ticker = min(house.state.positions)
        shares = house.state.positions[ticker].shares
        await house.say(f"sell 1 share of {ticker}")
        stored = await house.house.engine.conversations.recall("paper")
        assert "Yes or no?" not in await house.say("yes")
        before = await house.house.engine.store.counts("paper")
        for one in stored:
            await house.house.engine.conversations.keep("paper", one, one.at)
    async with visit(folder, people) as house:
        assert await house.say("yes") == "That was done already."
        after = await house.house.engine.store.counts("paper")
        assert after.orders == before.orders
        assert house.state.positions[ticker].shares in (shares, shares - 1)


async def test_people_channels_and_conversations_stay_apart(begun_files: Path, tmp_path: Path, people: People) -> None:
    folder = copied(begun_files, tmp_path / "account")
    async with visit(folder, people) as house:
        await house.say(LOSS)
        await house.say("set my daily loss limit", channel="phone")
    async with visit(folder, people) as house:
        assert "nothing" in (await house.say("yes", channel="web")).lower()
        assert "daily loss limit: 3% → 1%" in await house.say("1 percent", channel="phone")
        assert "has changed since I asked" in await house.say("yes")


async def test_changed_settings_overtake_what_was_asked_before_the_start(
    begun_files: Path, tmp_path: Path, people: People
) -> None:
    folder = copied(begun_files, tmp_path / "account")
    async with visit(folder, people) as house:
        await house.say("set my daily loss limit to 4 percent")
    async with visit(folder, people) as house:
        await house.say("set my daily loss limit to 2 percent", channel="phone")
        assert "has changed since I asked" in await house.say("yes")
        assert house.state.preferences.risk.daily_loss_limit_pct == 2


async def test_a_store_that_keeps_nothing_stops_no_answer(new: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*_: object) -> None:
        raise Unavailable("no room")

    conversations = new.house.engine.conversations
    monkeypatch.setattr(conversations, "keep", down)
    await new.say(LOSS)
    assert "daily loss limit: 3% → 4%" in await new.say("yes")
    monkeypatch.undo()
    assert await conversations.recall("paper") == ()
    await new.say("watch coke", channel="phone")
    assert [one.place for one in await conversations.recall("paper")] == ["phone", "terminal"]


async def test_a_store_that_hangs_is_not_waited_for(new: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(memories, "PATIENCE_S", 0.01)
    monkeypatch.setattr(new.house.engine.conversations, "keep", hangs)
    async with asyncio.timeout(5):
        assert await new.say("show my watchlist")


@pytest.mark.parametrize("fact", [object(), b"bytes", float("nan"), "\ud800"], ids=["object", "bytes", "nan", "half"])
async def test_what_has_no_text_is_given_up_for_its_own_place_alone(
    new: Visit, monkeypatch: pytest.MonkeyPatch, fact: object
) -> None:
    monkeypatch.setattr(memories, "PATIENCE_S", 60)
    conversations, remember = new.house.engine.conversations, memories.Memories.remember
    await new.say(LOSS, channel="phone")

    def with_the_fact(self: memories.Memories, turn: Turn, parsed: Parsed, reply: Reply) -> None:
        remember(self, turn, parsed, replace(reply, facts={"odd": fact}))

    with monkeypatch.context() as patch:
        patch.setattr(memories.Memories, "remember", with_the_fact)
        assert "sorry" not in (await new.say("show my watchlist", channel="phone")).lower()
    assert await conversations.recall("paper") == (), "nor does a start go on with what was said there before"
    assert "now watching KO" in await new.say("watch coke")
    assert [one.place for one in await conversations.recall("paper")] == ["terminal"]


async def test_whatever_goes_wrong_with_keeping_every_answer_is_given(
    new: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise LookupError("a bug")

    monkeypatch.setattr(new.house.engine.conversations, "keep", broken)
    assert "now watching KO" in await new.say("watch coke")


@pytest.mark.parametrize("seconds", [60, 600])
async def test_an_undo_steps_over_nothing_that_cannot_be_put_back_however_late_the_start(
    invested_files: Path, tmp_path: Path, people: People, seconds: float
) -> None:
    folder = copied(invested_files, tmp_path / "account")
    async with visit(folder, people) as house:
        ticker = min(house.state.positions)
        await house.say("set my daily loss limit to 1 percent")
        await house.agree(f"sell 1 share of {ticker}")
    people.wait(seconds)
    async with visit(folder, people) as house:
        assert "A sale cannot be put back." in await house.say("undo")
        assert house.state.preferences.risk.daily_loss_limit_pct == 1
        assert "daily loss limit: 1% → 3%" in await house.say("undo")


async def test_a_change_is_undone_however_late_the_start(begun_files: Path, tmp_path: Path, people: People) -> None:
    folder = copied(begun_files, tmp_path / "account")
    async with visit(folder, people) as house:
        await house.say("stop everything")
        await house.say("set my daily loss limit to 1 percent")
    people.wait(600)
    async with visit(folder, people) as house:
        assert "daily loss limit: 1% → 3%" in await house.say("undo")
