"""The one table of the engine's loops: what each is called, when it runs, and what it does."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple

import structlog

from engine.bus import Done
from engine.core import commands as c
from engine.core.moments import At, Deadline, Every, Hours, On, Pace, Point, When
from engine.core.session import Session
from engine.heart import BEAT
from engine.loops import (
    Crew,
    Loop,
    alarm,
    ask,
    breakers,
    expiries,
    figures,
    heed,
    hold,
    lapse,
    move_tier,
    prepare,
    rebalance,
    recommend,
    reconcile,
    recover,
    regain,
    review,
    snapshot,
    summary,
    turn,
    watch,
)
from engine.ports import Sessions
from engine.pulse import Ran

log = structlog.get_logger(__name__)

BREAKERS_S: Final = 300.0
SPANS: Final = tuple(timedelta(days=days) for days in (14, 7, 4, 1, 0))
"""How far ahead sessions are looked for; nearer where the calendar ends."""


class Whose(Enum):
    """Whose time a loop runs by; they are one where the market is live."""

    MARKET = "the market's"
    PEOPLE = "people's"


class Row(NamedTuple):
    """A loop: `loops` run one after the other, each whatever became of the one before.

    One `of_its_session` means nothing once the next session has begun: then it is not made up for.
    """

    name: str
    whens: tuple[When, ...]
    loops: tuple[Loop, ...]
    whose: Whose = Whose.MARKET
    of_its_session: bool = False


def anytime(run: Callable[[Crew], Awaitable[None]]) -> Loop:
    """A loop that asks for no session."""

    async def loop(crew: Crew, _session: Session) -> None:
        await run(crew)

    loop.__name__ = run.__name__
    return loop


def chore(name: str) -> Loop:
    """What the wiring has put under this name; nothing where it has not."""

    async def loop(crew: Crew, _session: Session) -> None:
        if name in crew.chores:
            await crew.chores[name]()

    loop.__name__ = name.replace(" ", "_")
    return loop


def of_people(name: str, pace: Pace | float, loop: Loop) -> Row:
    return Row(name, (Every(pace),), (loop,), Whose.PEOPLE)


SIGNING: Final = "sign a checkpoint"

TIMETABLE: Final[tuple[Row, ...]] = (
    Row("open the session", (At(Point.OPEN),), (turn,)),
    Row(
        "decide recommendations",
        (Every(Pace.POLLING, Hours.WINDOW), Deadline(), On.ARRIVAL, On.SEVERE),
        (turn,),
    ),
    Row(
        "watch stops",
        (Every(Pace.STOPS, Hours.SESSION), Every(Pace.FAST_STOPS, Hours.SESSION, severe=True), On.PRICE, On.SEVERE),
        (watch,),
    ),
    Row("breakers", (Every(BREAKERS_S, Hours.SESSION), On.FILL), (breakers,)),
    Row("figures", (Every(Pace.FIGURES, Hours.SESSION), On.PRICE), (figures,)),
    Row("parts and expiries", (Every(Pace.MICRO, Hours.SESSION),), (expiries,)),
    Row("rebalance", (At(Point.WINDOW),), (rebalance,), of_its_session=True),
    Row("snapshot and risk tier", (At(Point.CLOSE),), (turn, snapshot, move_tier, review), of_its_session=True),
    Row("ask strategies", (At(Point.AFTER_CLOSE),), (recommend,)),
    Row("daily summary", (At(Point.SUMMARY),), (summary,), of_its_session=True),
    Row("correlation and earnings", (At(Point.BEFORE_OPEN),), (prepare,)),
    of_people("lapse questions", 1.0, anytime(lapse)),
    of_people("kill switch", 1.0, anytime(heed)),
    of_people("tell of trouble", 1.0, anytime(alarm)),
    of_people("hold the account", 5.0, anytime(hold)),
    of_people("regain the store", 2.0, anytime(regain)),
    of_people("recover", 30.0, anytime(recover)),
    of_people("ask about orders", 60.0, anytime(ask)),
    of_people("reconcile with the broker", Pace.RECONCILE, anytime(reconcile)),
    of_people(SIGNING, 60.0, chore(SIGNING)),
    of_people(BEAT, 10.0, chore(BEAT)),
)
"""Every loop there is, in the order in which those run that are due together."""

MARKETS: Final = tuple(row for row in TIMETABLE if row.whose is Whose.MARKET)
PEOPLES: Final = tuple(row for row in TIMETABLE if row.whose is Whose.PEOPLE)
DECIDING: Final = next(row for row in TIMETABLE if row.name == "decide recommendations")
SUMMARY: Final = next(row for row in TIMETABLE if row.name == "daily summary")
ASKING: Final = next(row for row in TIMETABLE if row.name == "ask strategies")


def paced(rows: Sequence[Row], every_s: Mapping[str, float]) -> tuple[Row, ...]:
    """The same rows, those of these names every so many seconds."""
    return tuple(row._replace(whens=(Every(every_s[row.name]),)) if row.name in every_s else row for row in rows)


def sessions_near(calendar: Sessions, at: datetime) -> Sequence[Session]:
    """Sessions around an instant, as far ahead as the calendar goes, two weeks at most; none beyond it."""
    for ahead in SPANS:
        try:
            return calendar.sessions((at - SPANS[0]).date(), (at + ahead).date())
        except LookupError:
            continue
    return ()


class Run(NamedTuple):
    """One run of a row: for which session, how late in seconds, and what is left out of it.

    `goes_on` says whether the next of its loops may still run.
    """

    row: Row
    session: Session
    late_s: float = 0.0
    without: frozenset[Loop] = frozenset()
    goes_on: Callable[[], bool] = lambda: True


async def carried_out(crew: Crew, run: Run) -> Ran:
    """Run a row, unless it is under way; a failure is told once, and once that it is over."""
    ran = await crew.pulse.run(run.row.name, lambda: _all(crew, run), run.late_s)
    if ran in (Ran.WELL, Ran.FAILED):
        await _tell(crew, run.row.name, failed=ran is Ran.FAILED)
    return ran


async def _all(crew: Crew, run: Run) -> bool:
    """Every loop of a row, each whatever became of the others; raises the first failure when all have run."""
    failures: list[Exception] = []
    for loop in run.row.loops:
        if loop in run.without:
            continue
        try:
            await loop(crew, run.session)
        except Exception as error:  # a loop's failure is its own: the others run, and it is recorded then
            log.exception("loop.failed", loop=run.row.name, part=loop.__name__)
            failures.append(error)
        if not run.goes_on():
            break
    if failures:
        raise failures[0]
    return crew.health.ok


async def _tell(crew: Crew, name: str, *, failed: bool) -> None:
    """Say that a row fails, or that it does no more; what cannot be stored is said after the next run."""
    beat = crew.pulse.of(name)
    if failed == beat.told:
        return
    topic, facts = ("loop_error", {"error": beat.error}) if failed else ("loop_recovered", {})
    if isinstance(await crew.bus.do(c.Note(topic=topic, facts={"loop": name, **facts})), Done):
        beat.told = failed
