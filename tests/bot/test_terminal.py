"""The channels as processes, with a fake hear: at a pseudo-terminal, on pipes and on files."""

import asyncio
import fcntl
import os
import pty
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pexpect
import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from bot.channels.lines import PUSHED, ChannelClosed
from bot.channels.pipes import LONGEST, LineReader
from bot.channels.plain import PlainChannel
from bot.channels.terminal import Hints
from bot.message import Message, Reply

BEGIN = """
import asyncio, sys
from pathlib import Path
from bot.channels.local import Comforts, local_channel
from bot.message import Button, Message, Reply

async def hear(message: Message) -> Reply:
    return Reply(f"heard <{message.text}>", "", (Button("Undo", "undo"), Button("Why?", "why")))

async def pusher(channel, stop):
    for number in range(8):
        await asyncio.sleep(0.1)
        await channel.push(f"news {number}\\nand more")
"""
AT_TERMINAL = """
async def main() -> None:
    comforts = Comforts(Path(sys.argv[1]), ["pause trading"], ["NVDA"], lambda: "PAPER 3 Feb 2020")
    channel = local_channel(comforts, plain=False, stays=False)
    pushing = asyncio.create_task(pusher(channel, None))
    stop = asyncio.Event()
    if len(sys.argv) > 2:
        asyncio.get_running_loop().call_later(float(sys.argv[2]), stop.set)
    await channel.run(hear, stop)
    pushing.cancel()
    print("left")
asyncio.run(main())
"""
PLAIN = """
async def main() -> None:
    for_s = float(sys.argv[1]) if len(sys.argv) > 1 else None
    channel = local_channel(Comforts(), plain=True, stays=for_s is not None)
    stop = asyncio.Event()
    if for_s is not None:
        asyncio.get_running_loop().call_later(for_s, stop.set)
        await channel.push("soon", (Button("Yes", "yes"),))
        asyncio.create_task(pusher(channel, None)).add_done_callback(lambda task: task.cancelled() or task.exception())
    await channel.run(hear, stop)
asyncio.run(main())
"""
HINTS = "[Undo] [Why?]"


Screen: TypeAlias = "pexpect.spawn[str]"


def opened(folder: Path, *arguments: str, answers: bool = False) -> Screen:
    """A chat at a pseudo-terminal, ready to type in; `answers`: one that is asked where its cursor stands."""
    environment = {**os.environ, "TERM": "xterm", **({} if answers else {"PROMPT_TOOLKIT_NO_CPR": "1"})}
    command = ["-c", BEGIN + AT_TERMINAL, str(folder / "history"), *arguments]
    child: Screen = pexpect.spawn(
        sys.executable, command, env=environment, encoding="utf-8", timeout=20, dimensions=(24, 100), echo=False
    )
    child.delaybeforesend = None
    child.expect_exact("\x1b[0m>")
    return child


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    child = opened(tmp_path)
    yield child
    child.close(force=True)


def plain(given: bytes, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-c", BEGIN + PLAIN, *arguments]
    return subprocess.run(command, capture_output=True, timeout=8, check=False, input=given)


def leave(screen: Screen) -> None:
    """Ctrl-D counts only while a line is being typed; between two lines the terminal itself swallows it."""
    for _ in range(10):
        screen.sendcontrol("d")
        if screen.expect(["left", pexpect.TIMEOUT], timeout=1) == 0:
            return
    raise AssertionError("still there after ten times Ctrl-D")


def test_a_line_being_typed_arrives_whole_while_news_come_in(screen: Screen, tmp_path: Path) -> None:
    for letter in "set daily loss":
        screen.send(letter)
        time.sleep(0.04)
    screen.expect("news 5")
    screen.send(" limit to 2%\r")
    screen.expect_exact("heard <set daily loss limit to 2%>")
    screen.expect_exact(HINTS)
    screen.send("pau\t")
    screen.expect_exact("trading")
    screen.send("\r")
    screen.expect_exact("heard <pause trading>")
    screen.expect_exact(HINTS)
    leave(screen)
    assert "+pause trading" in (tmp_path / "history").read_text()


def test_control_c_leaves(screen: Screen) -> None:
    screen.send("half a li")
    screen.sendcontrol("c")
    screen.expect("left")
    screen.expect(pexpect.EOF)
    screen.wait()
    assert screen.exitstatus == 0


def test_a_stop_ends_the_line_being_typed(tmp_path: Path) -> None:
    child = opened(tmp_path, "0.2")
    child.send("half a li")
    child.expect("left")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0


def test_the_line_at_the_bottom_is_drawn_where_the_terminal_says_how_high_it_is(tmp_path: Path) -> None:
    child = opened(tmp_path, "0.5", answers=True)
    child.send("\x1b[1;1R")
    child.expect("PAPER 3 Feb 2020")
    child.close(force=True)


def test_hints_are_sentences_and_tickers() -> None:
    hints = Hints(["show my positions", "pause"], ["NVDA", "NFLX", "T"])

    def offered(text: str) -> list[str]:
        return [one.text for one in hints.get_completions(Document(text), CompleteEvent())]

    assert offered("SHOW") == ["show my positions"]
    assert offered("watch nv") == ["NVDA"]
    assert offered("watch N") == ["NVDA", "NFLX"]
    assert offered("watch t") == []
    assert offered("") == []


def test_lines_of_a_pipe_are_answered_in_order_and_then_it_leaves() -> None:
    done = plain(b"pause\r\n\n   \nshow my positions\nno line end")
    assert done.stderr == b""
    assert done.stdout.decode() == textwrap.dedent(f"""\
        heard <pause>
        {HINTS}
        heard <show my positions>
        {HINTS}
        heard <no line end>
        {HINTS}
        """)


def test_closed_input_has_ended() -> None:
    script = f'{sys.executable} -c "$0" <&-'
    closed = subprocess.run(["sh", "-c", script, BEGIN + PLAIN], capture_output=True, timeout=8, check=False)
    assert (closed.returncode, closed.stdout, closed.stderr) == (0, b"", b"")


def test_pushes_are_marked_and_go_on_for_the_time_asked_after_input_has_ended() -> None:
    done = plain(b"pause\n", "0.6")
    lines = done.stdout.decode().splitlines()
    assert lines[:2] == ["• soon", "  [Yes]"]
    assert f"heard <pause>\n{HINTS}\n" in done.stdout.decode()
    assert "• news 3\n  and more\n" in done.stdout.decode()
    assert "• news 7" not in lines
    assert (done.returncode, done.stderr) == (0, b"")


def test_nobody_reading_ends_it_cleanly() -> None:
    script = f'yes pause | {sys.executable} -c "$0" 20 | head -n 3; echo ${{PIPESTATUS[*]}}'
    done = subprocess.run(["bash", "-c", script, BEGIN + PLAIN], capture_output=True, timeout=8, check=False)
    assert done.stdout.decode().splitlines()[0] == "• soon"
    assert done.stdout.decode().splitlines()[-1].split()[1] == "0"
    assert done.stderr == b""


class Pipes:
    """Pipes that are closed when no thread reads any more: until then their numbers must not become another's."""

    def __init__(self) -> None:
        self.open: list[int] = []

    def __call__(self) -> tuple[int, int]:
        ends = os.pipe()
        self.open.extend(ends)
        return ends

    def close(self, end: int) -> None:
        self.open.remove(end)
        os.close(end)

    def close_all(self) -> None:
        for end in sorted(self.open, key=lambda end: not _writes(end)):
            if not _writes(end):
                _wait_for_readers()
            self.close(end)


def _writes(end: int) -> bool:
    return bool(fcntl.fcntl(end, fcntl.F_GETFL) & os.O_WRONLY)


def _wait_for_readers() -> None:
    for thread in threading.enumerate():
        if thread.name == "parley-input":
            thread.join(5)


@pytest.fixture
def pipe() -> Iterator[Pipes]:
    pipes = Pipes()
    yield pipes
    pipes.close_all()


async def talk(pipe: Pipes, given: bytes) -> tuple[list[Message], str]:
    """What the plain channel makes of these bytes, and what it shows."""
    heard = []

    async def hear(message: Message) -> Reply:
        heard.append(message)
        return Reply(f"ok {len(message.text)}\x1b[2J", "")

    source, feed = pipe()
    drain, sink = pipe()
    feeding = asyncio.to_thread(_feed, pipe, feed, given)
    await asyncio.gather(PlainChannel(source=source, sink=sink).run(hear, asyncio.Event()), feeding)
    pipe.close(sink)
    shown = b""
    while chunk := os.read(drain, 65536):
        shown += chunk
    return heard, shown.decode()


def _feed(pipe: Pipes, feed: int, given: bytes) -> None:
    while given:
        given = given[os.write(feed, given) :]
    pipe.close(feed)


async def test_odd_bytes_arrive_as_text_and_what_is_shown_cannot_steer_the_terminal(pipe: Pipes) -> None:
    heard, shown = await talk(pipe, b"\xef\xbb\xbfpa\xffuse\n" + b"x" * 10_000 + b"\na\x00b\n" + "−€\u2028\n".encode())
    assert [one.text for one in heard] == ["pa\N{REPLACEMENT CHARACTER}use", "x" * 10_000, "a\x00b", "−€\u2028"]
    assert shown.splitlines()[1] == "ok 10000\N{REPLACEMENT CHARACTER}[2J"


async def test_files_are_read_to_their_end_or_until_exit(pipe: Pipes, tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("pause\nEXIT\nnever\n")
    for path, shown in ((tmp_path / "lines", b"ok pause\n"), (Path(os.devnull), b"")):
        drain, sink = pipe()
        with path.open() as file:
            await PlainChannel(source=file.fileno(), sink=sink).run(_ok, asyncio.Event())
            _wait_for_readers()
        pipe.close(sink)
        assert os.read(drain, 100) == shown


async def _ok(message: Message) -> Reply:
    return Reply(f"ok {message.text}", "")


async def test_messages_are_of_the_person_at_this_machine_and_never_twice_the_same(pipe: Pipes) -> None:
    heard, _ = await talk(pipe, b"yes\nyes\n")
    assert {(one.person, one.channel) for one in heard} == {("terminal:local", "terminal")}
    assert heard[0].id != heard[1].id
    assert heard[0].at.utcoffset() is not None


async def test_many_lines_and_one_without_end(pipe: Pipes) -> None:
    heard, _ = await talk(pipe, b"hi\n" * 3000 + b"x" * (LONGEST * 3) + b"\nlast\n")
    assert len(heard) == 3002
    assert [len(one.text) for one in heard[-2:]] == [LONGEST, 4]


async def test_a_stop_waits_for_the_reply_that_is_being_made(pipe: Pipes) -> None:
    source, feed = pipe()
    drain, sink = pipe()
    stop = asyncio.Event()

    async def hear(_: Message) -> Reply:
        stop.set()
        await asyncio.sleep(0.05)
        return Reply("done", "")

    os.write(feed, b"pause\nresume\n")
    await PlainChannel(source=source, sink=sink).run(hear, stop)
    assert os.read(drain, 100) == b"done\n"


async def test_a_reader_that_stands_still_holds_up_nothing_but_its_own_text(pipe: Pipes) -> None:
    drain, sink = pipe()
    channel = PlainChannel(source=None, sink=sink)
    stuck = asyncio.create_task(channel.push("x" * 200_000))
    await asyncio.sleep(0.02)
    assert not stuck.done()
    pipe.close(drain)
    with pytest.raises(ChannelClosed):
        await stuck
    with pytest.raises(ChannelClosed):
        await channel.push("more")


async def test_a_bug_in_hearing_is_not_swallowed(pipe: Pipes) -> None:
    source, feed = pipe()
    os.write(feed, b"pause\n")
    pipe.close(feed)

    async def hear(_: Message) -> Reply:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await PlainChannel(source=source, sink=None).run(hear, asyncio.Event())


async def test_input_that_must_not_block_is_waited_for(pipe: Pipes) -> None:
    source, feed = pipe()
    os.set_blocking(source, False)
    lines = LineReader(source)
    waiting = asyncio.create_task(lines.next())
    await asyncio.sleep(0.02)
    os.write(feed, b"late\n")
    pipe.close(feed)
    assert [await waiting, await lines.next()] == ["late", None]
    assert await lines.next() is None


async def test_at_a_terminal_the_end_of_input_leaves_even_if_time_is_left(pipe: Pipes) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"\x04")
    _, sink = pipe()
    async with asyncio.timeout(2):
        await PlainChannel(stays=True, source=theirs, sink=sink).run(_ok, asyncio.Event())
    for one in (ours, theirs):
        os.close(one)


async def test_what_was_not_asked_for_comes_after_the_reply_that_is_being_made(pipe: Pipes) -> None:
    source, feed = pipe()
    drain, sink = pipe()
    channel, pushing = PlainChannel(source=source, sink=sink), list[asyncio.Task[None]]()

    async def hear(_: Message) -> Reply:
        pushing.append(asyncio.create_task(channel.push("Bought.")))
        await asyncio.sleep(0.05)
        return Reply("Being bought.", "")

    os.write(feed, b"yes\n")
    pipe.close(feed)
    await channel.run(hear, asyncio.Event())
    await asyncio.gather(*pushing)
    assert os.read(drain, 100).decode() == f"Being bought.\n{PUSHED}Bought.\n"
