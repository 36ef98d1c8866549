"""The local socket's side of the process that owns the account: a request a line in, an answer a line out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

import structlog

from bot import wire
from bot.socket_place import bound, remove

log = structlog.get_logger(__name__)

IDLE_S: Final = 60.0
MOST: Final = 16
"""Callers that are heard at once; more are turned away."""

Run: TypeAlias = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


@asynccontextmanager
async def served(folder: Path, run: Run) -> AsyncIterator[None]:
    """Answer callers while this lasts. Without a socket everything else goes on, which is logged."""
    callers = Callers(run)
    try:
        made, place = bound(folder)
    except OSError as error:
        log.warning("socket.none", error=str(error))
        yield
        return
    server = await asyncio.start_unix_server(callers, sock=made, limit=wire.LONGEST)
    log.info("socket.open", place=str(place))
    try:
        yield
    finally:
        server.close()
        await callers.leave()
        remove(folder)


class Callers:
    """Whoever is on the line. A caller who sends nonsense, or nothing for a minute, is told so and hung up on."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._talks: set[asyncio.Task[Any]] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one caller to the end."""
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):  # he is gone, or we are
                await self._talk(reader, writer)
        finally:
            self._talks.discard(task)
            writer.close()

    async def leave(self) -> None:
        """Hang up on everybody."""
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        goes_on = True
        while goes_on:
            goes_on, answer = await self._answer(reader)
            if answer is not None:
                writer.write(wire.line(answer))
                await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[bool, dict[str, Any] | None]:
        """Whether to go on, and what to answer."""
        try:
            async with asyncio.timeout(IDLE_S):
                raw = await reader.readuntil(b"\n")
            if len(self._talks) > MOST:
                return False, {"error": "too many callers; try again"}
            return True, await self._run(wire.object_of(raw))
        except wire.BadRequest as error:
            return False, {"error": str(error)}
        except asyncio.LimitOverrunError:
            return False, {"error": f"a line may have at most {wire.LONGEST} bytes"}
        except (asyncio.IncompleteReadError, TimeoutError):
            return False, None
        except OSError:
            raise
        except Exception:  # a bug must not silence the socket
            log.exception("socket.failed")
            return False, {"error": "something went wrong; it is in the log"}
