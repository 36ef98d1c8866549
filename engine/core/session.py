"""A trading session of the exchange."""

from datetime import date, datetime
from typing import NamedTuple


class Session(NamedTuple):
    """One day of trading; both instants aware UTC. Half days close early."""

    date: date
    opens_at: datetime
    closes_at: datetime
