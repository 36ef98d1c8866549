"""Driving the loops by people's time: whatever the table has, at its hour, late rather than never, once."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from engine.bus import Done
from engine.core import commands as c
from engine.core import events as e
from engine.core.moments import At, Deadline, On, Pace, Point, Times, begun, instant, next_run, owed, summarised
from engine.core.session import Session
from engine.core.words import Severity
from engine.loops import Crew
from engine.ports import Clock, Sessions
from engine.pulse import Ran
from engine.timetable import Row, Run, carried_out, sessions_near

log = structlog.get_logger(__name__)

AGAIN: Final = timedelta(seconds=30)
"""When a run is tried again that trouble broke off."""

LOOK_AGAIN: Final = timedelta(hours=1)
"""When to look again, where nothing is due in sight."""


class Timer(Protocol):
    """What calls at an hour that it asks for."""

    def add(
        self, name: str, after: Callable[[datetime], datetime], run: Callable[[datetime], Awaitable[None]]
    ) -> None: ...

    def soon(self, run: Callable[[], Awaitable[None]]) -> None: ...

    def retime(self, *names: str) -> None: ...


class Live:
    """Runs these rows of the timetable at their hours, and at once after what they wait for.

    A run that comes late is made up for once: after a night asleep the last session has its snapshot and summary still.
    One that belongs to a session is left out when the next has begun, and that is told.
    """

    def __init__(self, crew: Crew, clock: Clock, calendar: Sessions, timer: Timer, rows: Sequence[Row]) -> None:
        self._crew, self._clock, self._calendar, self._timer = crew, clock, calendar, timer
        self._rows = {row.name: row for row in rows}
        self._ran_for: dict[str, datetime] = {}
        self._broken_off: dict[str, datetime] = {}
        self._again: set[str] = set()

    def begin(self) -> None:
        """Have every row called at its time."""
        self._crew.pulse.know(self._rows)
        for name in self._rows:
            self._timer.add(name, self._next_of(name), self._run_of(name))

    async def make_up(self) -> None:
        """Run what the session that ended last is owed, as after a time in which no process was there."""
        now = self._clock.wall()
        for row in self._rows.values():
            times = self._times()  # anew: a summary is owed once the snapshot is there
            at = owed_since(row, begun(times.sessions, now), times)
            if at is not None and at <= now:
                await self._due(row, at)

    async def run(self, name: str) -> bool:
        """Run a row now; false while it runs already."""
        return await self._carried_out(self._rows[name], self._clock.wall()) is not Ran.AWAY

    def retime(self) -> None:
        """Ask anew when each row runs next, as after a jump of the clock."""
        self._timer.retime()

    def happens(self, what: On) -> None:
        """Run at once whatever waits for this; a row that is under way runs once more when it ends."""
        for row in self._rows.values():
            if what in row.whens and self._wanted(what, row):
                self._soon(row)

    async def __call__(self, done: Done) -> None:
        """Listen to the bus: things that happen call their rows, and what moves a deadline times them anew."""
        for what in sorted({what for event in done.events if (what := occasion(event))}, key=lambda one: one.value):
            self.happens(what)
        moved = [name for name, row in self._rows.items() if follows_the_account(row)]
        if moved:
            self._timer.retime(*moved)

    def _wanted(self, what: On, row: Row) -> bool:
        """Figures follow each price only where the owner wants that."""
        follows = what is On.PRICE and any(getattr(when, "pace", None) is Pace.FIGURES for when in row.whens)
        return self._crew.bus.state.preferences.performance.realtime_pnl if follows else True

    def _soon(self, row: Row) -> None:
        async def run() -> None:
            if await self._carried_out(row, self._clock.wall()) is Ran.AWAY:
                self._again.add(row.name)

        self._timer.soon(run)

    def _next_of(self, name: str) -> Callable[[datetime], datetime]:
        row = self._rows[name]

        def after(instant: datetime) -> datetime:
            at = self._next(row, instant)
            self._crew.pulse.of(name).next_at = at
            return at

        return after

    def _next(self, row: Row, after: datetime) -> datetime:
        """When to call for this row: when it is due, when to try it again, or when to look again."""
        if once_a_session(row):  # not a second time for the same hour, where the clock was put back
            after = max(after, self._ran_for.get(row.name, after))
        due = next_run(row.whens, after, self._times())
        at = due.at if due else after + LOOK_AGAIN
        return min(at, after + AGAIN) if row.name in self._broken_off else at

    def _run_of(self, name: str) -> Callable[[datetime], Awaitable[None]]:
        return lambda at: self._called(self._rows[name], at)

    async def _called(self, row: Row, at: datetime) -> None:
        """Run what is due at this hour, or was broken off before."""
        at = self._broken_off.get(row.name, at)
        due = next_run(row.whens, at - timedelta.resolution, self._times(at))
        if due is not None and due.at == at:
            await self._due(row, at)

    async def _due(self, row: Row, at: datetime) -> None:
        self._ran_for[row.name] = at
        self._broken_off.pop(row.name, None)
        session = begun(self._times(at).sessions, at)
        if row.of_its_session and begun(self._times().sessions, self._clock.wall()) != session:
            await self._missed(row, session)
        elif await self._carried_out(row, at) is Ran.CUT and once_a_session(row):
            self._broken_off[row.name] = at
            self._timer.retime(row.name)

    async def _carried_out(self, row: Row, at: datetime) -> Ran:
        late_s = max(0.0, (self._clock.wall() - at).total_seconds())
        ran = await carried_out(self._crew, Run(row, begun(self._times(at).sessions, at), late_s))
        if ran is not Ran.AWAY and row.name in self._again:
            self._again.discard(row.name)
            self._soon(row)
        return ran

    async def _missed(self, row: Row, session: Session) -> None:
        """The next session has begun: what belongs to the last one cannot be known any more."""
        log.error("loop.missed", loop=row.name, session=str(session.date))
        facts = {"loop": row.name, "session": session.date}
        await self._crew.bus.do(c.Note(topic="loop_missed", facts=facts, key=f"missed-{row.name}-{session.date}"))

    def _times(self, at: datetime | None = None) -> Times:
        bus = self._crew.bus
        return Times(sessions_near(self._calendar, at or self._clock.wall()), bus.state, bus.policy)


def once_a_session(row: Row) -> bool:
    return any(isinstance(when, At) for when in row.whens)


def follows_the_account(row: Row) -> bool:
    """Whether what happens to an account can move the row's next run."""
    return any(
        isinstance(when, Deadline)
        or (isinstance(when, At) and when.point is Point.SUMMARY)
        or getattr(when, "severe", False)
        or getattr(when, "pace", None) is Pace.FIGURES
        for when in row.whens
    )


def owed_since(row: Row, session: Session, times: Times) -> datetime | None:
    """When this row was due in a session that may have passed without it; None where it is not owed.

    What a session is asked once can be asked again: what was done is found done.
    """
    points = [when.point for when in row.whens if isinstance(when, At)]
    if Point.CLOSE in points:
        last = times.state.last
        recorded = last is not None and last.session >= session.date
        return None if recorded else session.closes_at
    if Point.SUMMARY in points:
        told = summarised(times.state, session) or not owed(times.state, session)
        return None if told else instant(Point.SUMMARY, session, times)
    return instant(Point.AFTER_CLOSE, session, times) if Point.AFTER_CLOSE in points else None


def occasion(event: e.Event) -> On | None:
    """What an event is to the loops; None where none of them waits for it."""
    if isinstance(event, e.Filled):
        return On.FILL
    if isinstance(event, e.RecommendationReceived):
        return On.ARRIVAL
    return On.SEVERE if isinstance(event, e.EventMarked) and event.event.severity is Severity.HIGH else None
