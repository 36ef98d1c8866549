"""What an outside broker publishes of one account, as docs/broker-queue.md asks for: read, never written."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from engine.adapters.redis import broker_words as said
from engine.adapters.redis import keys
from engine.core.nouns import AccountId, Fill
from engine.ports import Holdings, Rejected, Unavailable

UNKNOWN_EXECUTION: Final = "unknown_execution"

TOLD: Final = """
local epoch = redis.call('GET', KEYS[2])
local first = 0
if epoch == ARGV[1] then first = tonumber(ARGV[2]) end
return {redis.call('GET', KEYS[1]), epoch, redis.call('LLEN', KEYS[3]), redis.call('LRANGE', KEYS[3], first, -1)}
"""
"""At one instant: who is there, the epoch, how many executions, and those new to whoever knows this epoch."""


class Line(Protocol):
    """What is used of the library's client: its own types say of every answer that it may come later."""

    def get(self, name: str) -> Any: ...  # noqa: ANN401  # the library's own answers
    def mget(self, keys: list[str]) -> Any: ...  # noqa: ANN401
    def hget(self, name: str, key: str) -> Any: ...  # noqa: ANN401
    def hexists(self, name: str, key: str) -> Any: ...  # noqa: ANN401
    def lpush(self, name: str, *values: str) -> Any: ...  # noqa: ANN401
    def lrem(self, name: str, count: int, value: str) -> Any: ...  # noqa: ANN401
    def blpop(self, keys: list[str], timeout: float) -> Any: ...  # noqa: ANN401
    def eval(self, script: str, numkeys: int, *keys_and_args: str) -> Any: ...  # noqa: ANN401
    def close(self) -> None: ...


class Book:
    """What stands there is believed while its writer is there, and has said all of it since Redis was empty last."""

    def __init__(self, line: Line, account: AccountId) -> None:
        self._line, self._account = line, account
        self._anew("")

    def _anew(self, epoch: str) -> None:
        self._epoch, self._read = epoch, 0
        self._told: list[Fill] = []
        self._places: dict[str, int] = {}
        self._first = self._began = 0

    def server(self) -> said.Words | None:
        """What the outside broker says of itself every few seconds; None while it is not there."""
        raw = self._line.get(keys.BROKER_SERVICE)
        return said.words_of(raw) if raw else None

    def epoch(self) -> str:
        """Under which all was said that stands there. Raises Unavailable while nobody vouches for it."""
        return _vouched(*self._line.mget([keys.BROKER_SERVICE, keys.broker_epoch(self._account)]))

    def receipt(self, client_order_id: str) -> said.Words | None:
        raw = self._line.hget(keys.broker_receipts(self._account), client_order_id)
        return said.words_of(raw) if raw else None

    def transfer(self, transfer_id: str) -> said.Words | None:
        raw = self._line.hget(keys.broker_transfers(self._account), transfer_id)
        return said.words_of(raw) if raw else None

    def holdings(self) -> Holdings:
        """Raises Unavailable also for what was said before Redis was empty last."""
        names = [keys.BROKER_SERVICE, keys.broker_epoch(self._account), keys.broker_holdings(self._account)]
        service, epoch, raw = self._line.mget(names)
        _vouched(service, epoch)
        words = said.words_of(raw) if raw else {}
        if words.get("epoch") != epoch:
            raise Unavailable("the outside broker has not said anew what it holds")
        return said.holdings(words)

    def fills(self, after: str | None) -> Sequence[Fill]:
        """Those since the last reset and after that one; raises Rejected for one that was never told.

        What was told before the last one asked for is not kept, but read again where somebody wants it.
        """
        self._catch_up()
        if self._from(after) < self._first:
            self._anew("")
            self._catch_up()
        first = self._from(after)
        if after is not None:
            self._told, self._first = self._told[first - self._first :], first
        return self._told[first - self._first :]

    def _from(self, after: str | None) -> int:
        if after is not None and after not in self._places:
            raise Rejected(UNKNOWN_EXECUTION)
        return max(self._began, self._places[after] + 1 if after else 0)

    def _catch_up(self) -> None:
        """Read what was added to the list; under another epoch, or where it has become shorter, all of it."""
        epoch, there, raws = self._new()
        if epoch != self._epoch or there < self._read:
            self._anew("")
            epoch, there, raws = self._new()
            self._epoch = epoch
        for raw in raws:
            self._take(said.words_of(raw))
            self._read += 1

    def _new(self) -> tuple[str, int, list[str]]:
        names = (keys.BROKER_SERVICE, keys.broker_epoch(self._account), keys.broker_fills(self._account))
        service, epoch, there, raws = self._line.eval(TOLD, 3, *names, self._epoch, str(self._read))
        return _vouched(service, epoch), there, raws

    def _take(self, words: said.Words) -> None:
        if "reset" in words:
            self._began = self._first + len(self._told)
            return
        fill = said.fill(words)
        if fill.execution_id not in self._places:
            self._places[fill.execution_id] = self._first + len(self._told)
            self._told.append(fill)


def _vouched(service: str | None, epoch: str | None) -> str:
    """The epoch, if somebody is there who vouches for it."""
    if not service:
        raise Unavailable("no outside broker serves the order queue")
    if not epoch:
        raise Unavailable("the outside broker has not said yet what it holds")
    return epoch
