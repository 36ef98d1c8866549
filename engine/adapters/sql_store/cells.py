"""What a row is to hold and what it holds, cell by cell as SQLite keeps them, and where they differ in words."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import Table

from engine.adapters.sql_store.codec import rewritten
from engine.core.nouns import AccountId
from engine.core.units import dollars

Row: TypeAlias = Mapping[str, object]
Key: TypeAlias = tuple[object, ...]

LONGEST: Final = 80
"""Characters of a value that a sentence shows."""

AMOUNTS: Final = frozenset(
    {
        "cash",
        "contributed",
        "opening",
        "realised",
        "fees",
        "reserve",
        "peak",
        "price",
        "stop",
        "take",
        "atr",
        "reserved",
        "trigger",
        "proceeds",
        "cost_out",
        "fee",
        "cost",
        "initial_stop",
        "high",
        "entry",
        "exit",
        "amount",
        "balance_after",
        "equity",
        "day_pnl",
        "realised_day",
        "exposure",
        "benchmark",
        "dividends",
        "tax_basis",
        "disallowed",
    }
)
"""Columns of dollars."""

NAMES: Final[Mapping[str, str]] = {
    "accounts": "the account",
    "account_people": "person",
    "preferences": "setting",
    "recommendations": "recommendation",
    "decided_recommendations": "decided recommendation",
    "decisions": "decision",
    "proposals": "proposal",
    "orders": "order",
    "fills": "fill",
    "positions": "position",
    "position_stop_levels": "stop levels of",
    "closed_trades": "closed trade",
    "reserve_pool_ledger": "reserve pool's ledger row",
    "circuit_breaker_events": "circuit breaker",
    "portfolio_snapshots": "snapshot of",
    "tax_lots": "tax lot",
    "tax_lot_sales": "sale of a tax lot",
    "risk_tier_history": "move of the risk tier at",
    "earnings_calendar": "earnings of",
    "market_events": "market event",
    "strategies": "strategy",
}


class Difference(NamedTuple):
    """A table that says something else than the journal; `code` is stable."""

    code: str
    sentence: str


def cells(values: Mapping[str, object]) -> dict[str, object]:
    """Columns as they stand in a SQLite file."""
    return {name: cell(value) for name, value in values.items()}


def cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def differing(kind: type[Any], found: Row, told: Row) -> Iterator[str]:
    """The columns in which a row is not what the journal tells, however its JSON is written."""
    for name, value in told.items():
        here = found[name]
        if here != value and not (written_alike(kind, name, here, value)):
            yield name


def written_alike(kind: type[Any], name: str, one: object, other: object) -> bool:
    """Whether two texts are read as the same; an older program may have written one of them."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    first = rewritten(kind, name, one)
    return first is not None and first == rewritten(kind, name, other)


def different(table: Table, key: Key, column: str, found: object, told: object) -> Difference:
    there = f"is {shown(column, found)} in the table, but the journal says {shown(column, told)}"
    return Difference(f"{table.name}_differ", f"{named(table, key)}: {column} {there}")


def unknown(table: Table, key: Key) -> Difference:
    return Difference(f"{table.name}_differ", f"{named(table, key)} is in the table, but not in the journal")


def missing(table: Table, key: Key) -> Difference:
    return Difference(f"{table.name}_differ", f"{named(table, key)} is in the journal, but not in the table")


def misplaced(table: Table, key: Key) -> Difference:
    return Difference(f"{table.name}_order", f"{named(table, key)} does not stand where the journal has it")


def named(table: Table, key: Key) -> str:
    return " ".join([NAMES[table.name], *(plain_text(part) for part in key if part is not None)])


def shown(column: str, value: object) -> str:
    """A value as people read it."""
    if value is None:
        return "none"
    if column in AMOUNTS and type(value) is int:
        return f"${dollars(value):,.2f}" if value % 100 == 0 else f"${dollars(value):,.4f}"
    return plain_text(value) or "empty"


def plain_text(value: object) -> str:
    """Also of what is no text, which whoever tampers may have put there."""
    text = value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
    text = text.encode(errors="backslashreplace").decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def setting_shown(value: object) -> str:
    """The JSON text of a setting, without quotes where it is a word."""
    try:
        read = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        read = value
    return plain_text(read if isinstance(read, str) else value)


def found(connection: sqlite3.Connection, account: AccountId, table: Table, *key: str) -> dict[Key, Row]:
    """An account's rows of a table, by their key, in their order where they have one."""
    order = "number" if "number" in table.c else ", ".join(key)
    query = f"SELECT * FROM {table.name} WHERE account = ? ORDER BY {order}"  # noqa: S608  # names of ours
    rows: Iterable[Any] = connection.execute(query, (account,))
    return {tuple(row[name] for name in key): row for row in rows}


def compared(
    table: Table, kind: type[Any], found: Mapping[Key, Row], told: Iterable[tuple[Key, Row]]
) -> Iterator[Difference]:
    """A table against all rows that it is to have."""
    left = dict(found)
    for key, row in told:
        here = left.pop(key, None)
        if here is None:
            yield missing(table, key)
            continue
        for column in differing(kind, here, row):
            yield different(table, key, column, here[column], row[column])
    yield from (unknown(table, key) for key in left)


def compared_in_order(
    table: Table, kind: type[Any], here: Mapping[Key, Row], told: Mapping[Key, Row]
) -> Iterator[Difference]:
    """The same where the rows' order counts, too."""
    yield from compared(table, kind, here, told.items())
    if here.keys() == told.keys():
        yield from (misplaced(table, key) for key, other in zip(here, told, strict=True) if key != other)
