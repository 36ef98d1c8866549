"""A clock whose market time stands where the replay has come to."""

from datetime import UTC, datetime


class ReplayClock:
    """Market time is put forward by whoever drives the replay; people's time is the machine's."""

    def __init__(self, start: datetime) -> None:
        self._market = _aware(start)

    def market(self) -> datetime:
        return self._market

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def advance(self, to: datetime) -> None:
        """Put market time at `to`; raises ValueError for an instant before the present one or without a zone."""
        instant = _aware(to)
        if instant < self._market:
            raise ValueError(f"market time {self._market.isoformat()} cannot go back to {instant.isoformat()}")
        self._market = instant


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; market time is aware UTC")
    return at.astimezone(UTC)
