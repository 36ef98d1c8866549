"""Reaching an account from another command: by the socket of the process that owns it or, where none runs, oneself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, NamedTuple, TypeAlias

from bot.config import Settings
from bot.folder import DataFolder, FolderBusy, no_account, was_used
from bot.socket_client import Caller

STARTING_S: Final = 8.0
"""How long a process that has the folder may take until it answers."""

AGAIN_S: Final = 0.1

Ask: TypeAlias = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Reach(NamedTuple):
    """Where to ask; `alone` where no other process owns the account, so that nothing waits once we are gone."""

    ask: Ask
    alone: bool


@asynccontextmanager
async def reached(settings: Settings) -> AsyncIterator[Reach]:
    """Where to ask. Raises FolderUnusable where there is no account, FolderBusy where a process has the folder and does
    not answer, and what a start raises.
    """
    async with AsyncExitStack() as stack:
        yield await _caller_or_self(settings, stack)


async def _caller_or_self(settings: Settings, stack: AsyncExitStack) -> Reach:
    for left in range(int(STARTING_S / AGAIN_S), -1, -1):
        caller = await Caller.find(settings.folder.absolute())
        if caller is not None:
            stack.push_async_callback(caller.close)
            return Reach(caller.ask, alone=False)
        if not was_used(settings.folder):
            raise no_account(settings.folder)
        try:
            folder = stack.enter_context(DataFolder.open(settings.folder))
        except FolderBusy:
            if not left:
                raise
            await asyncio.sleep(AGAIN_S)
        else:
            if settings.server is None and not folder.database.exists():
                raise no_account(settings.folder)
            return Reach(await _own(settings, folder, stack), alone=True)
    raise AssertionError("the last turn returns or raises")


async def _own(settings: Settings, folder: DataFolder, stack: AsyncExitStack) -> Ask:
    """The account opened by this process, for as long as it asks; its market stands still."""
    from bot.app import hearing  # noqa: PLC0415  # it takes long to import, and mostly somebody answers
    from bot.confirm import Confirmations  # noqa: PLC0415
    from bot.log import start_log  # noqa: PLC0415

    start_log(folder.log, settings.log.level)
    ears = await hearing(settings, folder, stack, Confirmations())
    run: Ask = ears.errands.run
    return run
