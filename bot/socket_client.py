"""The local socket's other side: asking the process that owns an account."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from bot import wire
from bot.socket_place import place_of

ANSWER_S: Final = 60.0
SILENT: Final = "it gave no answer in time"
GONE: Final = "it went away before it answered"
UNREADABLE: Final = "its answer cannot be read"


class HungUp(Exception):
    """The process that owns the account went away before it answered."""


class Caller:
    """One conversation with the process that owns an account."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def find(cls, folder: Path) -> "Caller | None":
        """Somebody who answers for this folder; None where no process does."""
        try:
            return cls(*await asyncio.open_unix_connection(str(place_of(folder)), limit=4 * wire.LONGEST))
        except OSError:
            return None

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request; raises HungUp where none comes."""
        try:
            async with asyncio.timeout(ANSWER_S):
                self._writer.write(wire.line(request))
                await self._writer.drain()
                return wire.object_of(await self._reader.readuntil(b"\n"))
        except TimeoutError:
            raise HungUp(SILENT) from None
        except (EOFError, ConnectionError):
            raise HungUp(GONE) from None
        except (OSError, asyncio.LimitOverrunError, wire.BadRequest) as error:
            raise HungUp(f"{UNREADABLE}: {error}") from None

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
