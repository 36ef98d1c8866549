"""Acting at once on what changes protection: it is looked at again before whoever brought that has his answer."""

from collections.abc import Iterable
from typing import Final

from engine.bus import Bus, Done
from engine.core import commands as c
from engine.core.decide import safeguards
from engine.core.events import Decided, EarningsImported, Event, EventMarked, PreferencesChanged
from engine.core.untried import untried
from engine.core.words import Origin

NEWS: Final = (EventMarked, EarningsImported)
"""What may bring stops nearer, whoever says it."""

ORDERED: Final = frozenset({Origin.OWNER, Origin.PROPOSAL, Origin.REBALANCE, Origin.FLATTEN})
"""Trades that a person's word began outside a turn; what was filled at once is booked when they are told."""


class Enforce:
    """Listens to the bus. After a change of settings by a person, breakers, exits and stops follow the new limits.

    After news of market events or earnings, they follow these. After a person's orders breakers follow their fills.

    What buys waits for its own time, and what the engine put back is followed by the turn that put it back.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def __call__(self, done: Done) -> None:
        if any(by_person(event) or isinstance(event, NEWS) or ordered(event) for event in done.events):
            await self._all_done()

    async def _all_done(self) -> None:
        """Everything that is due, each thing once, looked for anew after each change."""
        bus, tried = self._bus, set[str]()
        while await self._changed_by(untried(safeguards(bus.state, await bus.scene(), bus.policy), tried)):
            pass

    async def _changed_by(self, due: Iterable[c.Command]) -> bool:
        """Do the first of these that changes anything; false if none does."""
        for command in due:
            if isinstance(await self._bus.do(command), Done):
                return True
        return False


def by_person(event: Event) -> bool:
    return isinstance(event, PreferencesChanged) and not event.ended


def ordered(event: Event) -> bool:
    return isinstance(event, Decided) and event.decision.acts and event.decision.origin in ORDERED
