"""The things an account is made of; each has one meaning, here and in tables, chat and docs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias

from engine.core.ordering import Difference, Fill, Order, Sent
from engine.core.units import Money, Ticker
from engine.core.words import BreakerKind, Origin, Side, Skip, StopReason

__all__ = [
    "AccountId",
    "Breaker",
    "Change",
    "ClosedTrade",
    "Decision",
    "Difference",
    "Fill",
    "LedgerRow",
    "Order",
    "Pause",
    "Position",
    "Proposal",
    "Recommendation",
    "Sent",
    "Snapshot",
    "Term",
    "TraceLine",
    "Tranches",
    "Transfer",
]

AccountId: TypeAlias = str


class TraceLine(NamedTuple):
    """One gate or sizing step that ran: its name, the value met, the limit held against it, and what came of it.

    `value` and `limit` are in the step's own unit (fractions, ten-thousandths of a dollar, counts, words) or None;
    `outcome` is `ok`, `reduced`, `raised`, `reject` or `no_data`; `left` is the allocation after a sizing step, as a
    fraction of tradable before the clamp to dollars, in ten-thousandths of a dollar from then on.
    """

    step: str
    value: float | str | None = None
    limit: float | str | None = None
    outcome: str = "ok"
    left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """An outside opinion on one ticker; `window` is its trend window (`intraday`, `1d`, `7d`, `30d`)."""

    id: str
    source: str
    ticker: Ticker
    action: Side
    confidence: float
    window: str
    thesis: str
    generated_at: datetime
    paper_eligible: bool = True
    live_eligible: bool = False
    atr: Money | None = None
    sector: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The engine's answer to one recommendation, trigger or owner's order: act or skip, with its full trace.

    `reason` is Skip.NONE when the decision is to act; `price`, `stop` and `take` are None where they were not reached.
    """

    id: str
    at: datetime
    session: date
    ticker: Ticker
    side: Side
    origin: Origin
    reason: Skip
    shares: int = 0
    price: Money | None = None
    stop: Money | None = None
    take: Money | None = None
    recommendation_id: str | None = None
    source: str | None = None
    confidence: float | None = None
    thesis: str = ""
    trace: tuple[TraceLine, ...] = ()
    micro: bool = False

    @property
    def acts(self) -> bool:
        return self.reason is Skip.NONE

    @property
    def failed(self) -> TraceLine | None:
        """The line of the trace that ended it; None where nothing stood against it."""
        return next((line for line in reversed(self.trace) if line.outcome == "reject"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """An open holding. `cost` is all that was paid for the shares held, without fees.

    `initial_stop` is the first stop in force, from which `take` was computed; `high` the highest price since entry.
    `source` is the strategy that it came from, empty for the owner. A micro-trade is closed at `expires_at`. `stop_why`
    is why the stop stands where it does.
    """

    ticker: Ticker
    shares: int
    cost: Money
    stop: Money
    initial_stop: Money
    take: Money
    high: Money
    atr: Money
    confidence: float
    sector: str | None
    opened_at: datetime
    decision_id: str
    source: str = ""
    micro: bool = False
    expires_at: datetime | None = None
    stop_why: StopReason = StopReason.INITIAL

    @property
    def entry(self) -> Money:
        """Average cost of a share, rounded down."""
        return self.cost // self.shares


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTrade:
    """One finished sell order that realised profit or loss; `realised` is net of the sell's fees."""

    client_order_id: str
    decision_id: str
    ticker: Ticker
    shares: int
    entry: Money
    exit: Money
    realised: Money
    origin: Origin
    opened_at: datetime
    closed_at: datetime
    source: str = ""
    micro: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """A circuit breaker that stands: `until` is None when only the owner can end it.

    `threshold` and `actual` are fractions for losses and counts for volatility.
    """

    kind: BreakerKind
    ticker: Ticker | None
    tripped_at: datetime
    threshold: float
    actual: float
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An entry that passed every gate and waits for the owner's yes until `lapses_at` (people's time)."""

    decision: Decision
    recommendation: Recommendation
    asked_at: datetime
    lapses_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """A move into (+) or out of (−) the reserve pool, and what stood there afterwards."""

    kind: str
    amount: Money
    balance_after: Money
    at: datetime
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """An account's end-of-session record; `day_pnl` is against the snapshot before, money moved in or out left aside.

    `benchmark` is the level of `benchmark_ticker`; `contributed` is what had been put in by then.
    """

    session: date
    at: datetime
    equity: Money
    cash: Money
    reserve: Money
    day_pnl: Money
    realised_day: Money
    peak: Money
    exposure: Money
    open_positions: int
    entries: int
    exits: int
    benchmark: Money | None = None
    benchmark_ticker: str = ""
    contributed: Money = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """No entries, by the owner's word, until `until` (market time) or, where that is None, until he resumes."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A setting that holds only for a time: at `until` (market time) it goes back to `back`.

    `back` is the value that stood before the first change for a time, as JSON has it; `seq` names the change.
    """

    path: str
    until: datetime
    back: Any
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One reversible act of the owner: fields with their old and new values; `seq` numbers it in the journal.

    `message` is the message that asked for it, the same for all that one message changed; None for the engine's own.
    `how` is "set", "undo" or, for a value whose time was over, "term"; `channel` is where it was asked for. `before`
    are the terms under which these fields stood until then.
    """

    seq: int
    at: datetime
    by: str
    fields: tuple[tuple[str, Any, Any], ...]
    message: str | None = None
    how: str = "set"
    channel: str = ""
    before: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Money in (+) or out (−) of a paper account that its broker has yet to book; `resets` empties the book first."""

    id: str
    amount: Money
    at: datetime
    resets: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tranches:
    """An entry in parts: `left` are the shares of each part to come, `bought` of those ordered, `shares` all decided.

    `next_at` (market time) is when the next part is due, `cut` the limit that made a part smaller than it was to be.
    """

    decision_id: str
    recommendation: Recommendation
    left: tuple[int, ...]
    bought: tuple[int, ...]
    next_at: datetime
    shares: int = 0
    cut: Skip = Skip.NONE
