"""One fake a port. The contract suites run on them and on the real adapters, so that they cannot lie."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar

from engine.core.abilities import Ability
from engine.core.happenings import CorporateAction
from engine.core.nouns import Fill, Order, Recommendation, Transfer
from engine.core.rules.splits import fraction, fraction_paid, split_level, split_price, split_shares
from engine.core.scene import Quote
from engine.core.session import Session
from engine.core.units import MAX_PRICE, Money, Ticker
from engine.core.words import ActionKind, OrderStatus, OrderType, Side, TimeInForce
from engine.ports import Clock, Holdings, Market, Receipt, Rejected, Unavailable

Answer = TypeVar("Answer")


class FakeClock:
    """Both times stand still until a test moves them."""

    def __init__(self, at: datetime) -> None:
        self.market_now = self.wall_now = at

    def market(self) -> datetime:
        return self.market_now

    def wall(self) -> datetime:
        return self.wall_now

    def stand_at(self, at: datetime) -> None:
        """Put both times there."""
        self.market_now = self.wall_now = at

    def forward(self, by: timedelta) -> None:
        """Let that much time pass on both."""
        self.market_now += by
        self.wall_now += by


class FakeMarket:
    """The prices that a test showed it, each from its instant on. `down` makes it Unavailable."""

    def __init__(self, interval_s: int = 86_400) -> None:
        self.interval_s = interval_s
        self.down = False
        self.abilities: frozenset[Ability] = frozenset()
        self.ends_at: datetime | None = None
        self._prices: dict[Ticker, list[tuple[datetime, Money]]] = {}
        self._closes: dict[Ticker, list[tuple[datetime, Money]]] = {}
        self._levels: list[tuple[datetime, Money]] = []
        self._actions: list[CorporateAction] = []
        self._halts: list[tuple[Ticker, datetime, datetime | None]] = []

    def show(self, at: datetime, prices: Mapping[Ticker, Money]) -> None:
        """From `at` on, these are the prices; instants only rise."""
        for ticker, price in prices.items():
            _add(self._prices.setdefault(ticker, []), at, price)

    def close(self, at: datetime, closes: Mapping[Ticker, Money]) -> None:
        """A session ended at `at` with these closes."""
        for ticker, close in closes.items():
            _add(self._closes.setdefault(ticker, []), at, close)

    def show_benchmark(self, at: datetime, level: Money) -> None:
        _add(self._levels, at, level)

    def act(self, action: CorporateAction) -> None:
        """Let a split or dividend come into force; prices shown before it stay as they were printed."""
        self._actions = sorted([*self._actions, action], key=lambda one: one.opens_at)

    def halt(self, ticker: Ticker, since: datetime, until: datetime | None = None) -> None:
        """Halt trading in a ticker from `since` to before `until`, or for good."""
        self._halts.append((ticker, since, until))

    def tickers(self) -> frozenset[Ticker]:
        return frozenset(self._prices)

    async def quotes(self, at: datetime) -> Mapping[Ticker, Quote]:
        self._answer()
        return MappingProxyType(
            {
                ticker: Quote(
                    self._counted(ticker, known[-1], at), known[-1][0], self._close_before(ticker, known[-1][0], at)
                )
                for ticker, prices in self._prices.items()
                if (known := _until(prices, at))
            }
        )

    async def history(self, ticker: Ticker, at: datetime, sessions: int) -> Sequence[Money]:
        self._answer()
        known = [self._counted(ticker, row, at) for row in _until(self._closes.get(ticker, []), at)]
        return known[max(0, len(known) - sessions) :]

    async def actions(self, after: datetime, at: datetime) -> Sequence[CorporateAction]:
        self._answer()
        return tuple(
            replace(action, close=self._last_before(action))
            for action in self._actions
            if after < action.opens_at <= at
        )

    async def halted(self, at: datetime) -> frozenset[Ticker]:
        self._answer()
        return frozenset(
            ticker for ticker, since, until in self._halts if since <= at and (until is None or at < until)
        )

    async def benchmark(self, at: datetime, ticker: Ticker) -> Money | None:
        """The levels shown to it are SPY's; any other ticker's are its prices."""
        self._answer()
        known = _until(self._levels if ticker == "SPY" else self._prices.get(ticker, []), at)
        return known[-1][1] if known else None

    def _close_before(self, ticker: Ticker, at: datetime, seen_at: datetime) -> Money | None:
        known = _until(self._closes.get(ticker, []), at)
        return self._counted(ticker, known[-1], seen_at) if known else None

    def _last_before(self, action: CorporateAction) -> Money:
        """Its ticker's last close, or else price, before it, in the shares that it makes."""
        for rows in (self._closes, self._prices):
            known = [row for row in rows.get(action.ticker, []) if row[0] < action.opens_at]
            if known:
                return self._counted(action.ticker, known[-1], action.opens_at)
        return 0

    def _counted(self, ticker: Ticker, row: tuple[datetime, Money], at: datetime) -> Money:
        """A price in the shares of that instant."""
        shown_at, price = row
        for action in self._actions:
            if action.ticker == ticker and action.kind is ActionKind.SPLIT and shown_at < action.opens_at <= at:
                price = split_price(price, action.new, action.old)
        return price

    def _answer(self) -> None:
        if self.down:
            raise Unavailable("the feed does not answer")


class Fault(Enum):
    """When a broker falls silent: before it did what it was asked, or after (its caller is in doubt)."""

    BEFORE = "before"
    AFTER = "after"


TAKEN_BY = {
    OrderType.MARKET: Ability.MARKET_ORDERS,
    OrderType.LIMIT: Ability.LIMIT_ORDERS,
    OrderType.STOP: Ability.STOP_ORDERS,
    OrderType.STOP_LIMIT: Ability.STOP_ORDERS,
}
PRICED = {
    OrderType.MARKET: (False, False),
    OrderType.LIMIT: (True, False),
    OrderType.STOP: (False, True),
    OrderType.STOP_LIMIT: (True, True),
}
"""Whether a kind of order has a limit, and whether it has a stop."""


class FakeBroker:
    """A broker in memory; its faults hold until they are taken back.

    `fault` makes every call Unavailable, `refuses` rejects new orders with that reason, `holds_back` leaves new orders
    waiting, to be filled by `execute`, wholly or in parts, or once `holds_back` ends. `sent` counts every order that
    arrived, repeated ones too. Day orders end when `closes_at` of their arrival is past. It takes the kinds of orders
    that its `abilities` name.
    """

    def __init__(
        self,
        market: Market,
        clock: Clock,
        cash: Money,
        is_open: Callable[[datetime], bool] = lambda _: True,
        closes_at: Callable[[datetime], datetime] = lambda _: datetime.max.replace(tzinfo=UTC),
    ) -> None:
        self.fault: Fault | None = None
        self.refuses = ""
        self.holds_back = False
        self.sent: list[Order] = []
        self.abilities = frozenset({Ability.MARKET_ORDERS, Ability.LIMIT_ORDERS, Ability.STOP_ORDERS})
        self._market, self._clock, self._is_open, self._closes_at = market, clock, is_open, closes_at
        self._ends: dict[str, datetime] = {}
        self._triggered: set[str] = set()
        self._cash = cash
        self._shares: dict[Ticker, int] = {}
        self._orders: dict[str, Order] = {}
        self._receipts: dict[str, Receipt] = {}
        self._answers: dict[str, Receipt] = {}
        self._fills: list[Fill] = []
        self._open: list[str] = []
        self._places: dict[str, int] = {}
        self._transfers: list[Transfer] = []
        self._began = 0
        self._since: dict[Ticker, datetime] = {}
        self._arrived: dict[str, datetime] = {}
        self._acted: set[str] = set()

    async def submit(self, order: Order) -> Receipt:
        await self._catch_up()
        prices, halted = await self._prices(), await self._halted()
        receipt = self._unless_silent(lambda: self._submit(order, prices, halted))
        if receipt.status is OrderStatus.REJECTED:
            raise Rejected(receipt.why)
        return receipt

    async def find(self, client_order_id: str) -> Receipt | None:
        await self._catch_up()
        return self._unless_silent(lambda: self._receipts.get(client_order_id))

    async def cancel(self, client_order_id: str) -> Receipt:
        await self._catch_up()
        return self._unless_silent(lambda: self._cancel(client_order_id))

    async def fills(self, after: str | None) -> Sequence[Fill]:
        await self._catch_up()
        return self._unless_silent(lambda: self._fills[self._place(after) :])

    async def holdings(self) -> Holdings:
        await self._catch_up()
        return self._unless_silent(lambda: Holdings(cash=self._cash, shares=MappingProxyType(dict(self._shares))))

    async def transfer(self, transfer: Transfer) -> None:
        await self._act()
        self._unless_silent(lambda: self._transfer(transfer))

    def execute(self, client_order_id: str, shares: int, price: Money) -> None:
        """Fill so many shares of a waiting order at this price now."""
        order, receipt = self._orders[client_order_id], self._receipts[client_order_id]
        assert receipt.status is OrderStatus.ACCEPTED
        assert 0 < shares <= order.shares - receipt.filled_shares
        filled = receipt.filled_shares + shares
        status = OrderStatus.FILLED if filled == order.shares else OrderStatus.ACCEPTED
        self._receipts[client_order_id] = replace(receipt, status=status, filled_shares=filled)
        self._move(order, shares, price)

    def _transfer(self, transfer: Transfer) -> None:
        if transfer.id in [one.id for one in self._transfers]:
            return
        if not transfer.resets and self._cash + transfer.amount < 0:
            raise Rejected("no_cash")
        if transfer.resets:
            for order in self._waiting():
                self._end(order.client_order_id, OrderStatus.CANCELLED, "reset")
            self._cash, self._shares, self._since, self._began = 0, {}, {}, len(self._fills)
        self._cash += transfer.amount
        self._transfers.append(transfer)

    def _submit(self, order: Order, prices: Mapping[Ticker, Money], halted: frozenset[Ticker]) -> Receipt:
        self.sent.append(order)
        identity = order.client_order_id
        if identity not in self._answers:
            why = self.refuses or self._objection(order, halted)
            status = OrderStatus.REJECTED if why else OrderStatus.ACCEPTED
            self._orders[identity] = order
            self._arrived[identity] = self._clock.market()
            self._receipts[identity] = Receipt(client_order_id=identity, status=status, why=why)
            self._open.append(identity)
            if not why:
                self._begin(order, prices.get(order.ticker))
            self._answers[identity] = self._receipts[identity]
        return self._answers[identity]

    def _begin(self, order: Order, price: Money | None) -> None:
        """Fill it now, or let it wait if its limit can be paid."""
        if order.good is TimeInForce.DAY:
            self._ends[order.client_order_id] = self._closes_at(self._clock.market())
        if price is not None and self._meet(order, price):
            return
        if order.limit is not None and (why := self._missing(order, order.limit, order.shares)):
            self._end(order.client_order_id, OrderStatus.REJECTED, why)

    def _meet(self, order: Order, price: Money) -> bool:
        """Whether this price filled or ended it."""
        identity, buys = order.client_order_id, order.side is Side.BUY
        if order.stop_at is not None and identity not in self._triggered:
            if price < order.stop_at if buys else price > order.stop_at:
                return False
            self._triggered.add(identity)
        if order.limit is not None and (price > order.limit if buys else price < order.limit):
            return False
        filled = self._receipts[identity].filled_shares
        left = order.shares - filled
        if why := self._missing(order, price, left):
            self._end(identity, OrderStatus.CANCELLED if filled else OrderStatus.REJECTED, why)
        else:
            self.execute(identity, left, price)
        return True

    def _cancel(self, client_order_id: str) -> Receipt:
        if client_order_id not in self._receipts:
            raise Rejected("unknown_order")
        if self._receipts[client_order_id].status is OrderStatus.ACCEPTED:
            self._end(client_order_id, OrderStatus.CANCELLED, "")
        return self._receipts[client_order_id]

    def _end(self, client_order_id: str, status: OrderStatus, why: str) -> None:
        self._receipts[client_order_id] = replace(self._receipts[client_order_id], status=status, why=why)

    def _place(self, after: str | None) -> int:
        for number in range(len(self._places), len(self._fills)):
            self._places[self._fills[number].execution_id] = number
        if after is not None and after not in self._places:
            raise Rejected("unknown_execution")
        return max(self._began, self._places[after] + 1 if after else 0)

    async def _act(self) -> None:
        """Book the splits and dividends that are in force, once each."""
        marks = [*self._since.values(), *(self._arrived[order.client_order_id] for order in self._waiting())]
        if not marks:
            return
        try:
            found = await self._market.actions(min(marks), self._clock.market())
        except Unavailable:
            return
        for action in found:
            if action.id not in self._acted:
                self._acted.add(action.id)
                self._take(action)

    def _take(self, action: CorporateAction) -> None:
        ticker, new, old = action.ticker, action.new, action.old
        held = self._shares.get(ticker, 0) if self._since.get(ticker, action.opens_at) < action.opens_at else 0
        if action.kind is ActionKind.DIVIDEND:
            self._cash += held * action.per_share
            return
        for order in self._waiting():
            if order.ticker == ticker and self._arrived[order.client_order_id] < action.opens_at:
                self._split(order, new, old)
        if held:
            self._cash += fraction_paid(fraction(held, new, old), action.close, old)
            self._hold(ticker, split_shares(held, new, old))

    def _split(self, order: Order, new: int, old: int) -> None:
        """A sell goes on in new shares while some are left of it; a buy ends."""
        receipt = self._receipts[order.client_order_id]
        left = split_shares(order.shares - receipt.filled_shares, new, old)
        if order.side is Side.BUY or not left:
            self._end(order.client_order_id, OrderStatus.CANCELLED, "split")
            return
        done = split_shares(receipt.filled_shares, new, old)
        limit, stop_at = (level and split_level(level, new, old) for level in (order.limit, order.stop_at))
        self._orders[order.client_order_id] = replace(order, shares=done + left, limit=limit, stop_at=stop_at)
        self._receipts[order.client_order_id] = replace(receipt, filled_shares=done)

    def _hold(self, ticker: Ticker, shares: int) -> None:
        if shares:
            self._shares[ticker] = shares
            self._since.setdefault(ticker, self._clock.market())
        else:
            self._shares.pop(ticker, None)
            self._since.pop(ticker, None)

    async def _catch_up(self) -> None:
        self._end_days()
        await self._act()
        prices = await self._prices()
        for order in self._waiting():
            if order.ticker in prices:
                self._meet(order, prices[order.ticker])

    def _end_days(self) -> None:
        for order in self._waiting():
            ends_at = self._ends.get(order.client_order_id)
            if ends_at is not None and ends_at <= self._clock.market():
                self._end(order.client_order_id, OrderStatus.CANCELLED, "day_over")

    async def _prices(self) -> Mapping[Ticker, Money]:
        now = self._clock.market()
        if self.holds_back or not self._is_open(now):
            return {}
        try:
            halted, quotes = await self._market.halted(now), await self._market.quotes(now)
        except Unavailable:
            return {}
        return {ticker: quote.price for ticker, quote in quotes.items() if ticker not in halted}

    async def _halted(self) -> frozenset[Ticker]:
        try:
            return await self._market.halted(self._clock.market())
        except Unavailable:
            return frozenset()

    def _objection(self, order: Order, halted: frozenset[Ticker]) -> str:
        limits = PRICED[order.kind], (order.limit is not None, order.stop_at is not None)
        prices = [price for price in (order.limit, order.stop_at) if price is not None]
        day, now = order.good is TimeInForce.DAY, self._clock.market()
        against = {
            "bad_shares": order.shares <= 0,
            "bad_kind": TAKEN_BY[order.kind] not in self.abilities,
            "bad_price": limits[0] != limits[1] or not all(0 < price <= MAX_PRICE for price in prices),
            "no_price": order.ticker not in self._market.tickers(),
            "closed": day and not self._is_open(now),
            "halted": day and order.ticker in halted,
            "no_shares": self._oversells(order),
        }
        return next((why for why, stands in against.items() if stands), "")

    def _oversells(self, order: Order) -> bool:
        selling = [other for other in self._waiting() if other.ticker == order.ticker and other.side is Side.SELL]
        spoken_for = sum(other.shares - self._receipts[other.client_order_id].filled_shares for other in selling)
        return order.side is Side.SELL and order.shares > self._shares.get(order.ticker, 0) - spoken_for

    def _missing(self, order: Order, price: Money, shares: int) -> str:
        if order.side is Side.SELL:
            return "no_shares" if shares > self._shares.get(order.ticker, 0) else ""
        return "no_cash" if shares * price > self._cash else ""

    def _waiting(self) -> Sequence[Order]:
        known = [(one, self._receipts.get(one)) for one in self._open]
        self._open = [one for one, receipt in known if receipt and receipt.status is OrderStatus.ACCEPTED]
        return [self._orders[identity] for identity in self._open]

    def _move(self, order: Order, shares: int, price: Money) -> None:
        sign = 1 if order.side is Side.BUY else -1
        self._cash -= sign * shares * price
        self._hold(order.ticker, self._shares.get(order.ticker, 0) + sign * shares)
        self._fills.append(
            Fill(
                execution_id=f"fake-{len(self._fills) + 1:06d}",
                client_order_id=order.client_order_id,
                ticker=order.ticker,
                side=order.side,
                shares=shares,
                price=price,
                fee=0,
                at=self._clock.market(),
            )
        )

    def _unless_silent(self, act: Callable[[], Answer]) -> Answer:
        if self.fault is Fault.BEFORE:
            raise Unavailable("the broker does not answer")
        answer = act()
        if self.fault is Fault.AFTER:
            raise Unavailable("the broker's answer was lost")
        return answer


class FakeSource:
    """A strategy that says what a test told it to; `fails` is raised instead."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.fails: Exception | None = None
        self._said: dict[date, list[Recommendation]] = {}

    def say(self, day: date, *recommendations: Recommendation) -> None:
        """After that day's session, recommend these too."""
        self._said.setdefault(day, []).extend(recommendations)

    async def recommend(self, session: Session) -> Sequence[Recommendation]:
        if self.fails:
            raise self.fails
        return tuple(self._said.get(session.date, ()))


class FakeKillSwitch:
    """A kill switch in memory; while `stuck`, it can be neither thrown nor cleared."""

    def __init__(self) -> None:
        self.who: str | None = None
        self.stuck = False

    def thrown(self) -> str | None:
        return self.who

    def throw(self, who: str) -> None:
        if self.who is None:
            self._moves()
            self.who = who

    def clear(self) -> None:
        self._moves()
        self.who = None

    def _moves(self) -> None:
        if self.stuck:
            raise OSError(30, "Read-only file system")


def _add(rows: list[tuple[datetime, Money]], at: datetime, amount: Money) -> None:
    assert not rows or at >= rows[-1][0], "a market's instants only rise"
    rows.append((at, amount))


def _until(rows: Sequence[tuple[datetime, Money]], at: datetime) -> Sequence[tuple[datetime, Money]]:
    return rows[: bisect_right(rows, at, key=lambda row: row[0])]


class FakeModel:
    """A language model that gives one answer to everything; an exception is raised. `asked` is all it was told."""

    def __init__(self, answer: str | Exception, seconds: float = 0) -> None:
        self.given, self.seconds = answer, seconds
        self.asked: list[tuple[str, str, Mapping[str, Any]]] = []
        self.closed = False

    async def answer(self, system: str, text: str, schema: Mapping[str, Any]) -> str:
        self.asked.append((system, text, schema))
        await asyncio.sleep(self.seconds)
        if isinstance(self.given, Exception):
            raise self.given
        return self.given

    async def close(self) -> None:
        self.closed = True
