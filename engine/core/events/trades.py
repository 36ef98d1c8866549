"""What was decided, asked and planned, and levels that moved."""

from dataclasses import dataclass
from datetime import date

from engine.core.events.event import Event
from engine.core.nouns import Decision, Proposal, Recommendation, TraceLine, Tranches
from engine.core.standing import Rebalance, Trim
from engine.core.units import Money, Ticker
from engine.core.words import Skip, StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationReceived(Event):
    recommendation: Recommendation


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Event):
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed(Event):
    proposal: Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalClosed(Event):
    """A proposal got its answer: `outcome` is NONE for a yes that was acted on, else why not."""

    decision_id: str
    ticker: Ticker
    outcome: Skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TranchesPlanned(Event):
    """An entry in parts began, or went on by a part.

    `trace` is what the gates and sizing said of that part; of the first, which its decision traces, it is empty.
    """

    tranches: Tranches
    trace: tuple[TraceLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TranchesEnded(Event):
    """An entry in parts is over: `outcome` is NONE when all parts were ordered, else why the rest was given up.

    `trace` is what the gates said of the part that was not bought.
    """

    tranches: Tranches
    outcome: Skip
    trace: tuple[TraceLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopMoved(Event):
    """A position's stop now stands elsewhere, or stays while its high and ATR move on."""

    ticker: Ticker
    old: Money
    new: Money
    high: Money
    atr: Money
    reason: StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMoved(Event):
    """A position's take-profit now stands elsewhere, by the owner's word."""

    ticker: Ticker
    old: Money
    new: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceProposed(Event):
    rebalance: Rebalance


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebalanced(Event):
    """This week's rebalancing was looked at: `outcome` is NONE where it sold or nothing was over, else why not."""

    session: date
    trims: tuple[Trim, ...]
    outcome: Skip
