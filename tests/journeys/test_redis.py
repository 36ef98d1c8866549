"""The house with a Redis: what it does is the same, and others see it; without it all goes on."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from bot.config import Settings
from engine.adapters.redis import keys, link
from engine.adapters.redis.link import Patience
from engine.adapters.redis.reader import reading
from engine.core.journal import Entry
from engine.ports import Unavailable
from tests.engine.adapters.redis.house import looking, until
from tests.journeys import house
from tests.journeys.house import People, Visit, copied, visit
from tests.servers import free_port
from tests.servers import redis as a_server

QUICK = Patience(look_s=0.05, pauses_s=(0.02,))


@asynccontextmanager
async def visit_with(redis: str | None, folder: Path) -> AsyncIterator[Visit]:
    """A house whose configuration names this Redis."""
    usual, numbers = house.settings_of, count()

    def settings_of(*asked: Any) -> Settings:
        return usual(*asked).model_copy(update={"redis_url": SecretStr(redis) if redis else None})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house, "settings_of", settings_of)
        patch.setattr(house, "uuid4", lambda: SimpleNamespace(hex=f"message-{next(numbers)}"))
        patch.setattr(link, "PATIENCE", QUICK)
        async with visit(folder, People()) as found:
            yield found


async def a_week(redis: str | None, folder: Path) -> Sequence[Entry]:
    """The journal of some days of trading and talking."""
    async with visit_with(redis, folder) as week:
        if redis is not None:
            await until(lambda: is_up(week))
        await week.agree("trade for me")
        await week.days(2)
        await week.say("set my daily loss limit to 2 percent")
        await week.days(1)
        return await week.house.engine.store.journal("paper")


def is_up(visited: Visit) -> bool:
    others = visited.house.engine.elsewhere
    assert others is not None
    return others.link.up


def deeds(journal: Sequence[Entry]) -> list[tuple[str, Any]]:
    return [(row.kind, row.body) for row in journal]


async def test_the_journal_is_the_same_with_redis_as_without(
    begun_files: Path, tmp_path: Path, redis_address: str
) -> None:
    without = await a_week(None, copied(begun_files, tmp_path / "without"))
    with_it = await a_week(redis_address, copied(begun_files, tmp_path / "with"))
    assert deeds(with_it) == deeds(without)
    assert len(with_it) > 50
    async with looking(redis_address) as there:
        rows: Any = await there.xrange(keys.EVENTS)
    assert [fields["hash"] for _, fields in rows] == [row.hash for row in with_it]


async def test_another_process_sees_a_change_at_once(begun_files: Path, tmp_path: Path, redis_address: str) -> None:
    async with visit_with(redis_address, copied(begun_files, tmp_path / "account")) as new:
        await until(lambda: is_up(new))
        async with reading(redis_address) as reader:
            await until(lambda: limited_to(reader, 3), seconds=5)
            await new.say("set my daily loss limit to 2 percent")
            await until(lambda: limited_to(reader, 2), seconds=5)
            await new.say("pause")
            await until(lambda: standing(reader, "pause"), seconds=5)


async def limited_to(reader: Any, percent: float) -> bool:
    """A busy machine may take longer than a reader waits for."""
    with suppress(Unavailable):
        return bool((await reader.preferences("paper")).preferences.risk.daily_loss_limit_pct == percent)
    return False


async def standing(reader: Any, name: str) -> bool:
    with suppress(Unavailable):
        return name in (await reader.breakers("paper")).standing
    return False


async def test_what_another_process_changed_is_asked_for_again(
    begun_files: Path, tmp_path: Path, redis_address: str
) -> None:
    async with visit_with(redis_address, copied(begun_files, tmp_path / "account")) as new:
        await until(lambda: is_up(new))
        heard: list[tuple[str, int]] = []
        others = new.house.engine.elsewhere
        assert others is not None
        others.hearing._outdated = lambda account, version: heard.append((account, version))
        async with looking(redis_address) as there:
            await there.publish(keys.CHANGED, '{"v":1,"what":"preferences","account":"paper","version":9}')
            await there.publish(keys.CHANGED, "nonsense")
            await there.publish(keys.CHANGED, '{"v":1,"what":"quotes","number":2}')
            await until(lambda: ("paper", 9) in heard)


async def test_a_redis_that_dies_is_told_once_and_so_is_its_return(begun_files: Path, tmp_path: Path) -> None:
    with a_server() as server:
        async with visit_with(server.address, copied(begun_files, tmp_path / "account")) as new:
            await until(lambda: is_up(new))
            await new.news()
            server.kill()
            await until(lambda: told(new, "redis_lost"))
            assert new.well()
            await new.agree("trade for me")
            await new.days(1)
            assert new.state.orders or new.state.positions
            server.start()
            await until(lambda: told(new, "redis_back"))
            news = [line for line in await new.news() if "Redis" in line]
            assert len(news) == 2
            assert news[0].startswith("PAPER · Redis does not answer (no connection). I go on from the database;")
            assert news[1] == "PAPER · Redis answers again (it was: no connection), and has everything."
            seq = new.state.seq
            async with reading(server.address) as reader:
                assert [row.seq for row in await reader.events({})] == list(range(1, seq + 1))


def told(visited: Visit, topic: str) -> bool:
    return any(getattr(event, "topic", None) == topic for event in visited.events)


async def test_a_start_without_redis_is_a_start(begun_files: Path, tmp_path: Path) -> None:
    address = f"redis://:hidden@127.0.0.1:{free_port()}/0"
    async with visit_with(address, copied(begun_files, tmp_path / "account")) as new:
        news: list[str] = []

        async def said() -> bool:
            news.extend(await new.news())
            return any("Redis does not answer (no connection)." in line for line in news)

        await until(said)
        assert new.well()
        assert "hidden" not in " ".join(news)


async def test_an_account_begun_anew_trades_the_same_days_again(
    begun_files: Path, tmp_path: Path, redis_address: str
) -> None:
    """Its recommendations have the ids of those that Redis knows of the account before it."""
    for name in ("one", "two"):
        async with visit_with(redis_address, copied(begun_files, tmp_path / name)) as new:
            await until(lambda: is_up(new))  # it is awaited here
            await new.days(1)
            decided = [*new.state.decided]
            assert len(decided) > 5
            await until(lambda: known_there(new, decided[-1]))  # noqa: B023


async def known_there(visited: Visit, recommendation_id: str) -> bool:
    return await visited.house.engine.bus.seen("paper", recommendation_id)
