"""One picture of the outside at one instant: all that decide and judge may know besides the account itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from engine.core.abilities import BUILT, Ability
from engine.core.instruments import Instrument
from engine.core.rules.window import LEAST_AGE_S
from engine.core.session import Session
from engine.core.units import Money, Ticker


class Quote(NamedTuple):
    """A ticker's last price and when the market gave it; `previous` is the last session's close before it, or None."""

    price: Money
    at: datetime
    previous: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The outside as looked at once.

    `at` is market time, `wall` people's time, both aware UTC. `session` is the session that is open, None outside
    hours; `day` the latest one that has begun, `recent` the five before it, `upcoming` the five after it. `atr` holds
    ATR14 in ten-thousandths of a dollar, without an entry where there are fewer than 15 sessions. `correlation` holds
    pairs of tickers in alphabetical order; a missing pair is unknown. `earnings` counts sessions to the next date; a
    missing ticker has no date on record. `benchmark` is the benchmark's last level, None where the market has none.
    `healthy` is false while broker or feed cannot be trusted; `abilities` is what broker, market and engine can do.
    `halted` tickers are not traded now, those in `rapid` moved more than the house's share within its minutes.
    `lookback` is the date of the first of the last 30 sessions, the latest that has begun among them. `sources` are the
    names of the strategies that are asked for recommendations. `traded_since` says when a ticker's last halt was seen
    to be over, aware UTC; a missing ticker was never seen halted. `ends_at` is the close of the last session with
    prices, aware UTC; None for a market that goes on. No price is too old before it is `stale_s` seconds old. `closes`
    are each ticker's closes of the completed sessions `closed`, the last year's, oldest first and in the shares of now;
    a ticker that has fewer has the latest of them.
    """

    at: datetime
    wall: datetime
    session: Session | None
    day: Session
    recent: tuple[Session, ...]
    upcoming: tuple[Session, ...]
    quotes: Mapping[Ticker, Quote]
    instruments: Mapping[Ticker, Instrument]
    interval_s: int
    atr: Mapping[Ticker, Money] = field(default_factory=dict)
    correlation: Mapping[tuple[Ticker, Ticker], float] = field(default_factory=dict)
    earnings: Mapping[Ticker, int] = field(default_factory=dict)
    benchmark: Money | None = None
    healthy: bool = True
    halted: frozenset[Ticker] = frozenset()
    traded_since: Mapping[Ticker, datetime] = field(default_factory=dict)
    rapid: frozenset[Ticker] = frozenset()
    lookback: date = date.min
    sources: tuple[str, ...] = ()
    abilities: frozenset[Ability] = BUILT
    ends_at: datetime | None = None
    stale_s: int = LEAST_AGE_S
    closes: Mapping[Ticker, Sequence[Money]] = field(default_factory=dict)
    closed: tuple[date, ...] = ()

    def price(self, ticker: Ticker) -> Money | None:
        quote = self.quotes.get(ticker)
        return quote.price if quote else None

    def sector(self, ticker: Ticker) -> str | None:
        instrument = self.instruments.get(ticker)
        return instrument.sector if instrument else None
