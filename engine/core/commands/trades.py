"""Asking for something to be bought or sold, and for levels to move."""

from dataclasses import dataclass

from engine.core.commands.command import Command
from engine.core.nouns import Recommendation
from engine.core.units import Money, Ticker
from engine.core.words import Origin, StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePosition(Command):
    """Sell what is held of these tickers, or this fraction of each."""

    tickers: tuple[Ticker, ...]
    fraction: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve(Command):
    """The owner's yes to open proposals; empty means the only one."""

    tickers: tuple[Ticker, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Command):
    """The owner's no to open proposals; empty means all of them."""

    tickers: tuple[Ticker, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveRecommendation(Command):
    """Keep an outside opinion until it can be decided."""

    recommendation: Recommendation


@dataclass(frozen=True, slots=True, kw_only=True)
class Consider(Command):
    """Decide a recommendation that was received."""

    recommendation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonRecommendation(Command):
    """Record a recommendation whose evaluation failed as skipped, so that it never stops the others."""

    recommendation_id: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyTranche(Command):
    """Buy the next part of an entry that is bought in parts, if its gates still let it pass."""

    decision_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseProposal(Command):
    """End a proposal that nobody answered in time."""

    decision_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitPosition(Command):
    """Sell a whole position because a level was crossed; `trigger` is that level."""

    ticker: Ticker
    origin: Origin
    trigger: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseStop(Command):
    """Put a position's stop nearer by a rule; `high` is the highest price since entry."""

    ticker: Ticker
    stop: Money
    high: Money
    atr: Money
    reason: StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Buy(Command):
    """The owner's buy: so many shares, or as many whole shares as so much money pays for; one of the two is given."""

    ticker: Ticker
    shares: int | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sell(Command):
    """The owner's sell of so many shares, or of as many as bring so much money, rounded up; one of the two is given."""

    ticker: Ticker
    shares: int | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStop(Command):
    """Put a position's stop somewhere else."""

    ticker: Ticker
    stop: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveTake(Command):
    """Put a position's take-profit somewhere else."""

    ticker: Ticker
    take: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrders(Command):
    """Cancel open entry orders and what is still to be bought in parts; empty means all of them."""

    tickers: tuple[Ticker, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimPositions(Command):
    """Sell what is over the limits, at the first window of the week; the judge finds what that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStrategy(Command):
    """Listen to a strategy, or do not; `why` is `owner`, or `underperforming` with its result as a fraction."""

    name: str
    on: bool
    why: str = "owner"
    result: float | None = None
