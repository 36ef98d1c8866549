"""A start goes on with every conversation where it was left."""

from pathlib import Path

import pytest

from engine.ports import Unavailable
from tests.journeys.house import People, copied, visit

LOSS = "set my daily loss limit to 4 percent"
BEFORE: dict[str, tuple[list[str], str, str]] = {
    "a yes": ([LOSS], "yes", "daily loss limit: 3% → 4%"),
    "a missing value": (["set my daily loss limit"], "1 percent", "daily loss limit: 3% → 1%"),
    "another value": ([LOSS], "make that 5 percent", "daily loss limit: 3% → 5%"),
    "another value for what was done": (["watch coke", "watch apple"], "no, microsoft", "Done: now watching MSFT no longer watching AAPL."),
    "a choice": (["watch general"], "the second one", "Done: now watching"),
    "the same for another company": (["show the stop on coke"], "and apple?", "AAPL"),
    "a cancelled question": ([LOSS], "never mind", "All right, dropped."),
    "no": ([LOSS], "no", "All right, dropped."),
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
