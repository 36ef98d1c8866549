"""What there is to be told of: every event by name with its priorities, the channels, and what conditions measure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.core.words import Priority

ALL: Final = "all"
"""Stands for every event where one is muted."""


class Outlet(StrEnum):
    """Where news can go."""

    CHAT = "chat"
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    IN_APP = "in_app"
    WEBHOOK = "webhook"


HERE: Final = frozenset({Outlet.CHAT, Outlet.IN_APP})
"""The channels that are the conversation itself."""


class Measure(StrEnum):
    """What a condition holds a bound against: dollars and percent as people say them, confidence from 0 to 1."""

    LOSS_DOLLARS = "loss_dollars"
    GAIN_DOLLARS = "gain_dollars"
    PNL_PCT = "pnl_pct"
    ORDER_DOLLARS = "order_dollars"
    CONFIDENCE = "confidence"
    DRAWDOWN_PCT = "drawdown_pct"


class Grade(NamedTuple):
    """The priority with which an event is told as a rule, and the highest with which it ever is."""

    usual: Priority
    gravest: Priority


def always(priority: Priority) -> Grade:
    return Grade(priority, priority)


LARGE: Final = "large_trade_pnl"
"""What a trade is besides, whose profit or loss was large."""

EVENTS: Final[Mapping[str, Grade]] = MappingProxyType(
    {
        "trade_proposed": always(Priority.HIGH),
        "trade_opened": always(Priority.MEDIUM),
        "trade_closed": Grade(Priority.MEDIUM, Priority.HIGH),
        "order_rejected": Grade(Priority.HIGH, Priority.CRITICAL),
        "order_unusual": always(Priority.HIGH),
        "stop_hit": always(Priority.MEDIUM),
        "take_profit_hit": always(Priority.MEDIUM),
        "stop_moved": always(Priority.LOW),
        LARGE: always(Priority.HIGH),
        "breaker_tripped": always(Priority.CRITICAL),
        "breaker_resolved": always(Priority.MEDIUM),
        "tier_changed": always(Priority.HIGH),
        "emergency_liquidation": always(Priority.CRITICAL),
        "reserve_high_water": always(Priority.MEDIUM),
        "gain_alert": always(Priority.MEDIUM),
        "loss_alert": always(Priority.HIGH),
        "drawdown_alert": always(Priority.HIGH),
        "recommendation": always(Priority.LOW),
        "preference_changed": Grade(Priority.MEDIUM, Priority.HIGH),
        "limits_loosened": always(Priority.HIGH),
        "daily_summary": always(Priority.MEDIUM),
        "weekly_digest": always(Priority.MEDIUM),
        "strategy_paused": always(Priority.HIGH),
        "rebalance": always(Priority.MEDIUM),
        "market_event": Grade(Priority.MEDIUM, Priority.HIGH),
        "split": always(Priority.HIGH),
        "dividend": always(Priority.LOW),
        "price_unavailable": always(Priority.HIGH),
        "reconcile_difference": always(Priority.CRITICAL),
        "ticker_thawed": always(Priority.HIGH),
        "account_reset": always(Priority.HIGH),
        "person_admitted": always(Priority.HIGH),
        "role_changed": always(Priority.HIGH),
        "engine_killed": always(Priority.CRITICAL),
        "engine_started": always(Priority.LOW),
        "engine_stopped": always(Priority.HIGH),
        "engine_degraded": always(Priority.CRITICAL),
        "engine_recovered": always(Priority.HIGH),
        "account_fenced": always(Priority.CRITICAL),
        "protection_hangs": always(Priority.CRITICAL),
        "loop_error": always(Priority.HIGH),
        "loop_hangs": always(Priority.HIGH),
        "loop_goes_on": always(Priority.HIGH),
        "loop_missed": always(Priority.HIGH),
        "loop_blocked": always(Priority.HIGH),
        "clock_jumped": always(Priority.HIGH),
        "machine_slept": always(Priority.LOW),
        "heartbeat": always(Priority.LOW),
    }
)
"""Every event that can be muted, or has rules of its own. What is none of these is always told."""


def is_grave(event: str) -> bool:
    """Whether something of HIGH priority or above is among it; `all` is."""
    return event == ALL or EVENTS[event].gravest >= Priority.HIGH
