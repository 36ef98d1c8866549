"""The channel of an engine that nobody sits at: nothing is read, and what is said goes to the log."""

import asyncio
from collections.abc import Sequence

import structlog

from bot.channels.lines import Hear
from bot.message import Button

log = structlog.get_logger(__name__)


class SilentChannel:
    """Waits until it is told to stop."""

    async def run(self, hear: Hear, stop: asyncio.Event) -> None:  # noqa: ARG002  # nobody is here to be heard
        await stop.wait()

    async def push(self, text: str, buttons: Sequence[Button] = ()) -> None:  # noqa: ARG002  # nobody is here to press
        log.info("said", text=text)
