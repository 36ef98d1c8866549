"""Announcements on their way to people: stored with what they tell, shown in order, marked when shown."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeAlias

import structlog

from bot.answers import button
from bot.message import Button
from bot.phrases import PhraseError, Phrases
from bot.reasons import reasoned
from engine import crash
from engine.bus import Done
from engine.core.announce import announced
from engine.core.announcement import Announcement, Moment
from engine.core.events import Event, Proposed, RebalanceProposed
from engine.core.nouns import AccountId
from engine.core.scene import Scene
from engine.core.state import State
from engine.ports import Clock, Store, Unavailable

log = structlog.get_logger(__name__)

Push: TypeAlias = Callable[[str, tuple[Button, ...]], Awaitable[None]]

AT_ONCE: Final = 100
RETRY_S: Final = 5.0
PROPOSED: Final = "push.trade_proposed"
REBALANCE: Final = "push.rebalance_proposed"
BUTTONS: Final = {PROPOSED: ("yes", "no", "why"), REBALANCE: ("yes", "no", "why")}


class Notifier:
    """Works the outbox off, oldest first, whenever something was added to it; trading never waits for it."""

    def __init__(self, account: AccountId, store: Store, clock: Clock, phrases: Phrases, push: Push) -> None:
        self._account, self._store, self._clock = account, store, clock
        self._phrases, self._push = phrases, push
        self._news = asyncio.Event()
        self._working = asyncio.Lock()
        self._shown: set[str] = set()
        self._news.set()

    async def __call__(self, done: Done) -> None:  # noqa: ARG002  # a listener; the outbox knows what is new
        self._news.set()

    async def run(self) -> None:
        """Deliver for ever; an outbox that cannot be read now is read again later."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self.flush()
            except Unavailable as error:
                log.warning("notify.waiting", error=str(error))
                await asyncio.sleep(RETRY_S)
                self._news.set()
            except Exception:  # a bug in one piece of news must not silence all that come after it
                log.exception("notify.failed")
                await asyncio.sleep(RETRY_S)
                self._news.set()

    async def flush(self) -> None:
        """Show everything that waits, in order, each marked as soon as it was shown."""
        async with self._working:
            while waiting := await self._store.undelivered(self._account, AT_ONCE):
                for announcement in waiting:
                    if announcement.id not in self._shown:  # else it was shown, but that could not be stored
                        crash.reached("before_delivery")
                        await self._push(*worded(announcement, self._phrases))
                        self._shown.add(announcement.id)
                        crash.reached("after_delivery")
                    await self._store.delivered(self._account, announcement.id, self._clock.wall())
                    self._shown.discard(announcement.id)

    async def remind(self, state: State, scene: Scene) -> None:
        """Tell open proposals again, with the time that is left, but none that waits to be told anyway."""
        waiting = await self._store.undelivered(self._account, AT_ONCE)
        untold = {one.facts.get("ticker") for one in waiting if one.key == PROPOSED}
        for proposal in state.proposals.values():
            if proposal.decision.ticker not in untold and proposal.lapses_at > scene.wall:
                await self._tell_again(Proposed(proposal=replace(proposal, asked_at=scene.wall)), state, scene)
        asked = state.rebalance
        if asked is not None and REBALANCE not in {one.key for one in waiting} and asked.lapses_at > scene.wall:
            await self._tell_again(RebalanceProposed(rebalance=replace(asked, asked_at=scene.wall)), state, scene)

    async def _tell_again(self, event: Event, state: State, scene: Scene) -> None:
        for announcement in announced((event,), Moment(state, state, scene)):
            await self.cry(announcement)

    async def cry(self, announcement: Announcement) -> None:
        """Show at once what no store can hold."""
        await self._push(*worded(announcement, self._phrases))


def worded(announcement: Announcement, phrases: Phrases) -> tuple[str, tuple[Button, ...]]:
    """Its words and buttons; news without words is told by its name rather than lost."""
    buttons = tuple(button(name, phrases) for name in BUTTONS.get(announcement.key, ()))
    try:
        facts = {**reasoned(announcement.key, announcement.facts, phrases), "at": announcement.at}
        return phrases.say(announcement.key, facts).text, buttons
    except PhraseError as error:
        log.error("phrase.missing", key=announcement.key, error=str(error))  # noqa: TRY400
        return announcement.event_type.replace("_", " "), ()
