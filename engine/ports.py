"""The doors to the outside: what the engine asks of clocks, markets, brokers and stores. One fake each in tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple, Protocol

from engine.core.abilities import Ability
from engine.core.announcement import Announcement
from engine.core.events import Event
from engine.core.happenings import CorporateAction
from engine.core.journal import Entry
from engine.core.lots import LotSale
from engine.core.nouns import (
    AccountId,
    Change,
    ClosedTrade,
    Decision,
    Fill,
    LedgerRow,
    Order,
    Recommendation,
    Snapshot,
    Transfer,
)
from engine.core.preferences import Preferences
from engine.core.scene import Quote
from engine.core.session import Session
from engine.core.standing import TierChange
from engine.core.state import State
from engine.core.units import Money, Ticker
from engine.core.words import OrderStatus

CORRELATIONS_KEPT: Final = 5
"""Sessions of which a store keeps correlations."""


class Unavailable(Exception):
    """The other side did not answer: nothing is known about what it did."""


class Unknown(Unavailable):
    """The answer was lost after the last word was given: it may have been stored, or not."""


class Rejected(Exception):
    """The other side said no: nothing was done."""


class Duplicate(Exception):
    """This command key, recommendation or execution is stored already: nothing was written."""


class Conflict(Exception):
    """Another writer was there first: the stored journal number is not the expected one, nothing was written."""


class BadRow(NamedTuple):
    """A line of a file that cannot be read: its number, the name of what is wrong with it, and what there is to say."""

    line: int
    problem: str
    facts: Mapping[str, Any]


class BadRows(Exception):
    """A file of which nothing was taken, with all its lines that cannot be read, in order."""

    def __init__(self, rows: Sequence[BadRow]) -> None:
        super().__init__(f"{len(rows)} lines cannot be read")
        self.rows = tuple(rows)


class Clock(Protocol):
    """Two times: the market's, by which the engine decides, and people's, by which confirmations run out."""

    def market(self) -> datetime:
        """Market time now, aware UTC."""

    def wall(self) -> datetime:
        """People's time now, aware UTC."""


class Sessions(Protocol):
    """The exchange's calendar."""

    def sessions(self, first_date: date, last_date: date) -> Sequence[Session]:
        """Sessions of both days and all between, in order; raises LookupError beyond what it knows."""


class Market(Protocol):
    """Prices and what is known of the instruments. Raises Unavailable when the feed is down.

    It answers only what was known at the instant asked for. Prices of before a split count as they do after it, from
    the split's session on and not earlier.
    """

    @property
    def interval_s(self) -> int:
        """Seconds between two prices of a ticker in market hours; a day for close-only history."""

    def tickers(self) -> frozenset[Ticker]:
        """Every ticker that has prices here."""

    async def quotes(self, at: datetime) -> Mapping[Ticker, Quote]:
        """The last price of every ticker at that instant."""

    async def history(self, ticker: Ticker, at: datetime, sessions: int) -> Sequence[Money]:
        """Closes of up to `sessions` completed sessions before that instant, oldest first."""

    @property
    def abilities(self) -> frozenset[Ability]:
        """What this market offers beyond plain prices in market hours."""

    @property
    def ends_at(self) -> datetime | None:
        """The close of the last session with prices, aware UTC; None for a market that goes on."""

    async def benchmark(self, at: datetime, ticker: Ticker) -> Money | None:
        """The level of that ticker or index at that instant; None where it has none."""

    async def actions(self, after: datetime, at: datetime) -> Sequence[CorporateAction]:
        """Splits and dividends whose session opened after `after` and not after `at`, in their order."""

    async def halted(self, at: datetime) -> frozenset[Ticker]:
        """Tickers in which trading is halted at that instant."""


class RecommendationSource(Protocol):
    """A strategy: opinions on tickers, made after each close from what is known then."""

    @property
    def name(self) -> str: ...

    async def recommend(self, session: Session) -> Sequence[Recommendation]:
        """What it thinks after this session's close; the same session gives the same ids again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The broker's word on one order."""

    client_order_id: str
    status: OrderStatus
    filled_shares: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """The broker's own book of an account: cash, and shares held of each ticker."""

    cash: Money
    shares: Mapping[Ticker, int]


class Broker(Protocol):
    """Where orders go. Implementations raise Unavailable (nothing is known) or Rejected (the broker said no).

    A split or dividend is booked before anything else of its session: shares held, cash for fractions of a share, sells
    that wait in new shares. Buys that wait end then. In a ticker that is halted nothing is filled.
    """

    async def submit(self, order: Order) -> Receipt:
        """Place `order` once: the same client order id again returns the first receipt."""

    async def find(self, client_order_id: str) -> Receipt | None:
        """What the broker knows under this id; None if it never saw it."""

    async def cancel(self, client_order_id: str) -> Receipt:
        """Cancel what is still open of it and say how it ended; raises Rejected for an unknown id."""

    async def fills(self, after: str | None) -> Sequence[Fill]:
        """Executions in the order they happened, after the execution id `after` (None: from the first)."""

    async def holdings(self) -> Holdings:
        """Cash and shares as the broker has them."""

    @property
    def abilities(self) -> frozenset[Ability]:
        """The kinds of orders, securities and hours that this broker takes."""

    async def transfer(self, transfer: Transfer) -> None:
        """Book paper money in or out, once: the same id again does nothing. Raises Rejected where there is too little.

        One that `resets` leaves the book with nothing but its amount in cash: orders that wait end, and executions of
        before are told no more, though they are known as places from which to go on.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Everything that one command changed: written in one transaction, or not at all.

    `old` is None for an account's first batch. `key` makes the command idempotent across restarts.
    """

    key: str | None
    old: State | None
    new: State
    events: tuple[Event, ...]
    entries: tuple[Entry, ...]
    announcements: tuple[Announcement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many rows an account has in the tables that must neither lose nor double."""

    journal: int
    decisions: int
    orders: int
    fills: int
    notifications: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The heads of all journals at one instant of people's time, signed together.

    `heads` maps accounts to last number and hash; `key` is the public key and `signature` the Ed25519 signature over
    the canonical text of instant and heads, both in hex.
    """

    at: datetime
    heads: Mapping[AccountId, tuple[int, str]]
    key: str
    signature: str


class Store(Protocol):
    """Where an account lives. Raises Unavailable when nothing was read or written, Unknown when nobody can tell."""

    async def load(self, account: AccountId) -> State | None:
        """The account as last saved; None if there is none."""

    async def save(self, batch: Batch) -> None:
        """Write a batch in one transaction. Raises Duplicate or Conflict, having written nothing."""

    async def decisions(self, account: AccountId, limit: int) -> Sequence[Decision]:
        """The newest decisions with their traces, newest first."""

    async def trades(self, account: AccountId, limit: int) -> Sequence[ClosedTrade]:
        """The newest closed trades, newest first."""

    async def snapshots(self, account: AccountId, since: date | None = None) -> Sequence[Snapshot]:
        """End-of-session records, oldest first."""

    async def changes(self, account: AccountId, limit: int) -> Sequence[Change]:
        """The newest changes of settings with values as JSON has them, undone and ended ones too, newest first."""

    async def sales(self, account: AccountId, limit: int) -> Sequence[LotSale]:
        """The newest sales of tax lots as they now stand, newest first."""

    async def tier_changes(self, account: AccountId, limit: int) -> Sequence[TierChange]:
        """The newest moves of the risk tier, newest first."""

    async def ledger(self, account: AccountId, limit: int) -> Sequence[LedgerRow]:
        """The newest moves of the reserve pool, newest first."""

    async def correlations(self, session: date) -> Mapping[tuple[Ticker, Ticker], float] | None:
        """What was kept of that session, from -1 to 1; None where nothing is."""

    async def keep_correlations(self, session: date, pairs: Mapping[tuple[Ticker, Ticker], float]) -> None:
        """Keep these instead of what was kept of that session; only the newest sessions stay."""

    async def last_execution(self, account: AccountId) -> str | None:
        """The execution id of the newest stored fill; None before the first."""

    async def journal(self, account: AccountId, after: int = 0) -> Sequence[Entry]:
        """Journal rows with a number above `after`, in order."""

    async def undelivered(self, account: AccountId, limit: int) -> Sequence[Announcement]:
        """Announcements not yet delivered, oldest first."""

    async def delivered(self, account: AccountId, announcement_id: str, at: datetime) -> None:
        """Mark one announcement as delivered."""

    async def preferences(self, account: AccountId) -> tuple[int, Preferences] | None:
        """What the owner has set, with its version, which rises with every change; None for no such account."""

    async def heads(self) -> Mapping[AccountId, tuple[int, str]]:
        """Each account's journal as it stands: its last number and hash."""

    async def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a signed checkpoint."""

    async def checkpoints(self, newest: int | None = None) -> Sequence[Checkpoint]:
        """The newest so many signed checkpoints, or all of them, oldest first."""

    async def counts(self, account: AccountId) -> Counts:
        """Row counts, for verification."""

    async def close(self) -> None:
        """Let go of connections; the store is not used afterwards."""
