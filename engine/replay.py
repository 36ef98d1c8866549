"""Driving the loops by a replay's clock: from one moment at which something is due to the next."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from engine.bus import Done
from engine.core import commands as c
from engine.core.moments import Deadline, Due, Point, Times, begun, instant, next_deadline, next_run, owed
from engine.core.refusals import Refusal
from engine.core.session import Session
from engine.loops import Crew, Loop, breakers, expiries, rebalance, turn, watch
from engine.ports import Sessions
from engine.timetable import ASKING, DECIDING, MARKETS, SUMMARY, Row, Run, carried_out, sessions_near

PARTS: Final[frozenset[Loop]] = frozenset({watch, breakers, expiries, rebalance})
"""What a whole turn does anyway."""


class Hands(Protocol):
    """A clock that can be put forward."""

    def market(self) -> datetime: ...

    def advance(self, to: datetime) -> None: ...


class Instant(NamedTuple):
    """A moment of market time and what is due then, in the table's order."""

    at: datetime
    session: Session
    rows: tuple[Row, ...]


class Replay:
    """Walks the timetable of each session in turn, while nobody has been asked a question.

    `ends_at` is the close of the last session with prices. Between two prices only moments of a session and deadlines
    wake it. After a restart it begins with the moment at which the last commit was made: everything due then is looked
    at again, and what was done is found done.
    """

    def __init__(
        self, crew: Crew, clock: Hands, calendar: Sessions, ends_at: datetime, hold: Callable[[], bool]
    ) -> None:
        self._crew, self._clock, self._calendar = crew, clock, calendar
        self._ends_at, self._hold = ends_at, hold
        self._cut: Instant | None = None
        self._interval_s = 0
        self._late_s = 0.0
        self.wakes = 1
        self._fresh = True
        self.ended = False

    async def begin(self) -> None:
        """Let the sources speak of the session before the first one, as they would have after its close."""
        now = self._clock.market()
        earlier = [day for day in sessions_near(self._calendar, now) if day.closes_at <= now]
        await carried_out(self._crew, Run(ASKING, earlier[-1]))

    async def beat(self) -> None:
        """Go on to the next moment at which something is due, and run what belongs there."""
        self._late_s = self._crew.pulse.beaten()
        if self.ended or self._hold() or not self._crew.health.ok:
            return
        found = self._cut or self._coming(await self._times())
        if found is None:
            await self._end()
            return
        self._fresh = False
        self._clock.advance(max(found.at, self._clock.market()))
        await self._run(found)
        self._cut = None if self._crew.health.ok else found  # it comes again: what was done by then is found done
        await self._foretell()

    async def count(self) -> None:
        """Find out at how many moments of a session it wakes by timetable: `wakes`, at least one."""
        times = await self._times()
        session = begun(times.sessions, self._clock.market())
        at, wakes = session.opens_at - timedelta.resolution, 0
        while (due := self._timed(at, times)) is not None and due.session == session:
            at, wakes = due.at, wakes + 1
        self.wakes = max(wakes, 1)

    async def _times(self) -> Times:
        now, bus = self._clock.market(), self._crew.bus
        self._interval_s = self._interval_s or (await bus.scene()).interval_s
        return Times(sessions_near(self._calendar, now), bus.state, bus.policy, self._interval_s)

    def _coming(self, times: Times) -> Instant | None:
        """What is due next; None where no session with prices is left."""
        now = self._clock.market()
        late = owing(times, now)
        if late is not None:
            return Instant(now, late, (SUMMARY,))
        after = now - timedelta.resolution if self._fresh else now
        due = self._timed(after, times)
        if due is None:
            return None
        if self._fresh and due.at > now:  # a start begins where the last commit was made, whatever was due there
            return Instant(now, begun(times.sessions, now), (DECIDING,))
        deadline = next_deadline(times.state, now)
        at = due.at if deadline is None else min(due.at, deadline)
        rows = tuple(row for row in MARKETS if (one := next_run(row.whens, after, times)) and one.at == at)
        return Instant(at, due.session if at == due.at else begun(times.sessions, at), rows)

    def _timed(self, after: datetime, times: Times) -> Due | None:
        """What the timetable has next; None where its session has no prices any more."""
        whens = [when for row in MARKETS for when in row.whens if not isinstance(when, Deadline)]
        due = next_run(whens, after, times)
        return due if due is not None and due.session.closes_at <= self._ends_at else None

    async def _run(self, found: Instant) -> None:
        """Each row that is due, and nothing twice: a whole turn stands for all its parts."""
        asked = {loop for row in found.rows for loop in row.loops}
        done = PARTS if turn in asked else frozenset[Loop]()
        for row in found.rows:
            await carried_out(self._crew, Run(row, found.session, self._late_s, done, self._well))
            done = done.union(row.loops)
            if not self._well():
                return

    async def _foretell(self) -> None:
        """Note when each row comes next, by the market's time."""
        times, now = await self._times(), self._clock.market()
        for row in MARKETS:
            due = next_run(row.whens, now, times)
            beat = self._crew.pulse.of(row.name)
            beat.by_market, beat.next_at = True, due.at if due is not None else None

    def _well(self) -> bool:
        return self._crew.health.ok

    async def _end(self) -> None:
        """Nothing is sold at the end of the data; it is said once, and questions go on being answered."""
        facts = {"last": self._ends_at}
        said = await self._crew.bus.do(c.Note(topic="replay_ended", facts=facts, key="replay_ended"))
        self.ended = isinstance(said, Done) or said.code is Refusal.ALREADY_DONE
        if self.ended:
            self._crew.pulse.expects(None)


def owing(times: Times, now: datetime) -> Session | None:
    """The session whose summary is owed although its hour is past; None where none is."""
    for session in reversed(times.sessions):
        if session.closes_at <= now:
            late = owed(times.state, session) and instant(Point.SUMMARY, session, times) < now
            return session if late else None
    return None
