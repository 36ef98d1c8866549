"""Tables that only grow, or whose rows end but stay: decisions, orders, fills, breakers, snapshots, journal, news."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Final

from sqlalchemy import Table, Update, bindparam, update

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.codec import columns
from engine.adapters.sql_store.mirror import replacement
from engine.adapters.sql_store.plan import Plan, Values
from engine.core import events as e
from engine.core.announcement import Announcement
from engine.core.events.book import orders_told
from engine.core.nouns import Breaker, Order, Snapshot
from engine.core.state import BreakerKey
from engine.ports import Batch

RECORDS: Final[Mapping[type[e.Event], tuple[Table, str]]] = MappingProxyType(
    {
        e.Decided: (t.decisions, "decision"),
        e.Filled: (t.fills, "fill"),
        e.ReserveMoved: (t.ledger, "row"),
        e.TierChanged: (t.tier_changes, "change"),
    }
)
"""Events that carry a record: its table, and the field of the event that holds it."""


def write_records(plan: Plan, batch: Batch) -> None:
    rows: dict[Table, list[Values]] = {}
    for event in batch.events:
        if type(event) in RECORDS:
            table, field = RECORDS[type(event)]
            rows.setdefault(table, []).append({"account": batch.new.account, **columns(getattr(event, field))})
    for table, found in rows.items():
        plan.put(table, found)


def write_trades(plan: Plan, batch: Batch) -> None:
    """Those that the batch closed, and any of the state's that no event tells."""
    told = [event.trade for event in batch.events if isinstance(event, e.TradeClosed)]
    old = batch.old.trades if batch.old else ()
    if old is not batch.new.trades:
        known = {trade.client_order_id for trade in (*old, *told)}
        told = [*(trade for trade in batch.new.trades if trade.client_order_id not in known), *told]
    plan.put(t.closed_trades, [{"account": batch.new.account, **columns(trade)} for trade in told])


def write_orders(plan: Plan, batch: Batch) -> None:
    """Orders as they now stand; one that left the state stays in its table as its last event says."""
    account, new = batch.new.account, batch.new.orders
    old: Mapping[str, Order] = batch.old.orders if batch.old else {}
    told = {order.client_order_id: order for event in batch.events for order in orders_told(event)}
    lost = [key for key in old if key not in new and (key not in told or told[key].status.is_open)]
    if lost:
        raise ValueError(f"order {lost[0]} left the state without an event that closes it")
    intended = {event.order.client_order_id for event in batch.events if isinstance(event, e.OrderIntended)}
    fresh = intended | {key for key in new if key not in old and key not in told}
    stand = {**told, **new}
    plan.put(t.orders, [{"account": account, **columns(stand[key])} for key in stand if key in fresh])
    changed = [key for key in stand if key not in fresh and old.get(key) != stand[key]]
    if changed:
        names = frozenset(columns(stand[changed[0]])) - {"client_order_id"}
        rows = [{"at_account": account, "at_key": key, **columns(stand[key])} for key in changed]
        plan.change(replacement(t.orders, "client_order_id", names), rows)


def write_breakers(plan: Plan, batch: Batch) -> None:
    """A row a trip; `standing` ends when the breaker leaves the state, by whatever event."""
    account, new = batch.new.account, batch.new.breakers
    old: Mapping[BreakerKey, Breaker] = batch.old.breakers if batch.old else {}
    tripped = [event.breaker for event in batch.events if isinstance(event, e.BreakerTripped)]
    tripped += [each for key, each in new.items() if old.get(key) != each and each not in tripped]
    ended = [
        {"at_account": account, "at_kind": key[0].value, "at_ticker": key[1], "ended_at": moment(batch)}
        for key, each in old.items()
        if new.get(key) != each
    ]
    plan.change(resolution(), ended)
    plan.put(t.breakers, [breaker_row(batch, each) for each in tripped])


def breaker_row(batch: Batch, breaker: Breaker) -> Values:
    standing = batch.new.breakers.get((breaker.kind, breaker.ticker)) == breaker
    ended_at = None if standing else moment(batch)
    return {"account": batch.new.account, **columns(breaker), "standing": standing, "resolved_at": ended_at}


def moment(batch: Batch) -> datetime | None:
    """Market time of the batch, or people's where the state has none yet."""
    return batch.new.market_at or (batch.entries[-1].at if batch.entries else None)


@cache
def resolution() -> Update:
    table = t.breakers
    return (
        update(table)
        .where(
            table.c.account == bindparam("at_account"),
            table.c.kind == bindparam("at_kind"),
            table.c.ticker.is_not_distinct_from(bindparam("at_ticker")),
            table.c.standing,
        )
        .values(standing=False, resolved_at=bindparam("ended_at"))
    )


def write_snapshots(plan: Plan, batch: Batch) -> None:
    taken = {event.snapshot.session: event.snapshot for event in batch.events if isinstance(event, e.SnapshotTaken)}
    last: Snapshot | None = batch.new.last
    if last is not None and (batch.old is None or batch.old.last != last):
        taken[last.session] = last
    plan.put(t.snapshots, [{"account": batch.new.account, **columns(each)} for each in taken.values()])


def write_told(plan: Plan, batch: Batch) -> None:
    """Journal, announcements, and the command's key."""
    account = batch.new.account
    plan.put(t.journal, [columns(entry) for entry in batch.entries])
    plan.put(t.notifications, [notification_row(account, each) for each in batch.announcements])
    if batch.key is not None:
        plan.put(t.commands, [{"account": account, "key": batch.key, "seq": batch.new.seq}])


def notification_row(account: str, announcement: Announcement) -> Values:
    return {"account": account, **columns(announcement), "status": "pending", "attempts": 0, "delivered_at": None}
