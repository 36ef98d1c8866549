"""One turn of the engine: look, decide, do, until nothing is left to do."""

from collections.abc import Sequence

import structlog

from engine.bus import Bus, Done
from engine.core import commands as c
from engine.core.decide import decide
from engine.core.refusals import Refusal, Refused
from engine.execution import Execution
from engine.look import Health

log = structlog.get_logger(__name__)

ROUNDS = 6
"""What one turn sets off (a fill, a breaker) is looked at again at once, so many times at most."""


class Step:
    """Runs decisions through the bus; one that fails is stored as such and never stops the others."""

    def __init__(self, bus: Bus, execution: Execution, health: Health) -> None:
        self._bus, self._execution, self._health = bus, execution, health

    async def run(self) -> None:
        """Everything that is due at this instant; entries last, when what exits set off has been seen to."""
        await self._execution.collect()
        for _ in range(ROUNDS):
            commands = decide(self._bus.state, await self._bus.scene(), self._bus.policy)
            wishes = [command for command in commands if isinstance(command, c.Consider)]
            if await self._all([command for command in commands if command not in wishes]):
                continue
            if not await self._all(wishes):
                return

    async def _all(self, commands: Sequence[c.Command]) -> bool:
        """Do them in order, recommendations only while the engine is well; whether that changed anything."""
        done = False
        for command in commands:
            if self._health.ok or not isinstance(command, c.Consider):
                done |= isinstance(await self._do(command), Done)
        return done

    async def take(self, command: c.Command) -> None:
        """Do one command of a loop; that it was done before is no news."""
        await self._do(command)

    async def _do(self, command: c.Command) -> Done | Refused | None:
        try:
            outcome = await self._bus.do(command)
        except Exception as error:  # a bug in one decision: stored, counted, and the loop goes on
            log.exception("decision.failed", command=type(command).__name__)
            return await self._abandoned(command, error)
        if isinstance(outcome, Refused) and outcome.code is Refusal.STORE_DOWN:
            self._health.fails(str(outcome.facts.get("why", "the store is down")))
        return outcome

    async def _abandoned(self, command: c.Command, error: Exception) -> Done | Refused | None:
        """A recommendation whose evaluation raised becomes a skip; the error's kind goes into its trace."""
        if not isinstance(command, c.Consider):
            facts = {"loop": type(command).__name__, "error": type(error).__name__}
            return await self._bus.do(c.Note(topic="loop_error", facts=facts))
        wanted = command.recommendation_id
        return await self._bus.do(c.AbandonRecommendation(recommendation_id=wanted, error=type(error).__name__))
