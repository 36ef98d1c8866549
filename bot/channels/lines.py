"""What the two faces of the terminal have in common: messages from lines, and replies as text."""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol, TypeAlias

from bot.message import Button, Message, Reply
from engine.ports import Unavailable

PERSON: Final = "terminal:local"
CHANNEL: Final = "terminal"
LEAVE: Final = frozenset({"exit", "quit"})
PUSHED: Final = "• "
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

Hear: TypeAlias = Callable[[Message], Awaitable[Reply]]


class ChannelClosed(Unavailable):
    """Nobody can read us any more: what was to be shown was not."""


class Channel(Protocol):
    """A mouth and an ear. It translates and decides nothing."""

    async def run(self, hear: Hear, stop: asyncio.Event) -> None:
        """Hand on what the person says, and show the replies, until he leaves or `stop` is set."""

    async def push(self, text: str, buttons: Sequence[Button] = ()) -> None:
        """Show something that was not asked for; raises ChannelClosed if that is not possible any more."""


def message(line: str) -> Message:
    """A typed line as a message of the one person who sits at this machine."""
    return Message(text=line, person=PERSON, channel=CHANNEL, id=uuid.uuid4().hex, at=datetime.now(UTC))


def replied(reply: Reply) -> str:
    return _printable(reply.text) + _hints(reply.buttons)


def pushed(text: str, buttons: Sequence[Button]) -> str:
    """Marked, so that it can be told from a reply."""
    return PUSHED + (_printable(text) + _hints(buttons)).replace("\n", "\n" + " " * len(PUSHED))


def leaves(line: str) -> bool:
    return line.strip().lower() in LEAVE


def _hints(buttons: Sequence[Button]) -> str:
    return "\n" + " ".join(f"[{button.label}]" for button in buttons) if buttons else ""


def _printable(text: str) -> str:
    """Without the control characters by which a quoted message could steer the terminal."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
