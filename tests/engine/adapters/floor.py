"""An exchange floor for broker tests: a clock, a market of two tickers, and brokers that trade on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.adapters.calendar import load_calendar
from engine.adapters.paper_broker import EXACT, PaperBooks, PaperBroker, Terms
from engine.adapters.redis.queue_broker import QueueBroker
from engine.core.nouns import Order
from engine.core.units import Money, Ticker, money
from engine.core.words import OrderStatus, OrderType, Origin, Side, TimeInForce
from engine.ports import Broker
from tests.fakes import FakeBroker, FakeClock, FakeMarket
from tests.outside_broker import Attended, OutsideBroker
from tests.servers import shared_redis

CALENDAR = load_calendar()
MONDAY = CALENDAR.session_on(date(2020, 2, 3))
assert MONDAY


class Floor:
    """Opens on Monday 3 February 2020 with AAPL at $75 and KO at $50.

    `shown` are all prices there ever were, `paid` what was moved in and out, by the number of the transfer.
    """

    def __init__(self) -> None:
        assert MONDAY
        self.clock = FakeClock(MONDAY.opens_at)
        self.market = FakeMarket()
        self.shown: dict[tuple[Ticker, datetime], Money] = {}
        self.paid: dict[int, Money] = {}
        self.show(AAPL="75", KO="50")

    def show(self, **prices: str) -> None:
        """From now on these are the prices, in dollars."""
        now = self.clock.market()
        self.market.show(now, {ticker: money(price) for ticker, price in prices.items()})
        self.shown |= {(ticker, now): money(price) for ticker, price in prices.items()}

    def close(self) -> None:
        """Go to the end of the session, or stay if it has ended."""
        session = CALENDAR.session_at(self.clock.market())
        if session:
            self.clock.stand_at(session.closes_at)

    def open(self, **prices: str) -> None:
        """Go to the open of the next session, with these prices."""
        self.clock.stand_at(CALENDAR.next_session(self.clock.market()).opens_at)
        self.show(**prices)

    def is_open(self, at: datetime) -> bool:
        return CALENDAR.session_at(at) is not None

    def closes_at(self, at: datetime) -> datetime:
        """The end of the session that is open then."""
        session = CALENDAR.session_at(at)
        assert session
        return session.closes_at

    def paper(self, path: Path, cash: Money, terms: Terms = EXACT) -> PaperBroker:
        return PaperBroker.open(path, self.market, self.clock, CALENDAR, cash, terms=terms)

    def books(self, path: Path, terms: Terms = EXACT) -> PaperBooks:
        return PaperBooks.open(path, self.market, self.clock, CALENDAR, terms)


BROKERS = ("fake", "paper", "books", "queue")
"""A fake, an account in a file of its own, one among others in a file, and one outside, reached by a queue."""


@contextmanager
def a_broker(kind: str, floor: Floor, cash: str = "10000") -> Iterator[Broker]:
    """A broker of this kind, one of `BROKERS`, on that floor, with so many dollars."""
    if kind == "fake":
        yield FakeBroker(floor.market, floor.clock, money(cash), floor.is_open, floor.closes_at)
        return
    if kind == "queue":
        yield from a_queue(floor, money(cash))
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "paper.db"
        opened = floor.books(path) if kind == "books" else floor.paper(path, money(cash))
        try:
            yield opened.broker("one of many", money(cash)) if isinstance(opened, PaperBooks) else opened
        finally:
            opened.close()


def a_queue(floor: Floor, cash: Money) -> Iterator[Broker]:
    """A queue in a real Redis, served by a broker in memory."""
    server = shared_redis()
    server.empty()
    outside = FakeBroker(floor.market, floor.clock, cash, floor.is_open, floor.closes_at)
    service = OutsideBroker(server.address, outside, floor.clock)
    broker = QueueBroker.at(server.address, "paper", answer_s=2.0, now=floor.clock.wall)
    service.is_there()
    assert broker.is_served()
    try:
        yield Attended(broker, service)
    finally:
        broker.close()
        service.close()


def an_order(identity: str, side: Side, shares: int, ticker: Ticker = "KO", **terms: Any) -> Order:
    """An order at the market until it is cancelled, or of the kind that `terms` say."""
    assert MONDAY
    return Order(
        client_order_id=identity,
        decision_id=f"decision-{identity}",
        ticker=ticker,
        side=side,
        shares=shares,
        origin=Origin.OWNER,
        status=OrderStatus.INTENDED,
        intended_at=MONDAY.opens_at,
        **terms,
    )


def a_buy(identity: str, shares: int, ticker: Ticker = "KO", **terms: Any) -> Order:
    return an_order(identity, Side.BUY, shares, ticker, **terms)


def a_sell(identity: str, shares: int, ticker: Ticker = "KO", **terms: Any) -> Order:
    return an_order(identity, Side.SELL, shares, ticker, **terms)


def limited(dollars: str, good: TimeInForce = TimeInForce.GTC) -> dict[str, Any]:
    """The terms of a limit order."""
    return {"kind": OrderType.LIMIT, "limit": money(dollars), "good": good}


def stopped(dollars: str, limit: str | None = None) -> dict[str, Any]:
    """The terms of a stop order, or with a limit of a stop-limit order."""
    if limit is None:
        return {"kind": OrderType.STOP, "stop_at": money(dollars)}
    return {"kind": OrderType.STOP_LIMIT, "stop_at": money(dollars), "limit": money(limit)}
