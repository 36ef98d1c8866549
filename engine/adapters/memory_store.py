"""The Store port in memory: what a backtest, a drill and most tests need, with the same refusals as the tables."""

import json
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Any, TypeVar, cast

from engine.core import events as e
from engine.core.announcement import Announcement
from engine.core.events.book import orders_told
from engine.core.journal import Entry, canonical, plain
from engine.core.lots import LotSale
from engine.core.nouns import AccountId, Change, ClosedTrade, Decision, Fill, LedgerRow, Order, Recommendation, Snapshot
from engine.core.preferences import Preferences
from engine.core.standing import TierChange
from engine.core.state import State
from engine.core.units import Ticker
from engine.ports import CORRELATIONS_KEPT, Batch, Checkpoint, Conflict, Counts, Duplicate, Heartbeat
from engine.ports.conversations import CONVERSATIONS_KEPT, Conversation

T = TypeVar("T")


@dataclass(slots=True)
class Book:
    """One account and all its records, oldest first; `keys` are those that may not come twice."""

    state: State
    keys: set[Hashable] = field(default_factory=set)
    decisions: list[Decision] = field(default_factory=list)
    trades: list[ClosedTrade] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    sales: dict[str, LotSale] = field(default_factory=dict)
    tier_changes: list[TierChange] = field(default_factory=list)
    recommendations: dict[str, Recommendation] = field(default_factory=dict)
    ledger: list[LedgerRow] = field(default_factory=list)
    snapshots: dict[date, Snapshot] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    announcements: dict[str, Announcement] = field(default_factory=dict)
    delivered: dict[str, datetime] = field(default_factory=dict)


class MemoryStore:
    """Accounts in memory; gone with the process."""

    def __init__(self) -> None:
        self._books: dict[AccountId, Book] = {}
        self._checkpoints: list[Checkpoint] = []
        self._fences: Counter[AccountId] = Counter()
        self._heartbeats: dict[AccountId, Heartbeat] = {}
        self._conversations: dict[AccountId, list[Conversation]] = {}
        self._correlations: dict[date, dict[tuple[Ticker, Ticker], float]] = {}

    async def load(self, account: AccountId) -> State | None:
        book = self._books.get(account)
        return book.state if book else None

    async def save(self, batch: Batch) -> None:
        account = batch.new.account
        book = self._books.get(account)
        if (book.state.seq if book else None) != (batch.old.seq if batch.old else None):
            raise Conflict(f"account {account} is not where this batch begins")
        keys = Counter(keys_of(batch))
        taken = {key for key, times in keys.items() if times > 1 or (book and key in book.keys)}
        if taken:
            raise Duplicate(f"account {account}: {taken}")
        # all that can fail comes before the first change
        entries = [replace(entry, body=as_stored(entry.body)) for entry in batch.entries]
        announcements = {each.id: replace(each, facts=as_stored(each.facts)) for each in batch.announcements}
        book = self._books.setdefault(account, Book(batch.new))
        book.state = batch.new
        book.keys |= keys.keys()
        book.entries += entries
        book.announcements |= announcements
        book.snapshots |= snapshots_of(batch)
        book.recommendations |= recommendations_of(batch)
        for event in batch.events:
            record(book, event)
            book.orders |= {order.client_order_id: order for order in orders_told(event)}

    async def decisions(self, account: AccountId, limit: int) -> Sequence[Decision]:
        return newest(self._book(account).decisions, limit)

    async def trades(self, account: AccountId, limit: int) -> Sequence[ClosedTrade]:
        return newest(self._book(account).trades, limit)

    async def fills(self, account: AccountId, limit: int) -> Sequence[Fill]:
        return newest(self._book(account).fills, limit)

    async def snapshots(self, account: AccountId, since: date | None = None) -> Sequence[Snapshot]:
        found = sorted(self._book(account).snapshots.items())
        return tuple(snapshot for session, snapshot in found if since is None or session >= since)

    async def changes(self, account: AccountId, limit: int) -> Sequence[Change]:
        return newest(self._book(account).changes, limit)

    async def sales(self, account: AccountId, limit: int) -> Sequence[LotSale]:
        return newest(list(self._book(account).sales.values()), limit)

    async def recommendations(self, account: AccountId, limit: int) -> Sequence[Recommendation]:
        return newest(list(self._book(account).recommendations.values()), limit)

    async def tier_changes(self, account: AccountId, limit: int) -> Sequence[TierChange]:
        return newest(self._book(account).tier_changes, limit)

    async def ledger(self, account: AccountId, limit: int) -> Sequence[LedgerRow]:
        return newest(self._book(account).ledger, limit)

    async def correlations(self, session: date) -> Mapping[tuple[Ticker, Ticker], float] | None:
        return self._correlations.get(session)

    async def keep_correlations(self, session: date, pairs: Mapping[tuple[Ticker, Ticker], float]) -> None:
        kept = {**self._correlations, session: dict(pairs)}
        newest_ones = [day for day in sorted(kept) if kept[day]][-CORRELATIONS_KEPT:]
        self._correlations = {day: kept[day] for day in newest_ones}

    async def order(self, account: AccountId, client_order_id: str) -> Order | None:
        return self._book(account).orders.get(client_order_id)

    async def last_execution(self, account: AccountId) -> str | None:
        fills = self._book(account).fills
        return fills[-1].execution_id if fills else None

    async def journal(self, account: AccountId, after: int = 0) -> Sequence[Entry]:
        return tuple(entry for entry in self._book(account).entries if entry.seq > after)

    async def undelivered(self, account: AccountId, limit: int) -> Sequence[Announcement]:
        book = self._book(account)
        return tuple(each for key, each in book.announcements.items() if key not in book.delivered)[:limit]

    async def delivered(self, account: AccountId, announcement_id: str, at: datetime) -> None:
        book = self._book(account)
        if announcement_id in book.announcements:
            book.delivered.setdefault(announcement_id, at)

    async def preferences(self, account: AccountId) -> tuple[int, Preferences] | None:
        book = self._books.get(account)
        return (book.state.version, book.state.preferences) if book else None

    async def heads(self) -> Mapping[AccountId, tuple[int, str]]:
        return {account: (book.state.seq, book.state.head) for account, book in sorted(self._books.items())}

    async def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        self._checkpoints.append(checkpoint)

    async def checkpoints(self, newest: int | None = None) -> Sequence[Checkpoint]:
        return tuple(self._checkpoints if newest is None else self._checkpoints[-newest:])

    async def counts(self, account: AccountId) -> Counts:
        book = self._book(account)
        return Counts(
            journal=len(book.entries),
            decisions=len(book.decisions),
            orders=sum(isinstance(key, tuple) and key[0] == "orders" for key in book.keys),
            fills=len(book.fills),
            notifications=len(book.announcements),
        )

    async def confirm(self, account: AccountId) -> str | None:  # noqa: ARG002  # nobody else can reach it
        return None

    async def take(self, account: AccountId, holder: str) -> int:  # noqa: ARG002  # nobody else can reach it
        self._fences[account] += 1
        return self._fences[account]

    async def beat(self, heartbeat: Heartbeat) -> None:
        self._heartbeats[heartbeat.account] = heartbeat

    async def heartbeats(self) -> Sequence[Heartbeat]:
        return tuple(beat for _, beat in sorted(self._heartbeats.items()))

    async def keep(self, account: AccountId, conversation: Conversation, since: datetime) -> None:
        named, order = attrgetter("person", "place"), attrgetter("at", "person", "place")
        others = [one for one in await self.recall(account) if named(one) != named(conversation) and since <= one.at]
        self._conversations[account] = sorted((*others[-(CONVERSATIONS_KEPT - 1) :], conversation), key=order)

    async def recall(self, account: AccountId) -> Sequence[Conversation]:
        return tuple(self._conversations.get(account, ()))

    async def forget(self, account: AccountId, person: str, place: str) -> None:
        gone, known = (person, place), await self.recall(account)
        self._conversations[account] = [one for one in known if (one.person, one.place) != gone]

    async def close(self) -> None:
        """Nothing is held that would have to be let go of."""

    def _book(self, account: AccountId) -> Book:
        return self._books.get(account) or Book(State(account=account))


def newest(records: list[T], limit: int) -> tuple[T, ...]:
    return tuple(reversed(records[-limit:])) if limit else ()


def as_stored(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Facts as they come back from a database: JSON's own types."""
    return cast("Mapping[str, Any]", json.loads(canonical(facts)))


def as_written(change: Change) -> tuple[tuple[str, Any, Any], ...]:
    """Old and new values as a journal has them."""
    return tuple((path, plain(old), plain(new)) for path, old, new in change.fields)


def record(book: Book, event: e.Event) -> None:
    """Keep the record that an event carries."""
    match event:
        case e.Decided(decision=decision):
            book.decisions.append(decision)
        case e.Filled(fill=fill):
            book.fills.append(fill)
        case e.TradeClosed(trade=trade):
            book.trades.append(trade)
        case e.LotSold(sale=sale) | e.WashSaleFound(sale=sale):
            book.sales[sale.id] = sale
        case e.TierChanged(change=change):
            book.tier_changes.append(change)
        case e.ReserveMoved(row=row):
            book.ledger.append(row)
        case e.PreferencesChanged(change=change):
            book.changes.append(replace(change, fields=as_written(change)))


def snapshots_of(batch: Batch) -> dict[date, Snapshot]:
    taken = {event.snapshot.session: event.snapshot for event in batch.events if isinstance(event, e.SnapshotTaken)}
    last = batch.new.last
    if last is not None and (batch.old is None or batch.old.last != last):
        taken[last.session] = last
    return taken


def recommendations_of(batch: Batch) -> dict[str, Recommendation]:
    """Those that came with this batch, and those that wait as it leaves them."""
    told = [event.recommendation for event in batch.events if isinstance(event, e.RecommendationReceived)]
    return {one.id: one for one in told} | dict(batch.new.pending)


def keys_of(batch: Batch) -> Iterator[Hashable]:
    """Every key of the batch that may not come twice in an account."""
    if batch.key is not None:
        yield "commands", batch.key
    for entry in batch.entries:
        yield "journal", entry.seq
    for announcement in batch.announcements:
        yield "notifications", announcement.id
    for session in snapshots_of(batch):
        yield "snapshots", session
    for name in sorted(received(batch)):
        yield "recommendations", name
    for name in sorted(intended(batch)):
        yield "orders", name
    for event in batch.events:
        yield from event_keys(event)


def event_keys(event: e.Event) -> Iterator[Hashable]:
    match event:
        case e.Decided(decision=decision):
            yield "decisions", decision.id
            if decision.recommendation_id is not None:
                yield "decided", decision.recommendation_id
        case e.Filled(fill=fill):
            yield "fills", fill.execution_id
        case e.TradeClosed(trade=trade):
            yield "closed_trades", trade.client_order_id
        case e.LotOpened(lot=lot):
            yield "tax_lots", lot.id
        case e.LotSold(sale=sale):
            yield "tax_lot_sales", sale.id


def received(batch: Batch) -> set[str]:
    """Recommendations that are new with this batch."""
    old = batch.old.pending if batch.old else {}
    told = {event.recommendation.id for event in batch.events if isinstance(event, e.RecommendationReceived)}
    return told | (batch.new.pending.keys() - old.keys())


def intended(batch: Batch) -> set[str]:
    """Orders that are new with this batch."""
    old = batch.old.orders if batch.old else {}
    moved = {
        order.client_order_id
        for event in batch.events
        if not isinstance(event, e.OrderIntended)
        for order in orders_told(event)
    }
    told = {event.order.client_order_id for event in batch.events if isinstance(event, e.OrderIntended)}
    return told | (batch.new.orders.keys() - old.keys() - moved)
