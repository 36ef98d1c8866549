"""Accounts and their records out of the tables, inside one transaction of the caller's."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, func, select

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.codec import noun, parts, revived
from engine.core import events as e
from engine.core.announcement import Announcement
from engine.core.happenings import MarketEvent
from engine.core.journal import Entry
from engine.core.lots import Lot, LotSale
from engine.core.nouns import (
    AccountId,
    Breaker,
    Change,
    ClosedTrade,
    Decision,
    Fill,
    LedgerRow,
    Order,
    Position,
    Proposal,
    Recommendation,
    Snapshot,
)
from engine.core.people import Person
from engine.core.preferences import BadValue, Preferences, patched, value_of
from engine.core.reviving import reviver
from engine.core.standing import StrategyStanding, TierChange
from engine.core.state import BreakerKey, State
from engine.core.units import Ticker
from engine.core.words import OrderStatus
from engine.ports import Checkpoint, Counts, Heartbeat

T = TypeVar("T")
Found: TypeAlias = Sequence[RowMapping]

_OPEN: Final = tuple(status.value for status in OrderStatus if status.is_open)


def rows(connection: Connection, query: Select[Any]) -> Found:
    return connection.execute(query).mappings().all()


def by_text(found: Found, name: str) -> Found:
    """In the order of a text, character by character, which each database has its own idea of."""
    return sorted(found, key=lambda row: str(row[name]))


def newest(connection: Connection, table: Table, kind: type[T], account: AccountId, limit: int) -> tuple[T, ...]:
    """The last `limit` nouns of a table, newest first."""
    query = select(table).where(table.c.account == account).order_by(table.c.number.desc()).limit(limit)
    return tuple(noun(kind, row) for row in rows(connection, query))


def state(connection: Connection, account: AccountId) -> State | None:
    """The account as last saved."""
    found = connection.execute(select(t.accounts).where(t.accounts.c.account == account)).mappings().one_or_none()
    if found is None:
        return None
    row = dict(found)
    last_session, trades_kept = row.pop("last_session"), row.pop("trades_kept")
    return State(
        **parts(State, row) | {"changes": changes(row["changes"])},
        preferences=preferences(connection, account),
        people=people(connection, account),
        positions=positions(connection, account),
        orders={each.client_order_id: each for each in open_orders(connection, account)},
        breakers=breakers(connection, account),
        proposals={each.decision.id: each for each in proposals(connection, account)},
        pending={each.id: each for each in pending(connection, account)},
        decided=decided(connection, account),
        last=None if last_session is None else snapshot(connection, account, last_session),
        lots=lots(connection, account),
        trades=tuple(reversed(trades(connection, account, trades_kept))),
        earnings=earnings(connection, account),
        market_events=market_events(connection, account),
        strategies=strategies(connection, account),
    )


def changes(text: str) -> tuple[Change, ...]:
    return tuple(
        replace(each, fields=tuple(field_values(*field) for field in each.fields))
        for each in revived(tuple[Change, ...], text)
    )


def field_values(path: str, old: object, new: object) -> tuple[str, Any, Any]:
    return path, setting(path, old), setting(path, new)


def setting(path: str, value: object) -> Any:  # noqa: ANN401  # settings differ in type
    """A value as its setting has it; one of no setting, or not possible any more, as it was written."""
    try:
        return value_of(patched(Preferences(), {path: value}), path)
    except BadValue:
        return value


def preferences(connection: Connection, account: AccountId) -> Preferences:
    found = rows(connection, select(t.preferences).where(t.preferences.c.account == account))
    return patched(Preferences(), {row["path"]: json.loads(row["value"]) for row in found})


def positions(connection: Connection, account: AccountId) -> dict[str, Position]:
    same = (t.positions.c.account == t.stop_levels.c.account) & (t.positions.c.ticker == t.stop_levels.c.ticker)
    levels = [column for column in t.stop_levels.c if column.name not in t.positions.c]
    query = select(t.positions, *levels).join_from(t.positions, t.stop_levels, same)
    found = rows(connection, query.where(t.positions.c.account == account).order_by(t.positions.c.number))
    return {row["ticker"]: noun(Position, row) for row in found}


def standing(
    connection: Connection, table: Table, account: AccountId, which: ColumnElement[bool]
) -> Sequence[RowMapping]:
    """Rows that still belong to the state, in the order in which they came."""
    return rows(connection, select(table).where(table.c.account == account, which).order_by(table.c.number))


def open_orders(connection: Connection, account: AccountId) -> list[Order]:
    return [noun(Order, row) for row in standing(connection, t.orders, account, t.orders.c.status.in_(_OPEN))]


def breakers(connection: Connection, account: AccountId) -> dict[BreakerKey, Breaker]:
    found = [noun(Breaker, row) for row in standing(connection, t.breakers, account, t.breakers.c.standing)]
    return {(each.kind, each.ticker): each for each in found}


def proposals(connection: Connection, account: AccountId) -> list[Proposal]:
    return [noun(Proposal, row) for row in standing(connection, t.proposals, account, t.proposals.c.open)]


def pending(connection: Connection, account: AccountId) -> list[Recommendation]:
    found = standing(connection, t.recommendations, account, t.recommendations.c.pending)
    return [noun(Recommendation, row) for row in found]


def lots(connection: Connection, account: AccountId) -> dict[Ticker, tuple[Lot, ...]]:
    found: defaultdict[Ticker, tuple[Lot, ...]] = defaultdict(tuple)
    for row in standing(connection, t.lots, account, t.lots.c.shares > 0):
        found[row["ticker"]] += (noun(Lot, row),)
    return dict(found)


def earnings(connection: Connection, account: AccountId) -> dict[Ticker, tuple[date, ...]]:
    table, found = t.earnings, defaultdict[Ticker, tuple[date, ...]](tuple)
    query = select(table).where(table.c.account == account).order_by(table.c.date)
    for row in by_text(rows(connection, query), "ticker"):
        found[row["ticker"]] += (row["date"],)
    return dict(found)


def market_events(connection: Connection, account: AccountId) -> tuple[MarketEvent, ...]:
    found = standing(connection, t.market_events, account, t.market_events.c.standing)
    return tuple(noun(MarketEvent, row) for row in found)


def strategies(connection: Connection, account: AccountId) -> dict[str, StrategyStanding]:
    found = rows(
        connection, select(t.strategies).where(t.strategies.c.account == account).order_by(t.strategies.c.number)
    )
    return {row["name"]: noun(StrategyStanding, row) for row in found}


def decided(connection: Connection, account: AccountId) -> dict[str, None]:
    query = select(t.decided.c.recommendation_id).where(t.decided.c.account == account).order_by(t.decided.c.number)
    return dict.fromkeys(connection.execute(query).scalars())


def snapshot(connection: Connection, account: AccountId, session: date) -> Snapshot:
    where = (t.snapshots.c.account == account) & (t.snapshots.c.session == session)
    return noun(Snapshot, connection.execute(select(t.snapshots).where(where)).mappings().one())


def snapshots(connection: Connection, account: AccountId, since: date | None) -> tuple[Snapshot, ...]:
    query = select(t.snapshots).where(t.snapshots.c.account == account).order_by(t.snapshots.c.session)
    found = rows(connection, query if since is None else query.where(t.snapshots.c.session >= since))
    return tuple(noun(Snapshot, row) for row in found)


def decisions(connection: Connection, account: AccountId, limit: int) -> tuple[Decision, ...]:
    return newest(connection, t.decisions, Decision, account, limit)


def trades(connection: Connection, account: AccountId, limit: int) -> tuple[ClosedTrade, ...]:
    return newest(connection, t.closed_trades, ClosedTrade, account, limit)


def fills(connection: Connection, account: AccountId, limit: int) -> tuple[Fill, ...]:
    return newest(connection, t.fills, Fill, account, limit)


def sales(connection: Connection, account: AccountId, limit: int) -> tuple[LotSale, ...]:
    return newest(connection, t.lot_sales, LotSale, account, limit)


def recommendations(connection: Connection, account: AccountId, limit: int) -> tuple[Recommendation, ...]:
    return newest(connection, t.recommendations, Recommendation, account, limit)


def tier_changes(connection: Connection, account: AccountId, limit: int) -> tuple[TierChange, ...]:
    return newest(connection, t.tier_changes, TierChange, account, limit)


def ledger(connection: Connection, account: AccountId, limit: int) -> tuple[LedgerRow, ...]:
    return newest(connection, t.ledger, LedgerRow, account, limit)


def settings_changes(connection: Connection, account: AccountId, limit: int) -> tuple[Change, ...]:
    """As the journal has them: values are JSON's own."""
    where = (t.journal.c.account == account) & (t.journal.c.kind == e.PreferencesChanged.__name__)
    query = select(t.journal.c.body).where(where).order_by(t.journal.c.seq.desc()).limit(limit)
    return tuple(reviver(Change)(json.loads(body)["change"]) for body in connection.execute(query).scalars())


def order(connection: Connection, account: AccountId, client_order_id: str) -> Order | None:
    query = select(t.orders).where(t.orders.c.account == account, t.orders.c.client_order_id == client_order_id)
    found = rows(connection, query)
    return next((noun(Order, row) for row in found), None)


def last_execution(connection: Connection, account: AccountId) -> str | None:
    query = (
        select(t.fills.c.execution_id).where(t.fills.c.account == account).order_by(t.fills.c.number.desc()).limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def journal(connection: Connection, account: AccountId, after: int) -> tuple[Entry, ...]:
    where = (t.journal.c.account == account) & (t.journal.c.seq > after)
    return tuple(noun(Entry, row) for row in rows(connection, select(t.journal).where(where).order_by(t.journal.c.seq)))


def undelivered(connection: Connection, account: AccountId, limit: int) -> tuple[Announcement, ...]:
    table = t.notifications
    query = select(table).where(table.c.account == account, table.c.status == "pending")
    return tuple(noun(Announcement, row) for row in rows(connection, query.order_by(table.c.number).limit(limit)))


def people(connection: Connection, account: AccountId) -> dict[str, Person]:
    found = rows(connection, select(t.people).where(t.people.c.account == account))
    return {row["id"]: noun(Person, row) for row in sorted(found, key=lambda row: (row["since"], row["id"]))}


def versioned(connection: Connection, account: AccountId) -> tuple[int, Preferences] | None:
    """What the owner has set, and the version of it; None for no such account."""
    table = t.accounts
    found = connection.execute(select(table.c.version).where(table.c.account == account)).scalar_one_or_none()
    return None if found is None else (found, preferences(connection, account))


def heads(connection: Connection) -> dict[AccountId, tuple[int, str]]:
    table = t.accounts
    found = rows(connection, select(table.c.account, table.c.seq, table.c.head))
    return {row["account"]: (row["seq"], row["head"]) for row in by_text(found, "account")}


def checkpoints(connection: Connection, newest: int | None) -> tuple[Checkpoint, ...]:
    found = rows(connection, select(t.checkpoints).order_by(t.checkpoints.c.number.desc()).limit(newest))
    return tuple(
        Checkpoint(at=row["at"], heads=signed_heads(row["heads"]), key=row["key"], signature=row["signature"])
        for row in reversed(found)
    )


def signed_heads(text: str) -> dict[AccountId, tuple[int, str]]:
    return {account: (seq, head) for account, (seq, head) in json.loads(text).items()}


def heartbeats(connection: Connection) -> tuple[Heartbeat, ...]:
    return tuple(noun(Heartbeat, row) for row in by_text(rows(connection, select(t.heartbeats)), "account"))


def counts(connection: Connection, account: AccountId) -> Counts:
    def count(table: Table) -> int:
        return connection.execute(
            select(func.count()).select_from(table).where(table.c.account == account)
        ).scalar_one()

    return Counts(
        journal=count(t.journal),
        decisions=count(t.decisions),
        orders=count(t.orders),
        fills=count(t.fills),
        notifications=count(t.notifications),
    )
