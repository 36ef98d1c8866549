"""What people said and were answered, put into the journal, where it changes nothing."""

from collections.abc import Iterable
from typing import Any, Final

import structlog

from bot.message import Message
from bot.pairing import without_codes
from engine.bus import Bus
from engine.core import commands as c
from engine.core.refusals import Refused
from engine.core.words import Topic

log = structlog.get_logger(__name__)

LONGEST: Final = 200


class Clerk:
    """Writes down logins, questions, answers and refusals. What cannot be written is logged; the answer goes on."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def note(self, topic: Topic, person: str, channel: str, facts: dict[str, Any]) -> None:
        """Put it into the journal under this person's name."""
        command = c.Witness(topic=topic, facts=facts, by=person, channel=channel)
        try:
            outcome = await self._bus.do(command)
        except Exception:  # whatever is wrong with the journal, the person gets his answer
            log.exception("witness.failed", topic=topic.value)
            return
        if isinstance(outcome, Refused):
            log.warning("witness.not_stored", topic=topic.value, why=outcome.code.value)

    async def hears(self, topic: Topic, message: Message, **facts: Any) -> None:  # noqa: ANN401  # facts are of any kind
        """The same of something that was said, with its words."""
        await self.note(topic, message.person, message.channel, {**facts, "said": shortened(message.text)})


def shortened(text: str) -> str:
    """The beginning of what was said, without pairing codes."""
    return without_codes(text)[:LONGEST]


def names_of(commands: Iterable[c.Command]) -> list[str]:
    return [type(command).__name__ for command in commands]
