"""Announcements on their way to people: stored with what they tell, shown in order, marked when shown."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
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
from engine.core.categories import Notifications
from engine.core.events import Event, Proposed, RebalanceProposed
from engine.core.routing import has_to_wait, is_held_back, pause_between
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

    def __init__(self, state: Callable[[], State], store: Store, clock: Clock, phrases: Phrases, push: Push) -> None:
        self._state, self._store, self._clock = state, store, clock
        self._phrases, self._push = phrases, push
        self._account = state().account
        self._news = asyncio.Event()
        self._working = asyncio.Lock()
        self._shown: set[str] = set()
        self._made_under: dict[str, Notifications] = {}
        self._told_at: dict[tuple[str, str | None], datetime] = {}
        self._some_wait = False
        self._news.set()

    async def __call__(self, done: Done) -> None:
        """A listener; the outbox knows what is new, and this under which settings it was made."""
        self._made_under |= {one.id: done.new.preferences.notifications for one in done.news}
        self._news.set()

    async def run(self) -> None:
        """Deliver for ever; an outbox that cannot be read now is read again later."""
        while True:
            await self._something_to_do()
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
        """Work off everything that is due, in order, each marked at once; what has to wait for its hour stays."""
        async with self._working:
            waiting, known = 0, set(self._made_under)
            while len(found := await self._store.undelivered(self._account, AT_ONCE + waiting)) > waiting:
                waiting = sum([await self._waits(announcement) for announcement in found])
                known = set(self._made_under)
            self._some_wait = bool(waiting)
            for gone in known - {announcement.id for announcement in found}:  # shown before it was heard of here
                del self._made_under[gone]

    async def _something_to_do(self) -> None:
        """Wait for news, or for a while only where some wait for the end of quiet hours."""
        with suppress(TimeoutError):
            async with asyncio.timeout(RETRY_S if self._some_wait else None):
                await self._news.wait()

    async def _waits(self, announcement: Announcement) -> bool:
        """Show one and mark it, or only mark what is held back; true for what has to wait and was left alone."""
        settings = self._state().preferences.notifications
        made_under = self._made_under.setdefault(announcement.id, settings)
        if not self._is_held_back(announcement, made_under):
            if has_to_wait(announcement, settings, self._clock.market()):
                return True
            await self._show(announcement)
        await self._store.delivered(self._account, announcement.id, self._clock.wall())
        self._shown.discard(announcement.id)
        self._made_under.pop(announcement.id, None)
        return False

    def _is_held_back(self, announcement: Announcement, settings: Notifications) -> bool:
        """Whether it is muted, ruled out, or comes too soon after another of its kind."""
        if announcement.id in self._shown:  # it could not be marked
            return False
        last = self._told_at.get(kind_of(announcement))
        between = timedelta(minutes=pause_between(announcement, settings))
        too_soon = last is not None and announcement.at - last < between
        return too_soon or is_held_back(announcement, settings)

    async def _show(self, announcement: Announcement) -> None:
        if announcement.id in self._shown:
            return
        crash.reached("before_delivery")
        await self._push(*worded(announcement, self._phrases))
        self._shown.add(announcement.id)
        self._told_at[kind_of(announcement)] = announcement.at
        crash.reached("after_delivery")

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
            if not is_held_back(announcement, state.preferences.notifications):
                await self.cry(announcement)

    async def cry(self, announcement: Announcement) -> None:
        """Show at once what no store can hold."""
        await self._push(*worded(announcement, self._phrases))


def kind_of(announcement: Announcement) -> tuple[str, str | None]:
    """What the shortest time between two news is counted by: their event and ticker."""
    return announcement.event_type, announcement.facts.get("ticker")


def worded(announcement: Announcement, phrases: Phrases) -> tuple[str, tuple[Button, ...]]:
    """Its words and buttons; news without words is told by its name rather than lost."""
    buttons = tuple(button(name, phrases) for name in BUTTONS.get(announcement.key, ()))
    try:
        facts = {**reasoned(announcement.key, announcement.facts, phrases), "at": announcement.at}
        return phrases.say(announcement.key, facts).text, buttons
    except PhraseError as error:
        log.error("phrase.missing", key=announcement.key, error=str(error))  # noqa: TRY400
        return announcement.event_type.replace("_", " "), ()
