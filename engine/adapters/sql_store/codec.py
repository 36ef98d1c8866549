"""Nouns to columns and back: enums as words, instants as they are, whatever has parts as canonical JSON."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from types import NoneType, UnionType
from typing import Any, Final, Protocol, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from engine.core.journal import canonical
from engine.core.reviving import Reviver, once, reviver

T = TypeVar("T")


class Columns(Protocol):
    """A row, by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any: ...  # noqa: ANN401  # columns differ in type


_SIMPLE: Final = (str, int, float, datetime, date, NoneType)
_AS_THEY_ARE: Final = frozenset({*_SIMPLE, bool})


def column(value: object) -> object:
    """A field of a noun as its column holds it."""
    if type(value) in _AS_THEY_ARE:
        return value
    match value:
        case StrEnum():
            return value.value
        case IntEnum():
            return value.name.lower()
        case _ if isinstance(value, _SIMPLE):
            return value
        case _:
            return canonical(value)


def columns(noun: object) -> dict[str, object]:
    """All fields of a noun, by name."""
    values = ((name, getattr(noun, name)) for name in _names(type(noun)))
    return {name: value if type(value) in _AS_THEY_ARE else column(value) for name, value in values}


@once
def _names(noun: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(noun))


def noun(kind: type[T], row: Columns) -> T:
    """The noun that `columns` took apart; columns that are no field of it are left alone."""
    return kind(**{name: read(row[name]) for name, read in _readers(kind)})


def parts(kind: type[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a noun that a row has columns of."""
    return {name: read(row[name]) for name, read in _readers(kind) if name in row}


@once
def _readers(kind: type[Any]) -> tuple[tuple[str, Reviver], ...]:
    hints = get_type_hints(kind)
    return tuple((name, _reader(hints[name])) for name in _names(kind))


def _reader(hint: object) -> Reviver:
    """From a column to a field of this type."""
    revive = reviver(hint)
    if not _has_parts(hint):
        return revive
    return lambda text: None if text is None else revive(json.loads(text))


def _has_parts(hint: object) -> bool:
    if get_origin(hint) in (Union, UnionType):
        return any(_has_parts(choice) for choice in get_args(hint))
    return get_origin(hint) is not None or is_dataclass(hint)


def rewritten(kind: type[Any], name: str, text: str) -> str | None:
    """A column's JSON text as this program would write it; None where it is unreadable, or no JSON column."""
    hint = get_type_hints(kind).get(name)
    if not _has_parts(hint):
        return None
    try:
        return canonical(reviver(hint)(json.loads(text)))
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def revived(kind: type[T], text: str) -> T:
    """The value whose canonical JSON text this is; `kind` may be any type that nouns are made of."""
    return cast("T", reviver(kind)(json.loads(text)))
