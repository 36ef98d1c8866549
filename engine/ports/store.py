"""Where accounts live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from engine.core.announcement import Announcement
from engine.core.events import Event
from engine.core.journal import Entry
from engine.core.lots import LotSale
from engine.core.nouns import AccountId, Change, ClosedTrade, Decision, Fill, LedgerRow, Order, Recommendation, Snapshot
from engine.core.preferences import Preferences
from engine.core.standing import TierChange
from engine.core.state import State
from engine.core.units import Ticker

CORRELATIONS_KEPT: Final = 5
"""Sessions of which a store keeps correlations."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """That an account's engine was alive at `at` (people's time, aware UTC), and how it was.

    `holder` names host and process, `fence` is the token under which it holds the account, `why` says what is wrong
    (empty while `healthy`), `market_at` is its market time, None before the first look. `stopped` is the last sign of
    one that was stopped in good order.
    """

    account: AccountId
    at: datetime
    market_at: datetime | None
    healthy: bool
    why: str
    holder: str
    fence: int
    stopped: bool = False


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

    async def fills(self, account: AccountId, limit: int) -> Sequence[Fill]:
        """The newest fills, newest first."""

    async def snapshots(self, account: AccountId, since: date | None = None) -> Sequence[Snapshot]:
        """End-of-session records, oldest first."""

    async def changes(self, account: AccountId, limit: int) -> Sequence[Change]:
        """The newest changes of settings with values as JSON has them, undone and ended ones too, newest first."""

    async def sales(self, account: AccountId, limit: int) -> Sequence[LotSale]:
        """The newest sales of tax lots as they now stand, newest first."""

    async def recommendations(self, account: AccountId, limit: int) -> Sequence[Recommendation]:
        """The newest recommendations received, decided or not, newest first."""

    async def tier_changes(self, account: AccountId, limit: int) -> Sequence[TierChange]:
        """The newest moves of the risk tier, newest first."""

    async def ledger(self, account: AccountId, limit: int) -> Sequence[LedgerRow]:
        """The newest moves of the reserve pool, newest first."""

    async def correlations(self, session: date) -> Mapping[tuple[Ticker, Ticker], float] | None:
        """What was kept of that session, from -1 to 1; None where nothing is."""

    async def keep_correlations(self, session: date, pairs: Mapping[tuple[Ticker, Ticker], float]) -> None:
        """Keep these instead of what was kept of that session; only the newest sessions stay."""

    async def order(self, account: AccountId, client_order_id: str) -> Order | None:
        """An order as it stands, or as it stood when it ended; None where there is none of this name."""

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

    async def take(self, account: AccountId, holder: str) -> int:
        """Hold an account for this process, until `close` or its death; `holder` names host and process.

        The fencing token that comes back is higher than any before it; from then on `save` of this store raises Fenced
        once a higher one was given. An account that is not there yet can be taken too. Raises Held while another
        process holds it.
        """

    async def confirm(self, account: AccountId) -> str | None:
        """Who threw the account's kill switch by way of the store, from another machine; None: nobody.

        It stands until a batch is saved by which the account is no longer killed. Raises Fenced where an account that
        was taken is another process's now, Unavailable where nobody can tell.
        """

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Keep this as the account's last sign of life. Raises Fenced where a higher token than its own was given."""

    async def heartbeats(self) -> Sequence[Heartbeat]:
        """The last sign of life of every account that ever gave one."""

    async def close(self) -> None:
        """Let go of connections; the store is not used afterwards."""
