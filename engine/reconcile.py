"""Our book against the broker's: orders whose fate is unknown are asked about, differences freeze what they touch."""

import structlog

from engine.bus import Bus
from engine.core import commands as c
from engine.core.nouns import Order
from engine.core.timing import in_window
from engine.core.words import BreakerKind, OrderStatus, Side
from engine.execution import Execution
from engine.look import Health
from engine.ports import Broker, Rejected, Unavailable

log = structlog.get_logger(__name__)


class Reconcile:
    """Runs at start, on a timer and after any trouble with the broker; until it worked the engine enters nothing."""

    def __init__(self, bus: Bus, broker: Broker, execution: Execution, health: Health) -> None:
        self._bus, self._broker, self._execution, self._health = bus, broker, execution, health

    async def run(self) -> bool:
        """Bring both books together; false, with the reason in health, when the broker or store did not answer."""
        try:
            if not await self._execution.collect():
                return False
            for order in list(self._bus.state.orders.values()):
                await self._settled(order)
            await self._compared()
        except (Unavailable, Rejected, TimeoutError) as error:
            self._health.fails(f"the broker's book could not be read: {error}")
            log.warning("reconcile.failed", error=str(error))
            return False
        return True

    async def _settled(self, order: Order) -> None:
        """Ask what became of an open order; one that the broker never saw is sent now or given up."""
        receipt = await self._broker.find(order.client_order_id)
        if receipt is not None and order.status is OrderStatus.CANCELLING and receipt.status.is_open:
            await self._execution.cancel(order)
        elif receipt is not None:
            await self._execution.settle(receipt)
        elif await self._still_wanted(order):
            await self._execution.send(order)
        else:
            why = order.why if order.status is OrderStatus.CANCELLING else "not_sent"
            status = OrderStatus.CANCELLED
            await self._bus.do(c.RecordOrder(client_order_id=order.client_order_id, status=status, why=why))

    async def _still_wanted(self, order: Order) -> bool:
        """Exits always; entries only in the session and window they were meant for, with nothing against them since."""
        if order.side is Side.SELL:
            return True
        state, scene = self._bus.state, await self._bus.scene()
        stopped = state.killed_at or state.pause or order.status is OrderStatus.CANCELLING
        return not stopped and order.intended_at >= scene.day.opens_at and in_window(scene, self._bus.policy)

    async def _compared(self) -> None:
        """Hold shares and cash against the broker's; each difference is told once and stops entries where it is."""
        theirs, state = await self._broker.holdings(), self._bus.state
        for ticker in sorted({*theirs.shares, *state.positions}):
            ours = state.positions[ticker].shares if ticker in state.positions else 0
            if ours != theirs.shares.get(ticker, 0):
                await self._bus.do(c.FreezeTicker(ticker=ticker, ours=ours, theirs=theirs.shares.get(ticker, 0)))
        if theirs.cash != self._bus.state.cash:
            facts = {"ours": self._bus.state.cash, "theirs": theirs.cash}
            log.error("reconcile.cash", **facts)
            await self._bus.do(
                c.TripBreaker(
                    kind=BreakerKind.MANUAL,
                    ticker=None,
                    threshold=float(facts["ours"]),
                    actual=float(facts["theirs"]),
                )
            )
