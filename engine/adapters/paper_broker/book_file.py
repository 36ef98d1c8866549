"""One account's part of the paper broker's file, inside a transaction that is open: what is read, what is written."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from engine.adapters.paper_broker import actions
from engine.adapters.paper_broker.rows import COLUMNS, EXECUTIONS, BookedOrder, booked_order, fill
from engine.core.happenings import CorporateAction
from engine.core.nouns import Fill, Order, Transfer
from engine.core.units import Money, Ticker
from engine.core.words import OrderStatus, Side, Skip

_ORDER: Final = f"SELECT {COLUMNS} FROM orders WHERE account = ?"  # noqa: S608  # words of ours
_WAITING: Final = f"{_ORDER} AND status = 'accepted' ORDER BY number"
_FILLS: Final = f"{EXECUTIONS} WHERE account = ? AND executions.number > ? ORDER BY executions.number"
_BEGAN: Final = "SELECT coalesce(max(executions), 0) FROM transfers WHERE account = ? AND resets"
_TRADED: Final = (
    "SELECT coalesce(sum(shares), 0), coalesce(sum(shares * price), 0), coalesce(sum(fee), 0)"
    " FROM executions WHERE account = ? AND client_order_id = ?"
)


class Traded(NamedTuple):
    """What an order's executions come to so far."""

    shares: int
    value: Money
    fees: Money


NOTHING: Final = Traded(0, 0, 0)


class Deal(NamedTuple):
    """One execution: `price` is what a share was traded at, `met` names the shown price that it came of."""

    shares: int
    price: Money
    fee: Money
    at: datetime
    met: str


class BookFile:
    """What an account has, is owed and has done; each change is kept or lost with the transaction that is open."""

    def __init__(self, connection: sqlite3.Connection, account: str) -> None:
        self._connection, self._account = connection, account

    def begin(self, cash: Money) -> None:
        """An account that is new begins with this cash."""
        self._connection.execute("INSERT OR IGNORE INTO book VALUES (?, ?, ?)", (self._account, cash, cash))

    def cash(self) -> Money:
        cash: Money = self._one("SELECT cash FROM book WHERE account = ?")
        return cash

    def holdings(self) -> Mapping[Ticker, int]:
        select = "SELECT ticker, shares FROM holdings WHERE account = ? ORDER BY ticker"
        return MappingProxyType(dict(self._connection.execute(select, (self._account,))))

    def held(self, ticker: Ticker) -> int:
        """Shares held of it."""
        return self._one("SELECT coalesce(sum(shares), 0) FROM holdings WHERE account = ? AND ticker = ?", ticker)

    def order(self, client_order_id: str) -> BookedOrder | None:
        row = self._connection.execute(f"{_ORDER} AND client_order_id = ?", (self._account, client_order_id)).fetchone()
        return booked_order(row) if row else None

    def waiting(self) -> Sequence[BookedOrder]:
        """Orders accepted and not yet ended, the oldest first."""
        return [booked_order(row) for row in self._connection.execute(_WAITING, (self._account,))]

    def stands(self) -> tuple[datetime | None, bool]:
        """Since when it has had what a split or dividend may touch, None where it has nothing; whether orders wait."""
        return actions.earliest(self._connection, self._account)

    def knows_execution(self, execution_id: str) -> bool:
        return bool(self._number(execution_id))

    def fills(self, after: str | None) -> Sequence[Fill]:
        """Executions since the last reset in their order; `after` is one that the book knows, or None for all."""
        number = max(self._one(_BEGAN), self._number(after) if after else 0)
        return [fill(row) for row in self._connection.execute(_FILLS, (self._account, number))]

    def enter(self, order: Order, at: datetime, ends_at: datetime | None) -> None:
        """Write down a new order, which waits from now on; a day order `ends_at` that instant."""
        self._connection.execute(
            "INSERT INTO orders (account, client_order_id, ticker, side, shares, kind, limit_at, stop_at, good,"
            " ends_at, answered, status, submitted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._account,
                order.client_order_id,
                order.ticker,
                order.side.value,
                order.shares,
                order.kind.value,
                order.limit,
                order.stop_at,
                order.good.value,
                written(ends_at) if ends_at else None,
                OrderStatus.ACCEPTED.value,
                OrderStatus.ACCEPTED.value,
                written(at),
            ),
        )

    def answer(self, client_order_id: str) -> None:
        """Note how an order stands now as what its sender is told."""
        self._change(client_order_id, "answered = status, answered_shares = filled_shares")

    def trigger(self, client_order_id: str) -> None:
        """Note that an order's stop was reached."""
        self._change(client_order_id, "triggered = 1")

    def end(self, client_order_id: str, status: OrderStatus, why: str) -> None:
        """Note that a waiting order ended, with what was filled of it till then."""
        self._change(client_order_id, "status = ?, why = ?", status.value, why)

    def end_days(self, now: datetime) -> None:
        """End the day orders whose session is over."""
        self._connection.execute(
            "UPDATE orders SET status = ?, why = ? WHERE account = ? AND status = 'accepted' AND ends_at <= ?",
            (OrderStatus.CANCELLED.value, Skip.DAY_OVER.code, self._account, written(now)),
        )

    def traded(self, client_order_id: str) -> Traded:
        return Traded(*self._connection.execute(_TRADED, (self._account, client_order_id)).fetchone())

    def execute(self, order: BookedOrder, deal: Deal) -> None:
        """Fill a part of an order, or all that is left of it: execution, holding, cash and how it stands then."""
        self._connection.execute(
            "INSERT INTO executions (account, client_order_id, shares, price, fee, at) VALUES (?, ?, ?, ?, ?, ?)",
            (self._account, order.client_order_id, deal.shares, deal.price, deal.fee, written(deal.at)),
        )
        status = OrderStatus.FILLED if deal.shares == order.left else OrderStatus.ACCEPTED
        filled = "status = ?, filled_shares = filled_shares + ?, met = ?"
        self._change(order.client_order_id, filled, status.value, deal.shares, deal.met)
        sign = 1 if order.side is Side.BUY else -1
        self._hold(order.ticker, sign * deal.shares, deal.at)
        self._pay(-sign * deal.shares * deal.price - deal.fee)

    def knows_transfer(self, transfer_id: str) -> bool:
        return bool(self._one("SELECT count(*) FROM transfers WHERE account = ? AND id = ?", transfer_id))

    def book(self, transfer: Transfer) -> None:
        """Write down money that came in or went out; one that resets empties the book first."""
        if transfer.resets:
            self._empty()
        self._pay(transfer.amount)
        self._connection.execute(
            "INSERT INTO transfers (account, id, amount, resets, at, executions)"
            " VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(number), 0) FROM executions))",
            (self._account, transfer.id, transfer.amount, transfer.resets, written(transfer.at)),
        )

    def take(self, found: Sequence[CorporateAction]) -> None:
        """Book splits and dividends, each once."""
        for action in found:
            if not actions.knows(self._connection, self._account, action):
                actions.book(self._connection, self._account, action)

    def _empty(self) -> None:
        """No cash, nothing held, and no order that waits."""
        ended = (OrderStatus.CANCELLED.value, Skip.RESET.code, self._account)
        self._connection.execute(
            "UPDATE orders SET status = ?, why = ? WHERE account = ? AND status = 'accepted'", ended
        )
        self._connection.execute("DELETE FROM holdings WHERE account = ?", (self._account,))
        self._connection.execute("UPDATE book SET cash = 0 WHERE account = ?", (self._account,))

    def _hold(self, ticker: Ticker, more: int, at: datetime) -> None:
        """Hold so many shares more, or less; what was held before stays older than what is added."""
        if more > 0:
            self._connection.execute(
                "INSERT INTO holdings VALUES (?, ?, ?, ?)"
                " ON CONFLICT (account, ticker) DO UPDATE SET shares = shares + excluded.shares",
                (self._account, ticker, more, written(at)),
            )
            return
        whose = (self._account, ticker, -more)
        self._connection.execute("DELETE FROM holdings WHERE account = ? AND ticker = ? AND shares = ?", whose)
        self._connection.execute("UPDATE holdings SET shares = shares - ?3 WHERE account = ?1 AND ticker = ?2", whose)

    def _pay(self, amount: Money) -> None:
        self._connection.execute("UPDATE book SET cash = cash + ? WHERE account = ?", (amount, self._account))

    def _change(self, client_order_id: str, what: str, *values: object) -> None:
        self._connection.execute(
            f"UPDATE orders SET {what} WHERE account = ? AND client_order_id = ?",  # noqa: S608  # words of ours
            (*values, self._account, client_order_id),
        )

    def _number(self, execution_id: str) -> int:
        select = "SELECT coalesce(max(number), 0) FROM executions WHERE account = ? AND execution_id = ?"
        return self._one(select, execution_id)

    def _one(self, select: str, *values: object) -> int:
        found: int = self._connection.execute(select, (self._account, *values)).fetchone()[0]
        return found


def written(at: datetime) -> str:
    """An instant as the file has it: ISO 8601 in UTC, so that text sorts as time does."""
    return at.astimezone(UTC).isoformat()
