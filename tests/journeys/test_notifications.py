"""What is told, and what is not, by talking: mutes end by themselves, the night is quiet, rules outlive the program."""

from datetime import date
from pathlib import Path

from tests.journeys.house import People, Visit, copied, visit

MONDAY, TUESDAY = "PAPER · Mon 3 Feb 2020 ·", "PAPER · Tue 4 Feb 2020 ·"


async def told(visit: Visit, start: str) -> int:
    """How many news that begin so were pushed since this was asked last."""
    return sum(one.startswith(start) for one in await visit.news())


async def test_what_is_muted_for_a_time_is_not_told_until_it_is_over_and_then_again(new: Visit) -> None:
    said = await new.say("mute the daily summary for 30 hours")
    assert said.startswith("Done, muted: daily summary until Tue 4 Feb 15:30.")
    await new.days(1)
    assert await told(new, MONDAY) == 0
    await new.days(1)
    news = await new.news()
    assert [one for one in news if one.endswith("As agreed, you are told again of daily summary.")]
    assert [one for one in news if one.startswith(TUESDAY)]
    assert not [one for one in news if one.startswith(MONDAY)]
    assert [change.how for change in new.house.engine.history.changes] == ["set", "term"]


async def test_muting_everything_is_read_back_and_undone_by_a_word(new: Visit) -> None:
    assert (await new.agree("mute everything")).startswith("Done, muted: everything. What is CRITICAL is told all")
    await new.say("undo")
    assert new.state.preferences.notifications.muted == ()
    await new.days(1)
    assert await told(new, MONDAY) == 1


async def test_in_quiet_hours_the_summary_waits_for_the_morning(new: Visit) -> None:
    said = await new.say("quiet hours from 4 pm to 9 am")
    assert "LOW or MEDIUM priority waits until they end; HIGH news come silently, CRITICAL news always." in said
    await new.days(1)
    assert await told(new, MONDAY) == 0
    await new.until(lambda state: state.tally.session == date(2020, 2, 4), beats=30)
    assert await told(new, MONDAY) == 1


async def test_rules_outlive_the_program_and_a_test_arrives(begun_files: Path, tmp_path: Path) -> None:
    people = People()
    folder = copied(begun_files, tmp_path / "account")
    async with visit(folder, people) as one:
        said = await one.say("text me when a stop is hit")
        assert "stop hit: by text message" in said
        assert "So far news come to this chat only" in said
        await one.say("limit dividend news to one every 2 hours")
    async with visit(folder, people) as other:
        shown = await other.say("show my notifications")
        assert "  stop hit: by text message\n  dividend: at most once in 2 h\n" in shown
        await other.news()
        assert (await other.say("send me a test notification")).startswith("Sent: a test comes to this chat now")
        assert [one for one in await other.news() if "This is a test of your notifications." in one]


async def test_what_is_not_there_is_refused_and_changes_nothing(new: Visit) -> None:
    for text in ("my email is anna@example.com", "send me a test notification by email"):
        assert (await new.say(text)).startswith("This build sends no email: news come to this chat only")
    assert "nothing was done" in await new.say("fax me when a stop is hit")
    assert new.state.version == 0
