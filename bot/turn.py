"""One message on its way through the pipe, and what is remembered of the one before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from bot.confirm import Place
from bot.message import Message, Reply
from bot.phrases import Phrases
from engine.core import commands as c
from engine.core.words import Role
from engine.view import View
from intents.context import Context, Question
from intents.load import Language
from intents.result import Request

SETTERS: Final = frozenset(
    {"set_autonomy", "set_risk_tolerance", "set_preference", "set_stop", "set_take_profit", "set_strategy"}
)


@dataclass(frozen=True, slots=True)
class Memory:
    """What was said last in one place: the open question, the last request, the last reply and its message's id.

    `listed` are the companies that were listed last, and `listed_at` is when.
    """

    at: datetime
    question: Question | None = None
    last: Request | None = None
    reply: Reply | None = None
    message: str | None = None
    listed: tuple[str, ...] = ()
    listed_at: datetime | None = None


class Overtaken(Exception):
    """A guess that comes after something else was said."""


def always() -> bool:
    """What was understood without a guess counts whenever it was said."""
    return True


@dataclass(frozen=True, slots=True)
class Turn:
    """One message on its way: who may do how much, where, and what the account looks like.

    `before` is the id of the message that was answered last in the same place; None for none. What is `doubted` was
    understood by a language model: all of it that is no look needs a yes. `language` is the one that is spoken here;
    None where nothing is said. `counts` tells whether a guess does so still.
    """

    message: Message
    role: Role
    view: View
    context: Context
    before: str | None = None
    doubted: bool = False
    counts: Callable[[], bool] = always
    language: Language | None = None

    @property
    def place(self) -> Place:
        return self.message.person, self.message.where

    def must_count(self) -> None:
        """Go on, unless something else was said here since; raises Overtaken then."""
        if not self.counts():
            raise Overtaken


class Waiting(NamedTuple):
    """A riskier command that will be read back, and the account that it was meant for; a grave one is asked apart."""

    request: Request
    command: c.Command
    view: View
    grave: bool = False


class Tongue(NamedTuple):
    """What is understood, and what is said."""

    language: Language
    phrases: Phrases


def contradictory(requests: tuple[Request, ...]) -> bool:
    """Whether one message sets the same thing twice, to different values."""
    wanted: dict[str, Request] = {}
    for request in requests:
        if request.intent in SETTERS:
            about = str(request.slots.get("ticker", request.slots.get("strategy", "")))
            name = str(request.slots.get("field", f"{request.intent}{about}"))
            if not wanted.setdefault(name, request).same(request):
                return True
    return False
