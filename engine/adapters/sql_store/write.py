"""One batch into the tables, inside one transaction of the caller's: which rows, found by comparing old and new."""

from collections.abc import Callable, Mapping
from dataclasses import fields as fields_of
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import Connection, Delete, Table, Update, bindparam, delete, insert, update
from sqlalchemy.exc import IntegrityError

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.codec import column, columns
from engine.core import events as e
from engine.core.announcement import Announcement
from engine.core.journal import canonical
from engine.core.nouns import Breaker, Order, Person, Position, Proposal, Recommendation, Snapshot
from engine.core.preferences import Preferences, fields, value_of
from engine.core.state import BreakerKey, State
from engine.ports import Batch, Conflict

K = TypeVar("K")
V = TypeVar("V")
Values = dict[str, Any]

_APART: Final = frozenset(
    {"preferences", "positions", "orders", "breakers", "proposals", "pending", "decided", "last", "people"},
)
"""Fields of State that have tables of their own; all others are columns of `accounts`."""

_PLAIN: Final = tuple(field.name for field in fields_of(State) if field.name not in _APART)


def write(connection: Connection, batch: Batch) -> None:
    """All rows of a batch. Raises Conflict, or IntegrityError where a key is taken; the caller rolls back."""
    claim(connection, batch)
    write_recommendations(connection, batch)
    write_proposals(connection, batch)
    write_orders(connection, batch)
    write_records(connection, batch)
    write_holdings(connection, batch)
    write_breakers(connection, batch)
    write_snapshots(connection, batch)
    write_preferences(connection, batch)
    write_people(connection, batch)
    write_told(connection, batch)


def put(connection: Connection, table: Table, rows: list[Values]) -> None:
    if rows:
        connection.execute(insert(table), rows)


# --- the account's own row


def claim(connection: Connection, batch: Batch) -> None:
    """Move the account from the old state's journal number to the new one's, or raise Conflict."""
    if batch.old is None:
        try:
            connection.execute(insert(t.accounts), account_row(batch.new))
        except IntegrityError as error:
            raise Conflict(f"account {batch.new.account} exists already") from error
        return
    changes = account_changes(batch.old, batch.new)
    where = {"at_account": batch.new.account, "at_seq": batch.old.seq}
    if connection.execute(advance(frozenset(changes)), changes | where).rowcount != 1:
        raise Conflict(f"account {batch.new.account} is not at journal number {batch.old.seq} any more")


@cache
def advance(names: frozenset[str]) -> Update:
    """An update of these columns of the account that still stands at `at_seq`."""
    table = t.accounts
    found = update(table).where(table.c.account == bindparam("at_account"), table.c.seq == bindparam("at_seq"))
    return found.values({name: bindparam(name) for name in names})


def account_row(state: State) -> Values:
    return {name: column(getattr(state, name)) for name in _PLAIN} | {"last_session": last_session(state)}


def account_changes(old: State, new: State) -> Values:
    """The columns that differ, and always the journal's number."""
    differing = (name for name in _PLAIN if getattr(old, name) != getattr(new, name))
    changes = {name: column(getattr(new, name)) for name in differing} | {"seq": new.seq}
    return changes if old.last == new.last else changes | {"last_session": last_session(new)}


def last_session(state: State) -> object:
    return state.last and state.last.session


# --- tables that hold what a mapping of the state holds


class Mirror(NamedTuple):
    """A table that holds what a mapping of the state holds: the column of the mapping's key, and the others' values."""

    table: Table
    key: str
    row: Callable[[Any, Any], Values]


def reflect(connection: Connection, mirror: Mirror, account: str, old: Mapping[K, V], new: Mapping[K, V]) -> None:
    """Make the table's rows of this account equal to `new`, touching only what differs from `old`."""
    table, key, row = mirror
    gone = [{"at_account": account, "at_key": name} for name in old if name not in new]
    fresh = [{"account": account, key: name, **row(name, new[name])} for name in new if name not in old]
    rows = ((name, row(name, old[name]), row(name, new[name])) for name in new if moved(old, new, name))
    changed = [{"at_account": account, "at_key": name, **after} for name, before, after in rows if before != after]
    if gone:
        connection.execute(deletion(table, key), gone)
    put(connection, table, fresh)
    if changed:
        connection.execute(replacement(table, key, frozenset(changed[0]) - {"at_account", "at_key"}), changed)


def moved(old: Mapping[K, V], new: Mapping[K, V], name: K) -> bool:
    return name in old and old[name] is not new[name]


@cache
def deletion(table: Table, key: str) -> Delete:
    return delete(table).where(table.c.account == bindparam("at_account"), table.c[key] == bindparam("at_key"))


@cache
def replacement(table: Table, key: str, names: frozenset[str]) -> Update:
    """An update of these columns of the row that `at_account` and `at_key` name."""
    found = update(table).where(table.c.account == bindparam("at_account"), table.c[key] == bindparam("at_key"))
    return found.values({name: bindparam(name) for name in names})


def write_holdings(connection: Connection, batch: Batch) -> None:
    account, new = batch.new.account, batch.new.positions
    old: Mapping[str, Position] = batch.old.positions if batch.old else {}
    if old is new:
        return
    reflect(connection, POSITIONS, account, old, new)
    kept = {ticker: position for ticker, position in old.items() if ticker in new}  # the others went with their rows
    reflect(connection, LEVELS, account, kept, new)


def position_row(_ticker: str, position: Position) -> Values:
    return {name: value for name, value in columns(position).items() if name in t.positions.c and name != "ticker"}


def levels_row(_ticker: str, position: Position) -> Values:
    return {name: value for name, value in columns(position).items() if name in t.stop_levels.c and name != "ticker"}


def write_preferences(connection: Connection, batch: Batch) -> None:
    old = batch.old.preferences if batch.old else Preferences()
    if old is not batch.new.preferences:
        before, after = chosen(old), chosen(batch.new.preferences)
        reflect(connection, PREFERENCES, batch.new.account, before, after)


def chosen(preferences: Preferences) -> dict[str, Any]:
    """The settings that differ from their defaults, by path."""
    values = ((field.path, value_of(preferences, field.path), field.default) for field in fields())
    return {path: value for path, value, default in values if value != default}


def preference_row(_path: str, value: object) -> Values:
    return {"value": canonical(value)}


def write_people(connection: Connection, batch: Batch) -> None:
    old: Mapping[str, Person] = batch.old.people if batch.old else {}
    if old is not batch.new.people:
        reflect(connection, PEOPLE, batch.new.account, old, batch.new.people)


def person_row(_id: str, person: Person) -> Values:
    return {name: value for name, value in columns(person).items() if name != "id"}


def write_recommendations(connection: Connection, batch: Batch) -> None:
    account, new = batch.new.account, batch.new
    pending: Mapping[str, Recommendation] = batch.old.pending if batch.old else {}
    settled: Mapping[str, None] = batch.old.decided if batch.old else {}
    received = [event.recommendation for event in batch.events if isinstance(event, e.RecommendationReceived)]
    fresh = {each.id: each for each in received} | {key: new.pending[key] for key in new.pending if key not in pending}
    rows = [{"account": account, "pending": key in new.pending, **columns(each)} for key, each in fresh.items()]
    put(connection, t.recommendations, rows)
    left = [{"at_account": account, "at_key": key, "pending": False} for key in pending if key not in new.pending]
    if left:
        connection.execute(replacement(t.recommendations, "id", frozenset({"pending"})), left)
    if settled is not new.decided:
        reflect(connection, DECIDED, account, settled, new.decided)


def write_proposals(connection: Connection, batch: Batch) -> None:
    account, new = batch.new.account, batch.new.proposals
    old: Mapping[str, Proposal] = batch.old.proposals if batch.old else {}
    asked = {event.proposal.decision.id: event.proposal for event in batch.events if isinstance(event, e.Proposed)}
    if old is new and not asked:
        return
    answered = {key: proposal for key, proposal in {**old, **asked}.items() if key not in new}
    after = {key: (proposal, True) for key, proposal in new.items()}
    after |= {key: (proposal, False) for key, proposal in answered.items()}
    before = {key: (proposal, True) for key, proposal in old.items()}
    reflect(connection, PROPOSALS, account, before, after)


def proposal_row(_decision_id: str, asked: tuple[Proposal, bool]) -> Values:
    return {**columns(asked[0]), "open": asked[1]}


POSITIONS: Final = Mirror(t.positions, "ticker", position_row)
LEVELS: Final = Mirror(t.stop_levels, "ticker", levels_row)
PREFERENCES: Final = Mirror(t.preferences, "path", preference_row)
PEOPLE: Final = Mirror(t.people, "id", person_row)
PROPOSALS: Final = Mirror(t.proposals, "decision_id", proposal_row)
DECIDED: Final = Mirror(t.decided, "recommendation_id", lambda _id, _none: {})


# --- tables that only grow, or whose rows end but stay


RECORDS: Final[Mapping[type[e.Event], tuple[Table, str]]] = MappingProxyType(
    {
        e.Decided: (t.decisions, "decision"),
        e.Filled: (t.fills, "fill"),
        e.TradeClosed: (t.closed_trades, "trade"),
        e.ReserveMoved: (t.ledger, "row"),
    }
)
"""Events that carry a record: its table, and the field of the event that holds it."""


def write_records(connection: Connection, batch: Batch) -> None:
    rows: dict[Table, list[Values]] = {}
    for event in batch.events:
        if type(event) in RECORDS:
            table, field = RECORDS[type(event)]
            rows.setdefault(table, []).append({"account": batch.new.account, **columns(getattr(event, field))})
    for table, found in rows.items():
        put(connection, table, found)


def write_orders(connection: Connection, batch: Batch) -> None:
    """Orders as they now stand; one that left the state stays in its table as its last event says."""
    account, new = batch.new.account, batch.new.orders
    old: Mapping[str, Order] = batch.old.orders if batch.old else {}
    told = {event.order.client_order_id: event.order for event in batch.events if isinstance(event, ORDER_EVENTS)}
    lost = [key for key in old if key not in new and (key not in told or told[key].status.is_open)]
    if lost:
        raise ValueError(f"order {lost[0]} left the state without an event that closes it")
    intended = {event.order.client_order_id for event in batch.events if isinstance(event, e.OrderIntended)}
    fresh = intended | {key for key in new if key not in old and key not in told}
    stand = {**told, **new}
    put(connection, t.orders, [{"account": account, **columns(stand[key])} for key in stand if key in fresh])
    changed = [key for key in stand if key not in fresh and old.get(key) != stand[key]]
    if changed:
        names = frozenset(columns(stand[changed[0]])) - {"client_order_id"}
        rows = [{"at_account": account, "at_key": key, **columns(stand[key])} for key in changed]
        connection.execute(replacement(t.orders, "client_order_id", names), rows)


ORDER_EVENTS: Final = (e.OrderIntended, e.OrderUpdated, e.Filled)


def write_breakers(connection: Connection, batch: Batch) -> None:
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
    if ended:
        connection.execute(resolution(), ended)
    put(connection, t.breakers, [breaker_row(batch, each) for each in tripped])


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


def write_snapshots(connection: Connection, batch: Batch) -> None:
    taken = {event.snapshot.session: event.snapshot for event in batch.events if isinstance(event, e.SnapshotTaken)}
    last: Snapshot | None = batch.new.last
    if last is not None and (batch.old is None or batch.old.last != last):
        taken[last.session] = last
    put(connection, t.snapshots, [{"account": batch.new.account, **columns(each)} for each in taken.values()])


def write_told(connection: Connection, batch: Batch) -> None:
    """Journal, announcements, and the command's key."""
    account = batch.new.account
    put(connection, t.journal, [columns(entry) for entry in batch.entries])
    put(connection, t.notifications, [notification_row(account, each) for each in batch.announcements])
    if batch.key is not None:
        put(connection, t.commands, [{"account": account, "key": batch.key, "seq": batch.new.seq}])


def notification_row(account: str, announcement: Announcement) -> Values:
    return {"account": account, **columns(announcement), "status": "pending", "attempts": 0, "delivered_at": None}
