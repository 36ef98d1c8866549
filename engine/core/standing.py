"""How the engine stands to its own risk: tiers that moved, strategies that were stopped, positions to be trimmed."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from engine.core.units import Ticker
from engine.core.words import Tier, TierSource


@dataclass(frozen=True, slots=True, kw_only=True)
class TierChange:
    """A move of the risk tier in force, and the figures that it was decided by, as fractions.

    `trades` were closed in the last 30 sessions, `win_rate` is None without any. `reserve` is the reserve's share of
    the account's value.
    """

    at: datetime
    previous: Tier
    new: Tier
    source: TierSource
    trades: int = 0
    win_rate: float | None = None
    drawdown: float = 0.0
    reserve: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyStanding:
    """Whether a strategy is listened to. `why` is `owner` or, where the engine paused it, `underperforming`.

    `result` is then its result over the review period, as a fraction of what it put to work.
    """

    name: str
    on: bool
    at: datetime
    why: str
    result: float | None = None


class Trim(NamedTuple):
    """Shares of a position to be sold so that the account keeps its limits; `reason` is position, sector or count."""

    ticker: Ticker
    shares: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebalance:
    """The sells that would bring the account within its limits; one question to the owner until `lapses_at`."""

    id: str
    trims: tuple[Trim, ...]
    asked_at: datetime
    lapses_at: datetime
