"""One paper book for many accounts: a file, a thread that writes it, and a broker for each account."""

from pathlib import Path
from typing import Self

from engine.adapters.calendar import Calendar
from engine.adapters.paper_broker.broker import PaperBroker, Venue
from engine.adapters.paper_broker.terms import EXACT, Terms
from engine.adapters.paper_broker.writer import Writer
from engine.core.units import Money
from engine.ports import Clock, Market


class PaperBooks:
    """Brokers that share a file; changes of several accounts that come together go into one transaction."""

    def __init__(self, writer: Writer, venue: Venue) -> None:
        self._writer, self._venue = writer, venue
        self._brokers: dict[str, PaperBroker] = {}

    @classmethod
    def open(cls, path: Path, market: Market, clock: Clock, calendar: Calendar, terms: Terms = EXACT) -> Self:
        """The books in the file at `path`, which is made where there is none. Raises Unavailable."""
        return cls(Writer.open(path), Venue(market, clock, calendar, terms))

    def broker(self, account: str, cash: Money) -> PaperBroker:
        """The one broker of this account; a new account begins with `cash` when its broker is asked for the first time.

        Raises ValueError for cash that no account can have. It is closed by closing the books.
        """
        if account not in self._brokers:
            self._brokers[account] = PaperBroker(self._writer, self._venue, account, cash)
        return self._brokers[account]

    def close(self) -> None:
        """Let go of the file; no broker is used afterwards."""
        self._writer.close()
