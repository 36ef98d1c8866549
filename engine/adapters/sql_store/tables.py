"""Every table, named as in the field. Amounts and prices are whole ten-thousandths of a dollar; enums are words.

Tables whose rows a `number` counts keep the order of what they hold. Columns that hold a noun's field carry its name.
"""

from datetime import date
from typing import Final, cast

from sqlalchemy import ForeignKeyConstraint, Index, Table, UniqueConstraint

from engine.adapters.sql_store.columns import (
    At,
    Fraction,
    Json,
    KeyDate,
    KeyWhole,
    KeyWord,
    MaybeAt,
    MaybeFraction,
    MaybeJson,
    MaybeWhole,
    MaybeWord,
    Number,
    Owner,
    OwnerKey,
    Row,
    Whole,
    Word,
)


class AccountRow(Row, table=True):
    """An account as it stands; `seq` and `head` are the last number and hash of its journal.

    It is changed under the fencing token `fence` only. Its newest `trades_kept` rows of `closed_trades` are
    `State.trades`.
    """

    __tablename__ = "accounts"

    account: KeyWord
    kind: Word
    opened_at: MaybeAt
    cash: Whole
    contributed: Whole
    opening: Whole
    realised: Whole
    fees: Whole
    reserve: Whole
    peak: Whole
    version: Whole
    pause: MaybeJson
    killed_at: MaybeAt
    changes: Json
    acted_at: Json
    frozen: Json
    tally: Json
    last_session: date | None
    market_at: MaybeAt
    terms: Json
    tranches: Json
    transfers: Json
    invitations: Json
    reset_at: MaybeAt
    tolerance_raised_at: MaybeAt
    config: Word
    restored: Word
    dividends: Whole
    ceiling: MaybeWord
    tier_move: MaybeJson
    emergency: bool
    high_water: bool
    flatten_at: MaybeAt
    losses: Json
    unsettled: Json
    day_trades: Json
    rebalance: MaybeJson
    rebalanced: date | None
    actions: Json
    sent: Json
    differences: Json
    trades_kept: Whole
    seq: Whole
    head: Word
    fence: Whole


class PersonRow(Row, table=True):
    __tablename__ = "account_people"

    account: OwnerKey
    id: KeyWord
    role: Word
    since: At
    name: Word


class PreferenceRow(Row, table=True):
    """One setting that differs from its default."""

    __tablename__ = "preferences"

    account: OwnerKey
    path: KeyWord
    value: Json


class RecommendationRow(Row, table=True):
    __tablename__ = "recommendations"
    __table_args__ = (UniqueConstraint("account", "id"), Index(None, "account", "pending"))

    number: Number
    account: Owner
    id: Word
    source: Word
    ticker: Word
    action: Word
    confidence: Fraction
    window: Word
    thesis: Word
    generated_at: At
    paper_eligible: bool
    live_eligible: bool
    atr: MaybeWhole
    sector: MaybeWord
    pending: bool


class DecidedRow(Row, table=True):
    """The newest recommendations that need no decision any more: `State.decided`."""

    __tablename__ = "decided_recommendations"
    __table_args__ = (UniqueConstraint("account", "recommendation_id"),)

    number: Number
    account: Owner
    recommendation_id: Word


class DecisionRow(Row, table=True):
    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("account", "id"), UniqueConstraint("account", "recommendation_id"))

    number: Number
    account: Owner
    id: Word
    at: At
    session: date
    ticker: Word
    side: Word
    origin: Word
    reason: Word
    shares: Whole
    price: MaybeWhole
    stop: MaybeWhole
    take: MaybeWhole
    recommendation_id: MaybeWord
    source: MaybeWord
    confidence: MaybeFraction
    thesis: Word
    trace: Json
    micro: bool


class ProposalRow(Row, table=True):
    """An entry that waits for the owner's yes or, once `open` is false, waited."""

    __tablename__ = "proposals"
    __table_args__ = (UniqueConstraint("account", "decision_id"), Index(None, "account", "open"))

    number: Number
    account: Owner
    decision_id: Word
    decision: Json
    recommendation: Json
    asked_at: At
    lapses_at: At
    open: bool


class OrderRow(Row, table=True):
    __tablename__ = "orders"
    __table_args__ = (UniqueConstraint("account", "client_order_id"), Index(None, "account", "status"))

    number: Number
    account: Owner
    client_order_id: Word
    decision_id: Word
    ticker: Word
    side: Word
    shares: Whole
    origin: Word
    status: Word
    intended_at: At
    reserved: Whole
    filled_shares: Whole
    stop: MaybeWhole
    take: MaybeWhole
    atr: MaybeWhole
    confidence: Fraction
    sector: MaybeWord
    trigger: MaybeWhole
    proceeds: Whole
    cost_out: Whole
    fees: Whole
    why: Word
    micro: bool
    source: Word
    kind: Word
    limit: MaybeWhole
    stop_at: MaybeWhole
    good: Word


class FillRow(Row, table=True):
    __tablename__ = "fills"
    __table_args__ = (
        UniqueConstraint("account", "execution_id"),
        ForeignKeyConstraint(["account", "client_order_id"], ["orders.account", "orders.client_order_id"]),
        Index(None, "account", "client_order_id"),
    )

    number: Number
    account: Owner
    execution_id: Word
    client_order_id: Word
    ticker: Word
    side: Word
    shares: Whole
    price: Whole
    fee: Whole
    at: At


class PositionRow(Row, table=True):
    __tablename__ = "positions"
    __table_args__ = (UniqueConstraint("account", "ticker"),)

    number: Number
    account: Owner
    ticker: Word
    shares: Whole
    cost: Whole
    confidence: Fraction
    sector: MaybeWord
    opened_at: At
    decision_id: Word
    source: Word
    micro: bool
    expires_at: MaybeAt


class StopLevelRow(Row, table=True):
    """Stop-loss and take-profit of an open position, apart because they move far more often."""

    __tablename__ = "position_stop_levels"
    __table_args__ = (
        ForeignKeyConstraint(["account", "ticker"], ["positions.account", "positions.ticker"], ondelete="CASCADE"),
    )

    account: KeyWord
    ticker: KeyWord
    stop: Whole
    initial_stop: Whole
    take: Whole
    high: Whole
    atr: Whole
    stop_why: Word


class ClosedTradeRow(Row, table=True):
    __tablename__ = "closed_trades"
    __table_args__ = (UniqueConstraint("account", "client_order_id"),)

    number: Number
    account: Owner
    client_order_id: Word
    decision_id: Word
    ticker: Word
    shares: Whole
    entry: Whole
    exit: Whole
    realised: Whole
    origin: Word
    opened_at: At
    closed_at: At
    source: Word
    micro: bool


class TaxLotRow(Row, table=True):
    """What one buy brought. `shares` are those still held: 0 once all are sold, and so are the amounts then."""

    __tablename__ = "tax_lots"
    __table_args__ = (UniqueConstraint("account", "id"),)

    number: Number
    account: Owner
    id: Word
    ticker: Word
    shares: Whole
    bought: Whole
    cost: Whole
    tax_basis: Whole
    opened_at: At
    replaces: Whole


class LotSaleRow(Row, table=True):
    """Shares of a lot that were sold; a later purchase may make it a wash sale."""

    __tablename__ = "tax_lot_sales"
    __table_args__ = (UniqueConstraint("account", "id"),)

    number: Number
    account: Owner
    id: Word
    lot_id: Word
    ticker: Word
    shares: Whole
    proceeds: Whole
    cost: Whole
    tax_basis: Whole
    realised: Whole
    opened_at: At
    closed_at: At
    replaced: Whole
    disallowed: Whole
    bought_again: Json


class LedgerEntryRow(Row, table=True):
    __tablename__ = "reserve_pool_ledger"
    __table_args__ = (Index(None, "account", "number"),)

    number: Number
    account: Owner
    kind: Word
    amount: Whole
    balance_after: Whole
    at: At
    reference: Word


class BreakerRow(Row, table=True):
    """A trip of a circuit breaker; `resolved_at` is market time, None while it stands."""

    __tablename__ = "circuit_breaker_events"
    __table_args__ = (Index(None, "account", "standing"),)

    number: Number
    account: Owner
    kind: Word
    ticker: MaybeWord
    tripped_at: At
    threshold: Fraction
    actual: Fraction
    until: MaybeAt
    standing: bool
    resolved_at: MaybeAt


class TierChangeRow(Row, table=True):
    __tablename__ = "risk_tier_history"
    __table_args__ = (Index(None, "account", "number"),)

    number: Number
    account: Owner
    at: At
    previous: Word
    new: Word
    source: Word
    trades: Whole
    win_rate: MaybeFraction
    drawdown: Fraction
    reserve: Fraction


class EarningsRow(Row, table=True):
    """A day on which a company reports, as long as it is on record."""

    __tablename__ = "earnings_calendar"

    account: OwnerKey
    ticker: KeyWord
    date: KeyDate


class MarketEventRow(Row, table=True):
    """A market event as it was told; one told anew has another row. `standing` until it is over, or told anew."""

    __tablename__ = "market_events"
    __table_args__ = (Index(None, "account", "standing"),)

    number: Number
    account: Owner
    id: Word
    scope: Word
    target: MaybeWord
    severity: Word
    title: Word
    starts_at: At
    ends_at: At
    source: Word
    standing: bool


class StrategyRow(Row, table=True):
    """What was said last of a strategy: whether it is listened to, by whose word."""

    __tablename__ = "strategies"
    __table_args__ = (UniqueConstraint("account", "name"),)

    number: Number
    account: Owner
    name: Word
    on: bool
    at: At
    why: Word
    result: MaybeFraction


class CorrelationRow(Row, table=True):
    """How alike two tickers moved, from -1 to 1, as reckoned for a session; of no account."""

    __tablename__ = "correlation_matrix"

    session: KeyDate
    one: KeyWord
    other: KeyWord
    value: Fraction


class SnapshotRow(Row, table=True):
    __tablename__ = "portfolio_snapshots"

    account: OwnerKey
    session: KeyDate
    at: At
    equity: Whole
    cash: Whole
    reserve: Whole
    day_pnl: Whole
    realised_day: Whole
    peak: Whole
    exposure: Whole
    open_positions: Whole
    entries: Whole
    exits: Whole
    benchmark: MaybeWhole
    benchmark_ticker: Word
    contributed: Whole


class NotificationRow(Row, table=True):
    """Something to tell the owner; `status` is pending or delivered."""

    __tablename__ = "notifications"
    __table_args__ = (UniqueConstraint("account", "id"), Index(None, "account", "status"))

    number: Number
    account: Owner
    id: Word
    event_type: Word
    key: Word
    priority: Word
    at: At
    facts: Json
    status: Word
    attempts: Whole
    delivered_at: MaybeAt


class JournalRow(Row, table=True):
    """Append-only, one hash chain an account."""

    __tablename__ = "journal"

    account: OwnerKey
    seq: KeyWhole
    at: At
    actor: Word
    channel: Word
    kind: Word
    body: Json
    path: MaybeWord
    old: MaybeJson
    new: MaybeJson
    reason: MaybeWord
    previous: Word
    hash: Word


class FenceRow(Row, table=True):
    """The highest fencing token that was given for an account, and to whom; the account may be yet to come.

    `killed` says who threw the kill switch by way of the database; nothing once the owner has resumed.
    """

    __tablename__ = "fences"

    account: KeyWord
    fence: Whole
    holder: Word
    killed: MaybeWord


class HeartbeatRow(Row, table=True):
    """The last sign of life of an account's engine."""

    __tablename__ = "heartbeats"

    account: KeyWord
    at: At
    market_at: MaybeAt
    healthy: bool
    why: Word
    holder: Word
    fence: Whole
    stopped: bool


class ConversationRow(Row, table=True):
    """What a person said last in a place, which the next words may lean on for some minutes."""

    __tablename__ = "conversations"

    account: KeyWord
    person: KeyWord
    place: KeyWord
    at: At
    text: Json


class CheckpointRow(Row, table=True):
    """Heads of all journals at one instant, signed."""

    __tablename__ = "checkpoints"

    number: Number
    at: At
    heads: Json
    key: Word
    signature: Word


class CommandRow(Row, table=True):
    """The key of a command that was done; `seq` is the journal's number after it."""

    __tablename__ = "commands"

    account: OwnerKey
    key: KeyWord
    seq: Whole


def _table(row: type[Row]) -> Table:
    return cast("Table", vars(row)["__table__"])


CATALOGUE: Final = Row.metadata

accounts: Final = _table(AccountRow)
people: Final = _table(PersonRow)
preferences: Final = _table(PreferenceRow)
recommendations: Final = _table(RecommendationRow)
decided: Final = _table(DecidedRow)
decisions: Final = _table(DecisionRow)
proposals: Final = _table(ProposalRow)
orders: Final = _table(OrderRow)
fills: Final = _table(FillRow)
positions: Final = _table(PositionRow)
stop_levels: Final = _table(StopLevelRow)
closed_trades: Final = _table(ClosedTradeRow)
lots: Final = _table(TaxLotRow)
lot_sales: Final = _table(LotSaleRow)
ledger: Final = _table(LedgerEntryRow)
breakers: Final = _table(BreakerRow)
tier_changes: Final = _table(TierChangeRow)
earnings: Final = _table(EarningsRow)
market_events: Final = _table(MarketEventRow)
strategies: Final = _table(StrategyRow)
correlations: Final = _table(CorrelationRow)
snapshots: Final = _table(SnapshotRow)
notifications: Final = _table(NotificationRow)
journal: Final = _table(JournalRow)
fences: Final = _table(FenceRow)
heartbeats: Final = _table(HeartbeatRow)
conversations: Final = _table(ConversationRow)
checkpoints: Final = _table(CheckpointRow)
commands: Final = _table(CommandRow)
