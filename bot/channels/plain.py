"""Plain text: one message a line in, replies and pushes out. For pipes, files, scripts and screen readers."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, TextIO

from bot.channels.lines import ChannelClosed, Hear, leaves, message, pushed, replied
from bot.channels.pipes import LineReader, TextWriter
from bot.message import Button

GRACE_S: Final = 1.0
REPLY_S: Final = 3.0
"""So long what was not asked for waits for the reply to what was."""


class PlainChannel:
    """Standard input and output, or the file descriptors given (None is one that is closed).

    At the end of input it leaves after the last reply; if `stays`, it goes on showing pushes until it is stopped,
    unless that input is a terminal, where the end of input means that the person left.
    """

    def __init__(self, *, stays: bool = False, source: int | None = -1, sink: int | None = -1) -> None:
        source = _descriptor(sys.stdin) if source == -1 else source
        self._stays = stays and not (source is not None and _is_terminal(source))
        self._lines = LineReader(source)
        self._sink = _descriptor(sys.stdout) if sink == -1 else sink
        self._out = TextWriter(self._sink, self._gone_quiet)
        self._gone = asyncio.Event()
        self._answering = asyncio.Lock()

    async def run(self, hear: Hear, stop: asyncio.Event) -> None:
        """Hand on each line until `stop`, the end of input, `exit`, or until nobody reads us any more."""
        talk = asyncio.create_task(self._talk(hear))
        ends = [talk, asyncio.create_task(stop.wait()), asyncio.create_task(self._gone.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE_S), self._answering:
                    pass
        finally:
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
        if not talk.cancelled():
            talk.result()

    async def push(self, text: str, buttons: Sequence[Button] = ()) -> None:
        """Show something that was not asked for; raises ChannelClosed if that is not possible any more."""
        with suppress(TimeoutError):  # news never waits long for a reply that does not come
            async with asyncio.timeout(REPLY_S), self._answering:
                pass
        await self._out.write(pushed(text, buttons) + "\n")

    async def _talk(self, hear: Hear) -> None:
        with suppress(ChannelClosed):
            while (line := await self._lines.next()) is not None and not leaves(line):
                if line.strip():
                    async with self._answering:
                        await self._out.write(replied(await hear(message(line))) + "\n")
            if line is None and self._stays:
                await asyncio.Event().wait()

    def _gone_quiet(self) -> None:
        """Nobody reads us any more: end, and keep the interpreter from flushing into what is broken."""
        if not self._gone.is_set() and self._sink is not None and self._sink == _descriptor(sys.stdout):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self._sink)
            os.close(nothing)
        self._gone.set()


def _descriptor(stream: TextIO | None) -> int | None:
    """The number of a standard stream; None if it is closed."""
    try:
        return stream.fileno() if stream is not None else None
    except (OSError, ValueError):
        return None


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False
