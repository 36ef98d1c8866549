"""Orders, money and the broker: one send an intent, one booking a fill or transfer, and asking after lost answers."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import chain
from typing import Final

import structlog

from engine.actions import Actions
from engine.bus import Bus, Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.happenings import CorporateAction
from engine.core.nouns import Fill, Order
from engine.core.refusals import Refusal, Refused
from engine.core.words import OrderStatus, Side, Skip
from engine.disputed import NO_SHARES, Disputed, moves
from engine.line import Line
from engine.look import Health
from engine.ports import Broker, Receipt, Rejected, Unavailable
from engine.transfers import NOT_STORED, Transfers, is_untouched

log = structlog.get_logger(__name__)

BOOKED_BEFORE: Final = (Refusal.NOT_KNOWN, Refusal.NOT_HELD)
"""What is said of a fill whose booking was in doubt and that had been booked: its order or its shares are gone."""


ANOTHER_BOOK: Final = "another_book"
"""What is wrong where the broker does not know the execution that we booked last."""

REMEMBERED: Final = 1_000
"""Executions booked last, by which one that the broker tells again is known."""


class Execution:
    """Listens to the bus and carries order intents out. An order is sent once; what is in doubt is only asked about.

    `line` is how the broker is spoken to. `under_way` names the orders that are on their way to it now: until it has
    answered, nobody else asks.
    While the broker has yet to begin its book anew, nothing is sent to it and no execution is fetched from it.
    `actions` are taken in their time between executions; None where there are none.
    """

    def __init__(
        self, bus: Bus, broker: Broker, health: Health, last_execution: str | None, actions: Actions | None = None
    ) -> None:
        self._bus, self._health = bus, health
        self.line = Line(broker)
        self._actions = actions
        self._last = last_execution
        self._booked: deque[str] = deque(filter(None, [last_execution]), maxlen=REMEMBERED)
        self._unsure: str | None = None
        self.under_way: set[str] = set()
        self._collecting = asyncio.Lock()
        self._idle = asyncio.Event()
        self._idle.set()
        self.disputed = Disputed(bus, self.line)
        self.transfers = Transfers(bus, self.line, health, self.at_rest)

    async def __call__(self, done: Done) -> None:
        for event in done.events:
            try:
                await self._heard(event)
            except Exception as error:  # the others go on; what was left is asked about while the engine recovers
                self._health.fails(f"an order could not be carried out: {type(error).__name__}")
                log.exception("execution.failed", event_kind=type(event).__name__)

    async def _heard(self, event: e.Event) -> None:
        if isinstance(event, e.OrderIntended):
            await self.send(event.order)
        elif isinstance(event, e.OrderUpdated) and event.order.status is OrderStatus.CANCELLING:
            await self.cancel(event.order)
        elif isinstance(event, e.CashMoved | e.AccountReset):
            await self._transferred(event)

    @asynccontextmanager
    async def at_rest(self) -> AsyncIterator[None]:
        """Wait until no order is on its way; inside, no execution is being booked either."""
        await self._idle.wait()
        async with self._collecting:
            yield

    @property
    def _held_back(self) -> bool:
        return self._begins_anew or bool(self._bus.unrecorded)

    @property
    def _begins_anew(self) -> bool:
        return any(transfer.resets for transfer in self._bus.state.transfers)

    async def _transferred(self, event: e.CashMoved | e.AccountReset) -> None:
        """Have it booked; orders that came while the broker had yet to begin anew are sent then."""
        await self.transfers.book()
        held = list(self._bus.state.orders.values()) if event.transfer.resets else []
        for order in held:
            if order.status is OrderStatus.INTENDED:
                await self.send(order)

    async def send(self, order: Order) -> None:
        """Give the broker one order and book what came of it; what was withdrawn meanwhile is cancelled then.

        One that has ended or was withdrawn by now is not sent any more, nor is an entry while the engine is stopped or
        unwell; none is while nothing can be recorded.
        """
        identity = order.client_order_id
        if identity in self.under_way or identity not in self._bus.state.orders or self._held_back:
            return
        self.under_way.add(identity)
        self._idle.clear()
        try:
            await self._sent(order)
        finally:
            self.under_way.discard(identity)
            if not self.under_way:
                self._idle.set()
        now = self._bus.state.orders.get(identity)
        if now is not None and now.status is OrderStatus.CANCELLING:
            await self.cancel(now)

    async def _sent(self, meant: Order) -> None:
        order = await self._still_meant(meant.client_order_id)
        if order is None:
            return
        against = self._against(order)
        if against is not None:
            await self._record(order.client_order_id, OrderStatus.CANCELLED, against.code)
            return
        log.info("order.submitted", client_order_id=order.client_order_id, ticker=order.ticker, shares=order.shares)
        try:
            receipt = await self.line.submit(order)
        except Rejected as no:
            await self._record(order.client_order_id, OrderStatus.REJECTED, str(no))
        except Unavailable as silence:
            self._health.fails(f"the broker did not answer: {silence}")
            await self._record(order.client_order_id, OrderStatus.IN_DOUBT, "no answer")
        else:
            await self.settle(receipt)

    async def _still_meant(self, identity: str) -> Order | None:
        """The order as it is once the account is known to be ours; None where it was withdrawn or may not go now."""
        if not await self._bus.holds() or self._held_back:
            return None
        order = self._bus.state.orders.get(identity)
        return None if order is None or order.status is OrderStatus.CANCELLING else order

    def _against(self, order: Order) -> Skip | None:
        """What stands against giving an entry to the broker at this instant; exits go."""
        if order.side is Side.SELL:
            return None
        if self._bus.latch.thrown() or self._bus.state.killed_at or self._bus.owed:
            return Skip.KILLED
        return None if self._health.ok else Skip.DEGRADED

    async def cancel(self, order: Order) -> None:
        """Ask the broker to cancel; an order that it never saw is cancelled already."""
        if order.client_order_id in self.under_way or not await self._bus.holds():
            return
        try:
            receipt = await self.line.cancel(order.client_order_id)
        except Rejected:
            if self.line.may_arrive(order.client_order_id):
                return
            receipt = Receipt(client_order_id=order.client_order_id, status=OrderStatus.CANCELLED, why=order.why)
        except Unavailable as silence:
            self._health.fails(f"the broker did not answer: {silence}")
            return
        await self.settle(receipt)

    async def settle(self, receipt: Receipt) -> None:
        """Book a receipt: its fills first, so that an order never ends before they are counted.

        One whose executions are still to come stays as it is until they have.
        """
        counted = await self.collect()
        order = self._bus.state.orders.get(receipt.client_order_id)
        if order is None or receipt.status is OrderStatus.FILLED:
            return
        if not receipt.status.is_open and receipt.filled_shares > order.filled_shares:
            return
        if counted or receipt.status.is_open:
            await self._record(receipt.client_order_id, receipt.status, receipt.why)

    async def collect(self) -> bool:
        """Book every execution that the broker has and we do not, in its order, each once; false if that failed.

        A split or dividend is taken before the first execution of its session, as the broker did, and at the latest
        when all executions are booked.
        """
        before = self._last
        while True:
            async with self._collecting:
                booked, next_at = await self._collected()
            # outside: what an action cancels is settled by collecting, too
            if not booked or not await self._taken(next_at):
                return False
            if next_at is None:
                await self._sold_late(before)
                return True

    async def _sold_late(self, before: str | None) -> None:
        """After the owner had all sold, what was filled since then is sold at once; outside, for selling collects."""
        if self._last != before and self._bus.state.flatten_at is not None:
            await self._bus.do(c.Flatten())

    async def behind(self) -> bool:
        """Whether a split or dividend is in force that is not booked; false while the market does not say."""
        return bool(await self._due(None))

    async def _collected(self) -> tuple[bool, datetime | None]:
        """Whether all could be booked, and the instant of the execution that an action has to come before."""
        if self._begins_anew:
            return False, None
        fills = await self._told()
        if fills is None:
            return False, None
        told, early = deque(fill.execution_id for fill in fills), list[Fill]()
        for fill in chain(fills, early):
            if await self._due(fill.at) != ():
                return True, fill.at
            if self._is_early(fill) and fill not in early:
                early.append(fill)
                continue
            untold = [one for one in fills if one.ticker == fill.ticker and one.execution_id not in self._booked]
            if not await self._book(fill, sum(map(moves, untold))):
                return False, None
            self._booked.append(fill.execution_id)
            while told and told[0] in self._booked:  # whatever was told before is booked, too
                self._last = told.popleft()
        return True, None

    def _is_early(self, fill: Fill) -> bool:
        """Whether this sells what others that are told with it may have bought."""
        held = self._bus.state.positions.get(fill.ticker)
        return fill.side is Side.SELL and (held is None or held.shares < fill.shares)

    async def _told(self) -> Sequence[Fill] | None:
        """What the broker has executed since; None where it did not answer, or does not know the last that we have."""
        try:
            return await self.line.fills(self._last)
        except Unavailable as silence:
            self._health.fails(f"the broker did not answer: {silence}")
        except Rejected:
            if self._last is not None and is_untouched(self._bus.state):
                self._last = None
                return await self._told()
            self._health.fails(ANOTHER_BOOK)
        return None

    async def _due(self, until: datetime | None) -> tuple[CorporateAction, ...] | None:
        """Splits and dividends to be booked by then; None while the market does not say."""
        if self._actions is None:
            return ()
        try:
            return await self._actions.due(until)
        except Unavailable as silence:
            self._health.fails(f"no prices: {silence}")
            return None

    async def _taken(self, until: datetime | None) -> bool:
        """Whether none of them is left to be booked."""
        due = await self._due(until)
        return due == () or (due is not None and self._actions is not None and await self._actions.take(due))

    async def _book(self, fill: Fill, untold: int) -> bool:
        """Whether the fill is now in our books; false leaves it to the next collection. One that comes again is."""
        if fill.execution_id in self._booked:
            return True
        outcome = await self._bus.do(c.RecordFill(fill=fill))
        if not isinstance(outcome, Refused) or outcome.code is Refusal.ALREADY_DONE:
            return True
        if fill.execution_id == self._unsure and outcome.code in BOOKED_BEFORE:
            return True
        if self._begins_anew:  # of an order that ended when the account began anew
            return False
        if outcome.code is Refusal.NOT_KNOWN:
            late = await self.disputed.settled(fill, untold)
            return late is None or await self._given_up(fill, late)
        return await self._given_up(fill, outcome)

    async def _given_up(self, fill: Fill, outcome: Refused) -> bool:
        """Whether a fill that was refused is done with: its ticker is frozen then, unless it can be booked later."""
        log.error("fill.refused", execution_id=fill.execution_id, code=outcome.code.value)
        if outcome.code in NOT_STORED:
            self._unsure = fill.execution_id if outcome.code is Refusal.MAYBE_STORED else self._unsure
            self._health.fails(str(outcome.facts.get("why", "a fill could not be stored")))
            return False
        return await self.disputed.froze(fill.ticker) is not None

    async def _record(self, client_order_id: str, status: OrderStatus, why: str = "") -> None:
        order = self._bus.state.orders.get(client_order_id)
        await self._bus.do(c.RecordOrder(client_order_id=client_order_id, status=status, why=why))
        if order is not None and order.side is Side.SELL and (status, why) == (OrderStatus.REJECTED, NO_SHARES):
            await self.disputed.lacks(order.ticker)
