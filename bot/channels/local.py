"""Which face this machine's own channel has: the terminal, or plain text."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.channels.lines import Channel


@dataclass(frozen=True, slots=True)
class Comforts:
    """What makes typing easier: a file of what was typed, example sentences and tickers, a line at the bottom."""

    history: Path | None = None
    sentences: Sequence[str] = ()
    tickers: Sequence[str] = ()
    toolbar: Callable[[], str] | None = None


def local_channel(comforts: Comforts, *, plain: bool, stays: bool) -> Channel:
    """The channel of the person at this machine; plain text wherever nobody sits at a terminal that can draw.

    `stays`: plain text goes on showing pushes after its input has ended.
    """
    if plain or not _at_terminal():
        from bot.channels.plain import PlainChannel  # noqa: PLC0415  # the terminal's library takes long to import

        return PlainChannel(stays=stays)
    from bot.channels.terminal import Hints, TerminalChannel  # noqa: PLC0415

    hints = Hints(comforts.sentences, comforts.tickers)
    return TerminalChannel(history=comforts.history, hints=hints, toolbar=comforts.toolbar)


def _at_terminal() -> bool:
    streams = (sys.stdin, sys.stdout)
    return os.environ.get("TERM") != "dumb" and all(stream is not None and stream.isatty() for stream in streams)
