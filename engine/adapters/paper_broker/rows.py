"""Executions and transfers as the paper broker's tables have them, read back."""

import sqlite3
from datetime import datetime
from typing import Final

from engine.core.nouns import Fill, Transfer
from engine.core.words import Side

FILLS: Final = (
    "SELECT execution_id, client_order_id, ticker, side, executions.shares, price, fee, at"
    " FROM executions JOIN orders USING (client_order_id) WHERE executions.number > ? ORDER BY executions.number"
)
_TRANSFER: Final = "SELECT id, amount, at, resets FROM transfers ORDER BY number"


def fill(row: tuple[str, str, str, str, int, int, int, str]) -> Fill:
    execution_id, client_order_id, ticker, side, shares, price, fee, at = row
    return Fill(
        execution_id=execution_id,
        client_order_id=client_order_id,
        ticker=ticker,
        side=Side(side),
        shares=shares,
        price=price,
        fee=fee,
        at=datetime.fromisoformat(at),
    )


def transfers(connection: sqlite3.Connection) -> tuple[Transfer, ...]:
    return tuple(
        Transfer(id=name, amount=amount, at=datetime.fromisoformat(at), resets=bool(resets))
        for name, amount, at, resets in connection.execute(_TRANSFER)
    )
