"""Driving a fleet by a replay's clock: the engine's own timetable, walked once for all accounts."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from time import monotonic
from typing import Final

from engine.core.moments import Due, Every, Point, Times, begun, instant, next_run, seconds
from engine.core.nouns import AccountId
from engine.core.policy import Policy
from engine.core.session import Session
from engine.core.state import State
from engine.fleet import Fleet
from engine.ports import Market, Sessions
from engine.replay import Hands
from engine.timetable import ASKING, MARKETS, PEOPLES, SIGNING, SUMMARY, Row, sessions_near

SHARED: Final = tuple(row for row in MARKETS if row is not SUMMARY)
"""Rows that come at the same instant for everybody; a summary has its owner's hour."""


AFTERWARDS: Final = timedelta(hours=8)
"""How long after the last close what belongs to that session still comes."""


TENDING: Final = tuple(row for row in PEOPLES if row.name != SIGNING)
"""Loops of people's time that every account needs while it runs; checkpoints are the whole database's."""

AT_ONCE: Final = frozenset({"lapse questions", "tell of trouble", "recover"})
"""Those that cost nothing where nothing is the matter: they run each time."""


class FleetReplay:
    """Goes from one moment to the next: a row of the timetable, somebody's deadline, somebody's summary."""

    def __init__(  # noqa: PLR0913, PLR0917  # what a fleet lives by
        self,
        fleet: Fleet,
        clock: Hands,
        market: Market,
        calendar: Sessions,
        policy: Policy,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        """`ticks` are seconds of a clock that only goes forward."""
        self.fleet, self._clock, self._market = fleet, clock, market
        self._calendar, self._policy = calendar, policy
        self._after = clock.market() - timedelta.resolution
        self._ticks, self._tended = ticks, dict[str, float]()
        self.ended = False

    async def beat(self) -> None:
        """Go on to the next moment, and run what belongs there."""
        near = sessions_near(self._calendar, self._after)
        rows = self._rows(near)
        summaries = self._summaries(near)
        moments = [due.at for due, _ in rows] + [due.at for due in summaries.values()]
        deadline = self.fleet.deadlines.next()
        at = min([*moments, *([max(deadline, self._after)] if deadline else [])], default=None)
        ends_at = self._market.ends_at
        if at is None or (ends_at is not None and at > ends_at + AFTERWARDS):
            self.ended = True
            return
        self._clock.advance(max(at, self._clock.market()))
        await self.fleet.prices()
        for due, row in rows:
            if due.at == at:
                await self._run(row, due.session)
        told = [name for name, due in summaries.items() if due.at == at]
        if told:
            await self.fleet.row(SUMMARY, summaries[told[0]].session, told)
        self._after = at

    async def tend(self) -> None:
        """What people's time brings, each at its own pace; to be called about once a second by whoever hosts a fleet.

        Questions lapse, kill switches are heeded, trouble is told, whoever is unwell tries to recover, orders are asked
        about, both books are compared, and signs of life are kept.
        """
        near = sessions_near(self._calendar, self._clock.market())
        session, times = begun(near, self._clock.market()), self._times(near)
        for row in TENDING:
            if self._is_due(row, times):
                await self.fleet.row(row, session)

    def _is_due(self, row: Row, times: Times) -> bool:
        """Whether so long has passed since this row ran last; the first time it is due at once."""
        now, last = self._ticks(), self._tended.get(row.name)
        pace_s = min(seconds(when.pace, times) for when in row.whens if isinstance(when, Every))
        if row.name not in AT_ONCE and last is not None and now - last < pace_s:
            return False
        self._tended[row.name] = now
        return True

    def _times(self, near: Sequence[Session]) -> Times:
        return Times(near, State(account=""), self._policy, self._market.interval_s)

    def _rows(self, near: Sequence[Session]) -> list[tuple[Due, Row]]:
        times = self._times(near)
        found = ((next_run(row.whens, self._after, times), row) for row in SHARED)
        return [(due, row) for due, row in found if due is not None]

    def _summaries(self, near: Sequence[Session]) -> dict[AccountId, Due]:
        """The next summary of each account: looked for only between a close and the next open."""
        ended = [place for place, session in enumerate(near) if session.closes_at <= self._after]
        if not ended:
            return {}
        session, times = near[ended[-1]], self._times(near)
        due = {
            name: Due(instant(Point.SUMMARY, session, times._replace(state=crew.bus.state)), session)
            for name, crew in self.fleet.crews.items()
        }
        return {name: one for name, one in due.items() if one.at > self._after}

    async def _run(self, row: Row, session: Session) -> None:
        if row is ASKING:
            await self.fleet.ask(session)
        else:
            await self.fleet.row(row, session)
