"""Whether a recommendation was stored already, as far as Redis knows: a fast path before the database's own check."""

import json
from collections.abc import Callable

from engine.adapters.redis import keys
from engine.adapters.redis.link import Link
from engine.adapters.redis.stream import got
from engine.core.nouns import AccountId
from engine.ports import Unavailable


class Seen:
    """Knows only what was written after the commit, of the same history: a key that is lost costs the other check."""

    def __init__(self, link: Link, history: Callable[[AccountId], str | None]) -> None:
        self._link, self._history = link, history

    async def __call__(self, account: AccountId, recommendation_id: str) -> bool:
        """Whether it is stored for sure; false where nobody knows, at once where Redis is down."""
        if not self._link.up:
            return False
        try:
            text = await self._link.ask(lambda redis: got(redis, keys.dedupe(account, recommendation_id)))
        except Unavailable:
            return False
        return text is not None and history_in(text) == self._history(account)


def history_in(text: str) -> str:
    """The history that a value names; a word that names none where nobody of this version wrote it."""
    try:
        read = json.loads(text)
        return str(read["history"]) if read["v"] == keys.VERSION else "?"
    except (ValueError, KeyError, TypeError):
        return "?"
