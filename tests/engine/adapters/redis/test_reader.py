"""What another process reads: from Redis, else from the database, else what it read last, and then it says so."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from engine.adapters.memory_store import MemoryStore
from engine.adapters.redis import keys
from engine.adapters.redis.reader import Reader, Told, reading
from engine.core.preferences import Preferences, patched
from engine.core.scene import Quote
from engine.core.state import State
from engine.core.units import money
from engine.core.words import Autonomy, BreakerKind
from engine.ports import Unavailable
from tests.builders import NOON, a_batch, a_breaker, a_state
from tests.engine.adapters.redis.house import QUICK, Desk, a_desk, looking, until
from tests.servers import Redis as Server
from tests.servers import free_port
from tests.servers import redis as a_server

SET = patched(
    Preferences(),
    {
        "trading.autonomy": Autonomy.ASK,
        "risk.reserve_pct": 30,
        "trading.absolute_position_cap": Decimal("2500.50"),
        "trading.excluded_tickers": ("KO", "PEP"),
    },
)


def an_account() -> State:
    breakers = {(BreakerKind.DAILY_LOSS, None): a_breaker()}
    return a_state(preferences=SET, version=4, breakers=breakers)


@asynccontextmanager
async def both(server: Server, store: MemoryStore | None) -> AsyncIterator[tuple[Desk, Reader]]:
    """An engine that has written all it knows, and somebody else who reads."""
    async with a_desk(server.address) as desk, reading(server.address, store, QUICK) as reader:
        await desk.do(an_account())
        desk.mirror.priced({"KO": Quote(money("60"), NOON, None)})
        await desk.written()
        yield desk, reader


async def test_all_that_was_written_is_read_as_it_was(redis_server: Server) -> None:
    redis_server.empty()
    async with both(redis_server, None) as (_, reader):
        assert await reader.preferences("paper") == (SET, 4, False)
        held = await reader.breakers("paper")
        assert (held.stale, list(held.standing)) == (False, ["daily_loss"])
        assert held.standing["daily_loss"]["actual"] == 0.034
        assert await reader.quotes() == ({"KO": Quote(600_000, NOON, None)}, False)
        rows = await reader.events({})
        assert [(row.account, row.seq, row.kind, row.at) for row in rows] == [("paper", 1, "Noted", NOON)]


async def test_events_are_read_from_where_one_stands_and_once(redis_server: Server) -> None:
    redis_server.empty()
    async with both(redis_server, None) as (desk, reader):
        for _ in range(4):
            await desk.do()
        await desk.written()
        assert seqs(await reader.events({"paper": 2})) == [3, 4, 5]
        assert seqs(await reader.events({"paper": 5})) == []
        await desk.do()
        await desk.written()
        async with looking(redis_server.address) as there:
            rows: Any = await there.xrange(keys.EVENTS)
            await there.xadd(keys.EVENTS, rows[-1][1])
        assert seqs(await reader.events({"paper": 5})) == [6]
        assert seqs(await reader.events({"paper": 1})) == [2, 3, 4, 5, 6]


def seqs(rows: Sequence[Told]) -> list[int]:
    return [row.seq for row in rows]


async def test_without_redis_the_database_answers_and_nothing_is_stale() -> None:
    with a_server() as server:
        store = MemoryStore()
        async with a_desk(server.address, store) as desk, reading(server.address, store, QUICK) as reader:
            await desk.do(an_account())
            server.kill()
            assert await reader.preferences("paper") == (SET, 4, False)
            held = await reader.breakers("paper")
            assert (held.stale, list(held.standing)) == (False, ["daily_loss"])
            assert seqs(await reader.events({"paper": 0})) == [1]
            with pytest.raises(KeyError):
                await reader.preferences("nobody")


async def test_without_both_what_was_read_last_is_stale() -> None:
    with a_server() as server:
        async with both(server, None) as (_, reader):
            await reader.preferences("paper")
            await reader.breakers("paper")
            await reader.quotes()
            server.kill()
            for _ in range(2):
                assert await reader.preferences("paper") == (SET, 4, True)
                assert (await reader.breakers("paper")).stale
                assert (await reader.quotes()).stale
            with pytest.raises(Unavailable):
                await reader.preferences("nobody")


async def test_a_reader_that_never_reached_redis_says_so() -> None:
    async with reading(f"redis://127.0.0.1:{free_port()}/0", None, QUICK) as reader:
        for ask in (reader.preferences("paper"), reader.breakers("paper"), reader.quotes(), reader.events({})):
            with pytest.raises(Unavailable):
                await ask


async def test_what_an_engine_stored_without_redis_is_read_from_the_database(redis_server: Server) -> None:
    redis_server.empty()
    store = MemoryStore()
    async with a_desk(redis_server.address, store) as desk:
        await desk.do(an_account())
        await desk.written()
    assert desk.state is not None
    await store.save(a_batch(desk.state, replace(desk.state, version=5, breakers={})))
    async with reading(redis_server.address, store, QUICK) as reader:
        assert await reader.preferences("paper") == (SET, 5, False)
        assert await reader.breakers("paper") == ({}, False)


async def test_what_an_engine_that_fell_silent_wrote_is_stale(redis_server: Server) -> None:
    redis_server.empty()
    async with both(redis_server, None), looking(redis_server.address) as there:
        assert 0 < await there.ttl("stonks:trading:whole:paper") <= 15
    async with reading(redis_server.address, None, QUICK) as reader, looking(redis_server.address) as there:
        await there.delete("stonks:trading:whole:paper")
        assert await reader.preferences("paper") == (SET, 4, True)
        held = await reader.breakers("paper")
        assert (held.stale, list(held.standing)) == (True, ["daily_loss"])
        with pytest.raises(Unavailable):
            await reader.breakers("nobody")


async def test_an_engine_goes_on_saying_that_all_is_written(redis_server: Server) -> None:
    redis_server.empty()
    async with both(redis_server, None) as (desk, _), looking(redis_server.address) as there:
        await there.expire("stonks:trading:whole:paper", 2)
        assert await desk.mirror.stands()
        assert await there.ttl("stonks:trading:whole:paper") > 2


async def test_values_of_a_later_version_are_left_alone(redis_server: Server) -> None:
    """Whoever knows only this one reads the database."""
    redis_server.empty()
    async with both(redis_server, None) as (_, reader), looking(redis_server.address) as there:
        await there.set(keys.preferences("paper"), '{"v":2}')
        await there.hset(keys.QUOTES, "KO", '{"v":2}')
        with pytest.raises(Unavailable):
            await reader.preferences("paper")
        assert (await reader.quotes()).quotes == {}


async def test_a_reader_finds_redis_again() -> None:
    with a_server() as server:
        async with both(server, None) as (desk, reader):
            await reader.preferences("paper")
            server.kill()
            assert (await reader.preferences("paper")).stale
            server.start()
            await until(lambda: is_fresh(reader))
            assert desk.state is not None


async def is_fresh(reader: Reader) -> bool:
    return not (await reader.preferences("paper")).stale
