"""One turn of the engine: look, decide, do, until nothing is left to do."""

from collections.abc import Callable, Iterable

import structlog

from engine.bus import Bus, Done
from engine.core import commands as c
from engine.core import oldest
from engine.core.decide import due, safeguards
from engine.core.judge.waiting import day_is_over, waits
from engine.core.nouns import Order, Recommendation
from engine.core.policy import Policy
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.untried import untried
from engine.defaults import Then, nothing
from engine.execution import Execution
from engine.look import Health
from engine.ports import Rejected, Unavailable

log = structlog.get_logger(__name__)

ENTERING = (c.Consider, c.BuyTranche, c.TrimPositions)


class Step:
    """Runs decisions through the bus; one that fails is stored as such and never stops the others."""

    def __init__(self, bus: Bus, execution: Execution, health: Health) -> None:
        self._bus, self._execution, self._health = bus, execution, health
        self._failing: set[str] = set()

    async def run(self) -> None:
        """Everything that is due at this instant, each thing once, decided anew after each change.

        So a breaker stands before the next entry, and a turn that was cut short goes on as if it had not been. While a
        split could not be booked nothing is decided: its prices and what is held do not belong together.
        """
        await self.part(due)

    async def part(self, due: Callable[[State, Scene, Policy], Iterable[c.Command]]) -> None:
        """As `run`, for these alone of all that may be due."""
        await self._begun()
        if not await self._execution.collect() and await self._execution.behind():
            return
        await self._days_over()
        await self._all_done(due)

    async def take_in(self, wanted: Recommendation) -> Done | Refused | None:
        """Keep a recommendation that arrives and, where it is the first thing due, its decision, in one transaction.

        What comes of it waits to be told, and the rest of the turn to be run, by `go_on`. None where it raised.
        """
        await self._begun()
        follows = nothing if not self._health.ok or await self._execution.behind() else self._first(wanted)
        try:
            return await self._bus.keep(c.ReceiveRecommendation(recommendation=wanted), follows)
        except Exception:  # a bug: logged, and this recommendation is lost to this account alone
            log.exception("decision.failed", command="ReceiveRecommendation")
            return None

    async def go_on(self, done: Done) -> None:
        """Tell what `take_in` has stored, and do what else is due."""
        await self._bus.tell(done)
        await self.run()

    def _first(self, wanted: Recommendation) -> Then:
        def first(state: State, scene: Scene) -> c.Command | None:
            found = next(iter(due(state, scene, self._bus.policy)), None)
            return found if found == c.Consider(recommendation_id=wanted.id) else None

        return first

    async def protect(self) -> None:
        """What is due of all that protects and buys nothing, after what came outside a turn, such as a late fill."""
        await self._begun()
        if not await self._execution.behind():
            await self._all_done(safeguards)

    async def _all_done(self, due: Callable[[State, Scene, Policy], Iterable[c.Command]]) -> None:
        """Each thing once, looked for anew after each change."""
        tried: set[str] = set()
        found = await self._found(due)
        while await self._changed_by(untried(found, tried)):
            found = await self._found(due)

    async def _found(self, due: Callable[[State, Scene, Policy], Iterable[c.Command]]) -> Iterable[c.Command]:
        scene = await self._bus.scene()
        return self._execution.disputed.not_again(due(self._bus.state, scene, self._bus.policy), scene.at)

    async def _begun(self) -> None:
        """A new session's tally begins before its first fills are booked."""
        scene = await self._bus.scene()
        if self._bus.state.tally.session != scene.day.date:
            await self._outcome(c.BeginSession())

    async def _days_over(self) -> None:
        """Ask the broker about entries whose session has ended."""
        waiting = [order for order in oldest.orders(self._bus.state) if waits(order)]
        scene = await self._bus.scene() if waiting else None
        for order in waiting:
            if scene is not None and day_is_over(order, scene):
                await self._ask(order)

    async def _ask(self, order: Order) -> None:
        """Book what became of an order that the broker has taken; where it does not answer, it is asked again."""
        try:
            receipt = await self._execution.line.find(order.client_order_id)
        except (Unavailable, Rejected) as silence:
            self._health.fails(f"the broker did not answer: {silence}")
            return
        if receipt is not None:
            await self._execution.settle(receipt)

    async def _changed_by(self, commands: Iterable[c.Command]) -> bool:
        """Do the first of these that changes anything; false if none does. While unwell, entries wait."""
        for command in commands:
            if isinstance(command, ENTERING) and not self._health.ok:
                return False
            if isinstance(await self._outcome(command), Done):
                return True
        return False

    async def take(self, command: c.Command) -> None:
        """Do one command of a loop; that it was done before is no news."""
        await self._outcome(command)

    async def _outcome(self, command: c.Command) -> Done | Refused | None:
        """What came of a command; None where it raised."""
        try:
            outcome = await self._done(command)
        except Exception as error:  # a bug in one decision: stored, counted, and the turn goes on
            log.exception("decision.failed", command=type(command).__name__)
            return await self._abandoned(command, error)
        self._failing.discard(type(command).__name__)
        return outcome

    async def _done(self, command: c.Command) -> Done | Refused:
        outcome = await self._bus.do(command)
        if isinstance(outcome, Refused) and outcome.code in (Refusal.STORE_DOWN, Refusal.MAYBE_STORED):
            self._health.fails(str(outcome.facts.get("why", "the store is down")))
        return outcome

    async def _abandoned(self, command: c.Command, error: Exception) -> Done | Refused | None:
        """A recommendation whose evaluation raised becomes a skip; any other failure is told until it is over: once."""
        why = type(error).__name__
        if isinstance(command, c.Consider):
            return await self._bus.do(c.AbandonRecommendation(recommendation_id=command.recommendation_id, error=why))
        name = type(command).__name__
        if name not in self._failing:
            self._failing.add(name)
            await self._bus.do(c.Note(topic="loop_error", facts={"loop": name, "error": why}))
        return None
