"""Who runs an account on a server: a session lock on a connection of its own, which dies with the process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]  # it has no types
import structlog

from engine.core.nouns import AccountId

log = structlog.get_logger(__name__)

SESSION: Final = """
SET lock_timeout = '1s';
SET tcp_keepalives_idle = 10;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 3;
"""
"""A lock is waited for a moment, for a killed process is not gone at once; that of a lost machine goes in 25 s."""
AGAIN_S: Final = 1.0
"""Seconds between two attempts to have a lock back whose connection was lost."""


class Lease:
    """Locks that this process holds. One that is lost with its connection is taken again as soon as it is free.

    Whether somebody else had it meanwhile is not known here: his fencing token says so.
    """

    def __init__(self, connect: Callable[[], Awaitable[Any]], again_s: float = AGAIN_S) -> None:
        self._connect, self._again_s = connect, again_s
        self._connection: Any = None
        self._accounts: list[AccountId] = []
        self._returning: asyncio.Task[None] | None = None
        self._ended = False
        self._turn = asyncio.Lock()

    async def hold(self, account: AccountId) -> bool:
        """Whether the account is ours now; false while another process has it."""
        async with self._turn:
            if account not in self._accounts and await locked(await self._session(), account):
                self._accounts.append(account)
        return account in self._accounts

    async def close(self) -> None:
        """Let others have them."""
        self._ended = True
        if self._returning is not None:
            self._returning.cancel()
            with suppress(asyncio.CancelledError):
                await self._returning
        if self._connection is not None and not self._connection.is_closed():
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await self._connection.close(timeout=1)

    async def _session(self) -> Any:  # noqa: ANN401  # the driver's own
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._joined()
        return self._connection

    async def _joined(self) -> Any:  # noqa: ANN401
        connection = await self._connect()
        await connection.execute(SESSION)
        connection.add_termination_listener(self._lost)
        return connection

    def _lost(self, _connection: object) -> None:
        if not self._ended and self._accounts and (self._returning is None or self._returning.done()):
            log.warning("lease.lost", accounts=len(self._accounts))
            self._returning = asyncio.get_running_loop().create_task(self._return())

    async def _return(self) -> None:
        """Until every lock is ours again: our own session of before may still be there, too."""
        while not self._ended:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                async with self._turn:
                    if await all_locked(await self._session(), self._accounts):
                        log.info("lease.back", accounts=len(self._accounts))
                        return
            await asyncio.sleep(self._again_s)


async def all_locked(connection: Any, accounts: Sequence[AccountId]) -> bool:  # noqa: ANN401
    for account in accounts:
        if not await locked(connection, account):
            return False
    return True


async def locked(connection: Any, account: AccountId) -> bool:  # noqa: ANN401
    """Whether this session has the account's lock, after waiting for it a moment."""
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", key_of(account))
    except asyncpg.LockNotAvailableError:
        return False
    return True


def key_of(account: AccountId) -> int:
    """The number by which the account is locked: 64 bits with their sign."""
    return int.from_bytes(blake2b(f"parley account {account}".encode(), digest_size=8).digest(), signed=True)
