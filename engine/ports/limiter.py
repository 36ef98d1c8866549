"""How often something may be done."""

from typing import NamedTuple, Protocol


class Limit(NamedTuple):
    """At most so many times within any so many seconds."""

    most: int
    seconds: int


class Limiter(Protocol):
    """Counts what is limited, each under a key of its own. It always answers: where it cannot ask others, alone."""

    async def allow(self, key: str, limit: Limit) -> float | None:
        """Count this one and return None, or the seconds to wait where there were too many; then it does not count."""
