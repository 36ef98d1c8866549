"""The dead man's switch: what is told when signs of life stop, by which ways, and once each."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.config_guard import Guard, Mail
from bot.guard import News, Sign, Unreadable, Watch, from_file, from_server
from bot.guard_ways import Letter, Teller, by_mail, by_program, ways_of
from engine.adapters.sql_store import SqlStore
from engine.ports import Heartbeat

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
A_LETTER = Letter("silent", "paper", "The engine gives no sign of life. Look at its log.", NOW)


def a_sign(seconds_ago: float = 0, **changes: Any) -> Sign:
    usual = {"account": "paper", "at": NOW - timedelta(seconds=seconds_ago), "healthy": True, "why": ""}
    return Sign(**{**usual, "holder": "host:1", "stopped": False, **changes})


def looks(watch: Watch, *signs: Sign, at: float, wall: datetime = NOW) -> list[str]:
    return [news.kind for news in watch.look(lambda: signs, wall, at)]


def broken() -> Sequence[Sign]:
    raise Unreadable("the disk is gone")


def test_silence_is_told_once_and_once_when_it_is_over() -> None:
    watch, sign = Watch(60), a_sign()
    assert looks(watch, sign, at=0) == []
    assert looks(watch, sign, at=60) == []
    assert looks(watch, sign, at=61) == ["silent"]
    assert looks(watch, sign, at=1000) == []
    assert not watch.well
    assert looks(watch, a_sign(-1010), at=1010) == ["back"]
    assert watch.well


def test_an_engine_that_was_silent_before_the_guard_began_is_told_at_once() -> None:
    assert looks(Watch(60), a_sign(61), at=0) == ["silent"]
    assert looks(Watch(60), a_sign(60), at=0) == []


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_machine_clock_that_jumps_is_no_outage(hours: int) -> None:
    """Signs that go on coming are life, whatever hour they say."""
    watch, moved = Watch(60), timedelta(hours=hours)
    assert looks(watch, a_sign(), at=0) == []
    assert looks(watch, a_sign(at=NOW + moved), at=10, wall=NOW + moved) == []
    assert looks(watch, a_sign(at=NOW + moved), at=71, wall=NOW) == ["silent"]


def test_a_stop_in_good_order_is_no_outage() -> None:
    watch = Watch(60)
    assert looks(watch, a_sign(5000, stopped=True), at=0) == []
    assert looks(watch, a_sign(5000, stopped=True), at=5000) == []
    assert watch.well


def test_trouble_is_told_when_two_looks_found_it() -> None:
    watch, unwell = Watch(60), {"healthy": False, "why": "no prices"}
    assert looks(watch, a_sign(0, **unwell), at=0) == []
    assert looks(watch, a_sign(-10), at=10) == []
    assert looks(watch, a_sign(-20, **unwell), at=20) == []
    (news,) = watch.look(lambda: [a_sign(-30, **unwell)], NOW, 30)
    assert (news.kind, news.facts["why"]) == ("unwell", "no prices")
    assert looks(watch, a_sign(-40, **unwell), at=40) == []
    assert looks(watch, a_sign(-50, stopped=True), at=50) == ["stopped"]


def test_one_look_alone_tells_trouble_at_once() -> None:
    assert looks(Watch(60, at_once=True), a_sign(healthy=False), at=0) == ["unwell"]
    assert looks(Watch(60, at_once=True), at=0) == ["never"]


def test_each_account_is_told_for_itself() -> None:
    watch = Watch(60)
    assert looks(watch, a_sign(), a_sign(account="two"), at=0) == []
    (news,) = watch.look(lambda: [a_sign(), a_sign(-61, account="two")], NOW, 61)
    assert (news.kind, news.account) == ("silent", "paper")


def test_a_database_that_is_away_is_told_once_too() -> None:
    watch = Watch(60)
    assert looks(watch, a_sign(), at=0) == []
    assert watch.look(broken, NOW, 10) == [News("unreadable", "", {"why": "the disk is gone"})]
    assert watch.look(broken, NOW, 20) == []
    assert looks(watch, a_sign(-30), at=30) == ["readable"]


def test_where_there_never_was_life_it_is_missed_after_a_while() -> None:
    watch = Watch(60)
    assert looks(watch, at=0) == []
    assert looks(watch, at=60) == ["never"]
    assert looks(watch, at=70) == []
    assert looks(watch, a_sign(), at=80) == ["readable"]


async def kept(folder: Path, **changes: Any) -> Path:
    """A real database with one sign of life."""
    store = await SqlStore.open(folder / "parley.sqlite")
    usual = {"account": "paper", "at": datetime.now(UTC), "market_at": None, "healthy": True, "why": ""}
    await store.beat(Heartbeat(**{**usual, "holder": "host:1", "fence": 1, **changes}))
    await store.close()
    return folder / "parley.sqlite"


async def test_signs_are_read_as_the_store_keeps_them(tmp_path: Path) -> None:
    database = await kept(tmp_path, at=NOW, healthy=False, why="no prices", stopped=True)
    assert from_file(database)() == [a_sign(healthy=False, why="no prices", stopped=True)]


def test_a_file_that_is_no_database_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("nothing of the kind, and long enough to look like something" * 20)
    with pytest.raises(Unreadable, match="x: file is not a database"):
        from_file(tmp_path / "x")()


class Broken:
    """A way that works from its third try on."""

    def __init__(self) -> None:
        self.tries, self.told = 0, list[Letter]()

    def __call__(self, letter: Letter) -> None:
        self.tries += 1
        if self.tries < 3:
            raise OSError("nobody answers")
        self.told.append(letter)


def test_a_way_that_does_not_work_is_tried_again_and_holds_no_other_up(capsys: pytest.CaptureFixture[str]) -> None:
    bad, good = Broken(), list[Letter]()
    teller = Teller({"hook": bad, "screen": good.append})
    teller.tell([A_LETTER])
    assert (good, bad.told, teller.done) == ([A_LETTER], [], False)
    teller.tell([])
    teller.tell([])
    assert (good, bad.told, teller.done) == ([A_LETTER], [A_LETTER], True)
    assert capsys.readouterr().err.count("did not work") == 1


def test_a_program_gets_the_sentence_without_a_shell(tmp_path: Path) -> None:
    program = tmp_path / "tell"
    program.write_text(f'#!/bin/sh\nprintf "%s|%s|%s" "$1" "$GUARD_KIND" "$GUARD_TEXT" > {tmp_path}/told\n')
    program.chmod(0o700)
    sentence = 'no sign; $(touch x) `touch x` "quoted"'
    by_program(str(program))(A_LETTER._replace(text=sentence))
    assert (tmp_path / "told").read_text() == f"{sentence}|silent|{sentence}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tell", "told"]
    program.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(ValueError, match="exit code 3"):
        by_program(str(program))(A_LETTER)


@contextmanager
def hooks() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A real HTTP server that keeps what is posted to it."""
    posted: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's own signature
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", posted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_hook_gets_what_is_told_as_json() -> None:
    with hooks() as (url, posted):
        ways_of(Guard(webhook=url))["guard.webhook"](A_LETTER)
    (told,) = posted
    assert told == {"kind": "silent", "account": "paper", "text": A_LETTER.text, "at": "2026-11-20T12:00:00+00:00"}


class PostOffice:
    """A mail server that takes one letter at a time and says yes to everything."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        body = False
        while raw := await reader.readline():
            line = raw.decode().rstrip("\r\n")
            self.said.append(line)
            body = line != "." if body else line.upper() == "DATA"
            if body and line.upper() != "DATA":
                continue
            if line.upper() == "QUIT":
                break
            writer.write(b"354 go on\r\n" if body else b"250 yes\r\n")
        writer.write(b"221 bye\r\n")
        writer.close()


async def test_a_letter_is_posted_to_the_owner() -> None:
    office = PostOffice()
    server = await asyncio.start_server(office, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mail = Mail(host="127.0.0.1", port=port, security="none", sender="parley@example.com", to="me@example.com")
    try:
        await asyncio.to_thread(by_mail(mail), A_LETTER)
    finally:
        server.close()
    assert "rcpt TO:<me@example.com>" in office.said
    assert "Subject: Parley: The engine gives no sign of life" in office.said
    assert A_LETTER.text in office.said


@contextmanager
def a_guard(folder: Path, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    """A real guard; it is gone when this ends, however it ends."""
    named = {f"PARLEY_GUARD__{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "bot", "guard", "--data", str(folder)]
    child = subprocess.Popen(command, env=os.environ | named, stderr=subprocess.PIPE, text=True, cwd=Path.cwd())
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        if child.stderr:
            child.stderr.close()


def once(folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    named = {f"PARLEY_GUARD__{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "bot", "guard", "--once", "--data", str(folder)]
    return subprocess.run(command, env=os.environ | named, capture_output=True, text=True, check=False, timeout=20)


async def test_one_look_says_by_its_exit_code_whether_all_is_well(tmp_path: Path) -> None:
    await kept(tmp_path)
    assert (await asyncio.to_thread(once, tmp_path)).returncode == 0
    await kept(tmp_path, at=datetime.now(UTC) - timedelta(seconds=100))
    told = await asyncio.to_thread(once, tmp_path)
    assert (told.returncode, "gives no sign of life" in told.stderr) == (1, True)
    nobody = await asyncio.to_thread(once, tmp_path, command=str(tmp_path / "no-program"))
    assert (nobody.returncode, nobody.stderr) == (
        2,
        f"guard.command: there is no program {tmp_path / 'no-program'} that can be run here\n",
    )
    missing = await asyncio.to_thread(once, tmp_path / "nowhere")
    assert (missing.returncode, "no account in" in missing.stderr) == (3, True)


async def test_a_guard_tells_a_hook_that_an_engine_fell_silent_and_that_it_is_back(tmp_path: Path) -> None:
    await kept(tmp_path, at=datetime.now(UTC) - timedelta(seconds=100))
    with hooks() as (url, posted), a_guard(tmp_path, webhook=url, beat_seconds="1", after_seconds="2") as child:
        await until(lambda: len(posted) == 1)
        await kept(tmp_path)
        await until(lambda: len(posted) == 2)
        child.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(child.wait, 5) == 0
    assert [told["kind"] for told in posted] == ["silent", "back"]


async def until(holds: Any) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "that never came about"
        await asyncio.sleep(0.02)


def test_a_guard_loads_little() -> None:
    script = (
        "import sys, bot.cli_guard, bot.guard, bot.guard_ways, bot.phrases, bot.config\n"
        "print(sorted({'sqlalchemy', 'prompt_toolkit', 'intents', 'engine.bus', 'asyncpg'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.strip() == "[]"


def test_the_file_is_never_written_to(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "empty.sqlite")) as connection:
        connection.execute("CREATE TABLE other (x)")
    before = (tmp_path / "empty.sqlite").read_bytes()
    with pytest.raises(Unreadable, match="parley db upgrade"):
        from_file(tmp_path / "empty.sqlite")()
    assert (tmp_path / "empty.sqlite").read_bytes() == before


async def test_signs_on_a_server_are_read_as_those_of_a_file(postgres_address: str) -> None:
    store = await SqlStore.open(postgres_address)
    sign = Heartbeat(account="paper", at=NOW, market_at=None, healthy=False, why="no prices", holder="host:1", fence=1)
    await store.beat(sign)
    await store.close()
    assert await asyncio.to_thread(from_server(postgres_address)) == [a_sign(healthy=False, why="no prices")]
    for password in ("", ":se/cret", ":se#cret", ":se?cret"):
        gone = from_server(f"postgresql://postgres{password}@127.0.0.1:9/none")
        with pytest.raises(Unreadable, match="the database server: ") as caught:
            await asyncio.to_thread(gone)
        assert "cret" not in str(caught.value)


@pytest.mark.parametrize(
    "end", ["@127.0.0.1:port/none", "@127.0.0.1:99999/none", "@cret@127.0.0.1/none", "@h/n?x=cret"]
)
def test_an_address_that_cannot_be_is_said_before_the_first_look_without_its_password(end: str) -> None:
    with pytest.raises(Unreadable) as caught:
        from_server(f"postgresql://postgres:secret{end}")
    assert "cret" not in str(caught.value)
