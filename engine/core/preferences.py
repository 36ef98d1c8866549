"""What an owner can set: one typed model. Percent are percent (5 = 5 %), dollars exact decimals, None no own value."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from engine.core.words import Autonomy, Tier


def _exact(value: object) -> object:
    """Numbers become decimals by what they show, so that 0.1 dollars is a tenth and not its binary neighbour."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("not a number")  # noqa: TRY004  # pydantic reports ValueErrors, not TypeErrors
    return value


def _ticker_list(value: object) -> object:
    if isinstance(value, list | tuple | set) and all(isinstance(item, str) for item in value):
        return tuple(sorted(set(value)))
    return value


Percent = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Count = Annotated[int, BeforeValidator(_number)]
Dollars = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=10**9, decimal_places=2, allow_inf_nan=False)]
Tickers = Annotated[tuple[str, ...], BeforeValidator(_ticker_list), Field(max_length=200)]


class Category(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Trading(Category):
    autonomy: Autonomy = Field(Autonomy.OFF, description="how far the engine may go alone: off, ask first, or auto")
    risk_tolerance: Tier = Field(Tier.CONSERVATIVE, description="the bundle of limits that nothing may exceed")
    watchlist: Tickers = Field((), description="tickers the owner follows")
    universe: Literal["watchlist_only", "any"] = Field("any", description="which tickers may be entered")
    min_confidence: Annotated[float, BeforeValidator(_number), Field(gt=0, le=1)] | None = Field(
        None,
        description="least confidence of a recommendation that is acted on",
        json_schema_extra={"unit": "fraction"},
    )
    max_daily_trades: Annotated[Count, Field(ge=1, le=500)] = Field(
        50, description="most entries a day", json_schema_extra={"unit": "count"}
    )
    max_open_positions: Annotated[Count, Field(ge=1, le=100)] = Field(
        10, description="most positions open at once", json_schema_extra={"unit": "count"}
    )
    position_size_pct: Annotated[Percent, Field(ge=0.1, le=25)] | None = Field(
        None, description="base size of a new position, as % of tradable money", json_schema_extra={"unit": "percent"}
    )
    absolute_position_cap: Dollars | None = Field(
        None, description="most dollars in one position", json_schema_extra={"unit": "dollars"}
    )
    capital_limit: Dollars | None = Field(
        None, description="most dollars the engine may use in all", json_schema_extra={"unit": "dollars"}
    )


def _percent(low: float, high: float, default: float, description: str) -> Any:  # noqa: ANN401  # as pydantic's Field
    return Field(default, ge=low, le=high, description=description, json_schema_extra={"unit": "percent"})


class Risk(Category):
    max_position_pct: Annotated[Percent, Field(ge=0.1, le=100)] | None = Field(
        None, description="most of tradable money in one position", json_schema_extra={"unit": "percent"}
    )
    max_exposure_pct: Percent = _percent(1, 100, 80, "most of tradable money in all positions")
    max_sector_pct: Annotated[Percent, Field(ge=1, le=100)] | None = Field(
        None, description="most of tradable money in one sector", json_schema_extra={"unit": "percent"}
    )
    stop_loss_pct: Annotated[Percent, Field(ge=0.1, le=50)] | None = Field(
        None, description="widest stop-loss under the entry price", json_schema_extra={"unit": "percent"}
    )
    take_profit_pct: Annotated[Percent, Field(ge=0.1, le=500)] | None = Field(
        None, description="farthest take-profit over the entry price", json_schema_extra={"unit": "percent"}
    )
    max_drawdown_pct: Percent = _percent(1, 90, 15, "fall from the account's peak beyond which nothing is entered")
    daily_loss_limit_pct: Percent = _percent(0.1, 50, 3, "day's loss at which entries stop")
    single_position_loss_pct: Percent = _percent(0.5, 90, 10, "loss on one position at which it is closed")
    reserve_pct: Percent = _percent(0, 90, 20, "share of each realised profit that is set aside")


class Preferences(Category):
    """All that one owner has set for one account; frozen, changed by `patched`."""

    trading: Trading = Trading()
    risk: Risk = Risk()


class FieldWords(NamedTuple):
    """What is said about a field: its path, description and unit (percent, dollars, count, fraction or None)."""

    path: str
    description: str
    unit: str | None
    default: Any


def valued(path: str, value: object) -> dict[str, object]:
    """A setting's value with its unit, as sentences need it."""
    return {"value": value, "unit": _UNITS.get(path)}


class BadValue(Exception):
    """A patch that breaks the model: `path` names the field, `asked` its value, `allowed` says what would do."""

    def __init__(self, path: str, asked: object, allowed: str) -> None:
        super().__init__(f"{path}: {asked!r} is not possible; {allowed}")
        self.path, self.asked, self.allowed = path, asked, allowed


CATEGORIES: Final[Mapping[str, type[Category]]] = MappingProxyType({"trading": Trading, "risk": Risk})


def fields() -> tuple[FieldWords, ...]:
    """Every field there is, in the order of the model."""
    return tuple(
        FieldWords(
            f"{category}.{name}",
            info.description or "",
            info.json_schema_extra.get("unit") if isinstance(info.json_schema_extra, dict) else None,  # type: ignore[arg-type]
            info.default,
        )
        for category, model in CATEGORIES.items()
        for name, info in model.model_fields.items()
    )


_UNITS: Final = {field.path: field.unit for field in fields()}


def value_of(preferences: Preferences, path: str) -> Any:  # noqa: ANN401  # fields differ in type
    """The value under a path such as `risk.reserve_pct`; raises BadValue for a path that is not a field."""
    category, _, name = path.partition(".")
    if category not in CATEGORIES or name not in CATEGORIES[category].model_fields:
        raise BadValue(path, None, "there is no such setting")
    return getattr(getattr(preferences, category), name)


def patched(preferences: Preferences, patch: Mapping[str, object]) -> Preferences:
    """The same preferences with the patch's fields replaced, validated whole; raises BadValue and changes nothing."""
    parts: dict[str, dict[str, Any]] = {name: getattr(preferences, name).model_dump() for name in CATEGORIES}
    for path, value in patch.items():
        value_of(preferences, path)
        category, _, name = path.partition(".")
        parts[category][name] = value
    try:
        return Preferences.model_validate(parts)
    except ValidationError as error:
        path = ".".join(str(part) for part in error.errors()[0]["loc"][:2])
        raise BadValue(path, patch.get(path), allowed(path)) from error


def allowed(path: str) -> str:
    """What values a setting may have, in words: its range, its choices."""
    category, _, name = path.partition(".")
    schema = CATEGORIES[category].model_json_schema()
    shape = schema["properties"][name]
    options = [schema["$defs"][o["$ref"].rpartition("/")[2]] if "$ref" in o else o for o in shape.get("anyOf", [shape])]
    return " or ".join(_shape(option) for option in options)


def _shape(option: Mapping[str, Any]) -> str:
    """One alternative of a JSON schema in words."""
    if "enum" in option:
        return ", ".join(option["enum"])
    if option.get("type") == "null":
        return "none"
    if option.get("type") == "array":
        return f"at most {option['maxLength']} tickers"
    low = _bound(option, "minimum", "ge", "exclusiveMinimum", "gt")
    high = _bound(option, "maximum", "le")
    whole = "a whole number " if option.get("type") == "integer" else ""
    return f"{whole}from {low:,.10g} to {high:,.10g}"


def _bound(option: Mapping[str, Any], *names: str) -> float:
    """The bound under the first of these names; pydantic writes its own names where a validator stands before it."""
    return next(float(option[name]) for name in names if name in option)
