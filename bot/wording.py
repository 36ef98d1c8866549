"""What settings are called among people, and how a value without a unit is written and said."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

UNIT_SUFFIX: Final = re.compile(r"_(pct|dollars|seconds|minutes|days)$")
TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
ZONE: Final = re.compile(r"[A-Z]\w+(/[\w+-]+)+")

CALLED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "trading.style": "trading style",
        "trading.excluded_tickers": "excluded companies",
        "trading.universe": "stocks that may be bought",
        "trading.asset_classes": "kinds of securities",
        "trading.min_confidence": "minimum confidence",
        "trading.max_daily_trades": "most trades a day",
        "trading.order_types": "kinds of orders",
        "trading.after_hours": "trading after hours",
        "trading.pre_market": "trading before the open",
        "trading.position_size_pct": "position size",
        "trading.absolute_position_cap": "most dollars in a position",
        "trading.order_timeout_seconds": "time an order may wait",
        "trading.micro_trading": "micro-trading",
        "risk.take_profit_pct": "take-profit",
        "risk.stop_loss_pct": "stop-loss",
        "notifications.rules": "notification rules",
        "notifications.muted": "muted news",
        "notifications.timezone": "time zone",
        "strategy.auto_deploy_optimised": "putting optimised strategies to work",
        "strategy.suggestions": "suggestions of settings",
        "strategy.max_strategies": "most strategies",
        "strategy.review_period_days": "review period",
        "strategy.auto_pause_underperforming": "pausing of strategies that lag behind",
        "strategy.underperformance_pct": "how far a strategy may lag behind",
        "strategy.min_sectors": "sectors wanted",
        "market_data.realtime": "real-time prices",
        "market_data.refresh_seconds": "time between prices",
        "market_data.extended_hours": "prices outside market hours",
        "market_data.preferred_sources": "preferred price sources",
        "market_data.level2": "order book depth",
        "market_data.options": "prices of options",
        "market_data.futures": "prices of futures",
        "performance.realtime_pnl": "real-time profit and loss",
        "performance.update_minutes": "time between updates of figures",
    }
)
"""Settings whose names in the model are not what people call them."""

SPELT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "etfs": "ETFs",
        "adrs": "ADRs",
        "reits": "REITs",
        "en": "English",
        "de": "German",
        "sms": "text message",
        "in_app": "app",
        "max_drawdown": "drawdown",
    }
)


def field_name(path: str) -> str:
    """A setting's path as it is spoken of: `risk.daily_loss_limit_pct` → `daily loss limit`."""
    return CALLED.get(path) or UNIT_SUFFIX.sub("", path.rpartition(".")[2]).replace("_", " ")


def zone_place(zone: str) -> str:
    """A time zone by its place: `America/New_York` → `New York`."""
    return zone.rpartition("/")[2].replace("_", " ")


def kind_of(value: object) -> str:
    """The unit that a setting's value shows by itself."""
    if isinstance(value, Mapping):
        return "hours" if {"start", "end"} <= value.keys() else "list"
    if isinstance(value, list | tuple | set | frozenset):
        return "rules" if value and isinstance(next(iter(value)), Mapping) else "list"
    if isinstance(value, str) and type(value) is str:
        return kind_of_text(value)
    return "" if isinstance(value, int | str) else "number"


def kind_of_text(value: str) -> str:
    if TIME_OF_DAY.fullmatch(value):
        return "time_of_day"
    if ZONE.fullmatch(value):
        return "zone"
    return "ticker" if value.isupper() else "word"


def items_of(value: Any) -> Any:  # noqa: ANN401  # of a mapping, its names
    return sorted(value) if isinstance(value, Mapping) else value
