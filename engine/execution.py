"""Orders and the broker: one send an intent, one booking a fill, and asking where the answer was lost."""

import asyncio
from typing import Final

import structlog

from engine.bus import Bus, Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.nouns import Fill, Order
from engine.core.refusals import Refusal, Refused
from engine.core.words import OrderStatus
from engine.look import Health
from engine.ports import Broker, Receipt, Rejected, Unavailable

log = structlog.get_logger(__name__)

DEADLINE_S: Final = 10.0
"""How long the broker may take over one order before it counts as in doubt."""


class Execution:
    """Listens to the bus and carries order intents out. An order is sent once; what is in doubt is only asked about.

    `under_way` names the orders that are on their way to the broker now: until it has answered, nobody else asks.
    """

    def __init__(self, bus: Bus, broker: Broker, health: Health, last_execution: str | None) -> None:
        self._bus, self._broker, self._health = bus, broker, health
        self._last = last_execution
        self.under_way: set[str] = set()
        self._collecting = asyncio.Lock()

    async def __call__(self, done: Done) -> None:
        for event in done.events:
            if isinstance(event, e.OrderIntended):
                await self.send(event.order)
            elif isinstance(event, e.OrderUpdated) and event.order.status is OrderStatus.CANCELLING:
                await self.cancel(event.order)

    async def send(self, order: Order) -> None:
        """Give the broker one order and book what came of it; what was withdrawn meanwhile is cancelled then."""
        identity = order.client_order_id
        if identity in self.under_way:
            return
        self.under_way.add(identity)
        try:
            await self._sent(order)
        finally:
            self.under_way.discard(identity)
        now = self._bus.state.orders.get(identity)
        if now is not None and now.status is OrderStatus.CANCELLING:
            await self.cancel(now)

    async def _sent(self, order: Order) -> None:
        log.info("order.submitted", client_order_id=order.client_order_id, ticker=order.ticker, shares=order.shares)
        try:
            receipt = await asyncio.wait_for(self._broker.submit(order), DEADLINE_S)
        except Rejected as no:
            await self._record(order.client_order_id, OrderStatus.REJECTED, str(no))
        except (Unavailable, TimeoutError) as silence:
            self._health.fails(f"the broker did not answer: {silence or 'no answer in time'}")
            await self._record(order.client_order_id, OrderStatus.IN_DOUBT, "no answer")
        else:
            await self.settle(receipt)

    async def cancel(self, order: Order) -> None:
        """Ask the broker to cancel; an order that it never saw is cancelled already."""
        if order.client_order_id in self.under_way:
            return
        try:
            receipt = await asyncio.wait_for(self._broker.cancel(order.client_order_id), DEADLINE_S)
        except Rejected:
            receipt = Receipt(client_order_id=order.client_order_id, status=OrderStatus.CANCELLED, why=order.why)
        except (Unavailable, TimeoutError) as silence:
            self._health.fails(f"the broker did not answer: {silence or 'no answer in time'}")
            return
        await self.settle(receipt)

    async def settle(self, receipt: Receipt) -> None:
        """Book a receipt: its fills first, so that an order never ends before they are counted."""
        counted = await self.collect()
        order = self._bus.state.orders.get(receipt.client_order_id)
        if order is None or receipt.status is OrderStatus.FILLED:
            return
        if counted or receipt.status.is_open:
            await self._record(receipt.client_order_id, receipt.status, receipt.why)

    async def collect(self) -> bool:
        """Book every execution that the broker has and we do not, in its order, each once; false if that failed."""
        async with self._collecting:
            try:
                fills = await asyncio.wait_for(self._broker.fills(self._last), DEADLINE_S)
            except (Unavailable, Rejected, TimeoutError) as silence:
                self._health.fails(f"the broker did not answer: {silence or 'no answer in time'}")
                return False
            for fill in fills:
                if not await self._book(fill):
                    return False
                self._last = fill.execution_id
        return True

    async def _book(self, fill: Fill) -> bool:
        """Whether the fill is now in our books; false leaves it to the next collection."""
        outcome = await self._bus.do(c.RecordFill(fill=fill))
        if not isinstance(outcome, Refused) or outcome.code is Refusal.ALREADY_DONE:
            return True
        log.error("fill.refused", execution_id=fill.execution_id, code=outcome.code.value)
        if outcome.code in (Refusal.STORE_DOWN, Refusal.NOT_READY):
            self._health.fails(str(outcome.facts.get("why", "a fill could not be stored")))
            return False
        shares = self._bus.state.positions.get(fill.ticker)
        await self._bus.do(c.FreezeTicker(ticker=fill.ticker, ours=shares.shares if shares else 0, theirs=fill.shares))
        return True

    async def _record(self, client_order_id: str, status: OrderStatus, why: str = "") -> None:
        await self._bus.do(c.RecordOrder(client_order_id=client_order_id, status=status, why=why))
