"""Journals are told to the stream: every row, in order, also after an outage."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from engine.adapters.memory_store import MemoryStore
from engine.adapters.redis import keys
from engine.adapters.redis.stream import got, mark_in
from engine.core.events import Noted
from engine.core.journal import Entry
from engine.core.state import State
from engine.ports import Unavailable
from tests.builders import NOON, a_state
from tests.engine.adapters.redis.house import Desk, a_desk, looking, until
from tests.servers import Redis as Server
from tests.servers import redis as a_server


async def streamed(there: Redis) -> list[tuple[str, int]]:
    """Account and number of every row, as the stream has them."""
    rows: Any = await there.xrange(keys.EVENTS)
    return [(fields["account"], int(fields["seq"])) for _, fields in rows]


async def test_a_row_of_the_stream_is_a_row_of_the_journal(desk: Desk, there: Redis) -> None:
    await desk.do(None, Noted(topic="engine_started", facts={"begins": None}))
    await desk.written()
    rows: Any = await there.xrange("stonks:stream:trading")
    entry = (await desk.store.journal("paper"))[0]
    assert [fields for _, fields in rows] == [
        {
            "v": "1",
            "account": "paper",
            "seq": "1",
            "kind": "Noted",
            "at": NOON.isoformat(),
            "body": '{"facts":{"begins":null},"topic":"engine_started"}',
            "hash": entry.hash,
        }
    ]
    told = json.loads(await there.get("stonks:trading:told:paper") or "{}")
    assert (told["v"], told["seq"], told["hash"]) == (1, 1, entry.hash)


async def test_rows_come_in_their_order_and_once(desk: Desk, there: Redis) -> None:
    for _ in range(25):
        await desk.do()
    await desk.written()
    assert await streamed(there) == [("paper", seq) for seq in range(1, 26)]


async def test_what_was_stored_before_anybody_listened_is_told_from_the_journal(redis_address: str) -> None:
    store = MemoryStore()
    async with a_desk(redis_address, store) as first, looking(redis_address) as there:
        for _ in range(3):
            await first.do()
        await first.written()
        state = first.state
        while state is not None and state.seq < 7:  # stored while no Redis is there
            first.link.up = False
            state = await first.do()
        async with a_desk(redis_address, store) as second:
            assert state is not None
            second.mirror.knows(state)
            await second.written()
            assert await streamed(there) == [("paper", seq) for seq in range(1, 8)]


async def test_a_journal_that_is_not_the_one_that_was_told_is_told_from_its_beginning(desk: Desk, there: Redis) -> None:
    """A database brought back from a copy goes on under numbers that were told already, with other rows."""
    for _ in range(3):
        await desk.do()
    await desk.written()
    async with a_desk(address_of(desk)) as other:
        await other.do(a_state(), Noted(topic="engine_started", facts={"begins": "anew"}))
        await other.written()
        assert await streamed(there) == [("paper", 1), ("paper", 2), ("paper", 3), ("paper", 1)]


async def test_of_a_long_journal_only_the_newest_rows_are_told(redis_address: str) -> None:
    """The stream keeps about so many, and no more are read for it."""

    class Long(MemoryStore):
        async def journal(self, account: str, after: int = 0) -> Sequence[Entry]:
            asked.append(after)
            return []

    asked: list[int] = []
    async with a_desk(redis_address, Long()) as desk:
        desk.mirror.knows(a_state(seq=25_000, head="h"))
        await desk.written()
    assert asked == [15_000]


async def test_a_store_that_is_down_is_asked_again(redis_address: str) -> None:
    class Shaky(MemoryStore):
        down = True

        async def journal(self, account: str, after: int = 0) -> Sequence[Entry]:
            if self.down:
                raise Unavailable("the disk is gone")
            return await super().journal(account, after)

    store = Shaky()
    async with a_desk(redis_address, store) as desk, looking(redis_address) as there:
        desk.link.up = False
        await desk.do()
        desk.link.up = True
        await desk.written()
        assert await streamed(there) == []
        store.down = False
        await until(lambda: told_all(there, 1))


async def told_all(there: Redis, number: int) -> bool:
    return await streamed(there) == [("paper", seq) for seq in range(1, number + 1)]


@given(st.lists(st.sampled_from(["do", "write", "empty", "begin", "lose"]), max_size=12))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_goes_wrong_every_row_is_told_in_order(redis_server: Server, acts: list[str]) -> None:
    """Lost connections, an emptied Redis and engines that begin again leave no gap, and no row before another."""
    redis_server.empty()
    store = MemoryStore()
    state: State | None = None
    async with looking(redis_server.address) as there:
        for part in lives(acts):
            async with a_desk(redis_server.address, store) as desk:
                desk.state = state
                if state is not None:
                    desk.mirror.knows(state)
                for act in part:
                    await ACTS[act](desk, there)
                state = desk.state
                await settled(desk, there)
        rows = [] if state is None else list(range(1, state.seq + 1))
        told = [seq for _, seq in await streamed(there)]
    assert rows[-1:] == told[-1:]
    assert [seq for place, seq in enumerate(told) if seq > max(told[:place], default=0)] == rows[
        len(rows) - len({*told}) :
    ]


async def settled(desk: Desk, there: Redis) -> None:
    """Until Redis has all that this engine has to say."""

    async def has_all() -> bool:
        mark = mark_in(await got(there, keys.told("paper")))
        return desk.link.up and await desk.mirror.stands() and mark is not None and mark.seq == seq

    if desk.state is not None:
        seq = desk.state.seq
        await until(has_all)


def lives(acts: list[str]) -> list[list[str]]:
    """What each engine lives through, one after the other."""
    found: list[list[str]] = [[]]
    for act in acts:
        if act == "begin":
            found.append([])
        else:
            found[-1].append(act)
    return found


async def lose(desk: Desk, _: Redis) -> None:
    desk.link.fails(ConnectionError())


async def empty(_: Desk, there: Redis) -> None:
    await there.flushall()


async def write(desk: Desk, _: Redis) -> None:
    await desk.written()


async def do(desk: Desk, _: Redis) -> None:
    await desk.do()


ACTS = {"do": do, "write": write, "empty": empty, "lose": lose}


async def test_after_a_restart_of_redis_all_is_there_again() -> None:
    with a_server() as server:
        async with a_desk(server.address) as desk:
            await desk.do()
            await desk.written()
            server.kill()
            await desk.do()
            await desk.written()
            assert not desk.link.up
            await desk.do()
            server.start()
            await until(lambda: desk.link.up)
            async with looking(server.address) as there:
                await until(lambda: told_all(there, 3))
                assert await there.exists(keys.preferences("paper")) == 1


def address_of(desk: Desk) -> str:
    at = desk.link.pool.connection_kwargs
    return f"redis://{at['host']}:{at['port']}/0"
