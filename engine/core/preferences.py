"""What an owner can set, as one value: read and changed by path, and described in words."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from engine.core.categories import (
    CATEGORIES,
    Category,
    MarketData,
    Notifications,
    Performance,
    Risk,
    Strategy,
    Trading,
)
from engine.core.news import ALL, EVENTS, Measure, Outlet


class Preferences(Category):
    """All that one owner has set for one account; frozen, changed by `patched`."""

    trading: Trading = Trading()
    risk: Risk = Risk()
    notifications: Notifications = Notifications()
    strategy: Strategy = Strategy()
    market_data: MarketData = MarketData()
    performance: Performance = Performance()


class FieldWords(NamedTuple):
    """What is said about a field.

    `unit` is percent, dollars, count, fraction, seconds, minutes, days or None; `step` is what "a little more" means,
    None where the value is no number; `read_by` names who acts on it.
    """

    path: str
    description: str
    unit: str | None
    step: float | None
    read_by: str
    default: Any


def valued(path: str, value: object) -> dict[str, object]:
    """A setting's value with its unit, as sentences need it."""
    return {"value": value, "unit": _UNITS.get(path)}


class BadValue(Exception):
    """A patch that breaks the model: `path` names the field, `asked` its value, `allowed` says what would do."""

    def __init__(self, path: str, asked: object, allowed: str) -> None:
        super().__init__(f"{path}: that is not possible; {allowed}")
        self.path, self.asked, self.allowed = path, asked, allowed


def _fields() -> Iterable[FieldWords]:
    for category, model in CATEGORIES.items():
        for name, info in model.model_fields.items():
            about: Any = info.json_schema_extra
            words = about["unit"], about["step"], about["read_by"]
            yield FieldWords(f"{category}.{name}", info.description or "", *words, info.default)


FIELDS: Final[Mapping[str, FieldWords]] = {field.path: field for field in _fields()}
"""Every field there is, by path, in the order of the model."""
_UNITS: Final = {field.path: field.unit for field in FIELDS.values()}


def fields() -> tuple[FieldWords, ...]:
    """Every field there is, in the order of the model."""
    return tuple(FIELDS.values())


def value_of(preferences: Preferences, path: str) -> Any:  # noqa: ANN401  # fields differ in type
    """The value under a path such as `risk.reserve_pct`; raises BadValue for a path that is not a field."""
    read = _READ.get(path)
    if read is None:
        raise BadValue(path, None, "there is no such setting")
    return read(preferences)


_READ: Final = {path: attrgetter(path) for path in FIELDS}


def patched(preferences: Preferences, patch: Mapping[str, object]) -> Preferences:
    """The same preferences with the patch's fields replaced, validated whole; raises BadValue and changes nothing."""
    touched: dict[str, dict[str, Any]] = {}
    for path, value in patch.items():
        value_of(preferences, path)
        category, _, name = path.partition(".")
        before = touched.get(category) or dict(getattr(preferences, category))
        touched[category] = {**before, name: value}
    return preferences.model_copy(update={name: _checked(name, values, patch) for name, values in touched.items()})


def _checked(category: str, values: Mapping[str, Any], patch: Mapping[str, object]) -> Category:
    try:
        return CATEGORIES[category].model_validate(values)
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        path, part = f"{category}.{place[0]}", next((one for one in reversed(place) if one in _PARTS), None)
        if part is None:
            raise BadValue(path, patch.get(path), allowed(path)) from error
        raise BadValue(path, error.errors()[0]["input"], _PARTS[str(part)]) from error


def changed_from(old: Preferences, new: Preferences) -> tuple[str, ...]:
    """Paths of the fields that differ, in the order of the model."""
    return tuple(
        f"{category}.{name}"
        for category, model in CATEGORIES.items()
        if (before := getattr(old, category)) is not (after := getattr(new, category))
        for name in model.model_fields
        if getattr(before, name) != getattr(after, name)
    )


def allowed(path: str) -> str:
    """What values a setting may have, in words: its range with its unit, its choices."""
    category, _, name = path.partition(".")
    if path in _SPELLED:
        return _SPELLED[path]
    schema = CATEGORIES[category].model_json_schema()
    shape = schema["properties"][name]
    options = [schema["$defs"][o["$ref"].rpartition("/")[2]] if "$ref" in o else o for o in shape.get("anyOf", [shape])]
    told = [_shape(option, schema, _UNITS[path]) for option in options]
    return (", or " if "," in told[0] or " and " in told[0] else " or ").join(told)


_SPELLED: Final = {
    "notifications.rules": "rules that name an event, its channels and priority, and how often at most",
    "notifications.muted": "events that are not told, each with the instant until which it is not",
    "notifications.quiet_hours": "a start and an end, such as [22:00, 07:00], or none",
    "notifications.timezone": "an IANA time zone such as Europe/Berlin",
    "notifications.summary_time": "a time of day such as 16:30",
    "notifications.addresses": "an address for each channel",
    "performance.benchmark": "a ticker such as SPY",
    "market_data.preferred_sources": "at most 20 names",
}


_PARTS: Final = {
    "event_type": f"one of the events {', '.join(EVENTS)}",
    "event": f"{ALL}, or one of the events {', '.join(EVENTS)}",
    "channels": f"any of the channels {', '.join(Outlet)}",
    "priority": "one of the priorities LOW, MEDIUM, HIGH, CRITICAL",
    "throttle_minutes": "a whole number of minutes from 0 to 10,080",
    "field": f"a condition on one of {', '.join(Measure)}",
    "op": "min or max",
}
"""What may stand in a part of a rule or a mute."""


def _shape(option: Mapping[str, Any], schema: Mapping[str, Any], unit: str | None) -> str:  # one line a kind
    """One alternative of a JSON schema in words."""
    if "enum" in option:
        return spoken(option["enum"])
    if "const" in option:
        return str(option["const"])
    if option.get("type") == "null":
        return "none"
    if option.get("type") == "boolean":
        return "on, off"
    if option.get("type") == "array":
        items = option["items"]
        words = schema["$defs"][items["$ref"].rpartition("/")[2]]["enum"] if "$ref" in items else None
        return f"any of {spoken(words)}" if words else f"at most {option['maxLength']} tickers"
    return _range(option, unit or "count")


def _range(option: Mapping[str, Any], unit: str) -> str:
    """From the least to the most, in the unit that people say."""
    low, high = (_with_unit(_bound(option, *names), unit) for names in (_LOW, _HIGH))
    start = "more than" if "exclusiveMinimum" in option or "gt" in option else "from"
    whole = "a whole number " if unit == "count" else ""
    return f"{whole}{start} {low} {'to' if start == 'from' else 'and at most'} {high}{_FINEST.get(unit, '')}"


_LOW: Final = ("minimum", "ge", "exclusiveMinimum", "gt")
_HIGH: Final = ("maximum", "le")
_FINEST: Final = {
    "dollars": ", in whole cents",
    "seconds": ", in whole seconds",
    "minutes": ", in whole minutes",
    "days": ", in whole days",
}
_SPANS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_SECONDS: Final = {"seconds": 1, "minutes": 60, "days": 86_400}


def _with_unit(bound: float, unit: str) -> str:
    """A bound as people say it: 0.1%, $500, 1 hour."""
    if unit in _SECONDS:
        seconds = round(bound * _SECONDS[unit])
        size, name = next(span for span in _SPANS if not seconds % span[0])
        return f"{seconds // size} {name}{'' if seconds == size else 's'}"
    number = f"{bound * 100 if unit == 'fraction' else bound:,.10g}"
    return f"{number}%" if unit in ("percent", "fraction") else f"${number}" if unit == "dollars" else number


def spoken(words: Iterable[str]) -> str:
    """Codes as they are said: `long_term` is "long term"."""
    return ", ".join(word.replace("_", " ") for word in words)


def _bound(option: Mapping[str, Any], *names: str) -> float:
    """The bound under the first of these names; pydantic writes its own names where a validator stands before it."""
    return next(float(option[name]) for name in names if name in option)
