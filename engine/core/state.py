"""What is true of one account now; only `apply` makes a new one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from engine.core.happenings import MarketEvent
from engine.core.lots import Lot, LotSale, Unsettled
from engine.core.nouns import (
    AccountId,
    Breaker,
    Change,
    ClosedTrade,
    Difference,
    Order,
    Pause,
    Position,
    Proposal,
    Recommendation,
    Sent,
    Snapshot,
    Term,
    Tranches,
    Transfer,
)
from engine.core.people import Invitation, Person
from engine.core.preferences import Preferences
from engine.core.standing import Rebalance, StrategyStanding, TierChange
from engine.core.units import Money, Ticker
from engine.core.words import AccountKind, BreakerKind, Settlement, Side, Tier

BreakerKey = tuple[BreakerKind, Ticker | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What this session has seen so far: act-to-buy decisions, exits, stop hits (market time), realised profit.

    `moved` is paper money put in less money taken out, `alerts` those told in this session. `skips` counts skipped
    recommendations by reason, in the order in which the reasons first came up. `micro` are the entries among
    `entries` that are micro-trades, `waived` the breakers that the owner reset and that stay so for this session,
    `washed` the losses (positive) that wash sales put off. `stopped` are the tickers held whose stop hit is counted.
    """

    session: date | None = None
    entries: int = 0
    exits: int = 0
    stop_hits: tuple[datetime, ...] = ()
    realised: Money = 0
    skips: tuple[tuple[str, int], ...] = ()
    summarised: bool = False
    moved: Money = 0
    alerts: tuple[str, ...] = ()
    micro: int = 0
    waived: tuple[str, ...] = ()
    washed: Money = 0
    stopped: tuple[Ticker, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One account. `cash` includes the reserve, `opening` is what it began with the first time, `contributed` is
    deposits − withdrawals since it last began, `peak` the highest equity.

    `realised` sums proceeds − cost of all sells before `fees`, which sum those of buys and sells: at any time
    cash + Σ cost of positions = contributed + realised + dividends − fees.

    `orders` and `breakers` hold only open ones, `pending` recommendations that wait to be decided, `decided` the ids
    of recommendations already decided (at least the newest 5,000; the store's unique key is the truth for older ones),
    `changes` the owner's last acts that can be put back, `acted_at` the instants of people's time at which he acted in
    the last minute. `market_at` is the market time of the last commit, from which a replay goes on. `terms` are
    settings that go back by themselves, `tranches` entries that are bought in parts, `transfers` money that the broker
    has yet to book, `reset_at` the market time of the last reset, `config` the digest of the configuration that was
    last noted. `tolerance_raised_at` is when, in people's time, risk tolerance rose last, by whatever cause; None where
    it never did, or that rise was taken back. `seq` and `head` are the journal's last number and hash.

    `ceiling` is the tier to which the engine itself lowered what the owner chose, None where it did not, and
    `tier_move` its own last move of the tier. `emergency`
    says that the reserve was given back in this fall, `high_water` that a large reserve was told. `trades` are those
    closed within 366 days before the newest. `lots` are what is held, oldest first; `losses` sells at a loss that a
    purchase within 30 days can still make wash sales. `day_trades` are the sessions of the last day trades.
    `earnings` are dates on record, `market_events` those that are not over, `strategies` what was said of each,
    `rebalanced` the session of the last rebalancing, `actions` the ids of the splits and dividends booked last.
    `flatten_at` is when the owner said that all be sold. `sent` are the orders meant lately, as far as safety looks
    back, `differences` those between both books that were found last and still stand. `restored` names the last time
    that the account was put back from a backup (empty: never), which the names of its orders hold from then on.
    """

    account: AccountId
    kind: AccountKind = AccountKind.PAPER
    opened_at: datetime | None = None
    cash: Money = 0
    contributed: Money = 0
    opening: Money = 0
    realised: Money = 0
    fees: Money = 0
    reserve: Money = 0
    peak: Money = 0
    preferences: Preferences = field(default_factory=Preferences)
    version: int = 0
    pause: Pause | None = None
    killed_at: datetime | None = None
    positions: Mapping[Ticker, Position] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    breakers: Mapping[BreakerKey, Breaker] = field(default_factory=dict)
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    pending: Mapping[str, Recommendation] = field(default_factory=dict)
    decided: Mapping[str, None] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    acted_at: tuple[datetime, ...] = ()
    frozen: frozenset[Ticker] = frozenset()
    tally: Tally = field(default_factory=Tally)
    last: Snapshot | None = None
    market_at: datetime | None = None
    terms: tuple[Term, ...] = ()
    tranches: tuple[Tranches, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    people: Mapping[str, Person] = field(default_factory=dict)
    invitations: tuple[Invitation, ...] = ()
    reset_at: datetime | None = None
    tolerance_raised_at: datetime | None = None
    config: str = ""
    restored: str = ""
    dividends: Money = 0
    ceiling: Tier | None = None
    tier_move: TierChange | None = None
    emergency: bool = False
    high_water: bool = False
    flatten_at: datetime | None = None
    sent: tuple[Sent, ...] = ()
    differences: tuple[Difference, ...] = ()
    lots: Mapping[Ticker, tuple[Lot, ...]] = field(default_factory=dict)
    losses: tuple[LotSale, ...] = ()
    unsettled: tuple[Unsettled, ...] = ()
    day_trades: tuple[date, ...] = ()
    trades: tuple[ClosedTrade, ...] = ()
    earnings: Mapping[Ticker, tuple[date, ...]] = field(default_factory=dict)
    market_events: tuple[MarketEvent, ...] = ()
    strategies: Mapping[str, StrategyStanding] = field(default_factory=dict)
    rebalance: Rebalance | None = None
    rebalanced: date | None = None
    actions: tuple[str, ...] = ()
    seq: int = 0
    head: str = ""

    @property
    def tier(self) -> Tier:
        """The risk tier in force: the owner's choice, or what the engine lowered it to."""
        chosen = self.preferences.trading.risk_tolerance
        return chosen if self.ceiling is None or chosen.rank <= self.ceiling.rank else self.ceiling

    @property
    def free_cash(self) -> Money:
        """What people are told as cash: all of it but the reserve."""
        return self.cash - self.reserve

    @property
    def reserved(self) -> Money:
        """Cash that open buys hold."""
        return sum([order.reserved for order in self.orders.values()])

    @property
    def unsettled_cash(self) -> Money:
        """Proceeds that are not settled yet; on margin they count as settled."""
        if not self.unsettled or self.preferences.trading.settlement is Settlement.MARGIN:
            return 0
        return sum(one.amount for one in self.unsettled)

    @property
    def buying_power(self) -> Money:
        """Settled cash − reserve − cash held by open intents, never negative."""
        return max(0, self.free_cash - self.unsettled_cash - self.reserved)

    def difference(self, ticker: Ticker | None) -> Difference | None:
        """How the broker's book and ours differ on a ticker, or without one on the cash; None where they agree."""
        return next((one for one in self.differences if one.ticker == ticker), None)

    def sellable(self, ticker: Ticker) -> int:
        """Shares held that are not being sold; without those that the broker lacks, as far as that is on record."""
        held, found = self.positions.get(ticker), self.difference(ticker)
        lacking = max(0, found.ours - found.theirs) if found else 0
        return max(0, held.shares - lacking - self.selling(ticker)) if held else 0

    def selling(self, ticker: Ticker) -> int:
        """Shares of a ticker in open sells."""
        return sum(
            order.shares - order.filled_shares
            for order in self.orders.values()
            if order.ticker == ticker and order.side is Side.SELL
        )
