"""The read view: what may be asked of an account, without touching it or waiting for anything."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from engine.bus import Done
from engine.core import events as e
from engine.core.judge import Ground
from engine.core.limits import Limits
from engine.core.lots import LotSale
from engine.core.nouns import (
    AccountId,
    Change,
    ClosedTrade,
    Decision,
    Fill,
    LedgerRow,
    Position,
    Recommendation,
    Snapshot,
)
from engine.core.performance import UNBEGUN, Standing, at_close, performance
from engine.core.policy import Policy
from engine.core.recall import Past, Recall, first_read
from engine.core.scene import Scene
from engine.core.standing import TierChange
from engine.core.state import State
from engine.core.units import Money, Ticker
from engine.core.valuation import Valuation
from engine.core.words import Side
from engine.ports import Store
from engine.pulse import Pulse

DECISIONS_KEPT: Final = 2_000
TRADES_KEPT: Final = 5_000
FILLS_KEPT: Final = 10_000
CHANGES_KEPT: Final = 5_000
SALES_KEPT: Final = 5_000
MOVES_KEPT: Final = 500
TIERS_KEPT: Final = 100
IDEAS_KEPT: Final = 2_000
ONE_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class History:
    """What an account did lately, newest last: kept in memory, filled from the store at start and by events after."""

    decisions: deque[Decision] = field(default_factory=lambda: deque(maxlen=DECISIONS_KEPT))
    trades: deque[ClosedTrade] = field(default_factory=lambda: deque(maxlen=TRADES_KEPT))
    fills: deque[Fill] = field(default_factory=lambda: deque(maxlen=FILLS_KEPT))
    snapshots: list[Snapshot] = field(default_factory=list)
    changes: deque[Change] = field(default_factory=lambda: deque(maxlen=CHANGES_KEPT))
    ledger: deque[LedgerRow] = field(default_factory=lambda: deque(maxlen=MOVES_KEPT))
    sales: dict[str, LotSale] = field(default_factory=dict)
    """Sales of tax lots as they now stand, by id."""
    tiers: deque[TierChange] = field(default_factory=lambda: deque(maxlen=TIERS_KEPT))
    recall: Recall = field(default_factory=Recall)
    ideas: dict[str, Recommendation] = field(default_factory=dict)
    """Recommendations received, as they now stand, by id."""

    @classmethod
    async def load(cls, store: Store, account: AccountId) -> "History":
        """The newest records from the store."""
        history = cls()
        history.decisions.extend(reversed(await store.decisions(account, DECISIONS_KEPT)))
        history.trades.extend(reversed(await store.trades(account, TRADES_KEPT)))
        history.fills.extend(reversed(await store.fills(account, FILLS_KEPT)))
        history.snapshots.extend(await store.snapshots(account))
        history.changes.extend(reversed(await store.changes(account, CHANGES_KEPT)))
        history.ledger.extend(reversed(await store.ledger(account, MOVES_KEPT)))
        history.sales.update((sale.id, sale) for sale in reversed(await store.sales(account, SALES_KEPT)))
        history.ideas.update((one.id, one) for one in reversed(await store.recommendations(account, IDEAS_KEPT)))
        history.tiers.extend(reversed(await store.tier_changes(account, TIERS_KEPT)))
        seq, _ = (await store.heads()).get(account, (0, ""))
        history.recall.read(await store.journal(account, first_read(seq)))
        return history

    async def __call__(self, done: Done) -> None:
        self._look_back(done)
        for event in done.events:
            if isinstance(event, e.Decided):
                self.decisions.append(event.decision)
            elif isinstance(event, e.TradeClosed):
                self.trades.append(event.trade)
            elif isinstance(event, e.SnapshotTaken):
                self.snapshots.append(event.snapshot)
            elif isinstance(event, e.PreferencesChanged):
                self.changes.append(event.change)
            elif isinstance(event, e.ReserveMoved):
                self.ledger.append(event.row)
            elif isinstance(event, e.LotSold | e.WashSaleFound):
                self._sold(event.sale)
            elif isinstance(event, e.RecommendationReceived):
                self._received(event.recommendation)
            elif isinstance(event, e.SplitApplied):
                self.ideas.update((key, one) for key, one in done.new.pending.items() if key in self.ideas)

    def _look_back(self, done: Done) -> None:
        for entry, event in zip(done.entries, done.events, strict=True):
            self.recall.hear(entry.seq, event)
            if isinstance(event, e.TierChanged):
                self.tiers.append(event.change)
            elif isinstance(event, e.Filled):
                self.fills.append(event.fill)

    def _received(self, wanted: Recommendation) -> None:
        self.ideas[wanted.id] = wanted
        while len(self.ideas) > IDEAS_KEPT:
            del self.ideas[next(iter(self.ideas))]

    def _sold(self, sale: LotSale) -> None:
        """A sale, or what became of one, whose place among the others stays."""
        self.sales[sale.id] = sale
        while len(self.sales) > SALES_KEPT:
            del self.sales[next(iter(self.sales))]


class Gain(NamedTuple):
    """What was won (+) or lost (−), and the same as a fraction; money put in or taken out is no part of either."""

    amount: Money
    fraction: float


@dataclass(frozen=True, slots=True)
class View:
    """One account at one instant: its state, the outside, and its history; `stale` while its store does not answer.

    `asker` is the id of whoever asks; None where nobody does. `fenced` says which process runs the account, once it is
    another. `pulse` is that of the engine that shows it, None where none runs; `why` says why it is not well.
    """

    state: State
    scene: Scene
    policy: Policy
    history: History
    stale: bool = False
    asker: str | None = None
    fenced: str | None = None
    pulse: Pulse | None = None
    why: str = ""

    @property
    def ground(self) -> Ground:
        return Ground(self.state, self.scene, self.policy)

    @property
    def limits(self) -> Limits:
        return self.ground.limits

    @property
    def worth(self) -> Valuation:
        return self.ground.worth

    def position(self, ticker: Ticker) -> Position | None:
        return self.state.positions.get(ticker)

    def decisions(self, ticker: Ticker | None = None, side: Side | None = None) -> Iterable[Decision]:
        """Decisions kept, newest first, of this ticker and side where given."""
        for decision in reversed(self.history.decisions):
            if ticker in (None, decision.ticker) and side in (None, decision.side):
                yield decision

    def past(self) -> Iterable[Past]:
        """Moved stops, entries in parts, breakers, pauses and kills, newest first."""
        return self.history.recall.newest(self.state.seq)

    @property
    def tiers(self) -> list[TierChange]:
        """Moves of the risk tier since the account last began, newest first."""
        return [one for one in reversed(self.history.tiers) if self._counts(one.at)]

    @property
    def snapshots(self) -> list[Snapshot]:
        """End-of-session records since the account last began, oldest first."""
        return [one for one in self.history.snapshots if self._counts(one.at)]

    def trades_between(self, first: date, last: date) -> list[ClosedTrade]:
        """Trades closed in these days of market time since the account last began, oldest first; both ends included."""
        return [
            trade
            for trade in self.history.trades
            if first <= trade.closed_at.date() <= last and self._counts(trade.closed_at)
        ]

    def fills_between(self, first: date, last: date) -> list[Fill]:
        """Fills in these days of market time since the account last began, oldest first; both ends included."""
        return [fill for fill in self.history.fills if first <= fill.at.date() <= last and self._counts(fill.at)]

    def sales_between(self, first: date, last: date) -> list[LotSale]:
        """Tax lots sold in these days of market time since the account last began, oldest first; both ends included."""
        sales = self.history.sales.values()
        return [sale for sale in sales if first <= sale.closed_at.date() <= last and self._counts(sale.closed_at)]

    @property
    def without_lots(self) -> list[ClosedTrade]:
        """Trades that closed before the first sale of which tax lots are known, oldest first; all where none is."""
        known = min((sale.closed_at for sale in self.history.sales.values()), default=None)
        trades = self.trades_between(date.min, date.max)
        return [trade for trade in trades if known is None or trade.closed_at < known]

    @property
    def ledger(self) -> list[LedgerRow]:
        """Moves of the reserve kept since the account last began, newest first."""
        return [row for row in reversed(self.history.ledger) if self._counts(row.at)]

    def before(self, first: date) -> Standing:
        """How the account stood at the end of the last session before this day; nothing, where there was none."""
        earlier = [snapshot for snapshot in self.snapshots if snapshot.session < first]
        return self.at_close(earlier[-1]) if earlier else UNBEGUN

    def at_end(self, last: date) -> Standing:
        """How it stood at the last close by this day; how it stands now, where the day has not ended yet."""
        goes_on = last >= self.scene.day.date and self._goes_on
        return self.now if goes_on else self.before(last + ONE_DAY)

    def gained(self, first: date, last: date) -> Gain:
        """What was won or lost in these days, both included."""
        found = performance(self.closes(first, last), ()).standard
        return Gain(found.gain, found.growth)

    def closes(self, first: date, last: date) -> list[Standing]:
        """The close before these days, those of their sessions, and how it stands now where today's is to come."""
        within = [self.at_close(one) for one in self.snapshots if first <= one.session <= last]
        now = [self.now] if first <= self.scene.day.date <= last and self._goes_on else []
        return [self.before(first), *within, *now]

    @property
    def _goes_on(self) -> bool:
        """Whether today's record is still to come."""
        taken = self.state.last
        return taken is None or taken.session < self.scene.day.date

    def at_close(self, snapshot: Snapshot) -> Standing:
        """How the account stood at the end of a session, beside what it is compared with today."""
        return at_close(snapshot, self.state.preferences.performance.benchmark)

    @property
    def now(self) -> Standing:
        """How the account stands at the marks of this scene."""
        return Standing(self.worth.equity, self.state.contributed, self.scene.benchmark, self.scene.day.date)

    def _counts(self, at: datetime) -> bool:
        """Whether what happened then belongs to the account as it last began."""
        return self.state.reset_at is None or at > self.state.reset_at
