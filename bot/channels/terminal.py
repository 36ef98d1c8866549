"""The terminal: a line to type in that stays whole while news come in above it, with history and completion."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout

from bot.channels.lines import Hear, leaves, message, pushed, replied
from bot.message import Button

PROMPT: Final = "> "
REPLY_S: Final = 3.0
"""So long what was not asked for waits for the reply to what was."""
REFRESH_S: Final = 1.0
MENU_LINES: Final = 4
FEWEST_LETTERS: Final = 2


@dataclass(frozen=True, slots=True)
class Hints(Completer):
    """Whole example sentences while they begin as typed; tickers for the last word."""

    sentences: Sequence[str] = ()
    tickers: Sequence[str] = ()

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002  # the library's own signature
        typed = document.text_before_cursor
        start = typed.lstrip().lower()
        for sentence in self.sentences:
            if start and sentence.lower().startswith(start):
                yield Completion(sentence, start_position=-len(typed))
        word = document.get_word_before_cursor(WORD=True)
        if len(word) >= FEWEST_LETTERS or word.isupper():
            for ticker in self.tickers:
                if ticker.startswith(word.upper()):
                    yield Completion(ticker, start_position=-len(word))


class TerminalChannel:
    """A chat at the terminal. `toolbar` gives the line at the bottom; what is typed is kept in the file `history`."""

    def __init__(
        self, *, history: Path | None = None, hints: Hints | None = None, toolbar: Callable[[], str] | None = None
    ) -> None:
        self._answering = asyncio.Lock()
        self._session: PromptSession[str] = PromptSession(
            PROMPT,
            history=_history(history),
            completer=hints or Hints(),
            complete_while_typing=False,
            auto_suggest=AutoSuggestFromHistory(),
            bottom_toolbar=toolbar,
            refresh_interval=REFRESH_S if toolbar else 0,
            reserve_space_for_menu=MENU_LINES,
            interrupt_exception=EOFError,
        )

    async def run(self, hear: Hear, stop: asyncio.Event) -> None:
        """Hand on each line until `stop`, Ctrl-C, Ctrl-D or `exit`."""
        with patch_stdout():
            while (typed := await self._typed(stop)) is not None:
                for line in filter(str.strip, typed.splitlines()):
                    if leaves(line):
                        return
                    async with self._answering:
                        print(replied(await hear(message(line))))  # noqa: T201  # the terminal is this channel's to write

    async def push(self, text: str, buttons: Sequence[Button] = ()) -> None:
        """Show something that was not asked for, above the line that is being typed."""
        with suppress(TimeoutError):  # news never waits long for a reply that does not come
            async with asyncio.timeout(REPLY_S), self._answering:
                pass
        print(pushed(text, buttons))  # noqa: T201  # the terminal is this channel's to write

    async def _typed(self, stop: asyncio.Event) -> str | None:
        """What is typed next, pasted lines together; None when the person left or `stop` was set."""
        typing = asyncio.ensure_future(self._session.prompt_async(set_exception_handler=False, handle_sigint=False))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({typing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return typing.result() if typing.done() else None
        except EOFError:
            return None
        finally:
            for task in (typing, stopping):
                task.cancel()
            await asyncio.gather(typing, stopping, return_exceptions=True)


def _history(path: Path | None) -> History:
    if path is None:
        return InMemoryHistory()
    with suppress(OSError):
        path.touch(mode=0o600)
    return FileHistory(path)
