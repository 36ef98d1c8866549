"""The one door: a command is judged, stored with all that follows from it, and told. Nothing changes otherwise."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import structlog

from engine.batching import batch_of, joined
from engine.core import commands as c
from engine.core.announcement import Announcement
from engine.core.apply import applied
from engine.core.events import Event
from engine.core.journal import Entry
from engine.core.judge import Ground, judge
from engine.core.nouns import Order
from engine.core.overtaking import overtaken, worse_than_agreed
from engine.core.policy import Policy
from engine.core.refusals import Refusal, Refused
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.words import Topic
from engine.defaults import Freshen, Seen, Then, known, nothing, unheard, unseen
from engine.latch import Latch
from engine.ports import Batch, Conflict, Duplicate, Fenced, Store, Unavailable, Unknown
from engine.sight import Fails, Look, Sight

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """A command that was carried out: what happened, the account before and after, its journal rows and its news."""

    events: tuple[Event, ...]
    old: State
    new: State
    entries: tuple[Entry, ...] = ()
    news: tuple[Announcement, ...] = ()


Outcome: TypeAlias = Done | Refused
Listener: TypeAlias = Callable[[Done], Awaitable[None]]

TRIES: Final = 5
"""How often a command is judged anew because another writer was there first."""


class Bus:
    """Serial within its account: one command is judged and stored before the next is looked at.

    `fails` is told when the store does not answer. `owed` is a kill switch that could not be stored then. `seen` may
    know quickly that a recommendation is stored already; what it does not know the store finds out. `fenced` says who
    runs the account, once it is another process: from then on everything is refused. `unrecorded` says why nothing can
    be recorded now (empty: it can). `freshen` holds both books together before the broker's word is taken.
    """

    def __init__(self, state: State, store: Store, look: Look, policy: Policy, fails: Fails = unheard) -> None:
        self.state = state
        self.policy = policy
        self.owed: c.StopEverything | None = None
        self.unrecorded = ""
        self.fenced: str | None = None
        self.latch = Latch()
        self.seen: Seen = unseen
        self.freshen: Freshen = known
        self._fails = fails
        self._store = store
        self._look = Sight(look, fails)
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

    async def keep(self, command: c.Command, then: Then = nothing) -> Outcome:
        """As `do`, but whoever calls has it told by `tell`, at once or when others are stored, too.

        `then` names the engine's next command on the account as it would be: both are stored in one transaction, or
        the first alone where the second is refused or raises.
        """
        return await asyncio.shield(self._kept(command, then))

    async def tell(self, done: Done) -> None:
        """Tell what `keep` has stored, once."""
        await asyncio.shield(self._tell(done))

    async def find_out(self) -> bool:
        """Learn what became of a command whose answer was lost, and tell it; false while the store records nothing."""
        if not await asyncio.shield(self._found_out()):
            return False
        if self.unrecorded:
            await self.do(c.Witness(topic=Topic.STORE_BACK, facts={"why": self.unrecorded}))
        return not self.unrecorded

    async def _found_out(self) -> bool:
        async with self._door:
            try:
                await self._caught_up()
            except Unavailable as error:
                self._fails(str(error))
                return False
            self._latched()
        self._tell_found()
        await asyncio.gather(*self._telling)
        return True

    async def _carried_out(self, command: c.Command) -> Outcome:
        if isinstance(command, c.AcceptBroker) and not await self.freshen():
            return Refused(Refusal.BOOK_UNSETTLED, {"ticker": command.ticker})
        outcome = await self._kept(command, nothing)
        if isinstance(outcome, Done):
            await self._tell(outcome)
        return outcome

    async def _kept(self, command: c.Command, then: Then) -> Outcome:
        if isinstance(command, c.ReceiveRecommendation):
            identity = command.recommendation.id
            if await self.seen(self.state.account, identity):
                return Refused(Refusal.ALREADY_DONE, {"id": identity})
        self.latch.before(command)
        async with self._door:
            self.latch.before(command)  # again: a resuming that was being stored has cleared it
            outcome = await self._decided(command, then)
            if self.state.killed_at is not None:
                self.owed = None
            self._latched(outcome)
        self._tell_found()
        return outcome

    async def holds(self) -> bool:
        """Whether the account is ours, asked before anything leaves the house; false while nobody can tell."""
        stopped = self.state.killed_at
        try:
            if self.fenced is None:
                who = await self._store.confirm(self.state.account)
                if self.state.killed_at == stopped:  # what was read before a resuming is no news after it
                    self.latch.heard(who)
        except Fenced as error:
            self._gave_up(error)
        except Unavailable as error:
            self._fails(str(error))
            return False
        return self.fenced is None

    def _gave_up(self, error: Fenced) -> Refused:
        log.error("account.fenced", account=self.state.account, error=str(error))
        self.fenced, self.owed = str(error), None
        self._fails(self.fenced)
        return Refused(Refusal.FENCED, {"why": self.fenced})

    def _latched(self, *outcomes: Outcome) -> None:
        done = [one for one in (*outcomes, *self._found) if isinstance(one, Done)]
        lifted = (event for one in done if one.old.killed_at is not None for event in one.events)
        self.latch.after(lifted, self.state)

    async def order(self, client_order_id: str) -> Order | None:
        """An order as it is stored, ended or not; None where there is none."""
        return await self._store.order(self.state.account, client_order_id)

    async def scene(self) -> Scene:
        """The outside as it is now."""
        return await self._look(self.state)

    @property
    def last_scene(self) -> Scene | None:
        """The outside as it was seen last; None before the first look."""
        return self._look.last

    def preview(self, command: c.Command, state: State, scene: Scene) -> State | Refused:
        """What this account would be after a command, or the refusal that it would get. Nothing is changed."""
        verdict = judge(command, Ground(state, scene, self.policy))
        return verdict if isinstance(verdict, Refused) else applied(state, verdict)

    async def _decided(self, command: c.Command, then: Then) -> Outcome:
        """Judge and store; where another writer was there first, on the account as he left it, a few times at most."""
        if self.fenced is not None:
            return Refused(Refusal.FENCED, {"why": self.fenced})
        asked = self.state
        try:
            await self._caught_up()
            for number in range(TRIES):
                field = overtaken(command, asked, self.state)
                if field is not None:
                    return Refused(Refusal.OVERTAKEN, {"field": field})
                outcome = await self._stored(command, then)
                if outcome is not None:
                    return outcome
                log.info("store.conflict", command=type(command).__name__, tries=number + 1)
                await self._reloaded()
        except Fenced as error:
            return self._gave_up(error)
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
            self.unrecorded = ""

    async def _stored(self, command: c.Command, then: Then) -> Outcome | None:
        """What came of a command on the account as it is known here; None where another writer was there first."""
        if worse_than_agreed(command, self.state, self.policy):
            return Refused(Refusal.OVERTAKEN, {"field": None})
        scene = await self._look.for_(command, self.state)
        verdict = judge(command, Ground(self.state, scene, self.policy))
        if isinstance(verdict, Refused):
            return verdict
        batch = self._with_next(batch_of(command, verdict, self.state, scene), scene, then)
        done = Done(batch.events, self.state, batch.new, batch.entries, batch.announcements)
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
        self.unrecorded = ""
        self.state = batch.new
        return done

    def _with_next(self, batch: Batch, scene: Scene, then: Then) -> Batch:
        """A batch together with that of the command that follows, if there is one and it changes anything."""
        try:
            command = then(batch.new, scene)
            if command is None:
                return batch
            verdict = judge(command, Ground(batch.new, scene, self.policy))
        except Exception:  # a bug in what follows: the command itself is stored, and a turn finds the bug again
            log.exception("following.failed")
            return batch
        if isinstance(verdict, Refused):
            return batch
        return joined(batch, batch_of(command, verdict, batch.new, scene))

    def _not_stored(self, command: c.Command, error: Unavailable) -> Refused:
        """Nothing was done, or nobody knows; a kill switch is remembered, to be stored before anything goes on."""
        why = str(error)
        self._fails(why)
        self.unrecorded = why
        if isinstance(command, c.StopEverything):
            self.owed = command
            return Refused(Refusal.STOP_OWED, {"why": why, "unlatched": self.latch.unheld()})
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
