"""The whole house in one process: real files, real language, a market driven by hand and a clock that tests set."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bot import app
from bot.app import House
from bot.channels.lines import CHANNEL, PERSON, Hear
from bot.config import Options, Replay, Settings
from bot.folder import DataFolder
from bot.message import Button, Message, Reply
from engine import look
from engine.adapters.replay_clock import ReplayClock
from engine.core.events import Event
from engine.core.rules.correlation import correlation
from engine.core.state import State
from engine.loops import alarm, heed, lapse, recover
from engine.replay import Replay as Beats
from engine.wiring import opening, starts
from intents.load import Language, load_language

START = date(2020, 2, 3)
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
UNSPEAKABLE = frozenset("$%→·×•…−–=|{}_<>")
UNFIT = re.compile(r"[{}]|\bNone\b|\bnan\b")


@cache
def the_language() -> Language:
    return load_language()


def in_a_hurry(patch: pytest.MonkeyPatch) -> None:
    """What gives the same again and only takes time is done once for all tests."""
    patch.setattr(app, "load_language", the_language)
    for name in ("load_calendar", "load_closes", "load_instruments"):
        patch.setattr(opening, name, ONCE[name])
    for name in ("load_calendar", "load_closes"):
        patch.setattr(starts, name, ONCE[name])
    patch.setattr(look, "correlation", ONCE["correlation"])


ONCE = {name: cache(getattr(opening, name)) for name in ("load_calendar", "load_closes", "load_instruments")}
ONCE["correlation"] = cache(correlation)


class People:
    """People's time: it stands still until a test lets it pass."""

    def __init__(self) -> None:
        self.now = NOON

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Wall:
    """A channel that only listens: what was pushed is written on it. `deaf` makes pushing fail."""

    pushed: list[str] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    deaf: bool = False

    async def run(self, hear: Hear, stop: asyncio.Event) -> None:
        await stop.wait()

    async def push(self, text: str, buttons: Sequence[Button] = ()) -> None:
        self.pushed.append(text)
        self.buttons += buttons


@dataclass
class Visit:
    """A person in the running house."""

    house: House
    people: People
    wall: Wall
    events: list[Event] = field(default_factory=list)

    @property
    def state(self) -> State:
        return self.house.engine.bus.state

    @property
    def replay(self) -> Beats:
        return self.house.engine.replay

    def killed(self) -> bool:
        return self.state.killed_at is not None

    def well(self) -> bool:
        return self.house.engine.health.ok

    async def hear(self, text: str, *, person: str = PERSON, channel: str = CHANNEL, name: str | None = None) -> Reply:
        said = Message(text=text, person=person, channel=channel, id=name or uuid4().hex, at=self.people.now)
        reply = await self.house.dialogue.hear(said)
        assert not UNSPEAKABLE & set(reply.speech), reply.speech
        assert not UNFIT.search(reply.text), reply.text
        return reply

    async def say(self, text: str, **whose: Any) -> str:
        """What is answered to this."""
        return (await self.hear(text, **whose)).text

    async def agree(self, text: str) -> str:
        """Say something riskier and then yes."""
        asked = await self.hear(text)
        assert [button.label for button in asked.buttons] == ["Yes", "No"], asked.text
        return await self.say("yes")

    async def news(self) -> list[str]:
        """What was pushed since this was asked last."""
        await self.house.notifier.flush()
        told, self.wall.pushed[:] = list(self.wall.pushed), []
        return told

    async def days(self, number: int) -> None:
        """Let that many whole sessions pass, from open to summary."""
        for _ in range(number):
            before = self.state.last
            await self.until(lambda state: state.last != before and state.tally.summarised, beats=30)  # noqa: B023

    async def until(self, holds: Callable[[State], bool], beats: int = 400) -> None:
        for _ in range(beats):
            if holds(self.state):
                return
            await self.replay.beat()
        raise AssertionError("that never came about")

    async def seconds_pass(self, seconds: float = 1.0) -> None:
        """People's time passes, and what its clock drives is done."""
        self.people.wait(seconds)
        for loop in (lapse, heed, alarm):
            await loop(self.house.engine.crew)

    async def recovers(self) -> None:
        await recover(self.house.engine.crew)


def settings_of(folder: Path, start: date | None = None, server: str | None = None, **more: Any) -> Settings:
    asked = {"from": start} if start else {}
    settings = Settings(data=folder, database_url=server, replay=Replay(pace_seconds=0, **asked), **more)
    settings._insisted = frozenset({"replay.from"} if start else ())
    return settings


@asynccontextmanager
async def visit(
    folder: Path, people: People, start: date | None = None, server: str | None = None, **more: Any
) -> AsyncIterator[Visit]:
    """Walk into the house whose files are in this folder, or on this server; it is closed gracefully afterwards.

    `more` are sections of its configuration.
    """
    with pytest.MonkeyPatch.context() as patch, DataFolder.open(folder) as files:
        wall = Wall()
        patch.setattr(ReplayClock, "wall", lambda _: people.now)
        patch.setattr(app, "local_channel", lambda *_, **__: wall)
        in_a_hurry(patch)
        async with AsyncExitStack() as stack:
            house = await app.build(settings_of(folder, start, server, **more), Options(), files, stack)
            found = Visit(house, people, wall)

            async def listen(done: Any) -> None:
                found.events.extend(done.events)

            house.engine.bus.listen(listen)
            yield found


def copied(original: Path, folder: Path) -> Path:
    """An account's files as they were left, to go on with."""
    shutil.copytree(original, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("lock", "pid"))
    return folder
