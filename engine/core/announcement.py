"""What the owner is told: a key and facts; the words are found elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.core.words import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One thing to tell the owner, made with the fact it tells.

    `id` is unique an account (`<journal number>.<index>`); `at` is market time; `facts` hold bare values whose units
    the phrase of `key` knows. `event_type` is the name by which owners route it (`trade_opened`).
    """

    id: str
    event_type: str
    key: str
    priority: Priority
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
