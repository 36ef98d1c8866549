"""The loops: what the engine does of itself, and when. One table for market time, one for people's time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from engine.bus import Bus, Done
from engine.core import commands as c
from engine.core.announce import announced
from engine.core.announcement import Announcement, Moment
from engine.core.events import Noted
from engine.core.judge.ground import Ground
from engine.core.judge.strategies import reviews
from engine.core.policy import Policy
from engine.core.preferences import Preferences
from engine.core.questions import open_questions
from engine.core.session import Session
from engine.core.timing import AFTER_CLOSE, summary_at, window
from engine.look import Health
from engine.ports import RecommendationSource
from engine.reconcile import Reconcile
from engine.step import Step

Cry: TypeAlias = Callable[[Announcement], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Crew:
    """What loops work with; `criers` tell the owner what cannot be stored for him."""

    bus: Bus
    step: Step
    reconcile: Reconcile
    sources: Sequence[RecommendationSource]
    health: Health
    criers: list[Cry] = field(default_factory=list)


class Occasion(Enum):
    """Moments of a session at which something is due."""

    PRICE = "a new price"
    WINDOW = "the entry window opens"
    CLOSE = "the session closes"
    AFTER_CLOSE = "closes are known"
    SUMMARY = "the day is told"
    DEADLINE = "a cooldown, pause or wait ends, or the next part of an entry is due"


async def turn(crew: Crew, _session: Session) -> None:
    """Stops, breakers, recommendations: one turn of the engine."""
    await crew.step.run()


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


async def reconcile(crew: Crew) -> None:
    """Bring both books together, and look at what protects after any fill that was booked by it."""
    await compared(crew)


async def compared(crew: Crew) -> bool:
    """As `reconcile`; false while the broker does not answer."""
    before = crew.bus.state.seq
    agreed = await crew.reconcile.run()
    if crew.bus.state.seq != before:
        await crew.step.protect()
    return agreed


async def alarm(crew: Crew) -> None:
    """Trouble is told as soon as it is noticed: stored like all news, or only said where that cannot be."""
    if crew.health.told:
        return
    facts = {"why": crew.health.why}
    if isinstance(await crew.bus.do(c.Note(topic="engine_degraded", facts=facts)), Done):
        crew.health.told = True
        return
    scene, state = await crew.bus.scene(), crew.bus.state
    told = announced((Noted(topic="engine_degraded", facts=facts),), Moment(state, state, scene))
    for cry in crew.criers:
        await cry(told[0])
        crew.health.told = True


async def recover(crew: Crew) -> None:
    """While degraded: try again; entries are allowed once prices arrive and both books were brought together.

    A kill switch that is owed comes first: nothing may be sent before it stands.
    """
    if crew.health.ok:
        return
    why = crew.health.why
    if crew.bus.owed is not None:
        await crew.bus.do(crew.bus.owed)
    if crew.bus.owed is not None:
        return
    if not await compared(crew):
        return
    await crew.bus.scene()
    if not crew.health.hears:
        return
    if isinstance(await crew.bus.do(c.Note(topic="engine_recovered", facts={"why": why})), Done):
        crew.health.recovers()


Loop = Callable[[Crew, Session], Awaitable[None]]

LOOPS: Final[Mapping[Occasion, tuple[Loop, ...]]] = MappingProxyType(
    {
        Occasion.PRICE: (turn,),
        Occasion.WINDOW: (turn,),
        Occasion.DEADLINE: (turn,),
        Occasion.CLOSE: (turn, snapshot, move_tier, review),
        Occasion.AFTER_CLOSE: (recommend,),
        Occasion.SUMMARY: (summary,),
    }
)


class WallLoop(NamedTuple):
    """A loop of people's time: it runs every so many seconds, whatever the market does."""

    name: str
    every_s: float
    run: Callable[[Crew], Awaitable[None]]


async def lapse(crew: Crew) -> None:
    """Questions that nobody answered in time end."""
    if open_questions(crew.bus.state):
        await crew.step.run()


WALL_LOOPS: Final[tuple[WallLoop, ...]] = (
    WallLoop("lapse questions", 1.0, lapse),
    WallLoop("tell of trouble", 1.0, alarm),
    WallLoop("recover", 30.0, recover),
    WallLoop("reconcile with the broker", 900.0, reconcile),
)


def timetable(
    session: Session, upcoming: Sequence[Session], policy: Policy, preferences: Preferences
) -> list[tuple[datetime, Occasion]]:
    """What is due in one session, in order; `upcoming` are those after it."""
    return [
        (session.opens_at, Occasion.PRICE),
        (window(session, policy)[0], Occasion.WINDOW),
        (session.closes_at, Occasion.CLOSE),
        (session.closes_at + AFTER_CLOSE, Occasion.AFTER_CLOSE),
        (summary_at(session, upcoming, preferences), Occasion.SUMMARY),
    ]
