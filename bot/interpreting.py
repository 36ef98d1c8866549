"""Where a language model is asked, if there is one: only for what was not understood, and never in place of a yes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from bot.channels.lines import CHANNEL
from bot.confirm import Place
from bot.desk import Desk
from bot.help import reading
from bot.llm import Interpreter, NoAnswer
from bot.message import Reply
from bot.moves import answered
from bot.turn import Turn
from intents.language import Language
from intents.result import Parsed, Request
from skills.skill import Say

log = structlog.get_logger(__name__)

LONGEST = 1_000
"""Letters of a message that is handed on at most."""

Later = Callable[[Reply], Awaitable[None]]


NAMED = 60
"""Letters of a message by which a late answer names it."""


def shortened(text: str) -> str:
    """A message on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= NAMED else f"{line[:NAMED].rstrip()} …"


class Interpreting:
    """A model's place in the conversation.

    With `later` set, whoever talks at this machine need not wait for it: the answer is shown when it has come.
    """

    def __init__(self, interpreter: Interpreter | None, language: Language) -> None:
        self._interpreter, self._language = interpreter, language
        self._asking: set[asyncio.Task[None]] = set()
        self._guessed: dict[Place, str] = {}
        self.later: Later | None = None

    def wanted(self, turn: Turn, parsed: Parsed) -> bool:
        """Whether a model is asked what this means: nothing waits for an answer, and nothing comes near it."""
        if self._interpreter is None or len(turn.message.text) > LONGEST or turn.context.held:
            return False
        return parsed.why == "not_understood" and parsed.status != "ok" and not parsed.candidates

    def defers(self, turn: Turn) -> bool:
        """Whether the conversation goes on meanwhile."""
        return self.later is not None and turn.message.channel == CHANNEL

    def begins(self, turn: Turn) -> Turn:
        """A turn whose guess counts until something else is said in its place."""
        self._guessed[turn.place] = turn.message.id
        return replace(turn, doubted=True, counts=lambda: self._guessed.get(turn.place) == turn.message.id)

    def overtake(self, place: Place) -> None:
        """Something else is said there: what is still guessed comes too late."""
        self._guessed.pop(place, None)

    def ends(self, turn: Turn) -> None:
        """Nothing is guessed for this turn any more."""
        if turn.counts():
            self.overtake(turn.place)

    async def requests(self, turn: Turn) -> tuple[Request, ...]:
        """What the model takes the message for; nothing where it fails, which is logged."""
        assert self._interpreter is not None
        try:
            found = await self._interpreter.requests(turn.message.text, turn.context)
        except NoAnswer as error:
            log.warning("llm.failed", message=turn.message.id, why=str(error))
            return ()
        log.info("llm.answered", message=turn.message.id, intents=[one.intent for one in found])
        return found

    async def said(self, desk: Desk, turn: Turn, requests: tuple[Request, ...]) -> list[Say]:
        """The answers to what a model proposed: a look with what it was taken for, all else only after a yes."""
        rows = [{"reading": reading(one, self._language)} for one in requests]
        said = await answered(desk, turn, requests)
        waits = desk.confirmations.waiting(turn.place, turn.view.scene.wall) is not None
        return [Say("llm.understood" if waits else "llm.took", {"rows": rows}), *said]

    def after(self, work: Awaitable[None]) -> None:
        """Do this while the conversation goes on."""
        task = asyncio.ensure_future(work)
        self._asking.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Future[None]") -> None:
        self._asking.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("llm.broken", error=repr(error))

    async def settle(self, *, wait: bool) -> None:
        """Wait for what was asked, or give it up; ask nothing more."""
        asking = list(self._asking)
        for task in asking:
            if not wait:
                task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        if self._interpreter is not None:
            await self._interpreter.close()
