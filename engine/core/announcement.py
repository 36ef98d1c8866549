"""What the owner is told: a key and facts; the words are found elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from engine.core.scene import Scene
from engine.core.state import State
from engine.core.valuation import equity
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


def id_of(seq: int) -> str:
    """The name of the news that a journal row makes."""
    return f"{seq:08d}"


@dataclass(frozen=True, slots=True)
class Moment:
    """An event in its place: the account before and after the whole command, and the scene it was judged in."""

    old: State
    new: State
    scene: Scene

    def share(self, amount: int) -> float:
        """An amount as a fraction of the account's equity; 0 for an empty account."""
        whole = equity(self.new, self.scene)
        return amount / whole if whole else 0.0


class Told(NamedTuple):
    """What an announcer makes of an event: its type for routing, its priority, its facts, and another phrase's key."""

    event_type: str
    priority: Priority
    facts: Mapping[str, Any]
    key: str | None = None
