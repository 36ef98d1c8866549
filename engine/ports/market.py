"""Time, calendar, prices and opinions: what an engine can only look at."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from engine.core.abilities import Ability
from engine.core.happenings import CorporateAction
from engine.core.nouns import Recommendation
from engine.core.scene import Quote
from engine.core.session import Session
from engine.core.units import Money, Ticker


class Clock(Protocol):
    """Two times: the market's, by which the engine decides, and people's, by which confirmations run out."""

    def market(self) -> datetime:
        """Market time now, aware UTC."""

    def wall(self) -> datetime:
        """People's time now, aware UTC."""


class Sessions(Protocol):
    """The exchange's calendar."""

    def sessions(self, first_date: date, last_date: date) -> Sequence[Session]:
        """Sessions of both days and all between, in order; raises LookupError beyond what it knows."""


class Market(Protocol):
    """Prices and what is known of the instruments. Raises Unavailable when the feed is down.

    It answers only what was known at the instant asked for. Prices of before a split count as they do after it, from
    the split's session on and not earlier.
    """

    @property
    def interval_s(self) -> int:
        """Seconds between two prices of a ticker in market hours; a day for close-only history."""

    def tickers(self) -> frozenset[Ticker]:
        """Every ticker that has prices here."""

    async def quotes(self, at: datetime) -> Mapping[Ticker, Quote]:
        """The last price of every ticker at that instant."""

    async def history(self, ticker: Ticker, at: datetime, sessions: int) -> Sequence[Money]:
        """Closes of up to `sessions` completed sessions before that instant, oldest first."""

    @property
    def abilities(self) -> frozenset[Ability]:
        """What this market offers beyond plain prices in market hours."""

    @property
    def ends_at(self) -> datetime | None:
        """The close of the last session with prices, aware UTC; None for a market that goes on."""

    async def benchmark(self, at: datetime, ticker: Ticker) -> Money | None:
        """The level of that ticker or index at that instant; None where it has none."""

    async def actions(self, after: datetime, at: datetime) -> Sequence[CorporateAction]:
        """Splits and dividends whose session opened after `after` and not after `at`, in their order."""

    async def halted(self, at: datetime) -> frozenset[Ticker]:
        """Tickers in which trading is halted at that instant."""


class RecommendationSource(Protocol):
    """A strategy: opinions on tickers, made after each close from what is known then."""

    @property
    def name(self) -> str: ...

    async def recommend(self, session: Session) -> Sequence[Recommendation]:
        """What it thinks after this session's close; the same session gives the same ids again."""
