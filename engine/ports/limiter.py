"""How often something may be done."""

from typing import NamedTuple, Protocol


class Limit(NamedTuple):
    """At most so many times within any so many seconds."""

    most: int
    seconds: int


def rate(of: str, who: str) -> str:
    """The key that counts how often somebody did something: `hint`, `pair`."""
    return f"rate:{of}:{who}"


def notification_rate(channel: str, person: str) -> str:
    """The key that counts the messages that a person gets by a channel."""
    return f"notification_rate:{channel}:{person}"


class Limiter(Protocol):
    """Counts what is limited, each under a key of its own. It always answers: where it cannot ask others, alone."""

    async def allow(self, key: str, limit: Limit) -> float | None:
        """Count this one and return None, or the seconds to wait where there were too many; then it does not count."""
