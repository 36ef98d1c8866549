"""Many accounts on one process: one market, one store, each account for itself."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Final, NamedTuple

import structlog

from engine.bus import Done, Outcome
from engine.core import commands as c
from engine.core.moments import next_deadline
from engine.core.nouns import AccountId, Recommendation
from engine.core.session import Session
from engine.core.state import State
from engine.loops import Crew
from engine.nearest import Nearest
from engine.ports import RecommendationSource
from engine.sharing import SharedLook
from engine.timetable import Row, Run, carried_out

log = structlog.get_logger(__name__)

ABREAST: Final = 256
"""Accounts that are worked on at the same time, at most: four transactions' worth."""


class Reached(NamedTuple):
    """How many accounts a recommendation reached: kept it, had it already or refused it, failed.

    `stored_s` are the seconds after which all that was decided was on the disk; orders are sent after that.
    """

    kept: int
    refused: int
    failed: int
    stored_s: float


class Deadlines:
    """When each account has something due by itself; a listener of all buses."""

    def __init__(self) -> None:
        self._at: dict[AccountId, datetime] = {}
        self._heap: list[tuple[datetime, AccountId]] = []

    async def __call__(self, done: Done) -> None:
        self.begin(done.new)

    def begin(self, state: State) -> None:
        """Follow an account as it was loaded."""
        if state.market_at is not None:
            self.put(state.account, next_deadline(state, state.market_at))

    def put(self, account: AccountId, at: datetime | None) -> None:
        """Its next deadline, market time; None where nothing is due by itself."""
        if self._at.get(account) == at:
            return
        if at is None:
            self._at.pop(account, None)
        else:
            self._at[account] = at
            heapq.heappush(self._heap, (at, account))

    def next(self) -> datetime | None:
        """The nearest of all deadlines."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now: datetime) -> list[AccountId]:
        """Accounts whose deadline has come; whoever takes them says by `put` what is next."""
        found = set()
        while (at := self.next()) is not None and at <= now:
            account = heapq.heappop(self._heap)[1]
            del self._at[account]
            found.add(account)
        return sorted(found)


class Watch(NamedTuple):
    """What says which accounts a price or an instant concerns."""

    nearest: Nearest
    deadlines: Deadlines


class Fleet:
    """Lets each account take its turns; the failure of one is its own, and is told to its owner once."""

    def __init__(
        self, crews: Mapping[AccountId, Crew], look: SharedLook, watch: Watch, sources: Sequence[RecommendationSource]
    ) -> None:
        self.crews, self.look, self.sources = dict(crews), look, sources
        self.nearest, self.deadlines = watch
        self._now = monotonic
        self._round = asyncio.Lock()
        self._failing: set[tuple[AccountId, str]] = set()

    async def receive(self, wanted: Recommendation) -> Reached:
        """Bring a recommendation to every account: all decisions are stored before the first order is sent."""
        async with self._round:
            begun = self._now()
            kept = await self._kept(wanted)
            stored_s = self._now() - begun
            done = {name: outcome for name, outcome in kept.items() if isinstance(outcome, Done)}
            await self._each(done, "turn", lambda name, crew: crew.step.go_on(done[name]))
        refused = len(kept) - len(done)
        return Reached(len(done), refused, len(self.crews) - len(kept), stored_s)

    async def prices(self) -> list[AccountId]:
        """Prices are new: who holds what has reached a level, and who has something due, takes a turn."""
        async with self._round:
            before = self.look.quotes
            scene = await self.look.refresh()
            new = [(ticker, quote.price) for ticker, quote in scene.quotes.items() if before.get(ticker) != quote]
            concerned = {account for ticker, price in new for account in self.nearest.hit(ticker, price)}
            concerned |= {*self.deadlines.due(scene.at)}
            names = sorted(concerned)
            await self._each(names, "turn", turned)
            for name in names:
                self.deadlines.put(name, next_deadline(self.crews[name].bus.state, scene.at))
        return names

    async def row(self, row: Row, session: Session, names: Iterable[AccountId] | None = None) -> None:
        """A row of the timetable for every account, or for these."""
        async with self._round:
            chosen = self.crews if names is None else names
            await self._each(chosen, row.name, lambda _name, crew: carried_out(crew, Run(row, session)))

    async def ask(self, session: Session) -> None:
        """Ask every source once what it thinks after this close, and bring its answers to all accounts."""
        for source in self.sources:
            try:
                found = await source.recommend(session)
            except Exception as error:  # a bug in one strategy: logged, told once, and the others are asked
                log.exception("source.failed", source=source.name)
                await self._source_failed(source.name, error)
                continue
            self._failing.discard(("", source.name))
            for wanted in found:
                await self.receive(wanted)

    async def each(self, name: str, call: Callable[[Crew], Awaitable[object]]) -> None:
        """Something else for every account, under a name by which its failure is told."""
        async with self._round:
            await self._each(self.crews, name, lambda _name, crew: call(crew))

    async def _kept(self, wanted: Recommendation) -> dict[AccountId, Outcome]:
        kept: dict[AccountId, Outcome] = {}

        async def take_in(name: AccountId, crew: Crew) -> None:
            outcome = await crew.step.take_in(wanted)
            if outcome is not None:
                kept[name] = outcome

        await self._each(self.crews, "receive", take_in)
        return kept

    async def _each(
        self, names: Iterable[AccountId], what: str, call: Callable[[AccountId, Crew], Awaitable[object]]
    ) -> None:
        """Some accounts abreast, each when there is room for it; what one raises stops no other."""
        left = iter(list(names))
        async with asyncio.TaskGroup() as group:
            for _ in range(min(ABREAST, len(self.crews))):
                group.create_task(self._work(left, what, call))

    async def _work(
        self, left: Iterator[AccountId], what: str, call: Callable[[AccountId, Crew], Awaitable[object]]
    ) -> None:
        for name in left:
            try:
                await call(name, self.crews[name])
            except Exception as error:  # a bug in one account: logged, told to its owner, and the others go on
                log.exception("account.failed", account=name, loop=what)
                await self._tell_failure(name, what, error)
            else:
                self._failing.discard((name, what))

    async def _source_failed(self, source: str, error: Exception) -> None:
        if ("", source) in self._failing:
            return
        self._failing.add(("", source))
        note = c.Note(topic="loop_error", facts={"loop": source, "error": type(error).__name__})
        await self.each("tell", lambda crew: crew.bus.do(note))

    async def _tell_failure(self, name: AccountId, what: str, error: Exception) -> None:
        if (name, what) in self._failing:
            return
        self._failing.add((name, what))
        try:
            await self.crews[name].bus.do(
                c.Note(topic="loop_error", facts={"loop": what, "error": type(error).__name__})
            )
        except Exception:  # whatever ails this account also keeps it from being told
            log.exception("account.failed", account=name, loop="tell")


async def turned(_name: AccountId, crew: Crew) -> None:
    await crew.step.run()
