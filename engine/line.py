"""The line to the broker: every call has a deadline that holds, and named instants before and after what it does."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import structlog

from engine import crash
from engine.core.nouns import Fill, Order, Transfer
from engine.ports import Broker, Holdings, Receipt, Unavailable

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

DEADLINE_S: Final = 10.0
"""How long the broker may take over one call before nothing is known of it."""
NO_ANSWER: Final = "no answer in time"


@contextmanager
def instants_of(what: str) -> Iterator[None]:
    """The named points around one call, however it ends."""
    crash.reached(f"before_{what}")
    try:
        yield
    finally:
        crash.reached(f"after_{what}")


class Line:
    """One attempt a call. What takes longer than `deadline_s` seconds is given up, and Unavailable raised at once.

    A call that was given up is cancelled; one that goes on all the same may yet do what it was asked to. What it
    answers then is not listened to: only asking tells.
    """

    def __init__(self, broker: Broker, deadline_s: float = DEADLINE_S) -> None:
        self.deadline_s = deadline_s
        self.broker = broker
        self._given_up: dict[asyncio.Task[Any], str] = {}

    def may_arrive(self, client_order_id: str) -> bool:
        """Whether an attempt to place this order was given up and has not come to its end."""
        return client_order_id in self._given_up.values()

    async def submit(self, order: Order) -> Receipt:
        with instants_of("send"):
            return await self._asked(self.broker.submit(order), order.client_order_id)

    async def cancel(self, client_order_id: str) -> Receipt:
        with instants_of("cancel"):
            return await self._asked(self.broker.cancel(client_order_id))

    async def transfer(self, transfer: Transfer) -> None:
        with instants_of("transfer"):
            await self._asked(self.broker.transfer(transfer))

    async def find(self, client_order_id: str) -> Receipt | None:
        return await self._asked(self.broker.find(client_order_id))

    async def fills(self, after: str | None) -> Sequence[Fill]:
        return await self._asked(self.broker.fills(after))

    async def holdings(self) -> Holdings:
        return await self._asked(self.broker.holdings())

    async def _asked(self, call: Coroutine[Any, Any, Answer], placing: str = "") -> Answer:
        """The answer, if it comes in time; asyncio's own time-out would wait for a call that cannot be cancelled."""
        task = asyncio.ensure_future(call)
        try:
            await asyncio.wait({task}, timeout=self.deadline_s)
        finally:
            if not task.done():
                self._give_up(task, placing)
        if not task.done():
            raise Unavailable(NO_ANSWER)
        try:
            return task.result()
        except OSError as error:
            raise Unavailable(str(error) or NO_ANSWER) from error

    def _give_up(self, task: asyncio.Task[Any], placing: str) -> None:
        self._given_up[task] = placing
        task.add_done_callback(self._ended)
        task.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        placing = self._given_up.pop(task)
        if not task.cancelled():
            log.warning("broker.answered_late", client_order_id=placing, error=str(task.exception() or ""))
