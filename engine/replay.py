"""Driving the loops by a replay's clock: from one moment at which something is due to the next."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from engine.bus import Done
from engine.core import commands as c
from engine.core.judge.waiting import given_up_at, waits
from engine.core.refusals import Refusal
from engine.core.session import Session
from engine.core.state import State
from engine.core.timing import summary_at
from engine.loops import LOOPS, Crew, Loop, Occasion, timetable, turn
from engine.ports import Sessions

log = structlog.get_logger(__name__)

TURNS: Final = frozenset(occasion for occasion, loops in LOOPS.items() if turn in loops)
"""Moments that look at deadlines anyway."""

LONGEST_GAP: Final = timedelta(days=14)


class Hands(Protocol):
    """A clock that can be put forward."""

    def market(self) -> datetime: ...

    def advance(self, to: datetime) -> None: ...


class Replay:
    """Walks the timetable of each session in turn, while nobody has been asked a question.

    `ends_at` is the close of the last session with prices. After a restart it begins with the moment at which the last
    commit was made: everything due then is looked at again, and what was done is found done.
    """

    def __init__(
        self, crew: Crew, clock: Hands, calendar: Sessions, ends_at: datetime, hold: Callable[[], bool]
    ) -> None:
        self._crew, self._clock, self._calendar = crew, clock, calendar
        self._ends_at, self._hold = ends_at, hold
        self._due: deque[tuple[datetime, Occasion, Session]] = deque()
        self._failing: set[str] = set()
        self._fresh = True
        self.ended = False

    async def begin(self) -> None:
        """Let the sources speak of the session before the first one, as they would have after its close."""
        now = self._clock.market()
        earlier = [day for day in self._around(now) if day.closes_at <= now]
        await self._run(LOOPS[Occasion.AFTER_CLOSE], earlier[-1])

    async def beat(self) -> None:
        """Go on to the next moment at which something is due, and run what belongs there."""
        if self.ended or self._hold() or not self._crew.health.ok:
            return
        self._retime()
        if not self._due and not self._filled():
            await self._end()
            return
        at, occasion, session = self._due[0]
        deadline = next_deadline(self._crew.bus.state, self._clock.market())
        if deadline is not None and (deadline < at or (deadline == at and occasion not in TURNS)):
            at, occasion = deadline, Occasion.DEADLINE
            self._due.appendleft((at, occasion, session))
        self._clock.advance(max(at, self._clock.market()))
        await self._run(LOOPS[occasion], session)
        if self._crew.health.ok:  # else the moment comes again: what was done by then is found done
            self._due.popleft()

    def _around(self, now: datetime) -> Sequence[Session]:
        return self._calendar.sessions((now - LONGEST_GAP).date(), (now + LONGEST_GAP).date())

    def _retime(self) -> None:
        """The summary that is still to come moves at once when the owner sets another hour or zone."""
        preferences = self._crew.bus.state.preferences
        for place, (_, occasion, session) in enumerate(self._due):
            if occasion is Occasion.SUMMARY:
                at = summary_at(session, self._after(session), preferences)
                self._due[place] = (at, occasion, session)

    def _after(self, session: Session) -> Sequence[Session]:
        days = self._calendar.sessions(session.date, (session.closes_at + LONGEST_GAP).date())
        return [day for day in days if day.date > session.date]

    def _filled(self) -> bool:
        """Whether there is a session left; its moments from now on are then due."""
        now = self._clock.market()
        for session in self._around(now):
            if session.closes_at > self._ends_at:
                return False
            self._due.extend(self._moments(session, now))
            if self._due:
                self._resume(now)
                return True
        return False

    def _moments(self, session: Session, now: datetime) -> Iterator[tuple[datetime, Occasion, Session]]:
        """What is still to come of a session; a summary that is owed comes although its hour is past."""
        state, policy = self._crew.bus.state, self._crew.bus.policy
        for at, occasion in timetable(session, self._after(session), policy, state.preferences):
            ahead = at > now or (self._fresh and at == now)
            if occasion is Occasion.SUMMARY:
                ahead = owed(state, session) or (ahead and not summarised(state, session))
            if ahead:
                yield at, occasion, session

    def _resume(self, now: datetime) -> None:
        """A start begins where the last commit was made, also where that was no moment of the timetable."""
        at, _, session = self._due[0]
        if self._fresh and at > now:
            self._due.appendleft((now, Occasion.DEADLINE, session))
        self._fresh = False

    async def _end(self) -> None:
        """Nothing is sold at the end of the data; it is said once, and questions go on being answered."""
        facts = {"last": self._ends_at}
        said = await self._crew.bus.do(c.Note(topic="replay_ended", facts=facts, key="replay_ended"))
        self.ended = isinstance(said, Done) or said.code is Refusal.ALREADY_DONE

    async def _run(self, loops: tuple[Loop, ...], session: Session) -> None:
        for loop in loops:
            try:
                await loop(self._crew, session)
                self._failing.discard(loop.__name__)
            except Exception as error:  # a loop's failure is its own: logged, told once, run again next time
                log.exception("loop.failed", loop=loop.__name__)
                await self._tell_failure(loop.__name__, error)
            if not self._crew.health.ok:
                return

    async def _tell_failure(self, name: str, error: Exception) -> None:
        if name in self._failing:
            return
        self._failing.add(name)
        facts = {"loop": name, "error": type(error).__name__}
        await self._crew.bus.do(c.Note(topic="loop_error", facts=facts))


def owed(state: State, session: Session) -> bool:
    """Whether this session has ended, and the owner was not told yet how it went."""
    recorded = state.last is not None and state.last.session == session.date == state.tally.session
    return recorded and not state.tally.summarised


def summarised(state: State, session: Session) -> bool:
    """Whether the owner was told how this session went; older ones than the newest are not remembered."""
    return state.tally.session == session.date and state.tally.summarised


def next_deadline(state: State, now: datetime) -> datetime | None:
    """The nearest market time after `now` at which something ends or is due by itself; None when nothing is.

    Pauses, cooldowns and settings for a time end, market events begin and end, entry orders have waited long enough,
    parts of entries and the end of micro-trades are due.
    """
    ends = [breaker.until for breaker in state.breakers.values()]
    ends.append(state.pause.until if state.pause else None)
    ends += [term.until for term in state.terms]
    ends += [at for event in state.market_events for at in (event.starts_at, event.ends_at)]
    ends += [plan.next_at for plan in state.tranches if plan.left]
    ends += [position.expires_at for position in state.positions.values()]
    ends += [given_up_at(order, state.preferences) for order in state.orders.values() if waits(order)]
    return min((end for end in ends if end is not None and end > now), default=None)
