"""Pause, resume, and the kill switch, in every state."""

from pathlib import Path

import pytest

from engine.core.words import Skip
from tests.journeys.house import People, Visit, copied, visit


async def test_pause_enters_nothing_and_resume_needs_a_yes(new: Visit) -> None:
    await new.agree("trade for me")
    assert (await new.say("pause")).startswith("Paused: nothing is entered.")
    assert await new.say("pause") == "Entries are paused already."
    await new.days(1)
    assert not new.state.positions
    assert {one.reason for one in new.house.engine.history.decisions} >= {Skip.PAUSED}
    assert "Entries are paused" in await new.say("status")
    assert (await new.say("resume")).startswith("PAPER · Resume? I trade by myself within your limits.")
    assert new.state.pause is not None
    assert await new.say("yes") == "Resumed. I trade by myself within your limits."
    await new.days(1)
    assert new.state.positions
    assert (await new.say("resume")).startswith("Nothing is paused or stopped. ")


async def test_a_pause_until_a_day_ends_by_itself(new: Visit) -> None:
    await new.agree("trade for me")
    assert "Paused until Wed 5 Feb 00:00" in await new.say("pause until wednesday")
    await new.days(2)
    assert not new.state.positions
    await new.news()
    await new.days(1)
    assert "PAPER · Wed 5 Feb 00:00 · The pause is over; entries are possible again." in await new.news()
    assert new.state.positions


async def test_exits_go_on_while_paused(invested: Visit) -> None:
    await invested.say("pause")
    await invested.days(5)
    assert any(trade.closed_at.date().day > 6 for trade in invested.house.engine.history.trades)
    assert not any("Bought" in text for text in await invested.news())


@pytest.mark.parametrize("before", ["set my risk", "trade for me", "resume", "undo", "what", "close apple"])
async def test_stop_everything_works_whatever_was_asked_before(new: Visit, before: str) -> None:
    await new.say(before)
    assert (await new.say("stop everything")).startswith('STOPPED. Nobody enters anything until you say "resume".')
    assert new.state.killed_at is not None
    assert await new.say("yes") == "There is nothing waiting for your answer."


async def test_stop_everything_works_while_paused_asked_and_at_a_late_hour(new: Visit) -> None:
    await new.agree("ask me before every trade")
    await new.until(lambda state: bool(state.proposals), beats=10)
    await new.say("trade for me")
    new.people.wait(7 * 86_400)
    said = await new.say("stop everything")
    assert said.startswith("STOPPED.")
    assert "3 questions and orders withdrawn." in said
    assert not new.state.proposals
    assert (await new.say("pause")).startswith("Paused")
    assert (await new.say("stop everything")).startswith("Everything has been stopped since Mon 3 Feb 09:45")


async def test_a_resume_that_was_asked_before_a_stop_does_not_lift_it(new: Visit) -> None:
    await new.say("pause")
    await new.say("resume", channel="phone")
    await new.say("stop everything")
    said = await new.say("yes", channel="phone")
    assert said.startswith("The pause has changed since I asked.")
    assert new.state.killed_at is not None


async def test_the_kill_switch_survives_a_restart_and_resume_needs_a_yes(
    invested_files: Path, tmp_path: Path, people: People
) -> None:
    folder = copied(invested_files, tmp_path / "account")
    async with visit(folder, people) as first:
        said = await first.say("stop everything")
        assert "What you hold (10 positions) stays, watched by its stops" in said
    async with visit(folder, people) as again:
        await again.news()
        assert "The kill switch has stood since Thu 6 Feb 16:30" in await again.say("status")
        await again.days(2)
        assert not any("Bought" in text for text in await again.news())
        asked = await again.say("resume")
        assert asked.startswith("PAPER · Resume? The kill switch has stood since Thu 6 Feb 16:30.")
        assert again.state.killed_at is not None
        assert (await again.say("yes")).startswith("Resumed.")
        assert again.state.killed_at is None
