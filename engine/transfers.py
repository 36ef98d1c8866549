"""Money on its way to the broker and out of it: one booking a transfer, whatever became of the answer."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

import structlog

from engine.bus import Bus
from engine.core import commands as c
from engine.core.nouns import Transfer
from engine.core.refusals import Refusal, Refused
from engine.core.state import State
from engine.line import Line
from engine.look import Health
from engine.ports import Rejected, Unavailable

log = structlog.get_logger(__name__)

NOT_STORED: Final = (Refusal.STORE_DOWN, Refusal.MAYBE_STORED, Refusal.NOT_READY, Refusal.FENCED)


def is_untouched(state: State) -> bool:
    """Whether nothing was traded since the account began anew: its broker's executions are told from the first."""
    return state.reset_at is not None and not state.positions and state.cash == state.contributed


class Transfers:
    """Brings open transfers to the broker; one whose answer was lost is brought again under the same name.

    `at_rest` is entered before the broker's book is emptied: inside it nothing is on its way to the broker. Whoever
    holds `booking` can compare both books while no money moves between them.
    """

    def __init__(
        self, bus: Bus, line: Line, health: Health, at_rest: Callable[[], AbstractAsyncContextManager[None]]
    ) -> None:
        self._bus, self._line, self._health, self._at_rest = bus, line, health, at_rest
        self.booking = asyncio.Lock()

    async def book(self) -> bool:
        """Have the broker book what is open; false, with the reason in health, where broker or store did not answer."""
        async with self.booking:
            for transfer in self._bus.state.transfers:
                if not (await self._bus.holds() and await self._settled(transfer)):
                    return False
        return True

    async def _settled(self, transfer: Transfer) -> bool:
        """Whether the broker answered; what it refuses stays open, and is asked again when books are compared."""
        try:
            booked = await self._taken(transfer)
        except Unavailable as silence:
            self._health.fails(f"the broker did not answer: {silence}")
            return False
        return not booked or await self._recorded(transfer)

    async def _taken(self, transfer: Transfer) -> bool:
        """Whether the broker has it in its book now; where it has too little, entries stop as for any difference."""
        try:
            await self._sent(transfer)
        except Rejected as no:
            log.error("transfer.refused", transfer_id=transfer.id, why=str(no))  # noqa: TRY400  # a no is no bug
            if transfer.resets:  # until it has begun anew, nothing can be sent to it and nothing heard
                self._health.fails(f"the broker does not begin anew: {no}")
            theirs = await self._line.holdings()
            ours = self._bus.state.cash - sum(one.amount for one in self._bus.state.transfers)
            await self._bus.do(c.NoteDifference(ours=ours, theirs=theirs.cash))
            return False
        return True

    async def _sent(self, transfer: Transfer) -> None:
        if not transfer.resets:
            await self._line.transfer(transfer)
            return
        async with self._at_rest():
            await self._line.transfer(transfer)

    async def _recorded(self, transfer: Transfer) -> bool:
        outcome = await self._bus.do(c.RecordTransfer(transfer_id=transfer.id))
        if isinstance(outcome, Refused) and outcome.code in NOT_STORED:
            self._health.fails(str(outcome.facts.get("why", "a transfer could not be stored")))
            return False
        return True
