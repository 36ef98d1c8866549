"""Our book against the broker's: orders whose fate is unknown are asked about, differences freeze what they touch."""

from collections.abc import Iterable
from typing import Final

import structlog

from engine.bus import Bus
from engine.core import commands as c
from engine.core.judge.ground import Ground
from engine.core.judge.safety import is_safe_still
from engine.core.judge.waiting import given_up_at, waits
from engine.core.judge.withdraw import ordered_by_owner
from engine.core.nouns import Order
from engine.core.state import State
from engine.core.timing import in_window
from engine.core.units import Ticker
from engine.core.words import OrderStatus, Side
from engine.execution import Execution
from engine.look import Health
from engine.ports import Holdings, Rejected, Unavailable

log = structlog.get_logger(__name__)

ATTEMPTS: Final = 5
"""A fill while both books are read moves one of them: then they are read again, so many times."""

BOOKS_MOVED: Final = "books_moved"
"""What is wrong where they never stood still to be held together."""

ASKED_ABOUT: Final = (OrderStatus.ACCEPTED, OrderStatus.CANCELLING)


class Reconcile:
    """Runs at start, on a timer and after any trouble with the broker; until it worked the engine enters nothing."""

    def __init__(self, bus: Bus, execution: Execution, health: Health) -> None:
        self._bus, self._execution, self._health = bus, execution, health
        self._all_told = False
        self._left: frozenset[str] = frozenset()
        bus.freshen = self.freshen

    async def run(self) -> bool:
        """Bring both books together; false, with the reason in health, when the broker or store did not answer."""
        try:
            if not (
                await self._bus.find_out()
                and await self._execution.transfers.book()
                and await self._execution.collect()
            ):
                return False
            for order in list(self._bus.state.orders.values()):
                await self._settled(order)
            async with self._execution.transfers.booking:
                return await self._compared()
        except (Unavailable, Rejected) as error:
            self._health.fails(f"the broker's book could not be read: {error}")
            log.warning("reconcile.failed", error=str(error))
            return False

    async def freshen(self) -> bool:
        """Hold both books together now; false where nobody can tell what the broker's numbers will be."""
        self._all_told = False
        return await self.run() and self._all_told

    async def ask(self) -> None:
        """Learn how orders stand that the broker took and has not ended: a refusal that came late is heard here.

        One that was meant and never went out is settled, too: at once where it sells, when it is found so a second time
        where it buys, for until then it may be about to.
        """
        left, self._left = self._left, frozenset(self._bus.state.orders)
        try:
            for order in list(self._bus.state.orders.values()):
                if order.status in ASKED_ABOUT or order.side is Side.SELL or order.client_order_id in left:
                    await self._settled(order)
        except (Unavailable, Rejected) as error:
            self._health.fails(f"the broker could not be asked about an order: {error}")

    async def _settled(self, order: Order) -> None:
        """Ask what became of an open order; one that the broker never saw is sent now or given up.

        An entry that it has taken and does not know at present is left to the end of its waiting.
        """
        if order.client_order_id in self._execution.under_way:
            return
        receipt = await self._execution.line.find(order.client_order_id)
        if receipt is not None and order.status is OrderStatus.CANCELLING and receipt.status.is_open:
            await self._execution.cancel(order)
        elif receipt is not None:
            await self._execution.settle(receipt)
        elif self._execution.line.may_arrive(order.client_order_id) or waits(order):
            return
        elif await self._still_wanted(order):
            await self._execution.send(order)
        else:
            why = order.why if order.status is OrderStatus.CANCELLING else "not_sent"
            status = OrderStatus.CANCELLED
            await self._bus.do(c.RecordOrder(client_order_id=order.client_order_id, status=status, why=why))

    async def _still_wanted(self, order: Order) -> bool:
        """Exits always; entries only in the session, window and wait they were meant for, with nothing against them.

        While the engine is not well they are given up, and where they are not safe or cost more than they were to.
        """
        if order.status is OrderStatus.CANCELLING or order.side is Side.SELL:
            return order.status is not OrderStatus.CANCELLING
        state, scene = self._bus.state, await self._bus.scene()
        paused = state.pause is not None and not ordered_by_owner(state, order)
        stopped = state.killed_at or self._bus.owed or paused or state.difference(None) or not self._health.ok
        barred = order.ticker in state.frozen or any(ticker in (None, order.ticker) for _, ticker in state.breakers)
        in_time = scene.day.opens_at <= order.intended_at and scene.at < given_up_at(order, state.preferences)
        ready = not (stopped or barred) and in_time and in_window(scene, self._bus.policy)
        return ready and is_safe_still(order, Ground(state, scene, self._bus.policy))

    async def _compared(self) -> bool:
        """Hold both books together while neither moves; false where fills could not be counted, or one always moved."""
        for _ in range(ATTEMPTS):
            ours, theirs = our_book(self._bus.state), await self._execution.line.holdings()
            if not await self._execution.collect():
                return False
            if our_book(self._bus.state) == ours:
                await self._differences(ours, theirs)
                return True
        self._health.fails(BOOKS_MOVED)
        return False

    async def _differences(self, ours: Holdings, theirs: Holdings) -> None:
        """Each difference is told once and stops entries where it is: in one ticker, or, for cash, everywhere.

        A ticker on which both agree again is thawed. What executions explain that are still to be told is none.
        """
        untold = await self._untold() if theirs != ours else {}
        self._all_told = not untold
        for ticker in sorted({*theirs.shares, *ours.shares, *self._bus.state.frozen}):
            held, there = ours.shares.get(ticker, 0), theirs.shares.get(ticker, 0)
            if not explained(there - held, untold.get(ticker, ())):
                await self._bus.do(c.FreezeTicker(ticker=ticker, ours=held, theirs=there))
            elif held == there and ticker in self._bus.state.frozen:
                await self._bus.do(c.ThawTicker(ticker=ticker))
        if untold:
            return
        if theirs.cash != ours.cash:
            log.error("reconcile.cash", ours=ours.cash, theirs=theirs.cash)
        if theirs.cash != ours.cash or self._bus.state.difference(None) is not None:
            await self._bus.do(c.NoteDifference(ours=ours.cash, theirs=theirs.cash))

    async def _untold(self) -> dict[Ticker, list[int]]:
        """Shares bought (+) and sold (−) of open orders of which the broker has yet to tell the executions."""
        untold: dict[Ticker, list[int]] = {}
        for order in list(self._bus.state.orders.values()):
            receipt = await self._execution.line.find(order.client_order_id)
            if receipt is not None and receipt.filled_shares > order.filled_shares:
                more = receipt.filled_shares - order.filled_shares
                untold.setdefault(order.ticker, []).append(more if order.side is Side.BUY else -more)
        return untold


def explained(difference: int, untold: Iterable[int]) -> bool:
    """Whether so many shares more or fewer come of these, all or some of which the broker had counted by then."""
    moves = (0, *untold)
    return sum(min(one, 0) for one in moves) <= difference <= sum(max(one, 0) for one in moves)


def our_book(state: State) -> Holdings:
    """What the account says it has, as the broker would put it: without money that it has yet to book."""
    shares = {ticker: position.shares for ticker, position in state.positions.items()}
    return Holdings(cash=state.cash - sum(one.amount for one in state.transfers), shares=shares)
