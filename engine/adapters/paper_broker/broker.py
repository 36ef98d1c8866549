"""Orders filled on paper, at prices that the market really showed."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, Self, TypeVar

from engine.adapters.calendar import Calendar, OutsideCalendar
from engine.adapters.paper_broker.book import FIRST_ACCOUNT
from engine.adapters.paper_broker.book_file import BookFile
from engine.adapters.paper_broker.filling import NO_CASH, Desk, Floor
from engine.adapters.paper_broker.rows import BookedOrder
from engine.adapters.paper_broker.terms import EXACT, Terms
from engine.adapters.paper_broker.writer import Writer
from engine.core.abilities import Ability
from engine.core.happenings import CorporateAction
from engine.core.nouns import Fill, Order, Transfer
from engine.core.units import MAX_CASH, Money
from engine.core.words import OrderStatus, OrderType
from engine.ports import Clock, Holdings, Market, Receipt, Rejected, Unavailable

T = TypeVar("T")

UNKNOWN_ORDER: Final = "unknown_order"
UNKNOWN_EXECUTION: Final = "unknown_execution"


class Venue(NamedTuple):
    """Where paper is traded: prices, time, hours and terms."""

    market: Market
    clock: Clock
    calendar: Calendar
    terms: Terms = EXACT

    @property
    def abilities(self) -> frozenset[Ability]:
        """The kinds of orders that its terms take."""
        kinds = self.terms.kinds
        stops = Ability.STOP_ORDERS if {OrderType.STOP, OrderType.STOP_LIMIT} <= kinds else None
        limits = Ability.LIMIT_ORDERS if OrderType.LIMIT in kinds else None
        markets = Ability.MARKET_ORDERS if OrderType.MARKET in kinds else None
        return frozenset(one for one in (markets, limits, stops) if one is not None)

    async def actions(self, since: datetime | None, now: datetime) -> Sequence[CorporateAction] | None:
        """Splits and dividends that came into force since then; None while the market does not say."""
        if since is None:
            return ()
        try:
            return await self.market.actions(since, now)
        except Unavailable:
            return None

    async def floor(self, now: datetime) -> Floor:
        """What can be traded at now: prices given in the session that is open, but of halted tickers.

        Without a feed nothing can. Raises Unavailable beyond the calendar.
        """
        try:
            session = self.calendar.session_at(now)
        except OutsideCalendar as error:
            raise Unavailable(str(error)) from error
        floor = Floor(now, self.market.tickers(), closes_at=session.closes_at if session else None)
        try:
            halted, quotes = await self.market.halted(now), await self.market.quotes(now)
        except Unavailable:
            return floor
        given = {} if session is None else {name: one for name, one in quotes.items() if one.at >= session.opens_at}
        shown = {name: one for name, one in given.items() if name not in halted}
        return floor._replace(last=quotes, shown=shown, halted=halted)


class Standing(NamedTuple):
    """What an account had at the end of its last transaction, as long as `failures` is the writer's.

    `earliest` is since when it has had something that a split or dividend may touch, None where it has nothing;
    `waits` tells whether an order waits.
    """

    failures: int
    earliest: datetime | None
    waits: bool


class Way(Enum):
    """What a call is for: an order needs prices, so do orders that wait; money is moved without."""

    TRADES = "trades"
    CHANGES = "changes"
    PAYS = "pays"
    ASKS = "asks"


class PaperBroker:
    """A broker that fills orders at the prices that its market shows, by its terms.

    While the exchange is closed, its market has shown no price of the session yet, or the ticker is halted, orders
    wait; they meet the price of each moment at which the broker is asked anything in a session. A stop is triggered by
    a price that reaches it and filled at that price, a limit kept with spread and slippage. Nothing is ever sold short,
    and cash never falls below zero. Splits and dividends come before all else. Each call's changes are one commit.
    """

    def __init__(self, writer: Writer, venue: Venue, account: str, cash: Money) -> None:
        self._writer, self._venue, self._account, self._cash = writer, venue, account, possible(cash)
        self._standing: Standing | None = None
        self._asked = self._newest = 0

    @classmethod
    def open(  # noqa: PLR0913  # its surroundings and its terms
        cls,
        path: Path,
        market: Market,
        clock: Clock,
        calendar: Calendar,
        cash: Money,
        *,
        terms: Terms = EXACT,
        account: str = FIRST_ACCOUNT,
    ) -> Self:
        """The broker whose book is the file `path`, for one account; a new one begins with `cash`."""
        possible(cash)  # before there is a file
        broker = cls(Writer.open(path), Venue(market, clock, calendar, terms), account, cash)
        broker._writer.do(broker._look)
        return broker

    def close(self) -> None:
        """Let go of the file; the broker is not used afterwards."""
        self._writer.close()

    async def submit(self, order: Order) -> Receipt:
        def taken(desk: Desk) -> BookedOrder:
            if desk.book.order(order.client_order_id) is None:
                desk.submit(order)
            return known(desk.book, order.client_order_id)

        receipt = (await self._done(taken, Way.TRADES)).first_receipt
        if receipt.status is OrderStatus.REJECTED:
            raise Rejected(receipt.why)
        return receipt

    async def find(self, client_order_id: str) -> Receipt | None:
        order = await self._done(lambda desk: desk.book.order(client_order_id))
        return order.receipt if order else None

    async def cancel(self, client_order_id: str) -> Receipt:
        def cancelled(desk: Desk) -> BookedOrder | None:
            order = desk.book.order(client_order_id)
            if order is not None and order.status is OrderStatus.ACCEPTED:
                desk.book.end(client_order_id, OrderStatus.CANCELLED, "")
            return desk.book.order(client_order_id)

        order = await self._done(cancelled, Way.CHANGES)
        if order is None:
            raise Rejected(UNKNOWN_ORDER)
        return order.receipt

    async def fills(self, after: str | None) -> Sequence[Fill]:
        """Executions after `after`; raises Rejected when this book has no such execution (another book's cursor)."""

        def told(desk: Desk) -> Sequence[Fill] | None:
            return desk.book.fills(after) if after is None or desk.book.knows_execution(after) else None

        fills = await self._done(told)
        if fills is None:
            raise Rejected(UNKNOWN_EXECUTION)
        return fills

    async def holdings(self) -> Holdings:
        return await self._done(lambda desk: Holdings(cash=desk.book.cash(), shares=desk.book.holdings()))

    @property
    def abilities(self) -> frozenset[Ability]:
        """The kinds of orders that its terms take; whole shares, cash."""
        return self._venue.abilities

    async def transfer(self, transfer: Transfer) -> None:
        """Book money moved; orders that wait are filled neither before nor by it, a reset ends them."""

        def booked(desk: Desk) -> bool:
            if not desk.book.knows_transfer(transfer.id):
                if not transfer.resets and desk.book.cash() + transfer.amount < 0:
                    return False
                desk.book.book(transfer)
            return True

        if not await self._done(booked, Way.PAYS):
            raise Rejected(NO_CASH)

    async def _done(self, act: Callable[[Desk], T], way: Way = Way.ASKS) -> T:
        """What `act` answers, after all that came before it."""
        self._asked += 1
        turn = self._asked
        standing, now = await self._stands(), self._venue.clock.market()
        actions = await self._venue.actions(standing.earliest, now)
        looks = way is Way.TRADES or (standing.waits and way is not Way.PAYS)
        floor = await self._venue.floor(now) if looks else Floor(now)
        if actions is None:  # what it shows may be of other shares than what is held
            floor = floor._replace(shown={})
        work = partial(self._worked, act, turn, floor._replace(actions=actions or ()))
        return await self._writer.run(work, changes=way is not Way.ASKS)

    def _worked(self, act: Callable[[Desk], T], turn: int, floor: Floor, connection: sqlite3.Connection) -> T:
        """Prices of a call that a later one overtook are older than the orders that may wait now: none meets them."""
        overtaken, self._newest = turn < self._newest, max(turn, self._newest)
        standing = self._standing if self._is_known() else self._look(connection)
        desk = Desk(BookFile(connection, self._account), floor, self._venue.terms)
        desk.settle(waits=standing is None or standing.waits, meets=not overtaken)
        found = act(desk)
        self._noted(desk.book)
        return found

    def _is_known(self) -> bool:
        return self._standing is not None and self._standing.failures == self._writer.failures

    async def _stands(self) -> Standing:
        if self._standing is not None and self._is_known():
            return self._standing
        return await self._writer.run(self._look, changes=False)

    def _look(self, connection: sqlite3.Connection) -> Standing:
        """How the account stands; one that is new begins."""
        book = BookFile(connection, self._account)
        book.begin(self._cash)
        return self._noted(book)

    def _noted(self, book: BookFile) -> Standing:
        """Kept by the thread that writes, so that it is never older than what was written."""
        self._standing = Standing(self._writer.failures, *book.stands())
        return self._standing


def possible(cash: Money) -> Money:
    """Cash that an account can begin with; raises ValueError for any other."""
    if not 0 <= cash <= MAX_CASH:
        raise ValueError(f"a paper book cannot begin with {cash} ten-thousandths of a dollar")
    return cash


def known(book: BookFile, client_order_id: str) -> BookedOrder:
    """An order that the book is known to have."""
    order = book.order(client_order_id)
    if order is None:
        raise LookupError(client_order_id)
    return order
