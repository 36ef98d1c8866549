"""The machine's own clock."""

from datetime import UTC, datetime


class SystemClock:
    """Market time and people's time are both the machine's."""

    def market(self) -> datetime:
        return datetime.now(UTC)

    def wall(self) -> datetime:
        return datetime.now(UTC)
