"""Splits and dividends in the paper broker's book: once each, for what is older than their session."""

import sqlite3
from datetime import UTC, datetime
from typing import Final, NamedTuple

from engine.core.happenings import CorporateAction
from engine.core.rules.splits import dividend, fraction, fraction_paid, split_level, split_shares
from engine.core.units import Money, Ticker
from engine.core.words import ActionKind, OrderStatus, Side, Skip

_MARKS: Final = """
    SELECT min(held, asked), asked < '~' FROM (
        SELECT
            coalesce((SELECT min(since) FROM holdings WHERE account = :account), '~') AS held,
            coalesce((SELECT min(submitted_at) FROM orders WHERE account = :account AND status = 'accepted'), '~')
            AS asked
    )
"""
_WAITING: Final = """
    SELECT client_order_id, side, shares, filled_shares, limit_at, stop_at FROM orders
    WHERE account = ? AND status = 'accepted' AND ticker = ? AND submitted_at < ?
    ORDER BY number
"""
_SPLIT: Final = """
    UPDATE orders SET shares = ?, filled_shares = ?, limit_at = ?, stop_at = ?
    WHERE account = ? AND client_order_id = ?
"""
_ENDED: Final = "UPDATE orders SET status = ?, why = ? WHERE account = ? AND client_order_id = ?"


class BookedAction(NamedTuple):
    """A split or dividend as it was booked: shares of its ticker and cash that came of it; what went is negative."""

    id: str
    ticker: Ticker
    shares: int
    cash: Money


def earliest(connection: sqlite3.Connection, account: str) -> tuple[datetime | None, bool]:
    """Since when an account has had something that a split or dividend may touch, and whether an order waits.

    None where it has nothing.
    """
    mark, waits = connection.execute(_MARKS, {"account": account}).fetchone()
    return (None if mark == "~" else datetime.fromisoformat(mark)), bool(waits)


def knows(connection: sqlite3.Connection, account: str, action: CorporateAction) -> bool:
    found = connection.execute("SELECT 1 FROM actions WHERE account = ? AND id = ?", (account, action.id))
    return found.fetchone() is not None


def book(connection: sqlite3.Connection, account: str, action: CorporateAction) -> None:
    """Book one that is not booked yet, inside the transaction that is open."""
    opens_at = action.opens_at.astimezone(UTC).isoformat()
    row = connection.execute(
        "SELECT shares FROM holdings WHERE account = ? AND ticker = ? AND since < ?", (account, action.ticker, opens_at)
    ).fetchone()
    shares, cash = changes(action, row[0] if row else 0)
    if action.kind is ActionKind.SPLIT:
        _split_orders(connection, account, action)
    if row:
        connection.execute("UPDATE book SET cash = cash + ? WHERE account = ?", (cash, account))
        _hold(connection, account, action.ticker, row[0] + shares)
    connection.execute(
        "INSERT INTO actions (account, id, ticker, shares, cash, at) VALUES (?, ?, ?, ?, ?, ?)",
        (account, action.id, action.ticker, shares, cash, opens_at),
    )


def changes(action: CorporateAction, held: int) -> tuple[int, Money]:
    """Shares that so many make more or less, and the cash that they bring."""
    if action.kind is ActionKind.DIVIDEND:
        return 0, dividend(held, action.per_share)
    parts = fraction(held, action.new, action.old)
    return split_shares(held, action.new, action.old) - held, fraction_paid(parts, action.close, action.old)


def _split_orders(connection: sqlite3.Connection, account: str, action: CorporateAction) -> None:
    """Sells that wait count in new shares and prices; buys end, and sells without a whole share."""
    older = (account, action.ticker, action.opens_at.astimezone(UTC).isoformat())
    new, old = action.new, action.old
    for name, side, shares, filled, *levels in connection.execute(_WAITING, older).fetchall():
        done, left = split_shares(filled, new, old), split_shares(shares - filled, new, old)
        if side == Side.SELL.value and left:
            limit, stop_at = (None if level is None else split_level(level, new, old) for level in levels)
            connection.execute(_SPLIT, (done + left, done, limit, stop_at, account, name))
        else:
            connection.execute(_ENDED, (OrderStatus.CANCELLED.value, Skip.SPLIT.code, account, name))


def _hold(connection: sqlite3.Connection, account: str, ticker: Ticker, shares: int) -> None:
    if shares:
        connection.execute("UPDATE holdings SET shares = ? WHERE account = ? AND ticker = ?", (shares, account, ticker))
    else:
        connection.execute("DELETE FROM holdings WHERE account = ? AND ticker = ?", (account, ticker))
