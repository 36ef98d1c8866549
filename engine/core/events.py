"""Everything that can happen to an account. Events are facts: applied, journaled, told, never refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from engine.core.journal import UNWRITTEN
from engine.core.nouns import (
    Breaker,
    Change,
    ClosedTrade,
    Decision,
    Fill,
    LedgerRow,
    Order,
    Pause,
    Position,
    Proposal,
    Recommendation,
    Snapshot,
    Term,
    TraceLine,
    Tranches,
    Transfer,
)
from engine.core.people import Invitation, Person
from engine.core.preferences import Preferences
from engine.core.units import Money, Ticker
from engine.core.words import AccountKind, Alert, BreakerKind, OrderStatus, Role, Skip, StopReason, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that is now true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened(Event):
    kind: AccountKind
    cash: Money
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesChanged(Event):
    """`undoes` are the journal numbers of the changes that this one puts back; `change` is then not undoable again.

    `terms` are the settings of this change that hold only for a time; `ended` says that the time of others is over.
    `preferences` are what it made of all settings; the journal has them by its changes.
    """

    change: Change
    preferences: Preferences = field(metadata=UNWRITTEN)
    loosened: bool
    undoes: tuple[int, ...] = ()
    terms: tuple[Term, ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TermDropped(Event):
    """A setting should have gone back by itself, but may not: it stays as it is. `why` is the refusal's code."""

    path: str
    back: Any
    why: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CashMoved(Event):
    """Paper money came in or went out; `peak` is the equity from which drawdown is counted from now on."""

    transfer: Transfer
    peak: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferBooked(Event):
    transfer: Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReset(Event):
    """A paper account begins anew with the transfer's amount; positions, orders, breakers and reserve are gone."""

    transfer: Transfer
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TranchesPlanned(Event):
    tranches: Tranches


@dataclass(frozen=True, slots=True, kw_only=True)
class TranchesEnded(Event):
    """An entry in parts is over: `outcome` is NONE when all parts were ordered, else why the rest was given up.

    `trace` is what the gates said of the part that was not bought.
    """

    tranches: Tranches
    outcome: Skip
    trace: tuple[TraceLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(Event):
    alert: Alert
    threshold: float
    actual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Event):
    """A code was given out; `lapsed` are the hashes of those whose time was over, which leave with it."""

    invitation: Invitation
    lapsed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted(Event):
    """Somebody was let in; `code` is the hash of the invitation that is thereby used up, None for the first owner."""

    person: Person
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSet(Event):
    """A person's role is another; None: he is a stranger again."""

    person: Person
    role: Role | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed(Event):
    topic: Topic
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesPaused(Event):
    pause: Pause
    change: Change | None
    undoes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesResumed(Event):
    """A pause ended; where `lifts_all`, kill switch and the breakers that wait for the owner ended with it.

    `peak` is the equity from which drawdown is counted from now on; None leaves it as it was.
    """

    change: Change | None
    lifts_all: bool
    peak: Money | None = None
    undoes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineKilled(Event):
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBegan(Event):
    """The first look at a new session: its tally starts at zero."""

    session: date


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
class OrderIntended(Event):
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUpdated(Event):
    """The broker's word on an order; `order` is the order as it now stands."""

    order: Order
    old: OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled(Event):
    """A fill, the order as it stands after it, and the position that it left (None: sold out)."""

    fill: Fill
    order: Order
    position: Position | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeClosed(Event):
    trade: ClosedTrade


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveMoved(Event):
    row: LedgerRow


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
class BreakerTripped(Event):
    breaker: Breaker


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerResolved(Event):
    kind: BreakerKind
    ticker: Ticker | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotTaken(Event):
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySummarised(Event):
    session: date
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerFrozen(Event):
    ticker: Ticker
    ours: int
    theirs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Event):
    topic: str
    facts: Mapping[str, Any]
