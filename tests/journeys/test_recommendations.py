"""What is recommended: shown by fit, and bought by its number in the list."""

import re
from pathlib import Path

from engine.core.words import Autonomy, Origin
from tests.journeys.house import People, Visit, copied, visit

ROW = re.compile(r"^ +(\d+)\. ([A-Z.]+), fit (\d+): ", re.MULTILINE)


async def in_the_window(visit: Visit) -> None:
    """Go on to a moment at which entries are made, and forget that it was asked for."""
    for _ in range(40):
        await visit.replay.beat()
        if (await visit.say("buy 1 Pepsi")).endswith("Yes or no?"):
            await visit.say("no")
            return
    raise AssertionError("the window never opened")


def ranks(text: str) -> list[tuple[str, int]]:
    """The companies of a list with their scores, as they stand there."""
    return [(ticker, int(score)) for _, ticker, score in ROW.findall(text)]


async def test_a_recommendation_is_shown_picked_by_number_read_back_and_bought(new: Visit) -> None:
    await in_the_window(new)
    shown = await new.hear("what would you buy right now?")
    listed = ranks(shown.text)
    assert len(listed) == 5
    assert [score for _, score in listed] == sorted((score for _, score in listed), reverse=True)
    assert "Autonomy is off: this is what I would do with it on" in shown.text
    assert [button.says for button in shown.buttons] == ["buy number 1", "why?"]
    ticker = listed[1][0]
    asked = await new.say("buy the second one")
    found = re.match(rf"PAPER · Buy ([\d,]+) shares? of {ticker} at about ", asked)
    assert found, asked
    assert f"would pass: {found[1]} shares" in shown.text
    assert not new.state.positions
    assert (await new.say("yes")).startswith(f"PAPER · Being bought: {found[1]} shares of {ticker} at about $")
    (decision,) = [one for one in new.house.engine.history.decisions if one.acts]
    assert (decision.ticker, decision.origin, decision.shares) == (ticker, Origin.OWNER, int(found[1]))
    assert ticker in new.state.positions
    again = await new.say("show the recommendations")
    assert re.search(rf"{ticker}, fit .*(You hold|It is being bought)", again)


async def test_a_number_means_what_was_shown_and_amounts_and_second_thoughts_go_with_it(new: Visit) -> None:
    await in_the_window(new)
    listed = [ticker for ticker, _ in ranks(await new.say("top 3 picks"))]
    assert len(listed) == 3
    await new.say("no")
    assert f"Buy 4 shares of {listed[2]} at about $" in await new.say("buy 4 shares of the third one")
    assert f"Buy 2 shares of {listed[2]} at about $" in await new.say("make it 2 shares")
    assert await new.say("no") == f"All right, dropped: buying {listed[2]}. Nothing was changed."
    assert f"shares of {listed[0]} at about $" in await new.say("put $3000 into the first")
    await new.say("no")
    assert await new.say("buy number 7") == "Only 3 choices stood there; which of them do you mean?"
    assert (await new.say("buy 1 and 2")).startswith("One at a time, please")
    assert f"shares of {listed[1]} at about $" in await new.say("2")
    await new.say("no")
    await new.say(f"watch {listed[2]}")
    assert f"shares of {listed[1]} at about $" in await new.say("buy the second one")
    assert not new.state.positions


async def test_what_a_gate_stands_against_is_refused_by_its_number_too(new: Visit) -> None:
    listed = ranks(await new.say("show the recommendations"))
    assert (await new.say("buy number 1")).startswith(
        f"Nothing was bought of {listed[0][0]}. The entry window was closed."
    )
    await in_the_window(new)
    await new.say("show the recommendations")
    await new.say(f"never buy {listed[0][0]}")
    assert listed[0][0] not in [ticker for ticker, score in ranks(await new.say("show the recommendations")) if score]


async def test_the_list_is_the_same_after_a_restart(begun_files: Path, tmp_path: Path, people: People) -> None:
    folder = copied(begun_files, tmp_path / "account")
    async with visit(folder, people) as first:
        await in_the_window(first)
        await first.say("show my positions")
        assert first.state.preferences.trading.autonomy is Autonomy.OFF
        assert not first.state.pending
        before = await first.say("top 10 recommendations")
    async with visit(folder, people) as second:
        assert await second.say("top 10 recommendations") == before
    assert len(ranks(before)) == 10


async def test_a_number_still_means_what_was_shown_after_a_restart(
    begun_files: Path, tmp_path: Path, people: People
) -> None:
    folder = copied(begun_files, tmp_path / "account")
    async with visit(folder, people) as first:
        await in_the_window(first)
        listed = ranks(await first.say("show the recommendations"))
    async with visit(folder, people) as second:
        assert f" of {listed[1][0]} at about $" in await second.say("buy the second one")
