"""The one door: a command is judged, stored with all that follows from it, and told. Nothing changes otherwise."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import structlog

from engine.core import commands as c
from engine.core.announce import announced
from engine.core.announcement import Moment
from engine.core.apply import applied
from engine.core.events import Event, PreferencesChanged
from engine.core.harm import harm_of
from engine.core.journal import Entry, digest, plain
from engine.core.judge import Ground, judge
from engine.core.policy import Policy
from engine.core.preferences import changed_from
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.undo import PAUSE, undoing
from engine.ports import Batch, Conflict, Duplicate, Store, Unavailable, Unknown

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """A command that was carried out: what happened, and the account before and after."""

    events: tuple[Event, ...]
    old: State
    new: State


Outcome: TypeAlias = Done | Refused
Look: TypeAlias = Callable[[State], Awaitable[Scene]]
Listener: TypeAlias = Callable[[Done], Awaitable[None]]
Fails: TypeAlias = Callable[[str], None]

TRIES: Final = 5
"""How often a command is judged anew because another writer was there first."""


def unheard(_why: str) -> None:
    """Nobody wants to know that the store does not answer."""


class Bus:
    """Serial within its account: one command is judged and stored before the next is looked at.

    `fails` is told when the store does not answer. `owed` is a kill switch that could not be stored then.
    """

    def __init__(self, state: State, store: Store, look: Look, policy: Policy, fails: Fails = unheard) -> None:
        self.state = state
        self.policy = policy
        self.owed: c.StopEverything | None = None
        self._fails = fails
        self._store = store
        self._look = look
        self._listeners: list[Listener] = []
        self._door = asyncio.Lock()
        self._doubtful: list[Done] = []
        self._found: list[Done] = []
        self._telling: set[asyncio.Task[None]] = set()

    def listen(self, listener: Listener) -> None:
        """Call `listener` after every command that changed something, in the order of joining."""
        self._listeners.append(listener)

    async def do(self, command: c.Command) -> Outcome:
        """Judge, store in one transaction, then tell. Refusals are values; a store that is down refuses too.

        A caller that goes away does not take its command with it: what has begun is finished.
        """
        return await asyncio.shield(self._carried_out(command))

    async def find_out(self) -> bool:
        """Learn what became of a command whose answer was lost, and tell it; false while the store does not answer."""
        return await asyncio.shield(self._found_out())

    async def _found_out(self) -> bool:
        async with self._door:
            try:
                await self._caught_up()
            except Unavailable as error:
                self._fails(str(error))
                return False
        self._tell_found()
        await asyncio.gather(*self._telling)
        return True

    async def _carried_out(self, command: c.Command) -> Outcome:
        async with self._door:
            outcome = await self._decided(command)
            if self.state.killed_at is not None:
                self.owed = None
        self._tell_found()
        if isinstance(outcome, Done):
            await self._tell(outcome)
        return outcome

    async def scene(self) -> Scene:
        """The outside as it is now."""
        return await self._look(self.state)

    def preview(self, command: c.Command, state: State, scene: Scene) -> State | Refused:
        """What this account would be after a command, or the refusal that it would get. Nothing is changed."""
        verdict = judge(command, Ground(state, scene, self.policy))
        return verdict if isinstance(verdict, Refused) else applied(state, verdict)

    async def _decided(self, command: c.Command) -> Outcome:
        """Judge and store; where another writer was there first, on the account as he left it, a few times at most."""
        asked = self.state
        try:
            await self._caught_up()
            for number in range(TRIES):
                field = overtaken(command, asked, self.state)
                if field is not None:
                    return Refused(Refusal.OVERTAKEN, {"field": field})
                outcome = await self._stored(command)
                if outcome is not None:
                    return outcome
                log.info("store.conflict", command=type(command).__name__, tries=number + 1)
                await self._reloaded()
        except Unavailable as error:
            log.error("store.unavailable", command=type(command).__name__, error=str(error))  # noqa: TRY400
            return self._not_stored(command, error)
        return Refused(Refusal.NOT_READY)

    async def _caught_up(self) -> None:
        """Before anything else is judged, know whether what is in doubt was stored."""
        if self._doubtful:
            await self._reloaded()

    async def _reloaded(self) -> None:
        """The account as it is stored. What was in doubt stays so until it is found there, or another took its place.

        Of several in doubt one at most was stored: all of them begin at one journal number.
        """
        state = await self._store.load(self.state.account) or self.state
        rows = await self._store.journal(state.account, self._doubtful[0].old.seq) if self._doubtful else ()
        hashes = {row.hash for row in rows}
        self.state = state
        for done in self._doubtful:
            if done.new.head in hashes:
                self._found.append(done)
        if self._found:
            self._doubtful.clear()

    async def _stored(self, command: c.Command) -> Outcome | None:
        """What came of a command on the account as it is known here; None where another writer was there first."""
        if worse_than_agreed(command, self.state, self.policy):
            return Refused(Refusal.OVERTAKEN, {"field": None})
        scene = await self.scene()
        verdict = judge(command, Ground(self.state, scene, self.policy))
        if isinstance(verdict, Refused):
            return verdict
        batch = batch_of(command, verdict, self.state, scene)
        done = Done(verdict, self.state, batch.new)
        try:
            await self._store.save(batch)
        except Duplicate:
            return Refused(Refusal.ALREADY_DONE)
        except Conflict:
            return None
        except Unknown:
            self._doubtful.append(done)
            raise
        self._doubtful.clear()
        self.state = batch.new
        return done

    def _not_stored(self, command: c.Command, error: Unavailable) -> Refused:
        """Nothing was done, or nobody knows; a kill switch is remembered, to be stored before anything goes on."""
        why = str(error)
        self._fails(why)
        if isinstance(command, c.StopEverything):
            self.owed = command
            return Refused(Refusal.STOP_OWED, {"why": why})
        return Refused(Refusal.MAYBE_STORED if isinstance(error, Unknown) else Refusal.STORE_DOWN, {"why": why})

    def _tell_found(self) -> None:
        """Tell what was stored after all, once; whoever came to the door meanwhile may hold what its listeners need."""
        found, self._found = self._found, []
        if found:
            telling = asyncio.create_task(self._tell_all(found))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    async def _tell_all(self, found: list[Done]) -> None:
        for done in found:
            await self._tell(done)

    async def _tell(self, done: Done) -> None:
        for listener in self._listeners:
            try:
                await listener(done)
            except Exception:  # a listener's fault is its own: what happened has happened
                log.exception("listener.failed", listener=getattr(listener, "__qualname__", repr(listener)))


def worse_than_agreed(command: c.Command, state: State, policy: Policy) -> bool:
    """Whether a command does more harm on the account as it is now than on the one for which it was judged."""
    return command.agreed is not None and harm_of(command, state, policy) > command.agreed


def overtaken(command: c.Command, asked: State, now: State) -> str | None:
    """The first field of a person's change that somebody else has set since it was asked for; None if none was."""
    if isinstance(command, c.ChangePreferences):
        return first_moved(command.patch, asked, now)
    if not isinstance(command, c.UndoChanges):
        return None
    (was, those), (patch, these) = (undoing(state, command.count, command.field) for state in (asked, now))
    return first_moved(was, asked, now) or (None if those == these else next(iter({**patch, **was}), PAUSE))


def first_moved(paths: Iterable[str], asked: State, now: State) -> str | None:
    moved = {*changed_from(asked.preferences, now.preferences)} | ({PAUSE} if asked.pause != now.pause else set())
    return next((path for path in paths if path in moved), None)


def batch_of(command: c.Command, events: tuple[Event, ...], old: State, scene: Scene) -> Batch:
    """All that is written for a command: the new account, its journal rows and its announcements."""
    entries = journaled(command, events, old, scene)
    new = replace(applied(old, events), market_at=scene.at, seq=entries[-1].seq, head=entries[-1].hash)
    return Batch(
        key=command.key,
        old=old if old.seq else None,
        new=new,
        events=events,
        entries=entries,
        announcements=announced(events, Moment(old, new, scene)),
    )


def journaled(command: c.Command, events: tuple[Event, ...], old: State, scene: Scene) -> tuple[Entry, ...]:
    """One row an event, each bound to the one before."""
    rows: list[Entry] = []
    head = old.head
    for seq, event in enumerate(events, old.seq + 1):
        row = Entry(
            account=old.account,
            seq=seq,
            at=scene.wall,
            actor=command.by,
            channel=command.channel,
            kind=type(event).__name__,
            body=plain(event),
            previous=head,
            **changed_setting(event),
        )
        row = replace(row, hash=digest(row))
        head = row.hash
        rows.append(row)
    return tuple(rows)


def changed_setting(event: Event) -> dict[str, Any]:
    """Path, old and new value of an event that changed exactly one setting."""
    if not isinstance(event, PreferencesChanged) or len(event.change.fields) != 1:
        return {}
    path, old, new = event.change.fields[0]
    return {"path": path, "old": str(old), "new": str(new)}
