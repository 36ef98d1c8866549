"""JSON's own types to nouns, events and values: the way back from how a journal writes them."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import IntEnum, StrEnum
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Reviver = Callable[[Any], Any]

C = TypeVar("C", bound=Callable[..., Any])


def once(call: C) -> C:
    """`functools.cache` for functions of types, which mypy does not take for hashable."""
    return cast("C", cache(call))


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
    parts = tuple((field.name, reviver(hints[field.name])) for field in fields(kind))
    # a part that an older version did not write yet takes its default
    return lambda value: kind(**{name: revive(value[name]) for name, revive in parts if name in value})
