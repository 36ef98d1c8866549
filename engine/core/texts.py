"""The one JSON text of a value: sorted keys, no spaces, UTF-8 as it is.

It is written at once, without JSON's own types between: a decision's trace has hundreds of values.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from functools import cache
from json.encoder import encode_basestring
from math import isfinite
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel

T = TypeVar("T")

Writer = Callable[[Any], str]

UNWRITTEN: Final = MappingProxyType({"journal": False})
"""Metadata of a field that follows from the others and is therefore not written down."""


def canonical(value: object) -> str:
    """The text of a noun, event or value; the same value always has the same."""
    return _WRITERS[type(value)](value)


def kept(noun: T) -> T:
    """A named tuple of which there is one for good, and which is told again and again: its text is kept."""
    _KEPT[id(noun)] = (noun, canonical(noun))  # with itself, so that its identity stays its own
    return noun


class Body(Mapping[str, Any]):
    """What a row tells: its canonical text and, for whoever looks into it, JSON's own types.

    Written once, for a decision's text is long: the hash takes it, and so does the table.
    """

    __slots__ = ("_read", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._read: dict[str, Any] | None = None

    @classmethod
    def of(cls, event: object) -> "Body":
        """What is written of an event."""
        return cls(canonical(event))

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  # values differ in type
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return self.text

    @property
    def _values(self) -> dict[str, Any]:
        if self._read is None:
            self._read = cast("dict[str, Any]", json.loads(self.text))
        return self._read


@cache
def written(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a noun or event that the journal has."""
    return tuple(field.name for field in fields(kind) if field.metadata.get("journal", True))


class Writers(dict[type[Any], Writer]):
    """How values are written, by their type; looked for once a type."""

    def __missing__(self, kind: type[Any]) -> Writer:
        self[kind] = found = _writer(kind)
        return found


def _writer(kind: type[Any]) -> Writer:
    if is_dataclass(kind):
        return _noun(written(kind))
    if hasattr(kind, "_fields"):
        return _unless_kept(_noun(kind._fields))
    return next((write for of, write in DERIVED if issubclass(kind, of)), _other)


def _noun(names: Iterable[str]) -> Writer:
    """All nouns of a type have one form, into which the texts of their values go."""
    ordered = sorted(names)
    form = "{" + ",".join(f'"{name}":%s' for name in ordered) + "}"
    if len(ordered) < 2:  # `attrgetter` gives no tuple of one
        return lambda noun: form % tuple(canonical(getattr(noun, name)) for name in ordered)
    values = attrgetter(*ordered)
    return lambda noun: form % tuple([_WRITERS[type(value)](value) for value in values(noun)])


def _unless_kept(write: Writer) -> Writer:
    def text(noun: object) -> str:
        found = _KEPT.get(id(noun))
        return found[1] if found else write(noun)

    return text


_KEPT: Final[dict[int, tuple[object, str]]] = {}


def _mapping(values: Mapping[Any, Any]) -> str:
    rows = sorted([(str(name), value) for name, value in values.items()], key=_first)
    return "{" + ",".join([f"{encode_basestring(name)}:{_WRITERS[type(value)](value)}" for name, value in rows]) + "}"


def _first(row: tuple[str, object]) -> str:
    return row[0]


def _list(values: Iterable[Any]) -> str:
    return "[" + ",".join([_WRITERS[type(value)](value) for value in values]) + "]"


def _fraction(value: float) -> str:
    return float.__repr__(value) if isfinite(value) else _other(value)


_other: Final[Writer] = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode
"""JSON's own: raises ValueError for what is no number, TypeError for what has no text."""

_WRITERS: Final = Writers(
    {
        str: encode_basestring,
        int: int.__repr__,
        float: _fraction,
        bool: lambda value: "true" if value else "false",
        type(None): lambda _none: "null",
        Body: lambda body: body.text,
    }
)
"""Values of exactly these types are written without looking further."""

DERIVED: Final[tuple[tuple[type[Any], Writer], ...]] = (
    (StrEnum, lambda word: encode_basestring(word.value)),
    (IntEnum, lambda word: encode_basestring(word.name.lower())),
    (date, lambda when: f'"{when.isoformat()}"'),  # instants, too
    (Decimal, lambda amount: f'"{amount}"'),
    (BaseModel, lambda model: _mapping(model.model_dump())),
    (Mapping, _mapping),
    (list, _list),
    (tuple, _list),
    (AbstractSet, lambda words: _list(sorted(words))),
)
"""How values of these types and of those derived from them are written; the first that fits."""
