"""Where it is kept what was said last: no record of anything, only what the next words may lean on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from engine.core.nouns import AccountId

CONVERSATIONS_KEPT: Final = 1_000
"""Conversations that are kept of an account at most: the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What a person said last in a place, as canonical JSON; `at` is people's time, aware UTC."""

    person: str
    place: str
    at: datetime
    text: str


class Conversations(Protocol):
    """What was said last, by whom and where. Raises Unavailable when nothing was read or written, Unknown in doubt."""

    async def keep(self, account: AccountId, conversation: Conversation, since: datetime) -> None:
        """Keep this instead of what was kept of its person and place.

        Of the account's others, those from before `since` and the oldest beyond CONVERSATIONS_KEPT leave. Raises
        Fenced where the account was taken over.
        """

    async def recall(self, account: AccountId) -> Sequence[Conversation]:
        """All that are kept of an account, oldest first."""

    async def forget(self, account: AccountId, person: str, place: str) -> None:
        """Keep nothing of this person in this place any more."""
