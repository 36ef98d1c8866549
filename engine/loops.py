"""The loops: what the engine does of itself; engine/timetable.py says when."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import structlog

from engine.bus import Bus, Done
from engine.core import commands as c
from engine.core import rounds
from engine.core.announce import announced
from engine.core.announcement import Announcement, Moment
from engine.core.decide import rebalancing
from engine.core.events import Noted
from engine.core.judge.ground import Ground
from engine.core.judge.strategies import reviews
from engine.core.questions import open_questions
from engine.core.session import Session
from engine.core.valuation import reference
from engine.look import Health
from engine.ports import RecommendationSource
from engine.pulse import PROTECTING, Figures, Pulse
from engine.reconcile import Reconcile
from engine.step import Step

log = structlog.get_logger(__name__)

PATIENCE_S: Final = 5.0
"""How long news of trouble may take to be stored before it is only said."""

Cry: TypeAlias = Callable[[Announcement], Awaitable[None]]
Chore: TypeAlias = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Crew:
    """What loops work with; `criers` tell the owner what cannot be stored for him.

    `chores` are what the wiring alone can do, by the name of their row; a row without its chore does nothing.
    """

    bus: Bus
    step: Step
    reconcile: Reconcile
    sources: Sequence[RecommendationSource]
    health: Health
    criers: list[Cry] = field(default_factory=list)
    pulse: Pulse = field(default_factory=Pulse)
    chores: dict[str, Chore] = field(default_factory=dict)
    patience_s: float = PATIENCE_S


Loop: TypeAlias = Callable[[Crew, Session], Awaitable[None]]


async def turn(crew: Crew, _session: Session) -> None:
    """Stops, breakers, recommendations: one turn of the engine."""
    await crew.step.run()


async def watch(crew: Crew, _session: Session) -> None:
    """What stops, targets and limits of single positions ask for."""
    await crew.step.part(rounds.stops)


async def breakers(crew: Crew, _session: Session) -> None:
    """Breakers of the account, on what it is worth now."""
    await crew.step.part(rounds.breakers)


async def figures(crew: Crew, _session: Session) -> None:
    """Make the account's figures anew, and tell marks that were passed."""
    ground = Ground(crew.bus.state, await crew.bus.scene(), crew.bus.policy)
    crew.pulse.figures = Figures(ground.scene.at, ground.worth.equity, ground.worth.equity - reference(ground.state))
    await crew.step.part(rounds.figures)


async def expiries(crew: Crew, _session: Session) -> None:
    """Parts of entries, micro-trades, waiting orders and all else whose time has come."""
    await crew.step.part(rounds.expiries)


async def rebalance(crew: Crew, _session: Session) -> None:
    """The week's look at what is over its limits."""
    await crew.step.part(lambda state, scene, policy: rebalancing(Ground(state, scene, policy)))


async def prepare(crew: Crew, _session: Session) -> None:
    """Have correlations, ATR and the days to earnings reckoned before the session needs them."""
    await crew.bus.scene()


async def snapshot(crew: Crew, _session: Session) -> None:
    await crew.step.take(c.TakeSnapshot())


async def move_tier(crew: Crew, _session: Session) -> None:
    """The tier in force follows how the account has done."""
    await crew.step.take(c.MoveTier())


async def review(crew: Crew, _session: Session) -> None:
    """Strategies that lost too much are paused."""
    for command in reviews(Ground(crew.bus.state, await crew.bus.scene(), crew.bus.policy)):
        await crew.step.take(command)


async def recommend(crew: Crew, session: Session) -> None:
    """Ask every source what it thinks after this close; whom nobody listens to gets his answer at the gates."""
    for source in crew.sources:
        for wanted in await source.recommend(session):
            await crew.step.take(c.ReceiveRecommendation(recommendation=wanted))


async def summary(crew: Crew, _session: Session) -> None:
    await crew.step.take(c.Summarise())


async def heed(crew: Crew) -> None:
    """A kill switch thrown outside the engine is the account's own from now on: by its file or in the store."""
    if crew.bus.latch.asks(crew.bus.state) is None:
        await crew.bus.holds()
    who = crew.bus.latch.asks(crew.bus.state)
    if who is not None and crew.bus.owed is None:
        await crew.bus.do(c.StopEverything(who=who))


async def reconcile(crew: Crew) -> None:
    """Bring both books together, and look at what protects after any fill that was booked by it."""
    await compared(crew)


async def ask(crew: Crew) -> None:
    """How orders stand that wait at the broker, and what protects after any fill that was booked by it."""
    before = crew.bus.state.seq
    if crew.health.ok and crew.bus.state.orders:
        await crew.reconcile.ask()
    if crew.bus.state.seq != before:
        await crew.step.protect()


async def compared(crew: Crew) -> bool:
    """As `reconcile`; false while the broker does not answer."""
    before = crew.bus.state.seq
    agreed = await crew.reconcile.run()
    if crew.bus.state.seq != before:
        await crew.step.protect()
    return agreed


async def alarm(crew: Crew) -> None:
    """Trouble is told as soon as it is noticed: stored like all news, or only said where that cannot be."""
    if crew.bus.fenced is not None:
        crew.health.gives_up(crew.bus.fenced)
    if not crew.health.told:
        topic = "account_fenced" if crew.health.lost else "engine_degraded"
        crew.health.told = await _told(crew, topic, {"why": crew.health.why})
    stuck = {one.loop: one for one in crew.pulse.ailments() if one.stuck}
    for name in sorted(stuck.keys() - crew.pulse.told_stuck):
        topic = "protection_hangs" if name in PROTECTING else "loop_hangs"
        if await _told(crew, topic, {"loop": name, "seconds": round(stuck[name].seconds)}):
            crew.pulse.told_stuck.add(name)
    for name in sorted(crew.pulse.told_stuck - stuck.keys()):
        if await _told(crew, "loop_goes_on", {"loop": name}):
            crew.pulse.told_stuck.discard(name)


async def _told(crew: Crew, topic: str, facts: dict[str, object]) -> bool:
    """Tell something: stored like all news, or only said where that cannot be, or hangs; false if nobody heard it."""
    try:
        async with asyncio.timeout(crew.patience_s):
            if isinstance(await crew.bus.do(c.Note(topic=topic, facts=facts)), Done):
                return True
    except TimeoutError:
        log.warning("trouble.not_stored", topic=topic)
    scene, state = crew.bus.last_scene or await crew.bus.scene(), crew.bus.state
    told = announced((Noted(topic=topic, facts={**facts, "unsold": True}),), Moment(state, state, scene))
    for cry in crew.criers:
        await cry(told[0])
    return bool(crew.criers)


async def regain(crew: Crew) -> None:
    """A store that records nothing is tried again soon: no stop waits longer for it than it must."""
    if crew.bus.unrecorded and crew.bus.fenced is None and await crew.bus.find_out():
        await recover(crew)


async def hold(crew: Crew) -> None:
    """Learn it soon when another process runs the account, also while there is nothing to store."""
    await crew.bus.holds()


async def recover(crew: Crew) -> None:
    """While degraded: try again; entries are allowed once prices arrive and both books were brought together.

    A kill switch that is owed comes first: nothing may be sent before it stands. What fails meanwhile is trouble anew:
    it is tried again, and told where its end was told already.
    """
    if crew.health.ok or crew.bus.fenced is not None:
        return
    why, failures = crew.health.why, crew.health.failures
    if crew.bus.owed is not None:
        await crew.bus.do(crew.bus.owed)
    if crew.bus.owed is not None:
        return
    if not await compared(crew):
        await crew.step.protect()  # whatever the broker does, stops are watched while prices arrive
        return
    await crew.bus.scene()
    if not crew.health.hears or crew.health.failures > failures:
        return
    if not crew.health.why:  # another try was there first
        return
    if isinstance(await crew.bus.do(c.Note(topic="engine_recovered", facts={"why": why})), Done):
        if crew.health.failures > failures:
            crew.health.told = False
            return
        crew.health.recovers()


async def lapse(crew: Crew) -> None:
    """Questions that nobody answered in time end."""
    if open_questions(crew.bus.state):
        await crew.step.run()
