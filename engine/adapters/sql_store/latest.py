"""Tables whose rows change and stay, held against the journal's last word of each: orders, tax lots, their sales."""

import sqlite3
from collections.abc import Iterator

from engine.adapters.sql_store import tables as t
from engine.adapters.sql_store.cells import Difference, Key, Row, cells, compared, compared_in_order, found
from engine.adapters.sql_store.codec import columns
from engine.adapters.sql_store.lots import held, lot_row, lots_told
from engine.core import events as e
from engine.core.events.book import orders_told
from engine.core.lots import Lot, LotSale
from engine.core.nouns import Order
from engine.core.state import State


class Latest:
    """What the journal said last of every order, lot and sale, in the order in which they first came."""

    def __init__(self) -> None:
        self._orders: dict[Key, Row] = {}
        self._sales: dict[Key, Row] = {}
        self._lots: dict[str, Lot] = {}

    def meet(self, event: e.Event) -> None:
        for order in orders_told(event):
            self._orders[order.client_order_id,] = columns(order)
        for lot in lots_told(event):
            self._lots[lot.id] = lot
        if isinstance(event, e.LotSold | e.WashSaleFound):
            self._sales[event.sale.id,] = cells(columns(event.sale))

    def end(self, connection: sqlite3.Connection, state: State) -> Iterator[Difference]:
        account, stand = state.account, held(state)
        orders = ((key, cells(row)) for key, row in self._orders.items())
        yield from compared(t.orders, Order, found(connection, account, t.orders, "client_order_id"), orders)
        lots: dict[Key, Row] = {(key,): cells(lot_row(lot, stands=key in stand)) for key, lot in self._lots.items()}
        yield from compared_in_order(t.lots, Lot, found(connection, account, t.lots, "id"), lots)
        yield from compared_in_order(t.lot_sales, LotSale, found(connection, account, t.lot_sales, "id"), self._sales)
