"""The outside as one account's door sees it, and the last of it that was seen."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog

from engine.core import commands as c
from engine.core.copying import replace
from engine.core.scene import Scene
from engine.core.state import State
from engine.ports import Unavailable

log = structlog.get_logger(__name__)

Look: TypeAlias = Callable[[State], Awaitable[Scene]]
Fails: TypeAlias = Callable[[str], None]

BLIND: Final = (c.StopEverything, c.Note)
"""What needs no fresh look: the kill switch must stand, and trouble be told, whatever cannot be seen."""


class Sight:
    """Looks, and remembers what it saw; a look that raises is trouble, of which `fails` is told."""

    def __init__(self, look: Look, fails: Fails) -> None:
        self._look, self._fails = look, fails
        self.last: Scene | None = None

    async def __call__(self, state: State) -> Scene:
        """The outside as it is now; raises what the look raises."""
        try:
            self.last = await self._look(state)
        except Unavailable:
            raise
        except Exception as bug:
            self._fails(f"no picture of the outside: {type(bug).__name__}")
            raise
        return self.last

    async def for_(self, command: c.Command, state: State) -> Scene:
        """What a command is judged on; for one that must not wait, the last that was seen where nothing can be now."""
        try:
            return await self(state)
        except Exception:
            if self.last is None or not isinstance(command, BLIND):
                raise
            log.exception("look.failed", command=type(command).__name__)
            return replace(self.last, healthy=False)
