"""Orders filled on paper, at prices that the market really showed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from engine.adapters.calendar import Calendar, OutsideCalendar
from engine.adapters.paper_broker.book import BookedOrder, BookFile
from engine.core.abilities import Ability
from engine.core.nouns import Fill, Order, Transfer
from engine.core.units import MAX_CASH, MAX_SHARES, Money, Ticker
from engine.core.words import OrderStatus, Side
from engine.ports import Clock, Holdings, Market, Receipt, Rejected, Unavailable

NO_CASH: Final = "no_cash"
NO_SHARES: Final = "no_shares"
NO_PRICE: Final = "no_price"
BAD_SHARES: Final = "bad_shares"
UNKNOWN_ORDER: Final = "unknown_order"
UNKNOWN_EXECUTION: Final = "unknown_execution"


class PaperBroker:
    """A broker that fills market orders wholly, at the price of the moment.

    While the exchange is closed, its market has shown no price of the session yet, or the ticker is halted, orders
    wait; they are filled at the price of the first moment that the broker is asked anything in a session. Nothing is
    ever sold short, and cash never falls below zero. Splits and dividends come before all else. Each call's changes are
    one commit, but for those that splits and dividends make.
    """

    def __init__(self, book: BookFile, market: Market, clock: Clock, calendar: Calendar, fee: Money) -> None:
        self._book, self._market, self._clock, self._calendar, self._fee = book, market, clock, calendar, fee

    @classmethod
    def open(cls, path: Path, market: Market, clock: Clock, calendar: Calendar, cash: Money, *, fee: Money = 0) -> Self:  # noqa: PLR0913  # its surroundings and its terms
        """The broker whose book is the file `path`; a new book begins with `cash`. `fee` is taken for each order."""
        if not 0 <= cash <= MAX_CASH:
            raise ValueError(f"a paper book cannot begin with {cash} ten-thousandths of a dollar")
        return cls(BookFile.open(path, cash), market, clock, calendar, fee)

    def close(self) -> None:
        """Let go of the file; the broker is not used afterwards."""
        self._book.close()

    async def submit(self, order: Order) -> Receipt:
        now = self._clock.market()
        prices = await self._prices(now) if await self._acted(now) else {}
        with self._book.writing():
            if self._book.order(order.client_order_id) is None:
                self._fill_waiting(prices, now)
                self._take(order, prices.get(order.ticker), now)
        return _accepted(self._known(order.client_order_id).first_receipt)

    async def find(self, client_order_id: str) -> Receipt | None:
        await self._catch_up()
        order = self._book.order(client_order_id)
        return order.receipt if order else None

    async def cancel(self, client_order_id: str) -> Receipt:
        await self._catch_up()
        with self._book.writing():
            order = self._known(client_order_id)
            if order.status is OrderStatus.ACCEPTED:
                self._book.end(order, OrderStatus.CANCELLED, "")
        return self._known(client_order_id).receipt

    async def fills(self, after: str | None) -> Sequence[Fill]:
        """Executions after `after`; raises Rejected when this book has no such execution (another book's cursor)."""
        await self._catch_up()
        if after is not None and not self._book.knows_execution(after):
            raise Rejected(UNKNOWN_EXECUTION)
        return self._book.fills(after)

    async def holdings(self) -> Holdings:
        await self._catch_up()
        return Holdings(cash=self._book.cash(), shares=self._book.holdings())

    @property
    def abilities(self) -> frozenset[Ability]:
        """Market orders, whole shares, cash."""
        return frozenset({Ability.MARKET_ORDERS})

    async def transfer(self, transfer: Transfer) -> None:
        """Book money moved; orders that wait are filled neither before nor by it, a reset ends them."""
        await self._acted(self._clock.market())
        with self._book.writing():
            if self._book.knows_transfer(transfer.id):
                return
            if not transfer.resets and self._book.cash() + transfer.amount < 0:
                raise Rejected(NO_CASH)
            self._book.book(transfer)

    async def _prices(self, now: datetime) -> Mapping[Ticker, Money]:
        """Prices given in the session that is open, but of halted tickers; none while it is closed or the feed down."""
        try:
            session = self._calendar.session_at(now)
            if session is None:
                return {}
            halted, quotes = await self._market.halted(now), await self._market.quotes(now)
        except OutsideCalendar as error:
            raise Unavailable(str(error)) from error
        except Unavailable:
            return {}
        given = {ticker: quote.price for ticker, quote in quotes.items() if quote.at >= session.opens_at}
        return {ticker: price for ticker, price in given.items() if ticker not in halted}

    async def _acted(self, now: datetime) -> bool:
        """Book splits and dividends that are in force; false while the market does not say which."""
        since = self._book.earliest()
        if since is None:
            return True
        try:
            found = await self._market.actions(since, now)
        except Unavailable:
            return False
        if self._book.untaken(found):
            with self._book.writing():
                self._book.take(found)
        return True

    async def _catch_up(self) -> None:
        now = self._clock.market()
        if not await self._acted(now) or not self._book.waiting():
            return
        if prices := await self._prices(now):
            with self._book.writing():
                self._fill_waiting(prices, now)

    def _fill_waiting(self, prices: Mapping[Ticker, Money], now: datetime) -> None:
        for order in self._book.waiting():
            price = prices.get(order.ticker)
            if price is None:
                continue
            if why := self._unaffordable(order, price, spoken_for=0):
                self._book.end(order, OrderStatus.REJECTED, why)
            else:
                self._book.execute(order, price, self._fee, now)

    def _take(self, order: Order, price: Money | None, now: datetime) -> None:
        if why := self._objection(order, price):
            self._book.enter(order, OrderStatus.REJECTED, why, now)
        elif price is None:
            self._book.enter(order, OrderStatus.ACCEPTED, "", now)
        else:
            self._book.enter(order, OrderStatus.FILLED, "", now)
            self._book.execute(order, price, self._fee, now)

    def _objection(self, order: Order, price: Money | None) -> str:
        if not 0 < order.shares <= MAX_SHARES:
            return BAD_SHARES
        if order.ticker not in self._market.tickers():
            return NO_PRICE
        waiting = [other for other in self._book.waiting() if other.ticker == order.ticker and other.side is Side.SELL]
        return self._unaffordable(order, price, spoken_for=sum(other.shares for other in waiting))

    def _unaffordable(self, order: Order | BookedOrder, price: Money | None, spoken_for: int) -> str:
        """What is missing for this order; cash cannot be judged before there is a price."""
        held = self._book.holdings().get(order.ticker, 0)
        if order.side is Side.SELL and order.shares > held - spoken_for:
            return NO_SHARES
        if price is None:
            return ""
        change = -order.shares * price if order.side is Side.BUY else order.shares * price
        return NO_CASH if self._book.cash() + change < self._fee else ""

    def _known(self, client_order_id: str) -> BookedOrder:
        order = self._book.order(client_order_id)
        if order is None:
            raise Rejected(UNKNOWN_ORDER)
        return order


def _accepted(receipt: Receipt) -> Receipt:
    if receipt.status is OrderStatus.REJECTED:
        raise Rejected(receipt.why)
    return receipt
