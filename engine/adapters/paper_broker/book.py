"""One account's book as a whole, read from the paper broker's file."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from engine.adapters.paper_broker.actions import BookedAction
from engine.adapters.paper_broker.rows import EXECUTIONS, OLD_EXECUTIONS, RECEIPTS, fill, receipt, transfer
from engine.adapters.paper_broker.tables import NewerBook, version_of
from engine.core.nouns import Fill, Transfer
from engine.core.units import Money, Ticker
from engine.ports import Receipt, Unavailable

BUSY_S: Final = 1.0
FIRST_ACCOUNT: Final = "paper"
"""Whose a book is that was written before one file could have many."""
WITH_TRANSFERS: Final = 2
"""The version from which on a book knows money moved in and out."""
WITH_ACTIONS: Final = 3
"""The version from which on it knows splits and dividends."""
WITH_ACCOUNTS: Final = 4
"""The version from which on it knows many accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All that a book says at one instant: orders by client order id, all else in its order.

    Executions of before a reset stand there too.
    """

    cash: Money
    holdings: Mapping[Ticker, int]
    orders: Mapping[str, Receipt]
    executions: tuple[Fill, ...]
    transfers: tuple[Transfer, ...] = ()
    actions: tuple[BookedAction, ...] = ()

    def acted_after(self, known: Collection[str]) -> tuple[BookedAction, ...]:
        """Splits and dividends that it booked after the last of those with these ids."""
        places = [place for place, one in enumerate(self.actions, 1) if one.id in known]
        return self.actions[places[-1] if places else 0 :]


def read_book(path: Path, account: str = FIRST_ACCOUNT) -> Book:
    """An account's book as last committed, without a change to it and without waiting for who writes it.

    Raises Unavailable for a file that is missing, is no such book, or has none of this account.
    """
    with telling(path), closing(connect(f"{path.absolute().as_uri()}?mode=ro")) as connection:
        connection.execute("BEGIN")
        version = version_of(connection)
        if not version:
            raise sqlite3.DatabaseError("it is empty")
        return _Reading(connection, account, version).book()


class _Reading:
    """One account's rows in a file of any version; those of before there were many accounts belong to the first."""

    def __init__(self, connection: sqlite3.Connection, account: str, version: int) -> None:
        self._connection, self._account, self._version = connection, account, version

    def book(self) -> Book:
        cash = self._rows("SELECT cash FROM book")
        if not cash:
            raise sqlite3.DatabaseError(f"it has no account {self._account}")
        executions = EXECUTIONS if self._version >= WITH_ACCOUNTS else OLD_EXECUTIONS
        return Book(
            cash=cash[0][0],
            holdings=MappingProxyType(dict(self._rows("SELECT ticker, shares FROM holdings", "ORDER BY ticker"))),
            orders=MappingProxyType({row[0]: receipt(row) for row in self._rows(RECEIPTS, "ORDER BY number")}),
            executions=tuple(fill(row) for row in self._rows(executions, "ORDER BY executions.number")),
            transfers=self._transfers() if self._version >= WITH_TRANSFERS else (),
            actions=self._actions() if self._version >= WITH_ACTIONS else (),
        )

    def _transfers(self) -> tuple[Transfer, ...]:
        rows = self._rows("SELECT id, amount, at, resets FROM transfers", "ORDER BY number")
        return tuple(transfer(row) for row in rows)

    def _actions(self) -> tuple[BookedAction, ...]:
        rows = self._rows("SELECT id, ticker, shares, cash FROM actions", "ORDER BY number")
        return tuple(BookedAction(*row) for row in rows)

    def _rows(self, select: str, order: str = "") -> list[Any]:
        whose = "account = ?" if self._version >= WITH_ACCOUNTS else f"'{FIRST_ACCOUNT}' = ?"
        return self._connection.execute(f"{select} WHERE {whose} {order}", (self._account,)).fetchall()


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Whatever keeps the file from being read or written becomes Unavailable."""
    try:
        yield
    except (sqlite3.Error, NewerBook) as error:
        raise unusable(path, error) from error


def unusable(path: Path, error: BaseException) -> Unavailable:
    return Unavailable(f"the paper broker's book {path} cannot be used: {error}")


def connect(uri: str, *, anywhere: bool = False) -> sqlite3.Connection:
    """A connection whose transactions are begun and ended by hand, so that each is seen in the code.

    One that may be used `anywhere` is used by one thread at a time.
    """
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=not anywhere)
