"""The read view: what may be asked of an account, without touching it or waiting for anything."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from engine.bus import Done
from engine.core import events as e
from engine.core.judge import Ground
from engine.core.limits import Limits
from engine.core.nouns import AccountId, ClosedTrade, Decision, Position, Snapshot
from engine.core.policy import Policy
from engine.core.scene import Scene
from engine.core.state import State
from engine.core.units import Money, Ticker
from engine.core.valuation import Valuation
from engine.core.words import Side
from engine.ports import Store

DECISIONS_KEPT: Final = 2_000
TRADES_KEPT: Final = 5_000


@dataclass(slots=True)
class History:
    """What an account did lately, newest last: kept in memory, filled from the store at start and by events after."""

    decisions: deque[Decision] = field(default_factory=lambda: deque(maxlen=DECISIONS_KEPT))
    trades: deque[ClosedTrade] = field(default_factory=lambda: deque(maxlen=TRADES_KEPT))
    snapshots: list[Snapshot] = field(default_factory=list)

    @classmethod
    async def load(cls, store: Store, account: AccountId) -> "History":
        """The newest records from the store."""
        history = cls()
        history.decisions.extend(reversed(await store.decisions(account, DECISIONS_KEPT)))
        history.trades.extend(reversed(await store.trades(account, TRADES_KEPT)))
        history.snapshots.extend(await store.snapshots(account))
        return history

    async def __call__(self, done: Done) -> None:
        for event in done.events:
            if isinstance(event, e.Decided):
                self.decisions.append(event.decision)
            elif isinstance(event, e.TradeClosed):
                self.trades.append(event.trade)
            elif isinstance(event, e.SnapshotTaken):
                self.snapshots.append(event.snapshot)


@dataclass(frozen=True, slots=True)
class View:
    """One account at one instant: its state, the outside, and its history; `stale` while its store does not answer."""

    state: State
    scene: Scene
    policy: Policy
    history: History
    stale: bool = False

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

    def trades_between(self, first: date, last: date) -> list[ClosedTrade]:
        """Trades closed in these days of market time, oldest first; both ends included."""
        return [trade for trade in self.history.trades if first <= trade.closed_at.date() <= last]

    def equity_before(self, first: date) -> Money:
        """Equity at the end of the last session before this day; what was put in, where there was none."""
        earlier = [snapshot for snapshot in self.history.snapshots if snapshot.session < first]
        return earlier[-1].equity if earlier else self.state.contributed
