"""The local socket: who can open it, what crosses it, and what it does with nonsense."""

import asyncio
import json
import os
import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import socket_server, wire
from bot.message import Button, Reply
from bot.socket_client import Caller, HungUp
from bot.socket_place import SOCKET, bound, place_of, remove
from bot.socket_server import served
from tests.builders import NOON


async def echo(request: dict[str, Any]) -> dict[str, Any]:
    if "fail" in request:
        raise RuntimeError("a bug")
    if "bad" in request:
        raise wire.BadRequest("not that")
    return {"heard": request}


@asynccontextmanager
async def raw(folder: Path) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_unix_connection(str(place_of(folder)))
    yield reader, writer
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def calling(folder: Path) -> AsyncIterator[Caller]:
    found = await Caller.find(folder)
    assert found is not None
    yield found
    await found.close()


async def answer(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    async with calling(folder) as caller:
        return await caller.ask(request)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def long_folder(folder: Path) -> Path:
    deep = folder / ("long" * 25) / "account"
    deep.mkdir(parents=True)
    return deep


async def test_requests_are_answered_one_by_one(tmp_path: Path) -> None:
    async with served(tmp_path, echo), calling(tmp_path) as caller:
        for number in range(3):
            assert await caller.ask({"say": number}) == {"heard": {"say": number}}


async def test_only_its_owner_can_open_it_and_it_is_gone_at_the_end(tmp_path: Path) -> None:
    async with served(tmp_path, echo):
        mode = (tmp_path / SOCKET).stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
    assert names(tmp_path) == []
    assert await Caller.find(tmp_path) is None


async def test_one_left_by_a_killed_process_is_replaced(tmp_path: Path) -> None:
    bound(tmp_path)[0].close()
    assert (tmp_path / SOCKET).exists()
    assert await Caller.find(tmp_path) is None
    async with served(tmp_path, echo):
        assert await answer(tmp_path, {}) == {"heard": {}}


async def test_a_path_too_long_for_a_socket_is_led_to_another(tmp_path: Path) -> None:
    folder = long_folder(tmp_path)
    async with served(folder, echo):
        elsewhere = Path((folder / "socket").read_text().strip())
        assert len(os.fsencode(elsewhere)) <= 100
        assert stat.S_IMODE(elsewhere.parent.stat().st_mode) == 0o700
        assert await answer(folder, {}) == {"heard": {}}
    assert not elsewhere.parent.exists()
    assert names(folder) == []


async def test_the_other_place_of_a_killed_process_is_cleared_away(tmp_path: Path) -> None:
    folder = long_folder(tmp_path)
    made, elsewhere = bound(folder)
    made.close()
    async with served(folder, echo):
        assert await answer(folder, {}) == {"heard": {}}
        assert place_of(folder) != elsewhere
    assert not elsewhere.parent.exists()


def test_nothing_but_a_socket_is_ever_removed(tmp_path: Path) -> None:
    precious = tmp_path / "parley-notes" / "file"
    precious.parent.mkdir()
    precious.write_text("mine")
    folder = tmp_path / "account"
    folder.mkdir()
    (folder / "socket").write_text(str(precious))
    (folder / SOCKET).write_text("not a socket")
    remove(folder)
    assert precious.read_text() == "mine"
    assert (folder / SOCKET).read_text() == "not a socket"


async def test_without_a_socket_the_rest_goes_on(tmp_path: Path) -> None:
    async with served(tmp_path / "gone" / ("x" * 200), echo):
        assert await Caller.find(tmp_path) is None


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"hello\n", "not JSON"),
        (b"[1]\n", "not a JSON object"),
        (b"\xff\xfe\n", "not JSON"),
        (b"\n", "not JSON"),
        (b"[" * 100_000 + b"\n", "not JSON"),
        (b'{"bad": 1}\n', "not that"),
        (b'{"fail": 1}\n', "something went wrong; it is in the log"),
    ],
)
async def test_nonsense_is_told_so_and_hung_up_on(line: bytes, error: str, tmp_path: Path) -> None:
    async with served(tmp_path, echo), raw(tmp_path) as (reader, writer):
        writer.write(line)
        assert json.loads(await reader.readline()) == {"error": error}
        assert await reader.read() == b""
        assert await answer(tmp_path, {"a": 1}) == {"heard": {"a": 1}}


async def test_a_line_without_end_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LONGEST", 1_000)
    async with served(tmp_path, echo), raw(tmp_path) as (reader, writer):
        writer.write(b"x" * 5_000)
        assert json.loads(await reader.readline()) == {"error": "a line may have at most 1000 bytes"}
        assert await reader.read() == b""


async def test_whoever_says_nothing_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_server, "IDLE_S", 0.05)
    async with served(tmp_path, echo), raw(tmp_path) as (reader, _):
        assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_a_crowd_is_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_server, "MOST", 2)
    async with served(tmp_path, echo), calling(tmp_path) as first, calling(tmp_path) as second:
        assert await first.ask({}) == await second.ask({}) == {"heard": {}}
        assert await answer(tmp_path, {}) == {"error": "too many callers; try again"}


async def test_a_process_that_ends_hangs_up(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        async with served(tmp_path, echo):
            caller = await stack.enter_async_context(calling(tmp_path))
            assert await caller.ask({}) == {"heard": {}}
        with pytest.raises(HungUp, match="it went away before it answered"):
            await caller.ask({})


texts = st.text(max_size=30)
replies = st.builds(
    Reply,
    text=texts,
    speech=texts,
    buttons=st.lists(st.builds(Button, label=texts, says=texts), max_size=2).map(tuple),
    picture=st.none() | st.binary(min_size=1, max_size=20),
    key=texts,
    facts=st.dictionaries(texts, texts | st.integers() | st.none(), max_size=3),
)


@given(replies)
def test_a_reply_crosses_unchanged(reply: Reply) -> None:
    line = wire.line({"reply": wire.from_reply(reply)})
    assert line.count(b"\n") == 1
    assert wire.to_reply(wire.object_of(line)["reply"]) == reply


@given(texts, st.none() | texts)
def test_a_message_crosses_and_is_always_of_whoever_has_this_machine(text: str, document: str | None) -> None:
    held = wire.object_of(wire.line(wire.asked(text, document)))["message"]
    found = wire.message_of({**held, "person": "chat:1", "channel": "chat"}, "terminal:local", NOON)
    assert (found.text, found.document, found.at, found.how) == (text, document, NOON, "text")
    assert (found.person, found.channel) == ("terminal:local", "socket")


@pytest.mark.parametrize(
    ("held", "why"),
    [
        ({}, "text must be text"),
        ({"text": 5}, "text must be text"),
        ({"text": "x", "id": 5}, "id must be text"),
        ({"text": "x", "document": {}}, "document must be text"),
        ({"text": "x", "how": "shouted"}, "how must be one of text, voice, button"),
    ],
)
def test_a_message_that_is_none(held: dict[str, object], why: str) -> None:
    with pytest.raises(wire.BadRequest, match=why):
        wire.message_of(held, "terminal:local", NOON)


def test_half_a_character_becomes_a_question_mark() -> None:
    assert wire.message_of({"text": "a\ud800b"}, "p", NOON).text == "a?b"
