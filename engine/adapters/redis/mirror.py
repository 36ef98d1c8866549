"""Copies to Redis what others may know of accounts; whoever changes an account or looks at prices waits for nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, Protocol
from uuid import uuid4

import structlog

from engine.adapters.redis import keys, writes
from engine.adapters.redis.link import Command, Link
from engine.adapters.redis.stream import Journals, Stream, got
from engine.core.events import Event, RecommendationReceived
from engine.core.journal import Entry
from engine.core.nouns import AccountId
from engine.core.scene import Quote
from engine.core.state import State
from engine.core.units import Ticker
from engine.ports import Unavailable

log = structlog.get_logger(__name__)

AT_ONCE: Final = 500
"""Journal rows told in one transaction."""


class Happened(Protocol):
    """A command that was carried out and stored."""

    @property
    def events(self) -> tuple[Event, ...]: ...

    @property
    def entries(self) -> tuple[Entry, ...]: ...

    @property
    def new(self) -> State: ...


class Mirror:
    """Listens to accounts and remembers what is new; `run` writes it, and after Redis was away all of it anew."""

    def __init__(self, link: Link, store: Journals) -> None:
        self._link, self.stream = link, Stream(link, store)
        self._mark = keys.value(mirror=uuid4().hex)
        self._states: dict[AccountId, State] = {}
        self._shown: dict[AccountId, State] = {}
        self._changed: dict[AccountId, None] = {}
        self._received: dict[AccountId, list[str]] = {}
        self._quotes: Mapping[Ticker, Quote] = {}
        self._quotes_shown: Mapping[Ticker, Quote] = {}
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()

    async def __call__(self, done: Happened) -> None:
        """A listener of the bus, after the commit."""
        account = done.new.account
        self.knows(done.new)
        self.stream.stored(account, done.entries)
        if self._link.up:
            ids = [event.recommendation.id for event in done.events if isinstance(event, RecommendationReceived)]
            self._received.setdefault(account, []).extend(ids)

    def knows(self, state: State) -> None:
        """This is how an account stands now."""
        self._states[state.account] = state
        self._changed[state.account] = None
        self._news.set()

    def priced(self, quotes: Mapping[Ticker, Quote]) -> None:
        """These are the last prices; the same ones again are no news."""
        if quotes is not self._quotes:
            self._quotes = quotes
            self._news.set()

    async def run(self) -> None:
        """Write what is new, for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._link.up:
                await self.flush()

    async def flush(self) -> None:
        """Write what is new now; what cannot be written now is written when Redis comes back."""
        try:
            async with self._writing:
                await self._write()
        except Unavailable:
            log.debug("redis.not_written", why=self._link.why)
        except Exception as bug:
            log.exception("redis.mirror_failed")
            self._link.fails(bug)

    async def write_all(self) -> None:
        """Write everything, as if nothing were there; raises Unavailable."""
        async with self._writing:
            self._shown, self._quotes_shown = {}, {}
            for state in self._states.values():
                await self.stream.begin(state)
            self._changed.update(dict.fromkeys(self._states))
            self._received = {account: [*state.pending] for account, state in self._states.items()}
            await self._write()
            await self._link.send([self._whole(account) for account in self._states])

    async def stands(self) -> bool:
        """Whether Redis still has what was written there last; what is not told yet is told now. Raises Unavailable."""
        async with self._writing:
            there = {one: await self._link.ask(partial(got, key=keys.whole(one))) for one in self._states}
            await self._link.send([self._whole(account) for account, mark in there.items() if mark == self._mark])
        behind = [account for account, state in self._states.items() if self.stream.behind(state)]
        self._changed.update(dict.fromkeys(behind))
        if behind:
            self._news.set()
        return all(there.values())  # one of another engine says that it has taken over

    def _whole(self, account: AccountId) -> Command:
        return ("SET", keys.whole(account), self._mark, "EX", keys.WHOLE_S)

    async def _write(self) -> None:
        for account in [*self._changed]:
            del self._changed[account]
            try:
                await self._write_account(self._states[account])
            except Unavailable:
                self._changed[account] = None
                raise
        quotes = self._quotes
        shown = self._quotes_shown
        await self._link.send(writes.quotes({one: quotes[one] for one in quotes if shown.get(one) != quotes[one]}))
        self._quotes_shown = quotes

    async def _write_account(self, state: State) -> None:
        if self.stream.history(state.account) is None:
            await self.stream.begin(state)
            await self._link.send([self._whole(state.account)])
        await self._tell(state)
        if not self.stream.overtaken(state):
            await self._show(state)

    async def _tell(self, state: State) -> None:
        """Journal rows first: what else is written belongs to a history that Redis then knows."""
        rows = await self.stream.untold(state)
        for first in range(0, len(rows), AT_ONCE):
            part = rows[first : first + AT_ONCE]
            await self._link.send(self.stream.commands(part))
            self.stream.told(part)

    async def _show(self, state: State) -> None:
        shown = self._shown.get(state.account)
        await self._link.send([*self._moved(state, shown), *self._known(state.account)])
        self._shown[state.account] = state

    def _moved(self, state: State, shown: State | None) -> list[Command]:
        """Settings and breakers, where they are others than were shown."""
        history = self.stream.history(state.account) or ""
        settings = shown is None or shown.version != state.version
        held = shown is None or writes.held_back(shown) != writes.held_back(state)
        return [
            *(writes.preferences(state, history) if settings else ()),
            *(writes.breakers(state) if held else ()),
        ]

    def _known(self, account: AccountId) -> Sequence[Command]:
        history = self.stream.history(account) or ""
        return [writes.received(account, one, history) for one in self._received.pop(account, ())]
