"""Orders, executions and transfers as the paper broker's tables have them, read back."""

from datetime import datetime
from typing import Final, NamedTuple

from engine.core.nouns import Fill, Order, Transfer
from engine.core.units import Money, Ticker
from engine.core.words import OrderStatus, OrderType, Side, TimeInForce
from engine.ports import Receipt

COLUMNS: Final = (
    "client_order_id, ticker, side, shares, kind, limit_at, stop_at, good, triggered, met,"
    " answered, answered_shares, status, filled_shares, why"
)
RECEIPTS: Final = "SELECT client_order_id, status, filled_shares, why FROM orders"
_EXECUTIONS: Final = (
    "SELECT execution_id, client_order_id, ticker, side, executions.shares, price, fee, at FROM executions"
)
EXECUTIONS: Final = f"{_EXECUTIONS} JOIN orders USING (account, client_order_id)"
OLD_EXECUTIONS: Final = f"{_EXECUTIONS} JOIN orders USING (client_order_id)"
"""As they stand in a file of before it could have many accounts."""


class BookedOrder(NamedTuple):
    """An order as it stands in the book.

    `triggered`: its stop was reached. `met` names the price that filled a part of it last, "" where none did.
    `answered` and `answered_shares` are what its sender was told when it came in.
    """

    client_order_id: str
    ticker: Ticker
    side: Side
    shares: int
    kind: OrderType
    limit: Money | None
    stop_at: Money | None
    good: TimeInForce
    triggered: bool
    met: str
    answered: OrderStatus
    answered_shares: int
    status: OrderStatus
    filled_shares: int
    why: str

    @property
    def left(self) -> int:
        """Shares that are still to be traded."""
        return self.shares - self.filled_shares

    @property
    def receipt(self) -> Receipt:
        return Receipt(
            client_order_id=self.client_order_id, status=self.status, filled_shares=self.filled_shares, why=self.why
        )

    @property
    def first_receipt(self) -> Receipt:
        """What the sender was told when the order came in, whatever became of it since."""
        why = self.why if self.answered is OrderStatus.REJECTED else ""
        return Receipt(
            client_order_id=self.client_order_id, status=self.answered, filled_shares=self.answered_shares, why=why
        )


def booked_order(row: tuple[str, str, str, int, str, int, int, str, int, str, str, int, str, int, str]) -> BookedOrder:
    """An order from its `COLUMNS`."""
    name, ticker, side, shares, kind, limit, stop_at, good, triggered, met, answered, told, status, filled, why = row
    return BookedOrder(
        client_order_id=name,
        ticker=ticker,
        side=Side(side),
        shares=shares,
        kind=OrderType(kind),
        limit=limit,
        stop_at=stop_at,
        good=TimeInForce(good),
        triggered=bool(triggered),
        met=met,
        answered=OrderStatus(answered),
        answered_shares=told,
        status=OrderStatus(status),
        filled_shares=filled,
        why=why,
    )


def new_order(order: Order) -> BookedOrder:
    """An order as it stands when it has just come in."""
    return BookedOrder(
        client_order_id=order.client_order_id,
        ticker=order.ticker,
        side=order.side,
        shares=order.shares,
        kind=order.kind,
        limit=order.limit,
        stop_at=order.stop_at,
        good=order.good,
        triggered=False,
        met="",
        answered=OrderStatus.ACCEPTED,
        answered_shares=0,
        status=OrderStatus.ACCEPTED,
        filled_shares=0,
        why="",
    )


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


def transfer(row: tuple[str, int, str, int]) -> Transfer:
    name, amount, at, resets = row
    return Transfer(id=name, amount=amount, at=datetime.fromisoformat(at), resets=bool(resets))


def receipt(row: tuple[str, str, int, str]) -> Receipt:
    name, status, filled, why = row
    return Receipt(client_order_id=name, status=OrderStatus(status), filled_shares=filled, why=why)
