"""What a batch writes: which rows of which tables, found by comparing old and new."""

from collections.abc import Callable, Mapping
from dataclasses import fields as fields_of
from functools import cache
from itertools import takewhile
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, TypeVar

from sqlalchemy import Update, bindparam, update

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.codec import column, columns
from engine.adapters.sql_store.fences import NOT_TAKEN
from engine.adapters.sql_store.lots import write_lots, write_sales
from engine.adapters.sql_store.mirror import Mirror, deletion, reflect, replacement
from engine.adapters.sql_store.outside import write_earnings, write_market_events, write_strategies
from engine.adapters.sql_store.plan import Plan, Values
from engine.adapters.sql_store.records import (
    write_breakers,
    write_orders,
    write_records,
    write_snapshots,
    write_told,
    write_trades,
)
from engine.core import events as e
from engine.core.journal import canonical
from engine.core.nouns import Position, Proposal, Recommendation
from engine.core.people import Person
from engine.core.preferences import Preferences, fields, value_of
from engine.core.state import State
from engine.ports import Batch

K = TypeVar("K")
V = TypeVar("V")

_APART: Final = frozenset(
    {
        *("preferences", "positions", "orders", "breakers", "proposals", "pending", "decided", "last", "people"),
        *("lots", "trades", "earnings", "market_events", "strategies"),
    }
)
"""Fields of State that have tables of their own; all others are columns of `accounts`."""

_PLAIN: Final = tuple(field.name for field in fields_of(State) if field.name not in _APART)
_read: Final = attrgetter(*_PLAIN)


def gather(plan: Plan, batch: Batch, fence: int | None = None) -> None:
    """Add all rows of a batch to the plan; `fence` is the token under which it may be written, None for any."""
    claim(plan, batch, fence)
    write_switch(plan, batch)
    write_recommendations(plan, batch)
    write_proposals(plan, batch)
    write_orders(plan, batch)
    write_records(plan, batch)
    write_trades(plan, batch)
    write_holdings(plan, batch)
    write_lots(plan, batch)
    write_sales(plan, batch)
    write_earnings(plan, batch)
    write_market_events(plan, batch)
    write_strategies(plan, batch)
    write_breakers(plan, batch)
    write_snapshots(plan, batch)
    write_preferences(plan, batch)
    write_people(plan, batch)
    write_told(plan, batch)


# --- the account's own row


def claim(plan: Plan, batch: Batch, fence: int | None) -> None:
    """Move the account from the old state's journal number to the new one's."""
    if batch.old is None:
        plan.begin(account_row(batch.new) | {"fence": fence or NOT_TAKEN})
        return
    changes = account_changes(batch.old, batch.new)
    where = {"at_account": batch.new.account, "at_seq": batch.old.seq}
    held = {} if fence is None else {"at_fence": fence}
    plan.claim(advance(frozenset(changes), held=bool(held)), changes | where | held)


@cache
def advance(names: frozenset[str], *, held: bool) -> Update:
    """An update of these columns of the account that still stands at `at_seq` and, where `held`, under `at_fence`."""
    table = t.accounts
    found = update(table).where(table.c.account == bindparam("at_account"), table.c.seq == bindparam("at_seq"))
    if held:
        found = found.where(table.c.fence == bindparam("at_fence"))
    return found.values({name: bindparam(name) for name in names})


LIFTED: Final = update(t.fences).where(t.fences.c.account == bindparam("at_account")).values(killed=None)


def write_switch(plan: Plan, batch: Batch) -> None:
    """Resuming takes back a kill switch that was thrown in the database, too."""
    if batch.old is not None and batch.old.killed_at is not None and batch.new.killed_at is None:
        plan.change(LIFTED, [{"at_account": batch.new.account}])


def account_row(state: State) -> Values:
    return {name: column(getattr(state, name)) for name in _PLAIN} | {name: read(state) for name, read in MADE.items()}


def account_changes(old: State, new: State) -> Values:
    """The columns that differ, and always the journal's number."""
    before, after = _read(old), _read(new)
    pairs = zip(_PLAIN, before, after, strict=True)
    differing = [name for name, one, other in pairs if one is not other and one != other]
    changes = {name: column(getattr(new, name)) for name in differing} | {"seq": new.seq}
    return changes | {name: read(new) for name, read in MADE.items() if read(old) != read(new)}


def last_session(state: State) -> object:
    return state.last and state.last.session


def trades_kept(state: State) -> object:
    return len(state.trades)


MADE: Final[Mapping[str, Callable[[State], object]]] = MappingProxyType(
    {"last_session": last_session, "trades_kept": trades_kept}
)
"""Columns of `accounts` that are no field of the state: where its other parts are to be found."""


# --- tables that hold what a mapping of the state holds


def write_holdings(plan: Plan, batch: Batch) -> None:
    account, new = batch.new.account, batch.new.positions
    old: Mapping[str, Position] = batch.old.positions if batch.old else {}
    if old is new:
        return
    reflect(plan, POSITIONS, account, old, new)
    kept = {ticker: position for ticker, position in old.items() if ticker in new}  # the others went with their rows
    reflect(plan, LEVELS, account, kept, new)


def position_row(_ticker: str, position: Position) -> Values:
    return {name: value for name, value in columns(position).items() if name in t.positions.c and name != "ticker"}


def levels_row(_ticker: str, position: Position) -> Values:
    return {name: value for name, value in columns(position).items() if name in t.stop_levels.c and name != "ticker"}


def write_preferences(plan: Plan, batch: Batch) -> None:
    old = batch.old.preferences if batch.old else Preferences()
    if old is not batch.new.preferences:
        before, after = chosen(old), chosen(batch.new.preferences)
        reflect(plan, PREFERENCES, batch.new.account, before, after)


def chosen(preferences: Preferences) -> dict[str, Any]:
    """The settings that differ from their defaults, by path."""
    values = ((field.path, value_of(preferences, field.path), field.default) for field in fields())
    return {path: value for path, value, default in values if value != default}


def preference_row(_path: str, value: object) -> Values:
    return {"value": canonical(value)}


def write_people(plan: Plan, batch: Batch) -> None:
    old: Mapping[str, Person] = batch.old.people if batch.old else {}
    if old is not batch.new.people:
        reflect(plan, PEOPLE, batch.new.account, old, batch.new.people)


def person_row(_id: str, person: Person) -> Values:
    return {name: value for name, value in columns(person).items() if name != "id"}


def write_recommendations(plan: Plan, batch: Batch) -> None:
    account, new = batch.new.account, batch.new
    pending: Mapping[str, Recommendation] = batch.old.pending if batch.old else {}
    settled: Mapping[str, None] = batch.old.decided if batch.old else {}
    received = [event.recommendation for event in batch.events if isinstance(event, e.RecommendationReceived)]
    fresh = {each.id: each for each in received} | {key: new.pending[key] for key in new.pending if key not in pending}
    rows = [{"account": account, "pending": key in new.pending, **columns(each)} for key, each in fresh.items()]
    plan.put(t.recommendations, rows)
    left = [{"at_account": account, "at_key": key, "pending": False} for key in pending if key not in new.pending]
    plan.change(replacement(t.recommendations, "id", frozenset({"pending"})), left)
    now = [(key, new.pending[key].atr) for key, one in pending.items() if new.pending.get(key, one) is not one]
    split = [{"at_account": account, "at_key": key, "atr": atr} for key, atr in now]
    plan.change(replacement(t.recommendations, "id", frozenset({"atr"})), split)
    if settled is not new.decided:
        write_decided(plan, account, settled, new.decided)


def write_decided(plan: Plan, account: str, old: Mapping[str, None], new: Mapping[str, None]) -> None:
    """Ids join at the end and leave at the beginning: only both ends are looked at, as there are thousands."""
    gone = list(takewhile(lambda key: key not in new, old))
    fresh = list(takewhile(lambda key: key not in old, reversed(list(new))))
    if len(old) - len(gone) + len(fresh) != len(new):
        reflect(plan, DECIDED, account, old, new)
        return
    plan.drop(deletion(t.decided, DECIDED.key), [{"at_account": account, "at_key": key} for key in gone])
    plan.put(t.decided, [{"account": account, DECIDED.key: key} for key in reversed(fresh)])


def write_proposals(plan: Plan, batch: Batch) -> None:
    account, new = batch.new.account, batch.new.proposals
    old: Mapping[str, Proposal] = batch.old.proposals if batch.old else {}
    asked = {event.proposal.decision.id: event.proposal for event in batch.events if isinstance(event, e.Proposed)}
    if old is new and not asked:
        return
    answered = {key: proposal for key, proposal in {**old, **asked}.items() if key not in new}
    after = {key: (proposal, True) for key, proposal in new.items()}
    after |= {key: (proposal, False) for key, proposal in answered.items()}
    before = {key: (proposal, True) for key, proposal in old.items()}
    reflect(plan, PROPOSALS, account, before, after)


def proposal_row(_decision_id: str, asked: tuple[Proposal, bool]) -> Values:
    return {**columns(asked[0]), "open": asked[1]}


POSITIONS: Final = Mirror(t.positions, "ticker", position_row)
LEVELS: Final = Mirror(t.stop_levels, "ticker", levels_row)
PREFERENCES: Final = Mirror(t.preferences, "path", preference_row)
PEOPLE: Final = Mirror(t.people, "id", person_row)
PROPOSALS: Final = Mirror(t.proposals, "decision_id", proposal_row)
DECIDED: Final = Mirror(t.decided, "recommendation_id", lambda _id, _none: {})
