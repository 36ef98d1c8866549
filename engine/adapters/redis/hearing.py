"""Hears what other processes say has changed."""

import json
from collections.abc import Callable

import structlog

from engine.adapters.redis import keys
from engine.adapters.redis.link import FAULTS, Link
from engine.core.nouns import AccountId

log = structlog.get_logger(__name__)


class Hearing:
    """Tells `outdated` of each version of settings that somebody stored, and `doubt` when some may have been missed."""

    def __init__(self, link: Link, outdated: Callable[[AccountId, int], None], doubt: Callable[[], None]) -> None:
        self._link, self._outdated, self._doubt = link, outdated, doubt

    async def run(self) -> None:
        """Listen until the connection is lost."""
        try:
            async with self._link.redis.pubsub(ignore_subscribe_messages=True) as channel:
                await channel.subscribe(keys.CHANGED)
                self._doubt()
                async for message in channel.listen():
                    self.heard(message["data"])
        except FAULTS as fault:
            self._link.fails(fault)

    def heard(self, text: str) -> None:
        """Take in one message; what nobody of this version wrote is passed over."""
        try:
            said = json.loads(text)
            if said["v"] == keys.VERSION and said["what"] == "preferences":
                self._outdated(said["account"], int(said["version"]))
        except (ValueError, KeyError, TypeError):
            log.warning("redis.not_understood")
