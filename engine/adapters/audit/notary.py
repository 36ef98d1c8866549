"""The notary: signs the heads of all journals together, and leaves each checkpoint in more than one place."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Final, TypeAlias

import structlog

from engine import crash
from engine.adapters.audit import copies, keys, seals
from engine.core.chain import Seal
from engine.core.journal import canonical
from engine.core.nouns import AccountId
from engine.ports import Checkpoint, Clock, Store, Unavailable

log = structlog.get_logger(__name__)

Heads: TypeAlias = Mapping[AccountId, tuple[int, str]]

OWED_AT_MOST: Final = 100
"""Copies that wait for a place that does not answer; later ones cover what those before them signed."""
COPY_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where key and checkpoints are: two files, and the address of a folder elsewhere (None: no copies)."""

    key: Path
    file: Path
    copies: str | None = None


class Notary:
    """Signs when a head has moved since the last time. What fails is logged and made up for the next time.

    `lost_key` says that there are checkpoints, but the key that signed them is gone.
    """

    def __init__(self, store: Store, clock: Clock, places: Places) -> None:
        self._store, self._clock, self._places = store, clock, places
        self._heads: Heads = {}
        self._for_file: list[str] = []
        self._for_copies: deque[Seal] = deque(maxlen=OWED_AT_MOST)
        self._copying: Thread | None = None
        self._pen: keys.Pen | None = None
        self._turn = asyncio.Lock()
        self._ended = False
        self.lost_key = False

    async def begin(self) -> None:
        """Find out what was signed last; raises Unavailable where the key cannot be used, or the store not be read."""
        keys.check(self._places.key)
        is_there = self._places.key.exists()
        try:
            kept = await self._store.checkpoints(newest=2)
        except (
            ValueError,
            TypeError,
            AttributeError,
        ):  # somebody was at the table: verifying says what, trading goes on
            log.exception("checkpoints.unreadable")
            return
        if kept and not is_there:
            self.lost_key = True
            log.warning("audit.key_lost", key=str(self._places.key), signed_by=kept[-1].key)
        if kept:
            self._heads = kept[-1].heads
            self._complete([seal_of(checkpoint) for checkpoint in kept])

    def _complete(self, kept: Sequence[Seal]) -> None:
        """Who was killed between table and file left the file without the newest checkpoint."""
        before = kept[-2].line if len(kept) > 1 else None
        if seals.last(self._places.file) == before and keys.signed(kept[-1]):
            self._for_file.append(kept[-1].line)

    async def sign(self) -> None:
        """Sign all heads, if one has moved; whatever fails stops nobody."""
        async with self._turn:
            if self._ended:
                return
            try:
                await self._sign()
                await asyncio.to_thread(self._file)
            except (Unavailable, OSError) as error:
                log.error("checkpoint.failed", error=str(error))  # noqa: TRY400  # the sentence says it all
            await self._copy()

    async def end(self) -> None:
        """Sign for the last time; the store may be closed then."""
        await self.sign()
        self._ended = True

    async def _sign(self) -> None:
        heads = {account: head for account, head in (await self._store.heads()).items() if head[0]}
        if heads == self._heads:
            return
        if self._pen is None:
            self._pen = await asyncio.to_thread(keys.pen, self._places.key)
        checkpoint = signed(self._pen, self._clock.wall(), heads)
        crash.reached("before_checkpoint")
        await self._store.add_checkpoint(checkpoint)
        crash.reached("after_checkpoint")
        self._heads = heads
        seal = seal_of(checkpoint)
        self._for_file.append(seal.line)
        if self._places.copies:
            self._for_copies.append(seal)

    def _file(self) -> None:
        if self._for_file:
            seals.append(self._places.file, self._for_file)
            self._for_file.clear()

    async def _copy(self) -> None:
        """Send what is owed elsewhere, waiting a little; a place that hangs is left to itself until it comes back."""
        place = self._places.copies
        if not (place and self._for_copies) or (self._copying and self._copying.is_alive()):
            return
        ended = asyncio.Event()
        self._copying = Thread(target=self._send, args=(place, called_in_loop(ended.set)), daemon=True)
        self._copying.start()
        try:
            await asyncio.wait_for(ended.wait(), COPY_S)
        except TimeoutError:
            log.error("checkpoint.copy_hangs", place=copies.shown(place))  # noqa: TRY400

    def _send(self, place: str, ended: Callable[[], None]) -> None:
        try:
            while self._for_copies:
                seal = self._for_copies[0]
                copies.put(place, f"checkpoint-{name_of(seal)}.json", seal.line)
                with suppress(ValueError):  # it gave way to a newer one meanwhile
                    self._for_copies.remove(seal)
        except Unavailable as error:
            log.error("checkpoint.copy_failed", place=copies.shown(place), error=str(error))  # noqa: TRY400
        finally:
            ended()


def called_in_loop(call: Callable[[], None]) -> Callable[[], None]:
    """To be called from another thread."""
    loop = asyncio.get_running_loop()

    def from_elsewhere() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(call)

    return from_elsewhere


def signed(pen: keys.Pen, at: datetime, heads: Heads) -> Checkpoint:
    blank = Checkpoint(at=at, heads=heads, key=pen.public, signature="")
    return replace(blank, signature=pen.sign(seal_of(blank).signed))


def seal_of(checkpoint: Checkpoint) -> Seal:
    """A checkpoint as text."""
    at = checkpoint.at.astimezone(UTC).isoformat()
    return Seal(at, canonical(checkpoint.heads), checkpoint.key, checkpoint.signature)


def name_of(seal: Seal) -> str:
    """An instant that every file system takes for a name, and that sorts by time."""
    return seal.at.replace(":", "").replace("+0000", "Z")
