"""What broker, market and this build can do, and which settings need it: a setting that nothing honours is refused."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from engine.core.words import AssetClass, OrderType, Settlement, Verbosity


class Ability(StrEnum):
    """Something that a broker, a market or the engine has, or has not; each absence has its sentence."""

    MARKET_ORDERS = "market_orders"
    LIMIT_ORDERS = "limit_orders"
    STOP_ORDERS = "stop_orders"
    MARGIN = "margin"
    OPTIONS = "options"
    FUTURES = "futures"
    CRYPTO = "crypto"
    EXTENDED_HOURS = "extended_hours"
    STREAM = "stream"
    REFRESH = "refresh"
    SOURCES = "sources"
    LEVEL2 = "level2"
    GRADUAL_ENTRY = "gradual_entry"
    MICRO_TRADES = "micro_trades"
    STRATEGY_REVIEW = "strategy_review"
    OPTIMISER = "optimiser"
    SUGGESTIONS = "suggestions"
    METRICS_TIMER = "metrics_timer"
    ADDRESSES = "addresses"
    WEEKLY_DIGEST = "weekly_digest"
    VERBOSITY = "verbosity"


Needs: TypeAlias = Callable[[Any], frozenset[Ability]]


def whatever(*abilities: Ability) -> Needs:
    """Needed by every value that is not the one in force."""
    return lambda _value: frozenset(abilities)


def when(value: object, *abilities: Ability) -> Needs:
    """Needed by this value only."""
    return lambda asked: frozenset(abilities) if asked == value else frozenset()


def each(words: Mapping[Any, Ability]) -> Needs:
    """Needed by the members of a list that are named here."""
    return lambda asked: frozenset(words[one] for one in asked if one in words)


def orders(asked: Any) -> frozenset[Ability]:  # noqa: ANN401
    """Entries go by market where that is among the kinds; without it they need what is left."""
    kinds = {
        OrderType.LIMIT: Ability.LIMIT_ORDERS,
        OrderType.STOP: Ability.STOP_ORDERS,
        OrderType.STOP_LIMIT: Ability.STOP_ORDERS,
    }
    needed = {kinds[one] for one in asked if one in kinds}
    return frozenset(needed - {Ability.LIMIT_ORDERS} if OrderType.MARKET in asked else needed)


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        "trading.asset_classes": each(
            {
                AssetClass.OPTIONS: Ability.OPTIONS,
                AssetClass.FUTURES: Ability.FUTURES,
                AssetClass.CRYPTO: Ability.CRYPTO,
            }
        ),
        "trading.order_types": orders,
        "trading.after_hours": when(True, Ability.EXTENDED_HOURS),  # noqa: FBT003
        "trading.pre_market": when(True, Ability.EXTENDED_HOURS),  # noqa: FBT003
        "trading.gradual_entry": whatever(Ability.GRADUAL_ENTRY),
        "trading.micro_trading": whatever(Ability.MICRO_TRADES),
        "trading.settlement": when(Settlement.MARGIN, Ability.MARGIN),
        "notifications.addresses": whatever(Ability.ADDRESSES),
        "notifications.weekly_digest": whatever(Ability.WEEKLY_DIGEST),
        "notifications.verbosity": lambda asked: frozenset(
            {Ability.VERBOSITY} if asked is not Verbosity.NORMAL else ()
        ),
        "strategy.auto_deploy_optimised": whatever(Ability.OPTIMISER),
        "strategy.suggestions": whatever(Ability.SUGGESTIONS),
        "strategy.review_period_days": whatever(Ability.STRATEGY_REVIEW),
        "strategy.auto_pause_underperforming": whatever(Ability.STRATEGY_REVIEW),
        "strategy.underperformance_pct": whatever(Ability.STRATEGY_REVIEW),
        "market_data.realtime": whatever(Ability.STREAM),
        "market_data.refresh_seconds": whatever(Ability.REFRESH),
        "market_data.extended_hours": whatever(Ability.EXTENDED_HOURS),
        "market_data.preferred_sources": whatever(Ability.SOURCES),
        "market_data.level2": whatever(Ability.LEVEL2),
        "market_data.options": whatever(Ability.OPTIONS),
        "market_data.futures": whatever(Ability.FUTURES),
        "performance.realtime_pnl": whatever(Ability.METRICS_TIMER),
        "performance.update_minutes": whatever(Ability.METRICS_TIMER),
    }
)
"""Settings that only some brokers, markets or builds honour, and what each of their values needs."""

BUILT: Final = frozenset({Ability.GRADUAL_ENTRY, Ability.MICRO_TRADES, Ability.STRATEGY_REVIEW})
"""What the engine itself can do, whatever broker and market it has."""


def lacking(path: str, value: object, have: frozenset[Ability]) -> Ability | None:
    """The first ability, by name, that this value of a setting needs and nobody here has; None if all is there."""
    needs = NEEDS.get(path)
    return min(needs(value) - have, default=None) if needs else None
