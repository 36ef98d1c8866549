"""One session on a server for a process that does without an engine, and the kill switch that stands there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from engine.adapters.sql_store.connect import address, shown, translated
from engine.adapters.sql_store.postgres import PATIENT, Patience, connector, driven, parts
from engine.core.nouns import AccountId
from engine.ports import Unavailable

THROW: Final = """
INSERT INTO fences (account, fence, holder, killed) VALUES ($1, 0, '', $2)
ON CONFLICT (account) DO UPDATE SET killed = coalesce(fences.killed, excluded.killed)
"""
STANDS: Final = """
SELECT f.killed, a.killed_at IS NOT NULL AS heeded, h.holder
FROM fences f
LEFT JOIN accounts a ON a.account = f.account
LEFT JOIN heartbeats h ON h.account = f.account AND NOT h.stopped
WHERE f.account = $1
"""


HIGHEST_PORT: Final = 65_535


class Standing(NamedTuple):
    """Who threw the switch (None: nobody), whether the account is stopped by now, and who runs it (None: nobody)."""

    thrown_by: str | None = None
    heeded: bool = False
    holder: str | None = None


def checked(place: str) -> None:
    """Raises Unavailable for an address that nobody could ever connect to."""
    url = address(place)
    parts(url)
    if not 0 < (url.port or 1) <= HIGHEST_PORT:
        raise Unavailable(f"database_url: a port is a number from 1 to {HIGHEST_PORT}, not {url.port}")


@asynccontextmanager
async def session(place: str, patience: Patience = PATIENT) -> AsyncIterator[Any]:
    """A connection as the driver has it. Raises Unavailable, whatever is wrong with the address."""
    url = address(place)
    with translated(shown(url)), driven():
        try:
            connection = await connector(url, patience)()
        except (ValueError, OverflowError) as error:
            raise Unavailable(f"{shown(url)} cannot be an address: {error}") from None
        try:
            yield connection
        finally:
            connection.terminate()


async def throw(place: str, account: AccountId, who: str) -> None:
    """Stop an account's entries wherever it is run; thrown again it changes nothing. Raises Unavailable."""
    async with session(place) as connection:
        await connection.execute(THROW, account, who)


async def standing(place: str, account: AccountId) -> Standing:
    """How the switch stands there. Raises Unavailable."""
    async with session(place) as connection:
        row = await connection.fetchrow(STANDS, account)
    return Standing() if row is None else Standing(*row)
