"""Money that moved: in and out of an account, in and out of its reserve."""

from dataclasses import dataclass
from datetime import datetime

from engine.core.events.event import Event
from engine.core.happenings import CorporateAction
from engine.core.nouns import LedgerRow, Transfer
from engine.core.units import Money
from engine.core.words import AccountKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened(Event):
    kind: AccountKind
    cash: Money
    at: datetime


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
class ReserveMoved(Event):
    row: LedgerRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DividendPaid(Event):
    """Cash for shares held before the ex-date."""

    action: CorporateAction
    shares: int
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveMarked(Event):
    """The reserve's share of the account passed the house's mark, or is under it again."""

    above: bool
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyDeclared(Event):
    """A deep fall: the reserve goes back to the active pool, the tier to conservative."""

    fall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyOver(Event):
    """The fall is made good far enough that another may be an emergency again."""
