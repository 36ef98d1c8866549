"""Signs of life: kept in the store, where a guard reads them, and given to an address outside."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

import structlog

from engine.bus import Bus
from engine.look import Health
from engine.ports import Clock, Heartbeat, Store, Unavailable
from engine.pulse import Pulse

log = structlog.get_logger(__name__)

Ping: TypeAlias = Callable[[bool], None]
"""Tells somebody outside whether all is well; returns at once."""

BEAT: Final = "heartbeat"


def quietly(_healthy: bool) -> None:  # noqa: FBT001  # as `Ping` has it
    """Nobody outside wants to know."""


class Condition(NamedTuple):
    """What a sign of life says: people's time, and how the engine and its loops are."""

    clock: Clock
    health: Health
    pulse: Pulse | None = None

    def wrong(self) -> str:
        """What is wrong, in words; empty while all is well. A loop that hangs is wrong however well the rest is."""
        if not self.health.ok:
            return self.health.why or "the engine is not well"
        stuck = [one for one in self.pulse.ailments() if one.stuck] if self.pulse else []
        return "; ".join(f"{one.loop}: {one.kind} for {one.seconds:.0f} s" for one in stuck)


class Hold(NamedTuple):
    """Who holds an account, and the token under which he does."""

    holder: str
    fence: int


class Heart:
    """Beats for one account."""

    def __init__(self, bus: Bus, store: Store, condition: Condition, hold: Hold, ping: Ping = quietly) -> None:
        self._bus, self._store, self._condition, self._hold, self._ping = bus, store, condition, hold, ping
        self._lost = False

    async def beat(self) -> None:
        """Keep a sign of life. A store that does not take it is told to the outside, and logged once."""
        try:
            await self._store.beat(self._sign())
        except Unavailable as silence:
            if not self._lost:
                log.warning("heartbeat.not_kept", error=str(silence))
            self._lost = True
        else:
            self._lost = False
        self._ping(not self._condition.wrong() and not self._lost)

    async def last(self) -> None:
        """The last beat: stopped in good order, so that nobody is woken. Raises Unavailable."""
        await self._store.beat(self._sign(stopped=True))

    def _sign(self, *, stopped: bool = False) -> Heartbeat:
        wrong = self._condition.wrong()
        return Heartbeat(
            account=self._bus.state.account,
            at=self._condition.clock.wall(),
            market_at=self._bus.state.market_at,
            healthy=not wrong,
            why=wrong,
            stopped=stopped,
            **self._hold._asdict(),
        )
