"""The kill switch outside the engine: it can be thrown when the engine hangs, and stays thrown."""

from typing import Protocol


class KillSwitch(Protocol):
    """A latch that any process of this machine can throw. Looking at it costs microseconds."""

    def thrown(self) -> str | None:
        """Who threw it, in words; None while nobody has. One that cannot be read counts as thrown."""

    def throw(self, who: str) -> None:
        """Throw it for good: it is on the disk when this returns. Thrown again it changes nothing."""

    def clear(self) -> None:
        """Take it back; only what the owner's resuming brings about does that."""
