"""The journal: one chain of rows an account, each bound to the one before by its hash."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

from engine.core.nouns import AccountId


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
    hash: str = ""


BARE: Final = frozenset({str, int, float, bool})
UNWRITTEN: Final = MappingProxyType({"journal": False})
"""Metadata of a field that follows from the others and is therefore not written down."""


def plain(value: Any) -> Any:  # noqa: ANN401, C901, PLR0911  # one line a type is the clearest form
    """A noun, event or value as JSON's own types; money stays whole ten-thousandths, instants become ISO 8601."""
    if value is None or type(value) in BARE:
        return value
    match value:
        case StrEnum():
            return value.value
        case IntEnum():
            return value.name.lower()
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case BaseModel():
            return plain(value.model_dump())
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case tuple() if hasattr(value, "_fields"):
            return {name: plain(item) for name, item in zip(value._fields, value, strict=True)}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {name: plain(getattr(value, name)) for name in written(type(value))}
        case _:
            return value


@cache
def written(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a noun or event that the journal has."""
    return tuple(field.name for field in fields(kind) if field.metadata.get("journal", True))


def canonical(value: object) -> str:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8 as it is."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(entry: Entry) -> str:
    """The hash that belongs on this row, from all its fields but the hash itself."""
    row = {field.name: getattr(entry, field.name) for field in fields(entry) if field.name != "hash"}
    return hashlib.sha256(canonical(row).encode()).hexdigest()


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
