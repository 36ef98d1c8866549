"""The language model's endpoint: a bounded time, a bounded size, one try, and whatever else it answers is nothing."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.llm import NoAnswer
from bot.llm_http import HttpModel

WORDS = '{"requests": []}'


def a_body(content: object = WORDS, **more: Any) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content, **more}}]}).encode()


class Endpoint(ThreadingHTTPServer):
    """Answers everything with what it was told to: status, headers, body, and how long it takes."""

    daemon_threads = True
    status, headers, body, wait_s = 200, {"Content-Type": "application/json"}, a_body(), 0.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[tuple[str, dict[str, str], Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody who hangs up early is no news."""


class Answering(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, dict(self.headers), sent))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for at in range(0, len(self.server.body), 65_536):
            time.sleep(self.server.wait_s)
            self.wfile.write(self.server.body[at : at + 65_536])

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


async def answered(url: str, timeout_s: float = 2.0, key: str | None = "sesame") -> str:
    model = HttpModel(url, "small", key, timeout_s)
    try:
        return await model.answer("the contract", "the message", {"type": "object"})
    finally:
        await model.close()


async def test_a_question_is_one_post_in_the_usual_form(endpoint: Endpoint) -> None:
    assert await answered(endpoint.url + "/") == WORDS
    ((path, headers, sent),) = endpoint.asked
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer sesame"
    assert sent["model"] == "small"
    assert [one["content"] for one in sent["messages"]] == ["the contract", "the message"]
    assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"}


async def test_without_a_key_none_is_sent(endpoint: Endpoint) -> None:
    await answered(endpoint.url, key=None)
    assert "Authorization" not in endpoint.asked[0][1]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": 500}, "status_500"),
        ({"status": 401}, "status_401"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:9/elsewhere"}}, "status_302"),
        ({"body": b"<html>"}, "garbled"),
        ({"body": b"[" * 60_000}, "garbled"),
        ({"body": b"{}"}, "garbled"),
        ({"body": b'{"choices": []}'}, "garbled"),
        ({"body": a_body(None, tool_calls=[{"function": {"name": "flatten"}}])}, "no_words"),
        ({"body": a_body({"requests": []})}, "no_words"),
        ({"body": b'data: {"choices": [{"delta": {"content": "{"}}]}\n\ndata: [DONE]\n\n'}, "garbled"),
        ({"body": b"x" * 10_000_000}, "too_large"),
        ({"headers": {"Content-Encoding": "gzip"}}, "packed"),
    ],
)
async def test_anything_but_words_is_no_answer(changes: dict[str, Any], why: str, endpoint: Endpoint) -> None:
    for name, value in changes.items():
        setattr(endpoint, name, value)
    with pytest.raises(NoAnswer, match=f"^{why}$"):
        await answered(endpoint.url)
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize("body", [a_body(), b" " * 60_000 * 20])
async def test_a_slow_answer_is_given_up_in_time_and_blocks_nothing(body: bytes, endpoint: Endpoint) -> None:
    """Also one that trickles: what counts is the whole."""
    endpoint.wait_s, endpoint.body = 0.2, body
    began, beats = time.monotonic(), 0
    asking = asyncio.create_task(answered(endpoint.url, timeout_s=0.1))
    while not asking.done():
        await asyncio.sleep(0.005)
        beats += 1
    with pytest.raises(NoAnswer, match="time_out"):
        await asking
    assert time.monotonic() - began < 2
    assert beats >= 5


async def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(NoAnswer, match="ConnectError"):
        await answered("http://127.0.0.1:9")
