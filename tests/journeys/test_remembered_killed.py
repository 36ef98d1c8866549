"""Killed between question and answer: whoever answers then is understood as if nothing had been."""

import asyncio
import os
import select
import signal
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.journeys.house import People, copied, visit
from tests.journeys.test_kill import ready_to_be_born
from tests.servers import Postgres

# 3.12 warns of every fork beside a thread; ours goes its own way at once and never comes back
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


def killed_after(folder: Path, server: str | None, texts: Sequence[str]) -> None:
    """A life in which this was said and answered, and which ends by SIGKILL as soon as the last answer is out."""
    ready_to_be_born()
    answered, tell = os.pipe()
    child = os.fork()
    if not child:
        try:
            asyncio.run(talk(folder, server, texts, tell))
        except BaseException:  # noqa: BLE001  # it must not come back into the test that it is a copy of
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(tell)
    assert select.select([answered], [], [], 60)[0], "there was no answer"
    assert os.read(answered, 1) == b"."
    os.kill(child, signal.SIGKILL)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    os.close(answered)


async def talk(folder: Path, server: str | None, texts: Sequence[str], tell: int) -> None:
    async with visit(folder, People(), server=server) as house:
        for text in texts:
            await house.say(text)
        os.write(tell, b".")
        time.sleep(60)  # noqa: ASYNC251  # nothing runs any more: what was answered has to be stored by now


async def said_after(folder: Path, server: str | None, seconds: float, *texts: str) -> list[str]:
    """What a new life answers so much later."""
    people = People()
    people.wait(seconds)
    async with visit(folder, people, server=server) as house:
        return [await house.say(text) for text in texts]


@pytest.mark.parametrize("where", ["file", "server"])
def test_what_follows_a_kill_means_what_it_would_have_meant(
    begun_files: Path, tmp_path: Path, where: str, request: pytest.FixtureRequest
) -> None:
    folder, server = tmp_path / "account", None
    if where == "server":
        postgres: Postgres = request.getfixturevalue("postgres_server")
        server = postgres.new_database(template=request.getfixturevalue("migrated"))
    else:
        copied(begun_files, folder)
    killed_after(folder, server, ["watch coke", "set my daily loss limit to 4 percent"])
    first, again = asyncio.run(said_after(folder, server, 60, "yes", "yes"))
    assert "daily loss limit: 3% → 4%" in first
    assert again == "There is nothing waiting for your answer."
    killed_after(folder, server, ["set my daily loss limit"])
    (answer,) = asyncio.run(said_after(folder, server, 250, "2 percent"))
    assert "daily loss limit: 4% → 2%" in answer


def test_a_yes_that_comes_too_late_after_a_kill_does_nothing(begun_files: Path, tmp_path: Path) -> None:
    folder = copied(begun_files, tmp_path / "account")
    killed_after(folder, None, ["set my daily loss limit to 4 percent"])
    answer, looked = asyncio.run(said_after(folder, None, 120, "yes", "show my risk settings"))
    assert "has run out" in answer
    assert "daily loss limit: 3%" in looked
