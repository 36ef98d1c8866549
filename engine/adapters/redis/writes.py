"""What is written to Redis, as commands: pure, so that each can be read and tried without a server."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from engine.adapters.redis import keys
from engine.adapters.redis.link import Command
from engine.core.journal import Entry, canonical, plain
from engine.core.nouns import AccountId
from engine.core.scene import Quote
from engine.core.state import State
from engine.core.units import Ticker

NEWER: Final = """
local function decoded(text) return cjson.decode(text) end
local old = redis.call('GET', KEYS[1])
if old then
  local read, kept = pcall(decoded, old)
  if read and type(kept) == 'table' and kept.history == ARGV[1] and kept.version >= tonumber(ARGV[2]) then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[3])
return 1
"""
"""Compare and set: within one history of an account only a higher version replaces what stands there."""


ONCE: Final = """
local function decoded(text) return cjson.decode(text) end
local old = redis.call('GET', KEYS[1])
if old then
  local read, kept = pcall(decoded, old)
  if read and type(kept) == 'table' and kept.history == ARGV[1] then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""
"""Set what runs out, once within one history of an account: set again it does not live longer."""


class Mark(NamedTuple):
    """How far a journal was told: its last number told and that row's hash.

    `history` names the journal: another one under the same account, begun anew or brought back from a copy, has
    another name, so that nothing said of the old one is believed of the new.
    """

    seq: int
    hash: str
    history: str


def preferences(state: State, history: str) -> list[Command]:
    """What the owner has set, and that it changed."""
    account, version = state.account, state.version
    value = keys.value(history=history, version=version, preferences=state.preferences)
    change = keys.value(what="preferences", account=account, version=version)
    return [
        ("EVAL", NEWER, 1, keys.preferences(account), history, version, value),
        ("PUBLISH", keys.CHANGED, change),
    ]


def breakers(state: State) -> list[Command]:
    """All that holds entries back, instead of what was said of it before, and that it changed."""
    key, standing = keys.breakers(state.account), held_back(state)
    fields = [part for pair in standing.items() for part in pair]
    change = keys.value(what="breakers", account=state.account, seq=state.seq)
    return [("DEL", key), *([("HSET", key, *fields)] if fields else ()), ("PUBLISH", keys.CHANGED, change)]


def held_back(state: State) -> dict[str, str]:
    """Each circuit breaker that stands, the owner's pause and the kill switch, by the field of the hash."""
    found = {keys.breaker(*key): keys.value(**plain(breaker)) for key, breaker in sorted_breakers(state)}
    if state.pause is not None:
        found["pause"] = keys.value(**plain(state.pause))
    if state.killed_at is not None:
        found["killed"] = keys.value(since=state.killed_at)
    return found


def sorted_breakers(state: State) -> list[tuple[Any, Any]]:
    return sorted(state.breakers.items(), key=lambda item: keys.breaker(*item[0]))


def received(account: AccountId, recommendation_id: str, history: str) -> Command:
    """That this recommendation was stored; what stands there already stays, and runs out in its own time."""
    key, value = keys.dedupe(account, recommendation_id), keys.value(history=history)
    return ("EVAL", ONCE, 1, key, history, value, keys.DEDUPE_S)


def quotes(found: Mapping[Ticker, Quote]) -> list[Command]:
    """Last prices, and of how many tickers they are new."""
    if not found:
        return []
    fields = [part for ticker in sorted(found) for part in (ticker, keys.value(**plain(found[ticker])))]
    return [("HSET", keys.QUOTES, *fields), ("PUBLISH", keys.CHANGED, keys.value(what="quotes", number=len(found)))]


def events(entries: Sequence[Entry], history: str) -> list[Command]:
    """Journal rows of one account in their order, and up to which one it was told."""
    if not entries:
        return []
    last = entries[-1]
    mark = keys.value(seq=last.seq, hash=last.hash, history=history)
    return [*map(_event, entries), ("SET", keys.told(last.account), mark)]


def _event(entry: Entry) -> Command:
    fields: dict[str, str | int] = {
        "v": keys.VERSION,
        "account": entry.account,
        "seq": entry.seq,
        "kind": entry.kind,
        "at": entry.at.isoformat(),
        "body": canonical(entry.body),
        "hash": entry.hash,
    }
    return ("XADD", keys.EVENTS, "MAXLEN", "~", keys.STREAM_LENGTH, "*", *_flat(fields.items()))


def _flat(pairs: Iterable[tuple[str, str | int]]) -> list[str | int]:
    return [part for pair in pairs for part in pair]
