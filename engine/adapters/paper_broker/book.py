"""The paper broker's book: cash, orders, executions and holdings in one SQLite file."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple, Self

from engine import crash
from engine.adapters.paper_broker import actions
from engine.adapters.paper_broker.actions import BookedAction
from engine.adapters.paper_broker.rows import FILLS, fill, transfers
from engine.adapters.paper_broker.tables import NewerBook, migrate, version_of
from engine.core.happenings import CorporateAction
from engine.core.nouns import Fill, Order, Transfer
from engine.core.units import Money, Ticker
from engine.core.words import OrderStatus, Side, Skip
from engine.ports import Receipt, Unavailable

BUSY_S: Final = 1.0
WITH_TRANSFERS: Final = 2
"""The version from which on a book knows money moved in and out."""
WITH_ACTIONS: Final = 3
"""The version from which on it knows splits and dividends."""

_ORDER: Final = "SELECT client_order_id, ticker, side, shares, answered, status, filled_shares, why FROM orders"
_BEGAN: Final = "SELECT coalesce(max(executions), 0) FROM transfers WHERE resets"


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


class BookedOrder(NamedTuple):
    """An order as it stands in the book."""

    client_order_id: str
    ticker: Ticker
    side: Side
    shares: int
    answered: OrderStatus
    status: OrderStatus
    filled_shares: int
    why: str

    @property
    def receipt(self) -> Receipt:
        return Receipt(
            client_order_id=self.client_order_id, status=self.status, filled_shares=self.filled_shares, why=self.why
        )

    @property
    def first_receipt(self) -> Receipt:
        """What the sender was told when the order came in, whatever became of it since."""
        if self.answered is not OrderStatus.ACCEPTED:
            return self.receipt
        return Receipt(client_order_id=self.client_order_id, status=OrderStatus.ACCEPTED)


def read_book(path: Path) -> Book:
    """The book as last committed, without a change to it and without waiting for who writes it.

    Raises Unavailable for a file that is missing or is no such book.
    """
    with _telling(path), closing(_connect(f"{path.absolute().as_uri()}?mode=ro")) as connection:
        connection.execute("BEGIN")
        version = version_of(connection)
        if not version:
            raise sqlite3.DatabaseError("it is empty")
        return Book(
            cash=_cash(connection),
            holdings=_holdings(connection),
            orders=MappingProxyType({order.client_order_id: order.receipt for order in _orders(connection, _ORDER)}),
            executions=tuple(fill(row) for row in connection.execute(FILLS, (0,))),
            transfers=transfers(connection) if version >= WITH_TRANSFERS else (),
            actions=actions.booked(connection) if version >= WITH_ACTIONS else (),
        )


class BookFile:
    """The writer's end of a book. Every method raises Unavailable when the file cannot be read or written."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._connection = path, connection

    @classmethod
    def open(cls, path: Path, cash: Money) -> Self:
        """The book in this file; a new one begins with `cash`."""
        with _telling(path):
            connection = _connect(f"{path.absolute().as_uri()}?mode=rwc")
            book = cls(path, connection)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                with book.writing():
                    migrate(connection)
                    connection.execute("INSERT OR IGNORE INTO book VALUES (1, ?, ?)", (cash, cash))
            except BaseException:
                connection.close()
                raise
        return book

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all that is changed inside is kept, or none of it."""
        with _telling(self._path):
            crash.reached("before_book")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                crash.reached("in_book")
                self._connection.execute("COMMIT")
                crash.reached("after_book")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def cash(self) -> Money:
        with _telling(self._path):
            return _cash(self._connection)

    def holdings(self) -> Mapping[Ticker, int]:
        with _telling(self._path):
            return _holdings(self._connection)

    def order(self, client_order_id: str) -> BookedOrder | None:
        with _telling(self._path):
            found = _orders(self._connection, f"{_ORDER} WHERE client_order_id = ?", client_order_id)
        return found[0] if found else None

    def waiting(self) -> Sequence[BookedOrder]:
        """Orders accepted and not yet ended, the oldest first."""
        with _telling(self._path):
            return _orders(self._connection, f"{_ORDER} WHERE status = 'accepted' ORDER BY number")

    def knows_execution(self, execution_id: str) -> bool:
        with _telling(self._path):
            return bool(self._number(execution_id))

    def fills(self, after: str | None) -> Sequence[Fill]:
        """Executions since the last reset in their order; `after` is one that the book knows, or None for all."""
        with _telling(self._path):
            began: int = self._connection.execute(_BEGAN).fetchone()[0]
            number = max(began, self._number(after) if after else 0)
            return [fill(row) for row in self._connection.execute(FILLS, (number,))]

    def enter(self, order: Order, status: OrderStatus, why: str, at: datetime) -> None:
        """Write down a new order with the status that its sender is told."""
        self._connection.execute(
            "INSERT INTO orders (client_order_id, ticker, side, shares, answered, status, why, submitted_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                order.client_order_id,
                order.ticker,
                order.side.value,
                order.shares,
                status.value,
                status.value,
                why,
                at.astimezone(UTC).isoformat(),
            ),
        )

    def end(self, order: BookedOrder, status: OrderStatus, why: str) -> None:
        """Note that a waiting order ended without an execution."""
        self._connection.execute(
            "UPDATE orders SET status = ?, why = ? WHERE client_order_id = ?",
            (status.value, why, order.client_order_id),
        )

    def execute(self, order: Order | BookedOrder, price: Money, fee: Money, at: datetime) -> None:
        """Fill a whole order at `price`: execution, holding, cash and the order's end."""
        sign = 1 if order.side is Side.BUY else -1
        self._connection.execute(
            "INSERT INTO executions (client_order_id, shares, price, fee, at) VALUES (?, ?, ?, ?, ?)",
            (order.client_order_id, order.shares, price, fee, at.astimezone(UTC).isoformat()),
        )
        self._connection.execute(
            "UPDATE orders SET status = 'filled', filled_shares = shares WHERE client_order_id = ?",
            (order.client_order_id,),
        )
        self._hold(order.ticker, self.holdings().get(order.ticker, 0) + sign * order.shares, at)
        self._connection.execute("UPDATE book SET cash = cash - ?", (sign * order.shares * price + fee,))

    def knows_transfer(self, transfer_id: str) -> bool:
        with _telling(self._path):
            found = self._connection.execute("SELECT 1 FROM transfers WHERE id = ?", (transfer_id,))
            return found.fetchone() is not None

    def book(self, transfer: Transfer) -> None:
        """Write down money that came in or went out; one that resets empties the book first."""
        if transfer.resets:
            self._empty()
        self._connection.execute("UPDATE book SET cash = cash + ?", (transfer.amount,))
        self._connection.execute(
            "INSERT INTO transfers (id, amount, resets, at, executions)"
            " VALUES (?, ?, ?, ?, (SELECT coalesce(max(number), 0) FROM executions))",
            (transfer.id, transfer.amount, transfer.resets, transfer.at.astimezone(UTC).isoformat()),
        )

    def _empty(self) -> None:
        """No cash, nothing held, and no order that waits."""
        ended = (OrderStatus.CANCELLED.value, Skip.RESET.code)
        self._connection.execute("UPDATE orders SET status = ?, why = ? WHERE status = 'accepted'", ended)
        self._connection.execute("DELETE FROM holdings")
        self._connection.execute("UPDATE book SET cash = 0")

    def earliest(self) -> datetime | None:
        """Since when it has had something that a split or dividend may touch; None where it has nothing."""
        with _telling(self._path):
            return actions.earliest(self._connection)

    def untaken(self, found: Sequence[CorporateAction]) -> list[CorporateAction]:
        """Those that are not booked yet."""
        with _telling(self._path):
            return [action for action in found if not actions.knows(self._connection, action)]

    def take(self, found: Sequence[CorporateAction]) -> None:
        """Book splits and dividends, each once."""
        for action in self.untaken(found):
            actions.book(self._connection, action)

    def _hold(self, ticker: Ticker, shares: int, at: datetime) -> None:
        if shares:
            self._connection.execute(
                "INSERT INTO holdings VALUES (?, ?, ?) ON CONFLICT (ticker) DO UPDATE SET shares = excluded.shares",
                (ticker, shares, at.astimezone(UTC).isoformat()),
            )
        else:
            self._connection.execute("DELETE FROM holdings WHERE ticker = ?", (ticker,))

    def _number(self, execution_id: str) -> int:
        row = self._connection.execute(
            "SELECT number FROM executions WHERE execution_id = ?", (execution_id,)
        ).fetchone()
        return row[0] if row else 0


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, NewerBook) as error:
        raise Unavailable(f"the paper broker's book {path} cannot be used: {error}") from error


def _connect(uri: str) -> sqlite3.Connection:
    # transactions are begun and ended by hand, so that each is seen in the code
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)


def _cash(connection: sqlite3.Connection) -> Money:
    cash: Money = connection.execute("SELECT cash FROM book").fetchone()[0]
    return cash


def _holdings(connection: sqlite3.Connection) -> Mapping[Ticker, int]:
    return MappingProxyType(dict(connection.execute("SELECT ticker, shares FROM holdings ORDER BY ticker")))


def _orders(connection: sqlite3.Connection, query: str, *values: str) -> list[BookedOrder]:
    return [
        BookedOrder(
            client_order_id, ticker, Side(side), shares, OrderStatus(answered), OrderStatus(status), filled, why
        )
        for client_order_id, ticker, side, shares, answered, status, filled, why in connection.execute(query, values)
    ]
