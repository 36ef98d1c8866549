"""Counts what is limited in this process, by people's time."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from engine.ports import Limit


class MemoryLimiter:
    """A moving window for each key; of more than `most` keys the one that was asked for longest ago is forgotten."""

    def __init__(self, now: Callable[[], datetime], most: int = 2_000) -> None:
        self._now, self._most = now, most
        self._counted: OrderedDict[str, list[datetime]] = OrderedDict()

    async def allow(self, key: str, limit: Limit) -> float | None:
        """Count this one and return None, or the seconds to wait; a clock that was set back forgets what was later."""
        now, span = self._now(), timedelta(seconds=limit.seconds)
        recent = [one for one in self._counted.get(key, ()) if now - span < one <= now]
        free = len(recent) < limit.most
        self._keep(key, [*recent, now] if free else recent)
        return None if free else (recent[-limit.most] + span - now).total_seconds()

    def _keep(self, key: str, counted: list[datetime]) -> None:
        self._counted[key] = counted
        self._counted.move_to_end(key)
        if len(self._counted) > self._most:
            self._counted.popitem(last=False)
