"""Do the tables say what the journal says? Everything that an account is follows from its journal.

Some columns do not, and are left alone: see `APART`.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.abreast import all_abreast
from engine.adapters.sql_store.cells import (
    Difference,
    Key,
    Row,
    cell,
    cells,
    compared,
    different,
    differing,
    found,
    setting_shown,
)
from engine.adapters.sql_store.latest import Latest
from engine.adapters.sql_store.outside import reports, strategy_row
from engine.adapters.sql_store.retold import Untold, of_first_version, retold
from engine.adapters.sql_store.write import account_row, chosen, levels_row, person_row, position_row
from engine.core.apply import DECIDED_KEPT
from engine.core.journal import canonical
from engine.core.nouns import AccountId, Position
from engine.core.people import Person
from engine.core.preferences import FIELDS
from engine.core.standing import StrategyStanding
from engine.core.state import State

MOST: Final = 20
"""Differences that are told of one account."""

APART: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accounts.seq": "the chain's own end, checked with the chain",
        "accounts.head": "the chain's own end, checked with the chain",
        "accounts.fence": "the token under which it may be changed, of whoever runs it",
        "accounts.restored": "when the account was put back from a backup, which is after all that its journal says",
        "accounts.market_at": "the market's time of the last commit; rows have people's time",
        "circuit_breaker_events.resolved_at": "the market's time of a commit; only whether it is there can be checked",
        "*.number": "counts rows of all accounts; only their order is the account's",
        "positions.number": "positions stand in no order",
        "orders.number": "nor do orders: what became of them is in their fills and the journal",
        "strategies.number": "nor do strategies",
        "correlation_matrix": "reckoned from the market's prices, of no account, and anew for each session",
        "notifications": "what was told follows from the market of then, too, which the journal does not have",
        "commands": "keys against doing a thing twice; rows do not have them",
        "journal": "it is what all else is held against; its chain and checkpoints are checked apart",
        "checkpoints": "checked by their signatures, their file and their copies",
    }
)
"""What no journal can vouch for, and why."""

OLDER: Final = frozenset({"acted_at", "tolerance_raised_at"})
"""Columns of `accounts` that the first version did not keep: of what happened under it they know nothing."""


class Followed(NamedTuple):
    """What the tables of one account say otherwise than its journal, and what could not be compared."""

    found: tuple[Difference, ...]
    notes: tuple[str, ...] = ()


def followed(connection: sqlite3.Connection, account: AccountId) -> Followed:
    """Hold the tables against the journal, whose chain is known to hold; at most `MOST` differences are told."""
    before = connection.row_factory
    connection.row_factory = sqlite3.Row
    try:
        older = of_first_version(connection, account)
        found = tuple(islice(differences(connection, account, older=older), MOST + 1))
        notes = tuple(unvouched(connection, account)) if older else ()
    finally:
        connection.row_factory = before
    return Followed(found if len(found) <= MOST else (*found[:MOST], AND_MORE), notes)


AND_MORE: Final = Difference("more_differ", f"only the first {MOST} differences are told")


def differences(connection: sqlite3.Connection, account: AccountId, *, older: bool) -> Iterator[Difference]:
    """All there are, the order of the journal first."""
    state = State(account=account)
    records = all_abreast(connection, account)
    latest = Latest()
    try:
        for _, event, after in retold(connection, account):
            state = after
            if type(event) in records:
                yield from records[type(event)].meet(event)
            latest.meet(event)
    except Untold as error:
        yield Difference("journal_untold", f"{error}: the tables cannot be held against it")
        return
    yield from chain.from_iterable(record.end(state) for record in records.values())
    yield from latest.end(connection, state)
    yield from standing(connection, account, state, older=older)


# --- what the account is now


def standing(connection: sqlite3.Connection, account: AccountId, state: State, *, older: bool) -> Iterator[Difference]:
    yield from of_account(connection, state, older=older)
    yield from of_settings(connection, state)
    yield from of_people(connection, state, older=older)
    yield from of_positions(connection, state)
    yield from of_decided(connection, state, older=older)
    yield from of_strategies(connection, state)
    yield from of_earnings(connection, state)
    query = "SELECT * FROM circuit_breaker_events WHERE account = ? AND standing <> (resolved_at IS NULL)"
    for row in connection.execute(query, (account,)):
        sentence = f"circuit breaker {row['kind']}: standing is {row['standing']}, resolved_at {row['resolved_at']}"
        yield Difference("circuit_breaker_events_differ", sentence)


def of_account(connection: sqlite3.Connection, state: State, *, older: bool) -> Iterator[Difference]:
    left = {"accounts.seq", "accounts.head", "accounts.restored", "accounts.market_at"} | {
        f"accounts.{name}" for name in OLDER if older
    }
    told = {name: value for name, value in account_row(state).items() if f"accounts.{name}" not in left}
    rows = found(connection, state.account, t.accounts, "account")
    yield from (
        different(t.accounts, (), column, rows[state.account,][column], cell(told[column]))
        for column in differing(State, rows[state.account,], cells(told))
    )


def of_settings(connection: sqlite3.Connection, state: State) -> Iterator[Difference]:
    """A setting of which there is no row has its default."""
    told = {path: canonical(value) for path, value in chosen(state.preferences).items()}
    rows = found(connection, state.account, t.preferences, "path")
    here = {str(path): row["value"] for (path,), row in rows.items()}
    for path in dict.fromkeys([*here, *told]):
        usual = canonical(FIELDS[path].default) if path in FIELDS else "no setting"
        one, other = here.get(path, usual), told.get(path, usual)
        if one != other:
            says = f"is {setting_shown(one)} in the table, but the journal says {setting_shown(other)}"
            yield Difference("preferences_differ", f"setting {path} {says}")


def of_people(connection: sqlite3.Connection, state: State, *, older: bool) -> Iterator[Difference]:
    rows = found(connection, state.account, t.people, "id")
    if older:
        strangers = set(unwritten(connection, state.account))
        rows = {key: row for key, row in rows.items() if key[0] not in strangers}
    told = (((name,), cells(person_row(name, person))) for name, person in state.people.items())
    yield from compared(t.people, Person, rows, told)


def of_positions(connection: sqlite3.Connection, state: State) -> Iterator[Difference]:
    for table, row in ((t.positions, position_row), (t.stop_levels, levels_row)):
        told = (((name,), cells(row(name, position))) for name, position in state.positions.items())
        yield from compared(table, Position, found(connection, state.account, table, "ticker"), told)


def of_decided(connection: sqlite3.Connection, state: State, *, older: bool) -> Iterator[Difference]:
    """In their order; the first version kept fewer of them."""
    query = "SELECT recommendation_id FROM decided_recommendations WHERE account = ? ORDER BY number"
    here, told = [row[0] for row in connection.execute(query, (state.account,))], list(state.decided)
    if older:
        here, told = here[-DECIDED_KEPT:], told[-DECIDED_KEPT:]
    yield from compared(t.decided, State, {(name,): {} for name in here}, (((name,), {}) for name in told))
    if here != told and sorted(map(str, here)) == sorted(told):
        yield Difference("decided_recommendations_order", "decided recommendations stand in another order")


def of_strategies(connection: sqlite3.Connection, state: State) -> Iterator[Difference]:
    told = (((name,), cells(strategy_row(name, strategy))) for name, strategy in state.strategies.items())
    yield from compared(t.strategies, StrategyStanding, found(connection, state.account, t.strategies, "name"), told)


def of_earnings(connection: sqlite3.Connection, state: State) -> Iterator[Difference]:
    rows = found(connection, state.account, t.earnings, "ticker", "date")
    told: dict[Key, Row] = {(ticker, cell(day)): {} for ticker, day in reports(state.earnings)}
    yield from compared(t.earnings, State, rows, told.items())


# --- an account that began with the first version


def unvouched(connection: sqlite3.Connection, account: AccountId) -> Iterator[str]:
    names = sorted(unwritten(connection, account))
    if names:
        yield f"{account}: let in before journals had people in them, and not compared: {', '.join(names)}"


def unwritten(connection: sqlite3.Connection, account: AccountId) -> Iterator[str]:
    """People of whom the journal has no word."""
    query = (
        "SELECT id FROM account_people AS p WHERE account = ?1 AND NOT EXISTS (SELECT 1 FROM journal AS j "
        "WHERE j.account = ?1 AND kind IN ('Admitted', 'RoleSet') AND json_extract(body, '$.person.id') = p.id)"
    )
    return (str(row[0]) for row in connection.execute(query, (account,)))
