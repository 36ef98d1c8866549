"""A mapping of the state and the table that holds it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Delete, Table, Update, bindparam, delete, update

from engine.adapters.sql_store.plan import Plan, Values

K = TypeVar("K")
V = TypeVar("V")


class Mirror(NamedTuple):
    """A table that holds what a mapping of the state holds: the column of the mapping's key, and the others' values."""

    table: Table
    key: str
    row: Callable[[Any, Any], Values]


def reflect(plan: Plan, mirror: Mirror, account: str, old: Mapping[K, V], new: Mapping[K, V]) -> None:
    """Make the table's rows of this account equal to `new`, touching only what differs from `old`."""
    table, key, row = mirror
    gone = [{"at_account": account, "at_key": name} for name in old if name not in new]
    fresh = [{"account": account, key: name, **row(name, new[name])} for name in new if name not in old]
    rows = ((name, row(name, old[name]), row(name, new[name])) for name in new if moved(old, new, name))
    changed = [{"at_account": account, "at_key": name, **after} for name, before, after in rows if before != after]
    plan.drop(deletion(table, key), gone)
    plan.put(table, fresh)
    if changed:
        plan.change(replacement(table, key, frozenset(changed[0]) - {"at_account", "at_key"}), changed)


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
