"""Nouns to columns and back: enums as words, instants as they are, whatever has parts as canonical JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, Protocol, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from engine.core.journal import canonical

T = TypeVar("T")
Reviver = Callable[[Any], Any]

C = TypeVar("C", bound=Callable[..., Any])


def once(call: C) -> C:
    """`functools.cache` for functions of types, which mypy does not take for hashable."""
    return cast("C", cache(call))


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


@once
def reviver(hint: Any) -> Reviver:  # noqa: ANN401, PLR0911  # type forms have no common type; one line each
    """From JSON's own types to a value of this type."""
    origin = get_origin(hint)
    if origin in FORMS:
        return FORMS[origin](get_args(hint))
    if is_dataclass(hint):
        return _dataclass(cast("type[Any]", hint))
    if hasattr(hint, "_fields"):
        return _named(hint)
    if not isinstance(hint, type):
        return _as_is
    if issubclass(hint, IntEnum):
        return lambda word: hint[word.upper()]
    if issubclass(hint, StrEnum):
        return hint
    if issubclass(hint, date):
        return lambda value: hint.fromisoformat(value) if isinstance(value, str) else value
    return _as_is


def _as_is(value: object) -> object:
    return value


def _optional(choices: tuple[Any, ...]) -> Reviver:
    """`X | None` is X or None; a wider choice is of JSON's own types and stands as it is."""
    real = [choice for choice in choices if choice is not NoneType]
    if len(real) > 1:
        return _as_is
    revive = reviver(real[0])
    return revive if revive is _as_is else lambda value: None if value is None else revive(value)


def _mapping(arguments: tuple[Any, ...]) -> Reviver:
    """JSON's keys are text."""
    of_key, of_value = (reviver(argument) for argument in arguments)
    return lambda values: {of_key(name): of_value(each) for name, each in values.items()}


def _tuple(arguments: tuple[Any, ...]) -> Reviver:
    if len(arguments) == 2 and arguments[1] is ...:  # tuple[X, ...]
        each = reviver(arguments[0])
        return lambda values: tuple(each(value) for value in values)
    parts = tuple(reviver(argument) for argument in arguments)
    return lambda values: tuple(revive(value) for revive, value in zip(parts, values, strict=True))


def _frozenset(_arguments: tuple[Any, ...]) -> Reviver:
    return frozenset


FORMS: Final[Mapping[Any, Callable[[tuple[Any, ...]], Reviver]]] = MappingProxyType(
    {Union: _optional, UnionType: _optional, tuple: _tuple, frozenset: _frozenset, Mapping: _mapping}
)
"""Types made of other types, by what `get_origin` calls them."""


def _named(kind: Any) -> Reviver:  # noqa: ANN401  # of a NamedTuple
    hints = get_type_hints(kind)
    revivers = {name: reviver(hints[name]) for name in kind._fields}
    parts = tuple((name, revive) for name, revive in revivers.items() if revive is not _as_is)
    if not parts:
        return lambda value: kind(**value)
    return lambda value: kind(**value | {name: revive(value[name]) for name, revive in parts if name in value})


def _dataclass(kind: type[Any]) -> Reviver:
    hints = get_type_hints(kind)
    parts = tuple((name, reviver(hints[name])) for name in _names(kind))
    # a part that an older version did not write yet takes its default
    return lambda value: kind(**{name: revive(value[name]) for name, revive in parts if name in value})
