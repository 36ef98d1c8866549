"""What becomes of orders when the market shows a price: refused, waiting, stopped, filled wholly or in parts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.adapters.paper_broker.book_file import NOTHING, BookFile, Deal
from engine.adapters.paper_broker.rows import BookedOrder, new_order
from engine.adapters.paper_broker.terms import Terms
from engine.core.happenings import CorporateAction
from engine.core.nouns import Order
from engine.core.scene import Quote
from engine.core.units import MAX_PRICE, MAX_SHARES, Money, Ticker
from engine.core.words import OrderStatus, OrderType, Side, TimeInForce

NO_CASH: Final = "no_cash"
NO_SHARES: Final = "no_shares"
NO_PRICE: Final = "no_price"
BAD_SHARES: Final = "bad_shares"
BAD_PRICE: Final = "bad_price"
BAD_KIND: Final = "bad_kind"
CLOSED: Final = "closed"
HALTED: Final = "halted"
PRICE_COLLAR: Final = "price_collar"

LIMITED: Final = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
STOPPED: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


class Floor(NamedTuple):
    """The market as a broker sees it at `now`.

    `tickers` are traded here at all; `last` has the last price of each, `shown` those that can be traded at now.
    `closes_at` is when the session that is open ends, None while none is. `actions` are splits and dividends in force.
    """

    now: datetime
    tickers: frozenset[Ticker] = frozenset()
    last: Mapping[Ticker, Quote] = MappingProxyType({})
    shown: Mapping[Ticker, Quote] = MappingProxyType({})
    halted: frozenset[Ticker] = frozenset()
    closes_at: datetime | None = None
    actions: Sequence[CorporateAction] = ()


class Desk:
    """One account's orders at one instant, by the terms of trading."""

    def __init__(self, book: BookFile, floor: Floor, terms: Terms) -> None:
        self.book, self._floor, self._terms = book, floor, terms

    def settle(self, *, waits: bool, meets: bool = True) -> None:
        """End what is over, book splits and dividends, and let what waits meet the prices shown.

        `waits`: whether an order waits; `meets`: whether these prices are newer than all orders.
        """
        if waits:
            self.book.end_days(self._floor.now)
        self.book.take(self._floor.actions)
        if waits and meets and self._floor.shown:
            for order in self.book.waiting():
                self._meet(order)

    def submit(self, order: Order) -> None:
        """Take a new order, or refuse it, and note what its sender is told."""
        day = order.good is TimeInForce.DAY
        why = self._objection(order)
        self.book.enter(order, self._floor.now, self._floor.closes_at if day else None)
        if why:
            self.book.end(order.client_order_id, OrderStatus.REJECTED, why)
        else:
            self._begin(new_order(order))
        self.book.answer(order.client_order_id)

    def _begin(self, order: BookedOrder) -> None:
        """Fill what the price of now fills; an order that has to wait must be affordable at its limit."""
        if self._meet(order) or order.limit is None:
            return
        if why := self._lacks(order, order.left, order.limit):
            self.book.end(order.client_order_id, OrderStatus.REJECTED, why)

    def _meet(self, order: BookedOrder) -> bool:
        """Let an order meet the price that is shown; whether that filled or ended it."""
        quote = self._floor.shown.get(order.ticker)
        if quote is None or order.met == named(quote) or not self._is_live(order, quote.price):
            return False
        price = self._terms.traded_at(order.side, quote.price)
        if order.limit is not None and is_worse(order.side, price, order.limit):
            return False
        shares = min(order.left, self._terms.filled_at_once(order.shares))
        if why := self._lacks(order, order.left if not order.filled_shares else shares, price):
            status = OrderStatus.CANCELLED if order.filled_shares else OrderStatus.REJECTED
            self.book.end(order.client_order_id, status, why)
        else:
            deal = Deal(shares, price, self._fee(order, shares, price), self._floor.now, named(quote))
            self.book.execute(order, deal)
        return True

    def _is_live(self, order: BookedOrder, shown: Money) -> bool:
        """Whether it may be filled: it has no stop, its stop was reached, or this price reaches it."""
        if order.stop_at is None or order.triggered:
            return True
        if shown < order.stop_at if order.side is Side.BUY else shown > order.stop_at:
            return False
        self.book.trigger(order.client_order_id)
        return True

    def _fee(self, order: BookedOrder, shares: int, price: Money) -> Money:
        """What the next execution is charged: what is due with it, without what was charged before."""
        traded = self.book.traded(order.client_order_id) if order.filled_shares else NOTHING
        due = self._terms.fee_due(traded.shares + shares, traded.value + shares * price)
        return max(0, due - traded.fees)

    def _lacks(self, order: BookedOrder, shares: int, price: Money) -> str:
        """What is missing to trade so many shares at this price."""
        if order.side is Side.SELL and shares > self.book.held(order.ticker):
            return NO_SHARES
        change = -shares * price if order.side is Side.BUY else shares * price
        return NO_CASH if self.book.cash() + change < self._fee(order, shares, price) else ""

    def _objection(self, order: Order) -> str:
        """Why an order is refused as it comes in, whatever it would cost."""
        if not 0 < order.shares <= MAX_SHARES:
            return BAD_SHARES
        if order.kind not in self._terms.kinds:
            return BAD_KIND
        if not is_priced(order):
            return BAD_PRICE
        return self._shut(order) or self._collared(order) or self._oversold(order)

    def _shut(self, order: Order) -> str:
        """Why there is nothing to wait for: a ticker without prices, or no trading now in what is good for today."""
        if order.ticker not in self._floor.tickers:
            return NO_PRICE
        if order.good is not TimeInForce.DAY:
            return ""
        if self._floor.closes_at is None:
            return CLOSED
        return HALTED if order.ticker in self._floor.halted else ""

    def _collared(self, order: Order) -> str:
        last = self._floor.last.get(order.ticker)
        if order.limit is None or last is None:
            return ""
        return PRICE_COLLAR if self._terms.is_collared(order.limit, last.price) else ""

    def _oversold(self, order: Order) -> str:
        """No more is sold than is held and not being sold already."""
        if order.side is Side.BUY:
            return ""
        waiting = [one for one in self.book.waiting() if one.ticker == order.ticker and one.side is Side.SELL]
        free = self.book.held(order.ticker) - sum(one.left for one in waiting)
        return NO_SHARES if order.shares > free else ""


def is_priced(order: Order) -> bool:
    """Whether it has the prices that its kind needs, each possible, and no other."""
    return all(
        0 < price <= MAX_PRICE if price is not None and needed else price is None and not needed
        for price, needed in ((order.limit, order.kind in LIMITED), (order.stop_at, order.kind in STOPPED))
    )


def is_worse(side: Side, price: Money, limit: Money) -> bool:
    """Whether a price is beyond the limit, for whoever buys or sells."""
    return price > limit if side is Side.BUY else price < limit


def named(quote: Quote) -> str:
    """What a shown price is known by: when it was given, and what it was."""
    return f"{quote.at.isoformat()} {quote.price}"
