"""The doors to the outside: what the engine asks of clocks, markets, brokers and stores. One fake each in tests."""

from engine.ports.broker import Broker, Holdings, Receipt
from engine.ports.conversations import CONVERSATIONS_KEPT, Conversation, Conversations
from engine.ports.errors import (
    BadRow,
    BadRows,
    Conflict,
    Duplicate,
    Fenced,
    Held,
    Rejected,
    Unavailable,
    Unknown,
)
from engine.ports.limiter import Limit, Limiter
from engine.ports.market import Clock, Market, RecommendationSource, Sessions
from engine.ports.store import CORRELATIONS_KEPT, Batch, Checkpoint, Counts, Heartbeat, Store
from engine.ports.switch import KillSwitch

__all__ = [
    "CONVERSATIONS_KEPT",
    "CORRELATIONS_KEPT",
    "BadRow",
    "BadRows",
    "Batch",
    "Broker",
    "Checkpoint",
    "Clock",
    "Conflict",
    "Conversation",
    "Conversations",
    "Counts",
    "Duplicate",
    "Fenced",
    "Heartbeat",
    "Held",
    "Holdings",
    "KillSwitch",
    "Limit",
    "Limiter",
    "Market",
    "Receipt",
    "RecommendationSource",
    "Rejected",
    "Sessions",
    "Store",
    "Unavailable",
    "Unknown",
]
