"""Splits and dividends in the paper broker's book: once each, for what is older than their session."""

import sqlite3
from datetime import UTC, datetime
from typing import Final, NamedTuple

from engine.core.happenings import CorporateAction
from engine.core.rules.splits import dividend, fraction, fraction_paid, split_shares
from engine.core.units import Money, Ticker
from engine.core.words import ActionKind, OrderStatus, Side, Skip

_MARKS: Final = """
    SELECT min(mark) FROM (
        SELECT since AS mark FROM holdings UNION ALL SELECT submitted_at FROM orders WHERE status = 'accepted'
    )
"""
_WAITING: Final = """
    SELECT client_order_id, side, shares FROM orders WHERE status = 'accepted' AND ticker = ? AND submitted_at < ?
    ORDER BY number
"""


class BookedAction(NamedTuple):
    """A split or dividend as it was booked: shares of its ticker and cash that came of it; what went is negative."""

    id: str
    ticker: Ticker
    shares: int
    cash: Money


def earliest(connection: sqlite3.Connection) -> datetime | None:
    """Since when the book has had something that a split or dividend may touch; None where it has nothing."""
    mark = connection.execute(_MARKS).fetchone()[0]
    return datetime.fromisoformat(mark) if mark else None


def knows(connection: sqlite3.Connection, action: CorporateAction) -> bool:
    return connection.execute("SELECT 1 FROM actions WHERE id = ?", (action.id,)).fetchone() is not None


def book(connection: sqlite3.Connection, action: CorporateAction) -> None:
    """Book one that is not booked yet, inside the transaction that is open."""
    opens_at = action.opens_at.astimezone(UTC).isoformat()
    row = connection.execute(
        "SELECT shares FROM holdings WHERE ticker = ? AND since < ?", (action.ticker, opens_at)
    ).fetchone()
    shares, cash = changes(action, row[0] if row else 0)
    if action.kind is ActionKind.SPLIT:
        _split_orders(connection, action, opens_at)
    if row:
        connection.execute("UPDATE book SET cash = cash + ?", (cash,))
        _hold(connection, action.ticker, row[0] + shares)
    connection.execute(
        "INSERT INTO actions (id, ticker, shares, cash, at) VALUES (?, ?, ?, ?, ?)",
        (action.id, action.ticker, shares, cash, opens_at),
    )


def booked(connection: sqlite3.Connection) -> tuple[BookedAction, ...]:
    """All there are, in their order."""
    rows = connection.execute("SELECT id, ticker, shares, cash FROM actions ORDER BY number")
    return tuple(BookedAction(*row) for row in rows)


def changes(action: CorporateAction, held: int) -> tuple[int, Money]:
    """Shares that so many make more or less, and the cash that they bring."""
    if action.kind is ActionKind.DIVIDEND:
        return 0, dividend(held, action.per_share)
    parts = fraction(held, action.new, action.old)
    return split_shares(held, action.new, action.old) - held, fraction_paid(parts, action.close, action.old)


def _split_orders(connection: sqlite3.Connection, action: CorporateAction, opens_at: str) -> None:
    """Sells that wait count in new shares; buys end, and sells without a whole share."""
    for name, side, shares in connection.execute(_WAITING, (action.ticker, opens_at)).fetchall():
        left = split_shares(shares, action.new, action.old)
        if side == Side.SELL.value and left:
            connection.execute("UPDATE orders SET shares = ? WHERE client_order_id = ?", (left, name))
        else:
            ended = (OrderStatus.CANCELLED.value, Skip.SPLIT.code, name)
            connection.execute("UPDATE orders SET status = ?, why = ? WHERE client_order_id = ?", ended)


def _hold(connection: sqlite3.Connection, ticker: Ticker, shares: int) -> None:
    if shares:
        connection.execute("UPDATE holdings SET shares = ? WHERE ticker = ?", (shares, ticker))
    else:
        connection.execute("DELETE FROM holdings WHERE ticker = ?", (ticker,))
