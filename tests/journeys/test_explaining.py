"""Why, asked after weeks of trading: a restart changes no answer, and a way out that is named is one."""

from pathlib import Path

from tests.journeys.house import People, Visit, copied, visit

QUESTIONS = (
    "what stopped you today?",
    "why didn't you buy?",
    "what would have to change?",
    "why did the breaker trip?",
    "why is my tier conservative?",
    "why was the rest not bought?",
    "why was the stop moved?",
    "why so few shares?",
)


async def answers(account: Visit) -> dict[str, str]:
    """What is answered to each of these, and about the stop of each holding."""
    held = [f"why is my stop on {ticker} where it is?" for ticker in sorted(account.state.positions)]
    return {question: await account.say(question) for question in (*QUESTIONS, *held)}


async def test_every_answer_is_the_same_after_a_restart(invested_files: Path, tmp_path: Path, people: People) -> None:
    """The fall of February 2020: stops are hit, and so the volatility breaker trips, on Monday the 24th."""
    folder = copied(invested_files, tmp_path / "account")
    async with visit(folder, people) as account:
        await account.days(12)
        before = await answers(account)
    async with visit(folder, people) as account:
        assert await answers(account) == before
    assert before["why did the breaker trip?"] == (
        "The volatility breaker tripped on Mon 24 Feb 09:30, as 3 stops were hit within a short time, "
        "and 3 are enough. It is over since Tue 25 Feb 2020."
    )
    assert before["what stopped you today?"].startswith("Tue 25 Feb 2020: The entry window is closed until Wed 26 Feb")
    assert "Sold at its stop: PFE and PG. 1 idea left alone:" in before["what stopped you today?"]
    assert "in 3 parts" in before["why was the rest not bought?"]
    assert "Thu 20 Feb 2020: from $217.63 to $217.75, as" in before["why is my stop on HD where it is?"]


async def test_the_way_out_that_is_named_is_pressed_taken_back_and_repeated(
    invested_files: Path, tmp_path: Path, people: People
) -> None:
    async with visit(copied(invested_files, tmp_path / "account"), people) as account:
        await account.days(4)
        asked = await account.hear("why didn't you buy?")
        assert "It would pass with max open positions at 11 (now 10)." in asked.text
        (way_out, limits) = asked.buttons
        assert (way_out.label, limits.label) == ("max open positions: 11", "Limits")
        assert await account.say("repeat that") == asked.text
        people.wait(120)
        assert "max open positions: 10 → 11" in await account.agree(way_out.says)
        assert "By now that no longer stands in its way." in await account.say("why didn't you buy?")
        people.wait(120)
        await account.say("undo")
        assert await account.say("why didn't you buy?") == asked.text


async def test_why_is_about_what_was_just_shown(invested_files: Path, tmp_path: Path, people: People) -> None:
    async with visit(copied(invested_files, tmp_path / "account"), people) as account:
        await account.days(1)
        await account.say("show my last trade in Apple")
        assert "AAPL" in (await account.say("why?")).split("\n")[0]
        people.wait(600)
        newest = account.house.engine.history.decisions[-1].ticker
        assert newest in (await account.say("why?")).split("\n")[0]
