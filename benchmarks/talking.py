"""One turn of the chat that changes a setting, stored durably, and reading settings from memory."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.measure import Figure, a_folder, awaited_s, sync_s
from bot.app import House, build
from bot.channels.lines import CHANNEL, PERSON
from bot.config import Options, load
from bot.folder import DataFolder
from bot.log import start_log
from bot.message import Message

TURNS: Final = 200
READS: Final = 20_000


def figures() -> Iterator[Figure]:
    with a_folder() as folder:
        yield from asyncio.run(measured(folder))


async def measured(folder: Path) -> list[Figure]:
    """Figures of a whole house without its loops; the settings' own rate limit is out of the way."""
    settings = load(None, {"data": str(folder / "account"), "terminal.plain": True, "engine.changes_a_minute": 10_000})
    async with AsyncExitStack() as stack:
        data = stack.enter_context(DataFolder.open(settings.folder))
        start_log(data.log, "info")
        house = await build(settings, Options(None), data, stack)
        turn_s = await awaited_s(lambda number: change(house, number), TURNS)
        read_s = await awaited_s(lambda _: reads(house), 5) / READS
    disk_s = sync_s(folder)
    return [
        Figure("change a setting and answer", turn_s * 1e3, "ms", f"{turn_s / disk_s:.0f} × one sync; aim < 10 ms"),
        Figure("read settings from memory", read_s * 1e6, "µs", "aim < 20 µs"),
    ]


async def change(house: House, number: int) -> None:
    """Say it as a person would; every turn is another value, or nothing would be stored."""
    text = f"set my reserve percentage to {10 + number % 50} percent"
    message = Message(text=text, person=PERSON, channel=CHANNEL, id=str(number), at=datetime.now(UTC))
    reply = await house.dialogue.hear(message)
    assert reply.key == "done.changed", reply.text


async def reads(house: House) -> None:
    get = house.engine.known.get
    account = house.engine.bus.state.account
    for _ in range(READS):
        await get(account)
