"""Where the broker's word and our book do not go together: shares that it lacks, and executions that come late."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog

from engine.bus import Bus
from engine.core import commands as c
from engine.core.nouns import Fill
from engine.core.refusals import Refusal, Refused
from engine.core.units import Ticker
from engine.core.words import Side
from engine.line import Line
from engine.ports import Rejected, Unavailable

log = structlog.get_logger(__name__)

NO_SHARES: Final = "no_shares"
"""What a broker says of a sell of shares that it does not have."""
AGAIN: Final = timedelta(minutes=5)
"""Market time for which the engine does not repeat a sell that was refused so, though both books agree."""


class Disputed:
    """Asks the broker's own book wherever ours cannot be right."""

    def __init__(self, bus: Bus, line: Line) -> None:
        self._bus, self._line = bus, line
        self._refused: dict[Ticker, datetime] = {}

    async def lacks(self, ticker: Ticker) -> None:
        """The broker refused to sell what we hold: what it has is noted at once, and that alone is sold from then on.

        Where its book is as ours the same sell is not repeated for a while.
        """
        at = self._bus.state.market_at
        if await self.froze(ticker) or at is None:
            return
        self._refused[ticker] = at

    def not_again(self, due: Iterable[c.Command], at: datetime) -> Iterable[c.Command]:
        """These without exits that the broker refused a short while before `at`."""
        return (one for one in due if not isinstance(one, c.ExitPosition) or self._is_past(one.ticker, at))

    def _is_past(self, ticker: Ticker, at: datetime) -> bool:
        refused = self._refused.get(ticker)
        return refused is None or not timedelta(0) <= at - refused < AGAIN

    async def froze(self, ticker: Ticker, why: str = "") -> bool | None:
        """Freeze a ticker with both numbers as they are now; false where they agree, None where nobody answers."""
        theirs = await self.held_there(ticker)
        if theirs is None:
            return None
        ours = self.held_here(ticker)
        if ours != theirs:
            await self._bus.do(c.FreezeTicker(ticker=ticker, ours=ours, theirs=theirs, why=why))
        return ours != theirs

    def held_here(self, ticker: Ticker) -> int:
        held = self._bus.state.positions.get(ticker)
        return held.shares if held else 0

    async def held_there(self, ticker: Ticker) -> int | None:
        """The broker's shares now; None where it does not answer."""
        try:
            return (await self._line.holdings()).shares.get(ticker, 0)
        except (Unavailable, Rejected) as error:
            log.warning("holdings.unknown", error=str(error))
            return None

    async def settled(self, fill: Fill, untold: int) -> Refused | None:
        """Book a fill of an order that is not open; None where it is settled, the refusal where it is to come again.

        `untold` are the shares (bought +, sold −) of its ticker that this and later executions move. It is booked if it
        brings our book nearer to the broker's: what the owner took over by the broker's word comes no second time.
        """
        try:
            order = await self._bus.order(fill.client_order_id)
        except Unavailable as error:
            return Refused(Refusal.STORE_DOWN, {"why": str(error)})
        theirs = await self.held_there(fill.ticker)
        if theirs is None:
            return Refused(Refusal.NOT_READY, {"why": "the broker did not answer"})
        after, moved = self.held_here(fill.ticker) + untold, moves(fill)
        if order is not None and abs(after - theirs) < abs(after - moved - theirs):
            outcome = await self._bus.do(c.RecordFill(fill=fill, order=order))
            if not isinstance(outcome, Refused) or outcome.code is Refusal.ALREADY_DONE:
                return None
            if outcome.code not in (Refusal.NOT_HELD, Refusal.FILL_MISFITS):
                return outcome
        log.error("fill.of_no_open_order", execution_id=fill.execution_id, known=order is not None)
        if after - moved != theirs:
            why = "" if order is not None else "unknown_order"
            ours = self.held_here(fill.ticker)
            await self._bus.do(c.FreezeTicker(ticker=fill.ticker, ours=ours, theirs=theirs, why=why))
        return None


def moves(fill: Fill) -> int:
    """Shares that it brings (+) or takes (−)."""
    return fill.shares if fill.side is Side.BUY else -fill.shares
