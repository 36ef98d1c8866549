"""What may be asked around a command, and what answers as long as nobody else does."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from engine.core import commands as c
from engine.core.nouns import AccountId
from engine.core.scene import Scene
from engine.core.state import State

Seen: TypeAlias = Callable[[AccountId, str], Awaitable[bool]]
Freshen: TypeAlias = Callable[[], Awaitable[bool]]
Then: TypeAlias = Callable[[State, Scene], c.Command | None]


def unheard(_why: str) -> None:
    """Nobody wants to know that the store does not answer."""


def nothing(_state: State, _scene: Scene) -> None:
    """Nothing follows from a command at once."""


async def unseen(_account: AccountId, _recommendation_id: str) -> bool:
    """Nobody knows of any recommendation without asking the store."""
    return False


async def known() -> bool:
    """Differences between both books are taken as they are known."""
    return True
