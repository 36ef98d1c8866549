"""Splits and dividends: asked of the market, booked once each, before anything of their session."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from engine.bus import Bus
from engine.core import commands as c
from engine.core.happenings import CorporateAction
from engine.core.judge.actions import touches
from engine.core.refusals import Refusal, Refused
from engine.ports import Clock, Market

log = structlog.get_logger(__name__)

LOOKED_BACK: Final = timedelta(days=14)
"""How long before the last commit is asked again: a commit of the same session may have come first."""

BOOKED: Final = (Refusal.ALREADY_DONE, Refusal.NOT_KNOWN)
"""What is said of one that was booked meanwhile, or that touches nothing here any more."""


class Actions:
    """What the market says of splits and dividends, brought to the account."""

    def __init__(self, bus: Bus, market: Market, clock: Clock) -> None:
        self._bus, self._market, self._clock = bus, market, clock

    async def due(self, until: datetime | None = None) -> tuple[CorporateAction, ...]:
        """Those in force at `until` (market time; None: now) that touch the account and are not booked, in order.

        Raises Unavailable while the market does not answer.
        """
        state, now = self._bus.state, self._clock.market()
        at = min(until or now, now)
        found = await self._market.actions((state.market_at or at) - LOOKED_BACK, at)
        return tuple(one for one in found if one.id not in state.actions and touches(one, state))

    async def take(self, due: Sequence[CorporateAction]) -> bool:
        """Book these; false where one could not be stored."""
        for action in due:
            outcome = await self._bus.do(c.TakeAction(action=action))
            if isinstance(outcome, Refused) and outcome.code not in BOOKED:
                log.error("action.refused", action_id=action.id, code=outcome.code.value)
                return False
        return True
