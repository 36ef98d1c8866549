"""The six categories of settings. Percent are percent (5 = 5 %), dollars exact decimals, None no own value.

Each field says what it is, its unit, the step by which "a little more" moves it, and who reads it.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from engine.core.news import ALL, EVENTS, Measure, Outlet
from engine.core.words import AssetClass, Autonomy, OrderType, Priority, Sector, Settlement, Style, Tier, Verbosity


def _exact(value: object) -> object:
    """Numbers become decimals by what they show, so that 0.1 dollars is a tenth and not its binary neighbour."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("not a number")  # noqa: TRY004  # pydantic reports ValueErrors, not TypeErrors
    return value


def _switch(value: object) -> object:
    if not isinstance(value, bool):
        raise ValueError("not on or off")  # noqa: TRY004
    return value


def _set(value: object) -> object:
    """Lists of words lose their order and their doubles."""
    if isinstance(value, list | tuple | set | frozenset) and all(isinstance(item, str) for item in value):
        return tuple(sorted(set(value)))
    return value


def _hours(value: object) -> object:
    """A pair is a start and an end."""
    match value:
        case [start, end]:
            return {"start": start, "end": end}
    return value


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # one that is not known, a path, a folder
        raise ValueError("not a time zone") from error
    return name


def _event(name: str) -> str:
    if name not in EVENTS:
        raise ValueError("not an event")
    return name


def _event_or_all(name: str) -> str:
    return name if name == ALL else _event(name)


def _priority(word: object) -> object:
    if not isinstance(word, str) or word.upper() not in Priority.__members__:
        raise ValueError("not a priority")
    return word.upper()


def _listed(value: object) -> object:
    """No conditions may be written as an empty mapping, too."""
    return () if isinstance(value, Mapping) and not value else value


Percent = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Fraction = Annotated[float, BeforeValidator(_number), Field(gt=0, le=1)]
Count = Annotated[int, BeforeValidator(_number)]
Switch = Annotated[bool, BeforeValidator(_switch)]
Dollars = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=10**9, decimal_places=2, allow_inf_nan=False)]
Tickers = Annotated[tuple[str, ...], BeforeValidator(_set), Field(max_length=200)]
Sectors = Annotated[tuple[Sector, ...], BeforeValidator(_set)]
AssetClasses = Annotated[tuple[AssetClass, ...], BeforeValidator(_set)]
OrderTypes = Annotated[tuple[OrderType, ...], BeforeValidator(_set)]
Names = Annotated[tuple[str, ...], BeforeValidator(_set), Field(max_length=20)]
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Zone = Annotated[str, AfterValidator(_zone)]


def _field(  # what a setting is made of
    default: Any,  # noqa: ANN401  # as pydantic's Field
    description: str,
    read_by: str,
    unit: str | None = None,
    step: float | None = None,
    **bounds: float,
) -> Any:  # noqa: ANN401
    about: dict[str, Any] = {"read_by": read_by, "unit": unit, "step": step}
    return Field(default, description=description, json_schema_extra=about, **bounds)  # type: ignore[call-overload]


def _percent(low: float, high: float, default: float, description: str, read_by: str, step: float) -> Any:  # noqa: ANN401, PLR0913, PLR0917
    return _field(default, description, read_by, "percent", step, ge=low, le=high)


class Category(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Trading(Category):
    autonomy: Autonomy = _field(Autonomy.OFF, "how far the engine may go alone: off, ask first, or auto", "gates")
    risk_tolerance: Tier = _field(Tier.CONSERVATIVE, "the bundle of limits that nothing may exceed", "limits")
    style: Style = _field(Style.SWING, "how long ideas are meant to be held", "fit score, age of recommendations")
    watchlist: Tickers = _field((), "tickers the owner follows", "universe, fit score")
    excluded_tickers: Tickers = _field((), "tickers that are never bought", "gates")
    excluded_sectors: Sectors = _field((), "sectors of which nothing is bought", "gates")
    universe: Literal["watchlist_only", "any"] = _field("any", "which tickers may be entered", "gates")
    asset_classes: AssetClasses = _field(
        (AssetClass.EQUITIES, AssetClass.ETFS), "kinds of securities that may be bought", "gates"
    )
    min_confidence: Fraction | None = _field(
        None, "least confidence of a recommendation that is acted on", "sizing", "fraction", 0.05
    )
    max_daily_trades: Annotated[Count, Field(ge=1, le=500)] = _field(50, "most entries a day", "gates", "count", 1)
    max_open_positions: Annotated[Count, Field(ge=1, le=100)] = _field(
        10, "most positions open at once", "gates", "count", 1
    )
    order_types: OrderTypes = _field(
        (OrderType.LIMIT, OrderType.MARKET), "kinds of orders that entries may use", "entries"
    )
    after_hours: Switch = _field(default=False, description="enter after the close, too", read_by="window")
    pre_market: Switch = _field(default=False, description="enter before the open, too", read_by="window")
    position_size_pct: Annotated[Percent, Field(ge=0.1, le=25)] | None = _field(
        None, "base size of a new position, as % of tradable money", "sizing", "percent", 0.5
    )
    absolute_position_cap: Dollars | None = _field(None, "most dollars in one position", "sizing", "dollars", 500)
    capital_limit: Dollars | None = _field(None, "most dollars the engine may use in all", "sizing", "dollars", 1000)
    order_timeout_seconds: Annotated[Count, Field(ge=5, le=86400)] = _field(
        300, "how long an entry order may wait for its fill", "execution", "seconds", 60
    )
    gradual_entry: Switch = _field(default=True, description="buy larger positions in parts", read_by="entries")
    micro_trading: Switch = _field(default=False, description="trade ideas meant for minutes", read_by="gates")
    settlement: Settlement = _field(Settlement.CASH, "whether only settled cash is used, or margin", "gates")


class Risk(Category):
    max_position_pct: Annotated[Percent, Field(ge=0.1, le=100)] | None = _field(
        None, "most of tradable money in one position", "sizing", "percent", 1
    )
    max_exposure_pct: Percent = _percent(1, 100, 80.0, "most of tradable money in all positions", "sizing", 5)
    max_sector_pct: Annotated[Percent, Field(ge=1, le=100)] | None = _field(
        None, "most of tradable money in one sector", "sizing", "percent", 5
    )
    stop_loss_pct: Annotated[Percent, Field(ge=0.1, le=50)] | None = _field(
        None, "widest stop-loss under the entry price", "stops", "percent", 0.5
    )
    take_profit_pct: Annotated[Percent, Field(ge=0.1, le=500)] | None = _field(
        None, "farthest take-profit over the entry price", "stops", "percent", 1
    )
    max_drawdown_pct: Percent = _percent(
        1, 90, 15.0, "fall from the account's peak beyond which nothing is entered", "breakers", 1
    )
    daily_loss_limit_pct: Percent = _percent(0.1, 50, 3.0, "day's loss at which entries stop", "breakers", 0.5)
    single_position_loss_pct: Percent = _percent(
        0.5, 90, 10.0, "loss on one position at which it is closed", "breakers", 1
    )
    reserve_pct: Percent = _percent(0, 90, 20.0, "share of each realised profit that is set aside", "pools", 5)


PriorityWord = Annotated[Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"], BeforeValidator(_priority)]
Outlets = Annotated[tuple[Outlet, ...], BeforeValidator(_set)]


class Condition(Category):
    """News are told where what they measure is at least (`min`) or at most (`max`) this value."""

    field: Measure
    op: Literal["min", "max"]
    value: Annotated[float, BeforeValidator(_number), Field(ge=0, le=10**9, allow_inf_nan=False)]


class NotificationRule(Category):
    """How one kind of event is told: where (no channels: here), how urgent it is (None: as it is by itself), at most
    how often, and under which conditions.
    """

    event_type: Annotated[str, AfterValidator(_event)]
    channels: Outlets = ()
    priority: PriorityWord | None = None
    enabled: Switch = True
    throttle_minutes: Annotated[Count, Field(ge=0, le=10080)] = 0
    conditions: Annotated[tuple[Condition, ...], BeforeValidator(_listed), Field(max_length=20)] = ()


class Mute(Category):
    """An event, or `all` of them, that is not told, until an instant of market time; None: for good."""

    event: Annotated[str, AfterValidator(_event_or_all)]
    until: AwareDatetime | None = None


class QuietHours(Category):
    """From and to, in the owner's zone; may span midnight."""

    start: TimeOfDay
    end: TimeOfDay


Spoken = Literal["en", "de"]
"""The languages that are spoken."""


class Notifications(Category):
    rules: Annotated[tuple[NotificationRule, ...], Field(max_length=200)] = _field(
        (), "what is told, where and how often", "routing"
    )
    muted: Annotated[tuple[Mute, ...], Field(max_length=200)] = _field(
        (), "what is not told, and until when", "routing"
    )
    quiet_hours: Annotated[QuietHours | None, BeforeValidator(_hours)] = _field(
        None, "hours in which only important news come", "routing"
    )
    timezone: Zone = _field("America/New_York", "the clock by which you speak and are told times", "clock")
    summary_time: TimeOfDay = _field("16:30", "when the day's summary comes, by your clock", "timetable")
    weekly_digest: Switch = _field(default=True, description="a summary of the week", read_by="routing")
    addresses: Mapping[Outlet, Annotated[str, Field(min_length=1, max_length=200)]] = _field(
        {}, "where news are sent, by channel", "routing"
    )
    verbosity: Verbosity = _field(Verbosity.NORMAL, "how long news are", "phrases")
    language: Spoken = _field("en", "the language spoken", "phrases")


class Strategy(Category):
    auto_deploy_optimised: Switch = _field(
        default=False, description="put optimised strategies to work without asking", read_by="strategies"
    )
    suggestions: Switch = _field(default=True, description="suggest better settings", read_by="strategies")
    max_strategies: Annotated[Count, Field(ge=1, le=50)] = _field(
        5, "most strategies listened to", "strategies", "count", 1
    )
    review_period_days: Annotated[Count, Field(ge=1, le=365)] = _field(
        30, "days over which strategies are reviewed", "strategies", "days", 5
    )
    auto_pause_underperforming: Switch = _field(
        default=True, description="pause strategies that lag behind", read_by="strategies"
    )
    underperformance_pct: Percent = _percent(
        0.1, 90, 5.0, "how far a strategy may lag behind before it is paused", "strategies", 1
    )
    min_sectors: Annotated[Count, Field(ge=1, le=11)] = _field(
        3, "sectors below which a new one is bought a little larger", "sizing", "count", 1
    )


class MarketData(Category):
    realtime: Switch = _field(default=True, description="prices as they come", read_by="market")
    refresh_seconds: Annotated[Count, Field(ge=1, le=3600)] = _field(
        60, "how often prices are asked for", "market", "seconds", 15
    )
    extended_hours: Switch = _field(default=False, description="prices outside market hours", read_by="market")
    preferred_sources: Names = _field((), "where prices come from, best first", "market")
    level2: Switch = _field(default=False, description="the order book's depth", read_by="market")
    options: Switch = _field(default=False, description="prices of options", read_by="market")
    futures: Switch = _field(default=False, description="prices of futures", read_by="market")


class Performance(Category):
    realtime_pnl: Switch = _field(default=True, description="profit and loss at every price", read_by="metrics")
    gain_alert_pct: Annotated[Percent, Field(ge=0.1, le=100)] | None = _field(
        None, "day's gain that is told at once", "alerts", "percent", 0.5
    )
    loss_alert_pct: Annotated[Percent, Field(ge=0.1, le=100)] | None = _field(
        None, "day's loss that is told at once", "alerts", "percent", 0.5
    )
    drawdown_alert_pct: Annotated[Percent, Field(ge=0.1, le=90)] | None = _field(
        10.0, "fall from the peak that is told at once", "alerts", "percent", 1
    )
    benchmark: Annotated[str, Field(pattern=r"^[A-Z][A-Z.]{0,6}$")] = _field(
        "SPY", "what the account is compared with", "metrics"
    )
    update_minutes: Annotated[Count, Field(ge=1, le=1440)] = _field(
        5, "how often figures are made anew", "metrics", "minutes", 5
    )


CATEGORIES: Final[Mapping[str, type[Category]]] = MappingProxyType(
    {
        "trading": Trading,
        "risk": Risk,
        "notifications": Notifications,
        "strategy": Strategy,
        "market_data": MarketData,
        "performance": Performance,
    }
)
