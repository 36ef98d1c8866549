"""Signs of life: what they say, that they leave nothing behind, and who is pinged."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import structlog

from engine.adapters.ping import UrlPing
from engine.adapters.sql_store import SqlStore
from engine.heart import Condition, Heart, Hold
from engine.ports import Heartbeat, Unavailable
from tests.engine.scenes import ACCOUNT, NOON, House, a_house


def a_heart(house: House, pings: list[bool]) -> Heart:
    return Heart(house.bus, house.store, Condition(house.clock, house.health), Hold("host:1", 7), pings.append)


async def test_a_sign_says_when_how_and_who() -> None:
    house, pings = await a_house(), list[bool]()
    heart = a_heart(house, pings)
    await heart.beat()
    house.health.fails("no prices")
    await heart.beat()
    (sign,) = await house.store.heartbeats()
    assert sign == Heartbeat(
        account=ACCOUNT,
        at=house.clock.wall(),
        market_at=NOON,
        healthy=False,
        why="no prices",
        holder="host:1",
        fence=7,
    )
    assert pings == [True, False]


async def test_the_last_sign_says_that_it_was_stopped() -> None:
    house = await a_house()
    await a_heart(house, []).last()
    (sign,) = await house.store.heartbeats()
    assert sign.stopped


async def test_signs_leave_no_rows_behind(tmp_path: Path) -> None:
    store, house = await SqlStore.open(tmp_path / "a.sqlite"), await a_house()
    heart = Heart(house.bus, store, Condition(house.clock, house.health), Hold("host:1", 7))
    for _ in range(5):
        await heart.beat()
    assert len(await store.heartbeats()) == 1
    assert await store.journal(ACCOUNT) == ()
    await store.close()


async def test_a_store_that_takes_no_sign_is_pinged_as_trouble_and_logged_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house, pings = await a_house(), list[bool]()

    async def silent(_: Heartbeat) -> None:
        raise Unavailable("the disk is gone")

    monkeypatch.setattr(house.store, "beat", silent)
    heart = a_heart(house, pings)
    with structlog.testing.capture_logs() as lines:
        await heart.beat()
        await heart.beat()
    assert pings == [False, False]
    assert [line["event"] for line in lines] == ["heartbeat.not_kept"]


def test_an_address_is_asked_for_and_with_fail_where_something_is_wrong() -> None:
    asked, heard = list[str](), threading.Semaphore(0)

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            heard.release()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    serving = threading.Thread(target=server.serve_forever, args=(0.01,))
    serving.start()
    try:
        ping = UrlPing(f"http://127.0.0.1:{server.server_port}/ping/abc/")
        for healthy in (True, False):
            ping(healthy)
            assert heard.acquire(timeout=5)
            settled(ping)
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
    assert asked == ["/ping/abc", "/ping/abc/fail"]


def settled(ping: UrlPing) -> None:
    assert ping._under_way.acquire(timeout=5)
    ping._under_way.release()


def test_an_address_that_does_not_answer_is_logged_once_and_waited_for_by_nobody() -> None:
    ping = UrlPing("http://127.0.0.1:9/ping")
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            ping(True)  # noqa: FBT003  # as `Ping` has it
            settled(ping)
    assert [line["event"] for line in lines] == ["ping.failed"]
