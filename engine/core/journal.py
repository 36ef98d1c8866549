"""The journal: one chain of rows an account, each bound to the one before by its hash."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from functools import cache, partial
from typing import Any, Final

from pydantic import BaseModel

from engine.core.nouns import AccountId
from engine.core.texts import UNWRITTEN, Body, canonical, written

__all__ = ["UNWRITTEN", "BadRow", "Body", "Entry", "canonical", "digest", "first_bad", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One journal row. `at` is people's time; `path`, `old` and `new` stand where one setting changed.

    `hash` is SHA-256, in hex, over the canonical row and the hash of the row before (empty for the first).
    """

    account: AccountId
    seq: int
    at: datetime
    actor: str
    channel: str
    kind: str
    body: Mapping[str, Any]
    path: str | None = None
    old: str | None = None
    new: str | None = None
    reason: str | None = None
    previous: str = ""
    hash: str = field(default="", metadata=UNWRITTEN)


BARE: Final = frozenset({str, int, float, bool, type(None)})


def plain(value: Any) -> Any:  # noqa: ANN401  # nouns are of any kind
    """A noun, event or value as JSON's own types; money stays whole ten-thousandths, instants become ISO 8601."""
    kind: Any = type(value)
    return value if kind in BARE else _writer(kind)(value)


Writer = Callable[[Any], Any]


@cache
def _writer(kind: type[Any]) -> Writer:
    """How values of this type are written; looked for once a type, because a decision has hundreds of values."""
    if is_dataclass(kind):
        return partial(_parts, written(kind))
    if hasattr(kind, "_fields"):
        return partial(_named, kind._fields)
    return next((write for base, write in WRITERS if issubclass(kind, base)), _as_it_is)


def _as_it_is(value: Any) -> Any:  # noqa: ANN401
    return value


def _parts(names: tuple[str, ...], value: Any) -> dict[str, Any]:  # noqa: ANN401
    return {name: plain(getattr(value, name)) for name in names}


def _named(names: tuple[str, ...], value: tuple[Any, ...]) -> dict[str, Any]:
    if BARE.issuperset(map(type, value)):  # a line of a trace, as a rule
        return dict(zip(names, value, strict=True))
    return {name: plain(item) for name, item in zip(names, value, strict=True)}


def _mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): item if type(item) in BARE else plain(item) for key, item in value.items()}


def _list(value: Iterable[Any]) -> list[Any]:
    return [item if type(item) in BARE else plain(item) for item in value]


WRITERS: Final[tuple[tuple[type[Any], Writer], ...]] = (
    (StrEnum, lambda word: word.value),
    (IntEnum, lambda word: word.name.lower()),
    (date, lambda when: when.isoformat()),  # instants, too
    (Decimal, str),
    (BaseModel, lambda model: _mapping(model.model_dump())),
    (Mapping, _mapping),
    (list, _list),
    (tuple, _list),
    (AbstractSet, lambda words: _list(sorted(words))),
)
"""How values are written, by type; the first that fits."""


def digest(entry: Entry) -> str:
    """The hash that belongs on this row, from all its fields but the hash itself."""
    return hashlib.sha256(canonical(entry).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class BadRow:
    """The first row of a chain that does not hold: its number and what is wrong with it."""

    account: AccountId
    seq: int
    what: str


def first_bad(entries: Iterable[Entry]) -> BadRow | None:
    """Walk one account's chain from its start; None when every row is in place, untouched and bound to the last."""
    previous = ""
    for seq, entry in enumerate(entries, 1):
        if entry.seq != seq:
            return BadRow(entry.account, seq, f"row {seq} is missing, {entry.seq} stands in its place")
        if entry.previous != previous:
            return BadRow(entry.account, seq, "not bound to the row before")
        if digest(entry) != entry.hash:
            return BadRow(entry.account, seq, "contents do not match their hash")
        previous = entry.hash
    return None
