"""Standard input and output from inside an event loop, whatever they are: files, pipes, terminals, nothing.

Both are served by a thread of their own, which the process does not wait for: not every kind of file can be watched
by an event loop, and a reader that stands still must not hold up the engine.
"""

import asyncio
import os
import queue
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from bot.channels.lines import ChannelClosed

CHUNK: Final = 65536
LONGEST: Final = 100_000
AHEAD: Final = 100


class LineReader:
    """Lines of a file descriptor, read at most AHEAD lines ahead; of longer lines than LONGEST bytes the beginning."""

    def __init__(self, source: int | None) -> None:
        self._source = source
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._room = threading.Semaphore(AHEAD)
        self._started = False
        self._ended = False

    async def next(self) -> str | None:
        """The next line without its end; None at the end of input. Bytes that are not UTF-8 are replaced."""
        if self._ended:
            return None
        if not self._started:
            self._started = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._read, args=(loop,), name="parley-input", daemon=True).start()
        line = await self._lines.get()
        self._room.release()
        self._ended = line is None
        return line

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            rest = bytearray()
            while chunk := self._chunk():
                *lines, rest = (rest + chunk).split(b"\n")
                del rest[LONGEST:]
                for line in lines:
                    self._put(loop, line)
            if rest:
                self._put(loop, rest)
            loop.call_soon_threadsafe(self._lines.put_nowait, None)

    def _put(self, loop: asyncio.AbstractEventLoop, line: bytearray) -> None:
        self._room.acquire()
        text = line[:LONGEST].decode(errors="replace").strip("\r\N{ZERO WIDTH NO-BREAK SPACE}")
        loop.call_soon_threadsafe(self._lines.put_nowait, text)

    def _chunk(self) -> bytes:
        """What there is to read; nothing at the end of input, which a closed or broken one has reached too."""
        while self._source is not None:
            try:
                return os.read(self._source, CHUNK)
            except BlockingIOError:
                select.select([self._source], [], [])
            except OSError:
                break
        return b""


class TextWriter:
    """Text to a file descriptor. `lost` is called, once, in the event loop, when it cannot be written any more."""

    def __init__(self, sink: int | None, lost: Callable[[], None]) -> None:
        self._sink = sink
        self._lost = lost
        self._texts: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]]] = queue.SimpleQueue()
        self._started = False
        self._broken = sink is None

    async def write(self, text: str) -> None:
        """Return when it is written; raises ChannelClosed if it cannot be."""
        if self._broken:
            self._lost()
            raise ChannelClosed
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._texts.put((text.encode(errors="replace"), done))
        if not self._started:
            self._started = True
            threading.Thread(target=self._write, args=(loop,), name="parley-output", daemon=True).start()
        await done

    def _write(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            while True:
                text, done = self._texts.get()
                written = not self._broken and self._all(text)
                loop.call_soon_threadsafe(self._tell, done, written)

    def _all(self, text: bytes) -> bool:
        assert self._sink is not None
        while text:
            try:
                text = text[os.write(self._sink, text) :]
            except BlockingIOError:
                select.select([], [self._sink], [])
            except OSError:
                return False
        return True

    def _tell(self, done: asyncio.Future[None], written: bool) -> None:  # noqa: FBT001  # what the thread found
        if not written:
            self._broken = True
            self._lost()
        if done.done():
            return
        if written:
            done.set_result(None)
        else:
            done.set_exception(ChannelClosed())
